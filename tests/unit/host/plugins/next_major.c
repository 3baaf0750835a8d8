/* A plugin for an ABI that does not exist yet. */
#include <walwire/abi.h>

extern WALWIRE_EXPORT const char walwire_plugin_v2[];
const char walwire_plugin_v2[] = "whatever it may be";
