/* Prints every change. */
#include <stdio.h>
#include <walwire/abi.h>

static void *create(const walwire_host *host) { return (void *)host; }

static walwire_result deliver(void *self, const walwire_batch *batch)
{
    const walwire_host *host = self;
    for (size_t i = 0; i < batch->run_count; ++i)
        fwrite(batch->runs[i].data, 1, batch->runs[i].size, stdout);
    if (fflush(stdout) != 0 || ferror(stdout)) return WALWIRE_FATAL; /* ferror: a short fwrite */
    host->ack(host, batch->sequence, batch->sequence);
    return WALWIRE_OK;
}

const walwire_plugin walwire_plugin_v1 = {
    .size = sizeof(walwire_plugin), .name = "lines", .version = "1.0.0",
    .summary = "Prints every change.", .create = create, .deliver = deliver,
};
