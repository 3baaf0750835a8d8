/* The hooks behind the plugin `relay`: whatever a test wants a plugin to do, done on the far side
 * of the real boundary. A hook that is NULL does nothing and answers OK. */
#ifndef WALWIRE_TESTS_RELAY_H
#define WALWIRE_TESTS_RELAY_H

#include <walwire/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct relay_hooks {
    void* user;                                          /* the first argument of each hook */
    int (*create)(void* user, const walwire_host* host); /* 0: create() answers NULL */
    void (*destroy)(void* user, const walwire_host* host);
    walwire_result (*start)(void* user, const walwire_host* host);
    walwire_result (*deliver)(void* user, const walwire_host* host, const walwire_batch* batch);
    walwire_result (*flush)(void* user, const walwire_host* host);
    void (*stop)(void* user, const walwire_host* host, uint32_t grace_ms);
    void (*interrupt)(void* user, const walwire_host* host);
} relay_hooks;

#ifdef __cplusplus
}
#endif
#endif
