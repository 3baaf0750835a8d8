// A lane whose plugin fails: what comes again, and calls that have to come back.
#include "dispatch/lane.hpp"

#include "support/scripted_lane.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace walwire::engine {
namespace {

using namespace tests;
using testing::ElementsAre;

// One row per batch, so that sequence n is the n-th row.
sink_config one_by_one() {
    auto config = quick_config();
    config.batch_events_max = 1;
    return config;
}

// ---- fail() and starting again ------------------------------------------------------------------

TEST(lane_restart, fail_ends_the_lane_as_an_answer_would) {
    for (const auto& [said, expected] : {std::pair{WALWIRE_FATAL, lane_end::failed},
                                         std::pair{WALWIRE_CLOSED, lane_end::closed}}) {
        scripted_lane lane;
        lane.start();
        ASSERT_TRUE(lane.plugin.has_called("start"));
        lane.plugin.fail(said);
        ASSERT_TRUE(lane.has_ended(expected));
        EXPECT_EQ(lane->why().text, "as the test says");
        auto calls = lane.plugin.calls();
        std::erase(calls, "interrupt"); // of a start() that was not back yet
        EXPECT_THAT(calls, ElementsAre("start", "stop"));
    }
}

TEST(lane_restart, a_restart_gives_the_unacked_again_under_new_numbers) {
    scripted_lane lane{one_by_one()};
    lane.start();
    for (const std::uint64_t at : {100U, 200U, 300U, 400U}) lane.push(at);
    ASSERT_TRUE(lane.plugin.has_delivered(4));
    lane.plugin.ack(1, 1);
    lane.plugin.ack(3, 3); // beyond the hole
    lane.plugin.fail(WALWIRE_RETRY);
    ASSERT_TRUE(lane.until([&] { return lane.plugin.deliveries().size() >= 6; }));
    lane.push(500);
    ASSERT_TRUE(lane.plugin.has_delivered(7));

    EXPECT_THAT(lane.plugin.events(4), ElementsAre("insert 200.1", "insert 400.1", "insert 500.1"));
    const auto made = lane.plugin.deliveries();
    EXPECT_EQ(made[4].sequence, 5U);
    EXPECT_TRUE(made[4].is_redelivered());
    EXPECT_TRUE(made[5].is_redelivered());
    EXPECT_FALSE(made[6].is_redelivered()) << "surely new";
    EXPECT_FALSE(made[0].is_redelivered());
    EXPECT_EQ(lane.rewinds, 0);
    EXPECT_EQ(lane.plugin.count("stop"), 1U);
    EXPECT_EQ(lane.plugin.count("start"), 2U);

    // The old numbers mean nothing any more; the new ones settle all.
    lane.plugin.ack(2, 4);
    EXPECT_EQ(lane.flush(), 108U);
    lane.plugin.ack(5, 7);
    EXPECT_TRUE(lane.until([&] { return lane.flush() == 508; }));
}

TEST(lane_restart, an_ack_in_stop_counts) {
    scripted_lane lane{one_by_one()};
    lane.plugin.on_stop = [&] {
        if (lane.plugin.count("stop") == 1) lane.plugin.ack(1, 1);
    };
    lane.start();
    lane.push(100);
    lane.push(200);
    ASSERT_TRUE(lane.plugin.has_delivered(2));
    lane.plugin.fail(WALWIRE_RETRY);
    ASSERT_TRUE(lane.plugin.has_delivered(3));
    EXPECT_THAT(lane.plugin.events(2), ElementsAre("insert 200.1"));
    EXPECT_EQ(lane.flush(), 108U);
}

TEST(lane_restart, what_was_released_unacked_comes_again_from_the_source_exactly_once) {
    scripted_lane lane{one_by_one()};
    lane.start();
    for (const std::uint64_t at : {100U, 200U, 300U}) lane.push(at);
    ASSERT_TRUE(lane.plugin.has_delivered(3));
    lane.plugin.ack(1, 1);
    lane.plugin.release(2, 2);

    // WHEN it starts again, THEN the source has to go back, and until then nothing is taken.
    lane.plugin.fail(WALWIRE_RETRY);
    ASSERT_TRUE(lane.until([&] { return lane.rewinds == 1; }));
    lane.push(400);
    lane->mark(lsn{450});
    ASSERT_TRUE(lane.plugin.has_called("start", 2));
    EXPECT_TRUE(stays([&] { return lane.plugin.deliveries().size() == 3; }));
    EXPECT_EQ(lane.flush(), 108U);

    // The stream from a flush at or below this lane's: what is settled is not given again.
    lane->rewound();
    for (const std::uint64_t at : {100U, 200U, 300U, 400U, 500U}) lane.push(at);
    ASSERT_TRUE(lane.plugin.has_delivered(7));
    EXPECT_TRUE(stays([&] { return lane.plugin.deliveries().size() == 7; }));
    EXPECT_THAT(lane.plugin.events(3),
                ElementsAre("insert 200.1", "insert 300.1", "insert 400.1", "insert 500.1"));
    EXPECT_EQ(lane.plugin.deliveries()[3].sequence, 4U);
    EXPECT_TRUE(lane.plugin.deliveries()[4].is_redelivered());
    EXPECT_FALSE(lane.plugin.deliveries()[5].is_redelivered());
    lane.plugin.ack(4, 7);
    EXPECT_TRUE(lane.until([&] { return lane.flush() == 508; }));
}

TEST(lane_restart, one_that_waits_for_a_source_that_has_ended_ends) {
    scripted_lane lane{one_by_one()};
    lane.start();
    lane.push(100);
    ASSERT_TRUE(lane.plugin.has_delivered(1));
    lane.plugin.release(1, 1);
    lane.plugin.fail(WALWIRE_RETRY);
    ASSERT_TRUE(lane.plugin.has_called("start", 2));
    // WHEN nothing more will come, not even again
    lane->source_ended();
    ASSERT_TRUE(lane.has_ended(lane_end::drained));
    EXPECT_EQ(lane.flush(), 0U);
}

TEST(lane_restart, after_a_rewind_it_skips_what_it_has_inside_a_transaction_too) {
    scripted_lane lane;
    lane.start();
    lane.source.begin(100).insert().insert();
    lane.push(lane.source.seal());
    ASSERT_TRUE(lane.until([&] { return lane.plugin.events().size() == 2; }));
    // The connection broke in the middle of it.
    lane.source.assembler().restart();
    lane->rewound();
    lane.source.table(1).begin(100).insert().insert().insert().commit(100, 108);
    lane.push(lane.source.seal());
    lane.push(200);
    ASSERT_TRUE(lane.until([&] { return lane.plugin.events().size() >= 4; }));
    EXPECT_TRUE(stays([&] { return lane.plugin.events().size() == 4; }));
    EXPECT_THAT(lane.plugin.events(),
                ElementsAre("insert 100.1", "insert 100.2", "insert 100.3", "insert 200.1"));
    lane.plugin.ack(1, lane.plugin.deliveries().back().sequence);
    EXPECT_TRUE(lane.until([&] { return lane.flush() == 208; }));
}

TEST(lane_restart, everything_up_to_where_the_server_was_may_have_been_given_to_an_earlier_run) {
    scripted_lane lane{one_by_one()};
    lane.push(100);
    lane.push(200);
    lane.start({.commit_lsn = lsn{150}, .phase = 0, .index = 0});
    ASSERT_TRUE(lane.plugin.has_delivered(2));
    EXPECT_TRUE(lane.plugin.deliveries()[0].is_redelivered());
    EXPECT_FALSE(lane.plugin.deliveries()[1].is_redelivered());
}

TEST(lane_restart, a_start_that_failed_while_it_went_well_is_stopped_first) {
    scripted_lane lane;
    lane.plugin.on_start = [&] {
        if (lane.plugin.count("start") == 1) lane.plugin.fail(WALWIRE_RETRY);
        return WALWIRE_OK;
    };
    lane.push(100);
    lane.start();
    ASSERT_TRUE(lane.plugin.has_delivered(1));
    const auto calls = lane.plugin.calls();
    EXPECT_EQ(std::vector(calls.begin(), calls.begin() + 4),
              (std::vector<std::string>{"start", "stop", "start", "deliver 1"}));
}

// ---- interrupting -------------------------------------------------------------------------------

TEST(lane_restart, fail_interrupts_the_call_in_progress) {
    scripted_lane lane;
    lane.plugin.on_deliver = [&](const walwire_batch& batch) {
        if (batch.sequence > 1) return WALWIRE_OK;
        EXPECT_TRUE(lane.plugin.wait_for_interrupt());
        return WALWIRE_RETRY;
    };
    lane.push(100);
    lane.start();
    ASSERT_TRUE(lane.plugin.has_delivered(1));
    lane->interrupt_call(); // nobody wants it to come back
    EXPECT_EQ(lane.plugin.count("interrupt"), 0U);
    lane.plugin.fail(WALWIRE_RETRY);
    ASSERT_TRUE(lane.until([&] { return lane.plugin.deliveries().size() == 2; }));
    EXPECT_EQ(lane.plugin.deliveries()[1].sequence, 2U);
    EXPECT_TRUE(lane.plugin.deliveries()[1].is_redelivered());
    EXPECT_EQ(lane.plugin.count("interrupt"), 1U);
}

TEST(lane_restart, a_call_does_not_begin_once_it_was_to_be_interrupted) {
    std::atomic<bool> is_armed = true; // outlives the lane, as all that its hooks touch
    // GIVEN fail() between the decision to deliver and the call: in on_room, which the lane says
    // when what it cut has left its queue.
    scripted_lane lane{quick_config(), {.budget_bytes = 50'000, .window_bytes = 1 << 20}};
    lane.on_room = [&] {
        if (!is_armed.exchange(false)) return;
        lane.plugin.fail(WALWIRE_RETRY);
        EXPECT_TRUE(eventually([&] { return lane.interrupt_calls > 0; }));
    };
    lane.push(100);
    lane.source.add(pgoutput::message(false, lsn{200}, "app", std::string(100'000, 'x')));
    lane.push(lane.source.seal()); // the view leaves nothing of it
    lane.start();
    ASSERT_TRUE(lane.until([&] { return lane.plugin.count("start") == 2; }));
    EXPECT_FALSE(is_armed);
    EXPECT_EQ(lane.plugin.count("interrupt"), 0U);
    // The number was not used, so it is not skipped, and nothing was given before.
    ASSERT_TRUE(lane.until([&] { return lane.plugin.deliveries().size() == 1; }));
    EXPECT_EQ(lane.plugin.deliveries()[0].sequence, 1U);
    EXPECT_FALSE(lane.plugin.deliveries()[0].is_redelivered());
    lane.plugin.ack(1, 1);
    EXPECT_TRUE(lane.until([&] { return lane.flush() == 108; }));
}

TEST(lane_restart, a_final_word_counts_more_than_one_that_may_pass) {
    for (const bool is_bad_ack : {false, true}) {
        scripted_lane lane;
        lane.plugin.on_deliver = [&](const walwire_batch&) {
            lane.plugin.fail(WALWIRE_RETRY);
            if (is_bad_ack)
                lane.plugin.ack(7, 7);
            else
                lane.plugin.fail(WALWIRE_FATAL);
            return WALWIRE_OK;
        };
        lane.push(100);
        lane.start();
        ASSERT_TRUE(lane.has_ended(lane_end::failed));
        EXPECT_EQ(lane->why().id, is_bad_ack ? "plugin.bad_ack" : "");
    }
}

TEST(lane_restart, behind_an_interrupted_start_stands_a_new_instance) {
    // GIVEN a start() that blocks, and a thread of the plugin that finds it hopeless
    scripted_lane lane;
    lane.plugin.on_start = [&] {
        if (lane.plugin.count("start") > 1) return WALWIRE_OK;
        lane.plugin.fail(WALWIRE_RETRY);
        EXPECT_TRUE(lane.plugin.wait_for_interrupt());
        return WALWIRE_RETRY;
    };
    lane.push(100);
    lane.start();
    // THEN nothing but destroy() is called on the first, and the second begins anew
    ASSERT_TRUE(lane.until([&] { return lane.plugin.count("flush") == 1; }));
    EXPECT_THAT(lane.plugin.calls(),
                ElementsAre("start", "interrupt", "start", "deliver 1", "flush"));
    EXPECT_EQ(lane.plugin.creates, 2);
    EXPECT_EQ(lane.plugin.destroys, 1);
    lane.plugin.ack(1, 1);
    EXPECT_TRUE(lane.until([&] { return lane.flush() == 108; }));
}

TEST(lane_restart, a_new_instance_counts_from_1_and_its_acks_settle) {
    // GIVEN batches that an instance was given, and a start() of it that is interrupted later
    scripted_lane lane{one_by_one()};
    lane.plugin.on_start = [&] {
        if (lane.plugin.count("start") != 2) return WALWIRE_OK;
        lane.plugin.fail(WALWIRE_RETRY);
        EXPECT_TRUE(lane.plugin.wait_for_interrupt());
        return WALWIRE_RETRY;
    };
    lane.start();
    for (const std::uint64_t at : {100U, 200U, 300U}) lane.push(at);
    // No call is in progress any more that the failure would interrupt.
    ASSERT_TRUE(lane.plugin.has_delivered(3));
    ASSERT_TRUE(lane.plugin.has_called("flush"));
    lane.plugin.ack(1, 1);
    lane.plugin.fail(WALWIRE_RETRY);
    ASSERT_TRUE(lane.until([&] { return lane.plugin.deliveries().size() == 5; }));
    EXPECT_THAT(lane.plugin.events(3), ElementsAre("insert 200.1", "insert 300.1"));
    EXPECT_EQ(lane.plugin.deliveries()[3].sequence, 1U);
    EXPECT_TRUE(lane.plugin.deliveries()[4].is_redelivered());
    EXPECT_EQ(lane.flush(), 108U);
    lane.plugin.ack(1, 2);
    EXPECT_TRUE(lane.until([&] { return lane.flush() == 308; }));
}

TEST(lane_restart, an_interrupt_under_way_reaches_no_later_call) {
    // GIVEN a call that comes back by itself while interrupt() is still at work
    std::atomic<bool> is_at_work = false;
    std::atomic<bool> may_return = false;
    scripted_lane lane;
    lane.plugin.on_interrupt = [&] {
        is_at_work = true;
        EXPECT_TRUE(eventually([&] { return may_return.load(); }));
    };
    lane.plugin.on_deliver = [&](const walwire_batch& batch) {
        if (batch.sequence > 1) return WALWIRE_OK;
        lane.plugin.fail(WALWIRE_RETRY);
        EXPECT_TRUE(eventually([&] { return is_at_work.load(); }));
        return WALWIRE_OK;
    };
    lane.push(100);
    lane.start();
    ASSERT_TRUE(lane.plugin.has_delivered(1));
    std::jthread other{[&] { EXPECT_TRUE(lane.until([&] { return lane.interrupt_calls > 0; })); }};
    EXPECT_TRUE(eventually([&] { return is_at_work.load(); }));
    EXPECT_TRUE(stays([&] { return lane.plugin.count("stop") == 0; }));
    may_return = true;
    ASSERT_TRUE(lane.plugin.has_called("start", 2));
    EXPECT_EQ(lane.plugin.count("interrupt"), 1U);
}

TEST(lane_restart, stopping_now_interrupts_and_keeps_what_was_acked) {
    scripted_lane lane{one_by_one()};
    lane.plugin.on_deliver = [&](const walwire_batch& batch) {
        if (batch.sequence == 1) return WALWIRE_OK;
        EXPECT_TRUE(lane.plugin.wait_for_interrupt());
        return WALWIRE_RETRY;
    };
    lane.start();
    lane.push(100);
    lane.push(200);
    ASSERT_TRUE(lane.plugin.has_delivered(2));
    lane.plugin.ack(1, 1);
    lane->stop_now();
    lane->interrupt_call();
    ASSERT_TRUE(lane.has_ended(lane_end::drained));
    EXPECT_EQ(lane.flush(), 108U);
    EXPECT_EQ(lane.plugin.deliveries().size(), 2U);
    EXPECT_EQ(lane.plugin.calls().back(), "stop");
}

} // namespace
} // namespace walwire::engine
