/* The least a plugin can be: its table ends behind deliver, where an older minor might have. What
 * stands behind it in memory must not be read. */
#include <walwire/abi.h>

static void* create(const walwire_host* host) { return (void*)host; }

static walwire_result deliver(void* self, const walwire_batch* batch) {
    const walwire_host* host = self;
    host->ack(host, batch->sequence, batch->sequence);
    return WALWIRE_OK;
}

const walwire_plugin walwire_plugin_v1 = {
    .size = offsetof(walwire_plugin, deliver) + sizeof(walwire_result(*)(void*)),
    .flags = WALWIRE_NO_PAYLOADS | WALWIRE_WANTS_TRANSACTIONS,
    .name = "small",
    .create = create,
    .deliver = deliver,
    .flush = (walwire_result(*)(void*))1,
    .stop = (void (*)(void*, uint32_t))1,
    .interrupt = (void (*)(void*))1,
};
