/* Hands every call on to the hooks whose address stands in its option "hooks". */
#include "relay.h"

#include <stdlib.h>

typedef struct relay {
    const relay_hooks* hooks;
    const walwire_host* host;
} relay;

static void* create(const walwire_host* host) {
    const relay_hooks* hooks = (const relay_hooks*)strtoull(host->option(host, "hooks"), NULL, 10);
    if (hooks->create && !hooks->create(hooks->user, host)) return NULL;
    relay* self = malloc(sizeof *self);
    if (self) *self = (relay){hooks, host};
    return self;
}

static void destroy(void* data) {
    relay* self = data;
    if (self->hooks->destroy) self->hooks->destroy(self->hooks->user, self->host);
    free(self);
}

static walwire_result start(void* data) {
    relay* self = data;
    return self->hooks->start ? self->hooks->start(self->hooks->user, self->host) : WALWIRE_OK;
}

static walwire_result deliver(void* data, const walwire_batch* batch) {
    relay* self = data;
    if (!self->hooks->deliver) return WALWIRE_OK;
    return self->hooks->deliver(self->hooks->user, self->host, batch);
}

static walwire_result flush(void* data) {
    relay* self = data;
    return self->hooks->flush ? self->hooks->flush(self->hooks->user, self->host) : WALWIRE_OK;
}

static void stop(void* data, uint32_t grace_ms) {
    relay* self = data;
    if (self->hooks->stop) self->hooks->stop(self->hooks->user, self->host, grace_ms);
}

static void interrupt(void* data) {
    relay* self = data;
    if (self->hooks->interrupt) self->hooks->interrupt(self->hooks->user, self->host);
}

static const walwire_option options[] = {
    {.name = "hooks", .kind = WALWIRE_OPTION_INTEGER, .flags = WALWIRE_OPTION_REQUIRED},
    {.name = "url", .doc = "Where to."},
    {.name = "token", .kind = WALWIRE_OPTION_SECRET},
    {.name = "timeout", .kind = WALWIRE_OPTION_DURATION, .fallback = "5s"},
};

const walwire_plugin walwire_plugin_v1 = {
    .size = sizeof(walwire_plugin),
    .flags = 1u << 31 /* one nobody knows */,
    .name = "relay",
    .version = "1.2.3",
    .summary = "Does what the test says.",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .create = create,
    .destroy = destroy,
    .start = start,
    .deliver = deliver,
    .flush = flush,
    .stop = stop,
    .interrupt = interrupt,
};
