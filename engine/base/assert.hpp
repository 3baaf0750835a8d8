// A bug stops the process at once, in every build: going on could acknowledge what was lost.
#pragma once

namespace walwire::engine {
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line);
}

#define WALWIRE_ASSERT(expression)                                                                 \
    (static_cast<bool>(expression)                                                                 \
         ? static_cast<void>(0)                                                                    \
         : ::walwire::engine::assertion_failed(#expression, __FILE__, __LINE__))
