#include "base/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace walwire::engine {

void assertion_failed(const char* expression, const char* file, int line) {
    std::fprintf(stderr, "walwire: this is a bug: %s:%d: %s\n", file, line, expression);
    std::abort();
}

} // namespace walwire::engine
