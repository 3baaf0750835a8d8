// Pauses between repetitions.
#include "base/retry.hpp"

#include <gtest/gtest.h>

namespace walwire::engine {
namespace {

using namespace std::chrono_literals;

TEST(retry, doubles_from_the_floor_to_the_ceiling) {
    retry again{100ms, 350ms};
    EXPECT_EQ(again.pause(0ms), 100ms);
    EXPECT_EQ(again.pause(0ms), 200ms);
    EXPECT_EQ(again.pause(0ms), 350ms);
    EXPECT_EQ(again.pause(0ms), 350ms);
}

TEST(retry, begins_at_the_floor_again_after_a_success) {
    retry again{100ms, 30s};
    again.pause(0ms);
    again.pause(0ms);
    again.succeeded();
    EXPECT_EQ(again.pause(0ms), 100ms);
}

TEST(retry, gives_what_was_asked_for_up_to_the_ceiling) {
    retry again{100ms, 1s};
    EXPECT_EQ(again.pause(7ms), 7ms);
    EXPECT_EQ(again.pause(5s), 1s);
    EXPECT_EQ(again.pause(0ms), 400ms) << "what was asked for counts as a repetition too";
}

} // namespace
} // namespace walwire::engine
