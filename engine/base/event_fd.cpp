#include "base/event_fd.hpp"

#include "base/assert.hpp"

#include <cstdint>
#include <sys/eventfd.h>
#include <unistd.h>

namespace walwire::engine {

event_fd::event_fd() : descriptor_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {
    WALWIRE_ASSERT(descriptor_ >= 0);
}

event_fd::~event_fd() { ::close(descriptor_); }

// Neither call can fail in a way that matters: a counter that is full is still readable, and one
// that is empty has nothing to clear.
void event_fd::notify() const {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(descriptor_, &one, sizeof one);
}

void event_fd::clear() const {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = ::read(descriptor_, &count, sizeof count);
}

} // namespace walwire::engine
