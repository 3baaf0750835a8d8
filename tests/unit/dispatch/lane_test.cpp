// A lane with a plugin behind the real boundary: order, answers, acks, window, and its end.
#include "dispatch/lane.hpp"

#include "support/scripted_lane.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace walwire::engine {
namespace {

using namespace tests;
using testing::ElementsAre;
using testing::IsEmpty;

// One row per batch, so that sequence n is the n-th row.
sink_config one_by_one() {
    auto config = quick_config();
    config.batch_events_max = 1;
    return config;
}

// ---- delivering and acking ----------------------------------------------------------------------

TEST(lane, delivers_in_order_under_ascending_numbers) {
    scripted_lane lane{one_by_one()};
    lane.start();
    for (std::uint64_t at = 100; at <= 500; at += 100) lane.push(at);
    ASSERT_TRUE(lane.plugin.has_delivered(5));
    EXPECT_THAT(lane.plugin.events(), ElementsAre("insert 100.1", "insert 200.1", "insert 300.1",
                                                  "insert 400.1", "insert 500.1"));
    std::uint64_t expected = 0;
    for (const auto& one : lane.plugin.deliveries()) EXPECT_EQ(one.sequence, ++expected);
}

TEST(lane, the_ok_of_deliver_settles_nothing_and_an_ack_does) {
    scripted_lane lane;
    lane.start();
    lane.push(100);
    ASSERT_TRUE(lane.plugin.has_called("flush")); // long after deliver() has returned
    EXPECT_EQ(lane.flush(), 0U);
    lane.plugin.ack(1, 1);
    EXPECT_EQ(lane.flush(), 108U);
}

TEST(lane, an_ack_of_one_batch_is_not_cumulative) {
    scripted_lane lane{one_by_one()};
    lane.start();
    for (const std::uint64_t at : {100U, 200U, 300U}) lane.push(at);
    ASSERT_TRUE(lane.plugin.has_delivered(3));
    lane.plugin.ack(3, 3);
    EXPECT_EQ(lane.flush(), 0U);
    lane.plugin.ack(1, 1);
    EXPECT_EQ(lane.flush(), 108U);
    lane.plugin.ack(2, 2);
    EXPECT_EQ(lane.flush(), 308U);
}

TEST(lane, a_release_frees_memory_and_moves_no_position) {
    scripted_lane lane;
    lane.start();
    lane.push(100);
    ASSERT_TRUE(lane.plugin.has_called("flush"));
    lane.plugin.release(1, 1);
    EXPECT_EQ(lane.source.budget().used_bytes(), 0U);
    EXPECT_EQ(lane.flush(), 0U);
    lane.plugin.ack(1, 1);
    EXPECT_EQ(lane.flush(), 108U);
}

TEST(lane, a_marker_is_flushed_once_what_came_before_it_is_settled) {
    scripted_lane lane;
    lane.start();
    lane->mark(lsn{50});
    ASSERT_TRUE(lane.until([&] { return lane.flush() == 50; })) << "nothing came before it";
    lane.push(100);
    lane->mark(lsn{500});
    ASSERT_TRUE(lane.plugin.has_called("flush"));
    EXPECT_TRUE(stays([&] { return lane.flush() == 50; }));
    lane.plugin.ack(1, 1);
    EXPECT_TRUE(lane.until([&] { return lane.flush() == 500; }));
}

TEST(lane, markers_that_gather_keep_the_latest) {
    scripted_lane lane;
    lane.push(100);
    lane->mark(lsn{500});
    lane->mark(lsn{900});
    lane->mark(lsn{700});
    lane.start();
    ASSERT_TRUE(lane.plugin.has_delivered(1));
    lane.plugin.ack(1, 1);
    EXPECT_TRUE(lane.until([&] { return lane.flush() == 900; }));
}

TEST(lane, what_its_view_leaves_nothing_of_uses_no_number_and_is_settled) {
    scripted_lane lane;
    lane.start();
    lane.push(100);
    lane.source.begin(200).add(pgoutput::truncate({1})).commit(200, 208);
    lane.push(lane.source.seal());
    lane.push(300);
    ASSERT_TRUE(lane.until([&] { return lane.plugin.events().size() == 2; }));
    lane.plugin.ack(1, lane.plugin.deliveries().back().sequence);
    EXPECT_TRUE(lane.until([&] { return lane.flush() == 308; }));
    EXPECT_LE(lane.plugin.deliveries().back().sequence, 2U);
}

// ---- answers ------------------------------------------------------------------------------------

TEST(lane, retry_repeats_the_identical_call) {
    int calls = 0;
    scripted_lane lane{one_by_one()};
    lane.plugin.on_deliver = [&](const walwire_batch&) {
        return ++calls <= 2 ? WALWIRE_RETRY : WALWIRE_OK;
    };
    lane.push(100);
    lane.push(200);
    lane.start();
    ASSERT_TRUE(lane.plugin.has_delivered(4));
    std::vector<std::uint64_t> sequences;
    for (const auto& one : lane.plugin.deliveries()) sequences.push_back(one.sequence);
    EXPECT_THAT(sequences, ElementsAre(1, 1, 1, 2));
    EXPECT_THAT(lane.plugin.events(),
                ElementsAre("insert 100.1", "insert 100.1", "insert 100.1", "insert 200.1"));
}

TEST(lane, an_ack_before_retry_stands) {
    scripted_lane lane{one_by_one()};
    lane.plugin.on_deliver = [&](const walwire_batch& batch) -> walwire_result {
        if (batch.sequence != 1) return WALWIRE_OK;
        lane.plugin.ack(1, 1);
        // The host may have freed the batch, but not while this call reads it.
        EXPECT_EQ(briefs(batch).front(), "insert 100.1");
        return WALWIRE_RETRY;
    };
    lane.push(100);
    lane.push(200);
    lane.start();
    ASSERT_TRUE(lane.until([&] { return lane.plugin.deliveries().size() >= 2; }));
    EXPECT_EQ(lane.plugin.deliveries()[1].sequence, 2U);
    EXPECT_EQ(lane.flush(), 108U);
}

class final_answer : public testing::TestWithParam<std::pair<walwire_result, lane_end>> {};

TEST_P(final_answer, of_deliver_ends_the_lane) {
    scripted_lane lane;
    lane.plugin.on_deliver = [&](const walwire_batch&) {
        lane.plugin.set_error("enough");
        return GetParam().first;
    };
    lane.push(100);
    lane.start();
    ASSERT_TRUE(lane.has_ended(GetParam().second));
    EXPECT_THAT(lane->why().text, testing::HasSubstr("enough"));
    EXPECT_THAT(lane.plugin.calls(), ElementsAre("start", "deliver 1", "stop"));
    EXPECT_EQ(lane.flush(), 0U);
    EXPECT_FALSE(lane->is_running());
}

TEST_P(final_answer, of_start_ends_the_lane_without_stop) {
    scripted_lane lane;
    lane.plugin.on_start = [] { return GetParam().first; };
    lane.push(100);
    lane.start();
    ASSERT_TRUE(lane.has_ended(GetParam().second));
    EXPECT_THAT(lane.plugin.calls(), ElementsAre("start"));
}

TEST_P(final_answer, of_flush_ends_the_lane) {
    scripted_lane lane;
    lane.plugin.on_flush = [] { return GetParam().first; };
    lane.push(100);
    lane.start();
    ASSERT_TRUE(lane.has_ended(GetParam().second));
    EXPECT_THAT(lane.plugin.calls(), ElementsAre("start", "deliver 1", "flush", "stop"));
}

INSTANTIATE_TEST_SUITE_P(lane, final_answer,
                         testing::Values(std::pair{WALWIRE_FATAL, lane_end::failed},
                                         std::pair{WALWIRE_CLOSED, lane_end::closed},
                                         std::pair{99, lane_end::failed}),
                         [](const auto& of) { return "answer_" + std::to_string(of.param.first); });

TEST(lane, an_ack_of_what_was_never_delivered_ends_it_and_settles_nothing) {
    scripted_lane lane;
    lane.start();
    lane.push(100);
    ASSERT_TRUE(lane.plugin.has_delivered(1));
    lane.plugin.ack(1, 2);
    ASSERT_TRUE(lane.has_ended(lane_end::failed));
    EXPECT_EQ(lane->why().id, "plugin.bad_ack");
    EXPECT_EQ(lane.flush(), 0U);
}

TEST(lane, start_and_flush_are_repeated_on_retry) {
    int starts = 0;
    int flushes = 0;
    scripted_lane lane;
    lane.plugin.on_start = [&] { return ++starts < 3 ? WALWIRE_RETRY : WALWIRE_OK; };
    lane.plugin.on_flush = [&] { return ++flushes < 3 ? WALWIRE_RETRY : WALWIRE_OK; };
    lane.push(100);
    lane.start();
    ASSERT_TRUE(lane.plugin.has_called("flush", 3));
    EXPECT_THAT(lane.plugin.calls(),
                ElementsAre("start", "start", "start", "deliver 1", "flush", "flush", "flush"));
}

// ---- draining -----------------------------------------------------------------------------------

TEST(lane, draining_delivers_what_is_queued_flushes_and_waits_for_acks) {
    scripted_lane lane{one_by_one()};
    lane.push(100);
    lane.push(200);
    lane->drain(std::chrono::steady_clock::now() + 1h);
    lane.start();
    ASSERT_TRUE(lane.plugin.has_called("flush"));
    EXPECT_EQ(lane.plugin.deliveries().size(), 2U);
    EXPECT_TRUE(stays([&] { return lane->end() == lane_end::running; }));
    lane.plugin.ack(1, 2);
    ASSERT_TRUE(lane.has_ended(lane_end::drained));
    EXPECT_EQ(lane.flush(), 208U);
    EXPECT_THAT(lane.plugin.calls(),
                ElementsAre("start", "deliver 1", "deliver 2", "flush", "stop"));
}

TEST(lane, draining_ends_at_its_deadline_though_acks_are_missing) {
    scripted_lane lane;
    lane.start();
    lane.push(100);
    ASSERT_TRUE(lane.plugin.has_called("flush"));
    lane->drain(std::chrono::steady_clock::now() + 20ms);
    ASSERT_TRUE(lane.has_ended(lane_end::drained));
    EXPECT_EQ(lane.flush(), 0U);
}

TEST(lane, draining_ends_a_pause_between_retries_at_its_deadline) {
    auto config = quick_config();
    config.retry = {.pause_min = 1h, .pause_max = 1h};
    scripted_lane lane{config};
    lane.plugin.on_deliver = [](const walwire_batch&) { return WALWIRE_RETRY; };
    lane.push(100);
    lane.start();
    ASSERT_TRUE(lane.plugin.has_delivered(1));
    lane->drain(std::chrono::steady_clock::now() + 20ms);
    ASSERT_TRUE(lane.has_ended(lane_end::drained));
    EXPECT_EQ(lane.plugin.deliveries().size(), 1U);
}

TEST(lane, stop_is_told_what_is_left_of_the_drain) {
    scripted_lane lane;
    lane.push(100);
    lane->drain(std::chrono::steady_clock::now() + 1h);
    lane.plugin.on_deliver = [&](const walwire_batch&) {
        lane.plugin.ack(1, 1);
        return WALWIRE_OK;
    };
    lane.start();
    ASSERT_TRUE(lane.has_ended(lane_end::drained));
    EXPECT_GT(lane.plugin.stop_grace_ms, 3'000'000U);
    EXPECT_LE(lane.plugin.stop_grace_ms, 3'600'000U);
}

TEST(lane, a_stop_that_does_not_come_back_is_told) {
    scripted_lane lane;
    lane.plugin.on_deliver = [](const walwire_batch&) { return WALWIRE_FATAL; };
    // Without a drain: the second of grace, and the one that abi.h adds.
    lane.plugin.on_stop = [&] {
        EXPECT_EQ(lane.last_calls, 1);
        EXPECT_TRUE(eventually([&] { return lane->is_overdue(); }));
    };
    lane.push(100);
    lane.start();
    ASSERT_TRUE(lane.has_ended(lane_end::failed));
    EXPECT_EQ(lane.plugin.stop_grace_ms, 1000U);
    EXPECT_FALSE(lane->is_overdue());
}

// ---- its end ------------------------------------------------------------------------------------

TEST(lane, one_that_has_ended_holds_no_memory_and_takes_nothing_but_keeps_its_flush) {
    scripted_lane lane{one_by_one()};
    lane.plugin.on_deliver = [&](const walwire_batch& batch) {
        if (batch.sequence == 1) lane.plugin.ack(1, 1);
        return batch.sequence == 3 ? WALWIRE_CLOSED : WALWIRE_OK;
    };
    for (const std::uint64_t at : {100U, 200U, 300U, 400U}) lane.push(at);
    lane.start();
    ASSERT_TRUE(lane.has_ended(lane_end::closed));
    EXPECT_TRUE(lane.until([&] { return lane.source.budget().used_bytes() == 0; }));
    EXPECT_TRUE(lane.until([&] { return lane.rooms > 0; }));
    lane.push(500);
    lane->mark(lsn{900});
    EXPECT_EQ(lane.source.budget().used_bytes(), 0U);
    EXPECT_EQ(lane.flush(), 108U);
    EXPECT_TRUE(lane->has_room());
}

TEST(lane, every_call_but_interrupt_comes_from_one_thread) {
    std::atomic<std::thread::id> started_on;
    scripted_lane lane;
    lane.plugin.on_start = [&] {
        started_on = std::this_thread::get_id();
        return WALWIRE_CLOSED;
    };
    lane.start();
    ASSERT_TRUE(lane.has_ended(lane_end::closed));
    EXPECT_NE(started_on.load(), std::this_thread::get_id());
    EXPECT_EQ(lane.plugin.created_on.load(), started_on.load());
    EXPECT_EQ(lane.plugin.destroyed_on.load(), started_on.load());
}

TEST(lane, one_that_is_told_to_stop_before_it_began_starts_nothing) {
    scripted_lane lane;
    lane->stop_now();
    lane.start();
    ASSERT_TRUE(lane.has_ended(lane_end::drained));
    EXPECT_THAT(lane.plugin.calls(), IsEmpty());
}

} // namespace
} // namespace walwire::engine
