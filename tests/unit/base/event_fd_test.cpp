// A descriptor that wakes poll(2).
#include "base/event_fd.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <thread>

namespace walwire::engine {
namespace {

bool is_readable(const event_fd& event, int timeout_ms = 0) {
    pollfd waiting{event.descriptor(), POLLIN, 0};
    return ::poll(&waiting, 1, timeout_ms) == 1;
}

TEST(event_fd, is_readable_from_notify_to_clear) {
    const event_fd event;
    EXPECT_FALSE(is_readable(event));
    event.notify();
    EXPECT_TRUE(is_readable(event));
    EXPECT_TRUE(is_readable(event)) << "until it is cleared";
    event.clear();
    EXPECT_FALSE(is_readable(event));
}

TEST(event_fd, one_clear_takes_all_notifications) {
    const event_fd event;
    for (int i = 0; i < 3; ++i) event.notify();
    event.clear();
    EXPECT_FALSE(is_readable(event));
    event.clear(); // nothing to clear, and it does not block
    event.notify();
    EXPECT_TRUE(is_readable(event));
}

TEST(event_fd, wakes_another_thread) {
    const event_fd event;
    const std::jthread other{[&] { event.notify(); }};
    EXPECT_TRUE(is_readable(event, 10'000));
}

TEST(event_fd, is_not_inherited_by_programs_that_are_started) {
    const event_fd event;
    EXPECT_NE(::fcntl(event.descriptor(), F_GETFD) & FD_CLOEXEC, 0);
}

} // namespace
} // namespace walwire::engine
