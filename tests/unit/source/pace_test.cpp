// Load against bursts; a clock of the test's own.
#include "source/pace.hpp"

#include <gtest/gtest.h>

namespace walwire::engine {
namespace {

using namespace std::chrono_literals;

class pace_test : public testing::Test {
protected:
    pace_test() { pace_.count(0, now_); }
    void run(std::uint64_t messages_per_ms, int milliseconds) {
        for (int i = 0; i < milliseconds; ++i) pace_.count(messages_per_ms, now_ += 1ms);
    }
    pace pace_;
    pace::clock::time_point now_ = pace::clock::time_point{} + 1h;
};

TEST_F(pace_test, is_quiet_at_first) { EXPECT_FALSE(pace_.is_busy()); }

TEST_F(pace_test, is_busy_at_64_messages_per_millisecond_and_not_below) {
    run(63, 10);
    EXPECT_FALSE(pace_.is_busy());
    run(64, 10);
    EXPECT_TRUE(pace_.is_busy());
    run(63, 10);
    EXPECT_FALSE(pace_.is_busy());
}

TEST_F(pace_test, decides_over_ten_milliseconds) {
    run(1000, 9);
    EXPECT_FALSE(pace_.is_busy());
    run(1000, 1);
    EXPECT_TRUE(pace_.is_busy());
    run(0, 9);
    EXPECT_TRUE(pace_.is_busy());
    run(0, 1);
    EXPECT_FALSE(pace_.is_busy());
}

TEST_F(pace_test, a_burst_after_silence_is_no_load) {
    pace_.count(1000, now_ += 1s);
    EXPECT_FALSE(pace_.is_busy());
}

} // namespace
} // namespace walwire::engine
