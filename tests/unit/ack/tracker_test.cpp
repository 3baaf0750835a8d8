// The flush of a pipeline: the smallest of its lanes', never more than what was received.
#include "ack/tracker.hpp"

#include "support/scripted_lane.hpp"

#include <gtest/gtest.h>

namespace walwire::engine {
namespace {

using namespace tests;

class tracker_test : public testing::Test {
protected:
    tracker_test() {
        for (auto* one : {&first_, &second_}) tracker_.require(*one->operator->());
    }
    void start() {
        for (auto* one : {&first_, &second_}) one->start();
    }
    static void settle(scripted_lane& one, std::uint64_t flush) {
        one->mark(lsn{flush});
        ASSERT_TRUE(one.until([&] { return one.flush() == flush; }));
    }
    std::uint64_t flush() { return tracker_.flush_lsn().value; }

    scripted_lane first_;
    scripted_lane second_;
    tracker tracker_;
};

TEST_F(tracker_test, nothing_is_flushed_while_nothing_is_settled) {
    tracker_.received(lsn{1000});
    EXPECT_EQ(flush(), 0U);
    start();
    settle(first_, 500);
    EXPECT_EQ(flush(), 0U) << "the second has settled nothing";
}

TEST_F(tracker_test, the_flush_is_the_smallest_of_the_lanes) {
    tracker_.received(lsn{1000});
    start();
    settle(first_, 500);
    settle(second_, 300);
    EXPECT_EQ(flush(), 300U);
    settle(second_, 700);
    EXPECT_EQ(flush(), 500U);
}

TEST_F(tracker_test, the_flush_never_exceeds_what_was_received) {
    tracker_.received(lsn{400});
    start();
    settle(first_, 500);
    settle(second_, 500);
    EXPECT_EQ(flush(), 400U);
    tracker_.received(lsn{450});
    tracker_.received(lsn{430}); // an older one, after going back
    EXPECT_EQ(flush(), 450U);
}

TEST_F(tracker_test, a_gap_forbids_every_flush_behind_it) {
    tracker_.received(lsn{400});
    tracker_.forbid_beyond_received();
    tracker_.received(lsn{900});
    start();
    settle(first_, 900);
    settle(second_, 900);
    EXPECT_EQ(flush(), 400U);
}

TEST_F(tracker_test, a_lane_that_has_ended_stays_in_the_minimum) {
    tracker_.received(lsn{1000});
    start();
    settle(first_, 300);
    settle(second_, 300);
    first_.plugin.fail(WALWIRE_CLOSED);
    ASSERT_TRUE(first_.has_ended(lane_end::closed));
    settle(second_, 800);
    EXPECT_EQ(flush(), 300U) << "what it did not settle must not be forgotten";
}

TEST_F(tracker_test, a_keepalive_waits_for_what_was_received_before_it) {
    tracker_.received(lsn{1000});
    start();
    settle(second_, 900);
    first_.push(100);
    first_->mark(lsn{900});
    ASSERT_TRUE(first_.plugin.has_called("flush"));
    EXPECT_EQ(flush(), 0U);
    first_.plugin.ack(1, 1);
    EXPECT_TRUE(first_.until([&] { return flush() == 900; }));
}

TEST_F(tracker_test, the_flush_never_goes_back) {
    tracker_.received(lsn{1000});
    start();
    settle(first_, 500);
    settle(second_, 500);
    EXPECT_EQ(flush(), 500U);
    // A lane that begins later than the others knows nothing yet.
    scripted_lane late;
    tracker_.require(*late.operator->());
    EXPECT_EQ(flush(), 500U);
}

TEST(tracker, without_a_required_lane_nothing_is_flushed) {
    tracker alone;
    alone.received(lsn{1000});
    EXPECT_EQ(alone.flush_lsn(), lsn{});
}

} // namespace
} // namespace walwire::engine
