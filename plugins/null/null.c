/*
 * null - acks every batch and looks at none of it. It is for measuring what comes before a plugin,
 * encoding included: so it does not ask for WALWIRE_NO_PAYLOADS, which would leave that out.
 */
#include <walwire/abi.h>

static void *create(const walwire_host *host) { return (void *)host; }

static walwire_result deliver(void *self, const walwire_batch *batch)
{
    const walwire_host *host = self;
    host->ack(host, batch->sequence, batch->sequence);
    return WALWIRE_OK;
}

const walwire_plugin walwire_plugin_v1 = {
    .size = sizeof(walwire_plugin),
    .name = "null",
    .version = "1.0.0",
    .summary = "Acknowledges everything and keeps nothing.",
    .create = create,
    .deliver = deliver,
};
