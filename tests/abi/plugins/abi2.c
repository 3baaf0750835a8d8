/* A plugin of a later major version: it has another symbol, of which this host knows nothing. */
#include <stdint.h>

__attribute__((visibility("default"))) extern const struct walwire_plugin_2 {
    uint32_t size;
} walwire_plugin_v2;

const struct walwire_plugin_2 walwire_plugin_v2 = {sizeof(struct walwire_plugin_2)};
