// What a lane is bounded by: lingering, events, budget and window.
#include "dispatch/lane.hpp"

#include "support/scripted_lane.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace walwire::engine {
namespace {

using namespace tests;
using testing::ElementsAre;
using testing::SizeIs;

// One row per batch, so that sequence n is the n-th row.
sink_config one_by_one() {
    auto config = quick_config();
    config.batch_events_max = 1;
    return config;
}

// ---- lingering ----------------------------------------------------------------------------------

TEST(lane_limits, less_than_a_batch_waits_for_more) {
    auto config = quick_config();
    config.batch_events_max = 9; // queued events count with their BEGIN and COMMIT, before any view
    config.linger = 1h;
    scripted_lane lane{config};
    lane.start();
    lane.push(100); // and its SCHEMA: four events
    ASSERT_TRUE(lane.plugin.has_called("start"));
    lane.push(200);
    EXPECT_TRUE(stays([&] { return lane.plugin.deliveries().empty(); }));
    lane.push(300);
    ASSERT_TRUE(lane.plugin.has_delivered(1));
    EXPECT_THAT(lane.plugin.events(), ElementsAre("insert 100.1", "insert 200.1", "insert 300.1"));
    EXPECT_THAT(lane.plugin.deliveries(), SizeIs(1));
}

TEST(lane_limits, less_than_a_batch_waits_no_longer_than_it_may) {
    auto config = quick_config();
    config.linger = 20ms;
    scripted_lane lane{config};
    lane.start();
    const auto before = std::chrono::steady_clock::now();
    lane.push(100);
    ASSERT_TRUE(lane.plugin.has_delivered(1));
    EXPECT_GE(std::chrono::steady_clock::now() - before, 20ms);
}

TEST(lane_limits, nothing_lingers_while_it_drains) {
    auto config = quick_config();
    config.linger = 1h;
    scripted_lane lane{config};
    lane.start();
    lane.push(100);
    lane->drain(std::chrono::steady_clock::now() + 1h);
    EXPECT_TRUE(lane.plugin.has_delivered(1));
}

// ---- limits -------------------------------------------------------------------------------------

TEST(lane_limits, a_limit_on_events_ends_it_behind_exactly_that_many_rows) {
    auto config = quick_config();
    config.event_limit = 3;
    view_config whole;
    whole.transactions = true;
    whole.payloads = false;
    scripted_lane lane{config, roomy, whole};
    for (const std::uint64_t at : {100U, 200U, 300U}) lane.push(at, 2);
    lane.start();
    ASSERT_TRUE(lane.plugin.has_called("flush"));
    EXPECT_THAT(lane.plugin.events(),
                ElementsAre("begin 100.0", "schema 100.1", "insert 100.1", "insert 100.2",
                            "commit 100.3", "begin 200.0", "insert 200.1"));
    EXPECT_TRUE(stays([&] { return lane->end() == lane_end::running; })) << "it waits for acks";
    lane.plugin.ack(1, lane.plugin.deliveries().back().sequence);
    ASSERT_TRUE(lane.has_ended(lane_end::drained));
    EXPECT_EQ(lane.flush(), 108U) << "the second transaction is not whole";
}

TEST(lane_limits, what_comes_again_counts_once_against_the_limit) {
    auto config = one_by_one();
    config.event_limit = 2;
    scripted_lane lane{config};
    for (const std::uint64_t at : {100U, 200U, 300U}) lane.push(at);
    lane.start();
    ASSERT_TRUE(lane.plugin.has_delivered(2));
    lane.plugin.ack(1, 1);
    lane.plugin.fail(WALWIRE_RETRY);
    ASSERT_TRUE(lane.plugin.has_delivered(3));
    lane.plugin.ack(3, 3);
    ASSERT_TRUE(lane.has_ended(lane_end::drained));
    EXPECT_THAT(lane.plugin.events(), ElementsAre("insert 100.1", "insert 200.1", "insert 200.1"));
    EXPECT_EQ(lane.flush(), 208U);
}

TEST(lane_limits, has_no_room_while_its_budget_is_used_up_and_says_when_it_has_again) {
    scripted_lane lane{quick_config(), {.budget_bytes = 1, .window_bytes = 1 << 20}};
    EXPECT_TRUE(lane->has_room());
    lane.push(100);
    EXPECT_FALSE(lane->has_room());
    lane.start();
    ASSERT_TRUE(lane.plugin.has_called("flush"));
    EXPECT_FALSE(lane->has_room()) << "in flight counts too";
    const int before = lane.rooms;
    lane.plugin.ack(1, 1);
    EXPECT_TRUE(lane->has_room());
    EXPECT_GT(lane.rooms, before);
}

TEST(lane_limits, a_full_window_is_given_nothing_more_until_it_is_released) {
    scripted_lane lane{one_by_one(), {.budget_bytes = 1 << 24, .window_bytes = 1}};
    lane.push(100);
    lane.push(200);
    lane.start();
    ASSERT_TRUE(lane.plugin.has_called("flush")) << "hurry what was taken";
    EXPECT_TRUE(stays([&] { return lane.plugin.deliveries().size() == 1; }));
    lane.plugin.release(1, 1);
    ASSERT_TRUE(lane.plugin.has_delivered(2));
    ASSERT_TRUE(lane.plugin.has_called("flush", 2));
    EXPECT_THAT(lane.plugin.calls(),
                ElementsAre("start", "deliver 1", "flush", "deliver 2", "flush"));
    EXPECT_EQ(lane.flush(), 0U);
}

TEST(lane_limits, flush_is_called_once_when_the_queue_is_empty) {
    scripted_lane lane{one_by_one()};
    lane.push(100);
    lane.push(200);
    lane.start();
    ASSERT_TRUE(lane.plugin.has_called("flush"));
    lane->mark(lsn{900});
    EXPECT_TRUE(stays([&] { return lane.plugin.count("flush") == 1; }));
    EXPECT_THAT(lane.plugin.calls(), ElementsAre("start", "deliver 1", "deliver 2", "flush"));
}

} // namespace
} // namespace walwire::engine
