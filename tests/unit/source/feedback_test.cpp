// When a standby status update goes out; a clock of the test's own.
#include "source/feedback.hpp"

#include <gtest/gtest.h>

namespace walwire::engine {
namespace {

using namespace std::chrono_literals;

class feedback_test : public testing::Test {
protected:
    using time_point = feedback::clock::time_point;
    const time_point start_ = time_point{} + 1h;
    feedback of(std::chrono::milliseconds timeout = 60s) { return {timeout, start_}; }
    // Sends whatever is due.
    static bool turn(feedback& what, lsn flush_lsn, time_point now) {
        const auto due = what.decide(flush_lsn, now);
        if (due.send) what.sent(flush_lsn, due.ask_for_reply, now);
        return due.send;
    }
};

TEST_F(feedback_test, says_nothing_of_itself_before_the_interval) {
    auto replies = of();
    EXPECT_FALSE(replies.decide(lsn{100}, start_ + 9'999ms).send) << "a new flush can wait";
    EXPECT_TRUE(replies.decide(lsn{}, start_ + 10s).send) << "an old one is said again";
    EXPECT_EQ(replies.next(), start_ + 10s);
}

TEST_F(feedback_test, the_interval_is_half_the_timeout_when_that_is_shorter) {
    auto replies = of(4s);
    EXPECT_FALSE(replies.decide({}, start_ + 1'999ms).send);
    EXPECT_TRUE(replies.decide({}, start_ + 2s).send);
    EXPECT_EQ(replies.next(), start_ + 2s);
}

TEST_F(feedback_test, the_interval_begins_again_with_each_update) {
    auto replies = of();
    replies.received(start_ + 9s);
    EXPECT_TRUE(turn(replies, {}, start_ + 10s));
    EXPECT_FALSE(turn(replies, {}, start_ + 19s));
    EXPECT_TRUE(turn(replies, {}, start_ + 20s));
}

TEST_F(feedback_test, a_request_is_answered_at_once_when_the_flush_has_moved) {
    auto replies = of();
    replies.reply_requested();
    EXPECT_TRUE(turn(replies, lsn{100}, start_ + 1ms));
    EXPECT_FALSE(turn(replies, lsn{200}, start_ + 2ms)) << "one request, one answer";
    replies.reply_requested();
    EXPECT_TRUE(turn(replies, lsn{200}, start_ + 3ms));
}

TEST_F(feedback_test, an_unchanged_flush_is_said_at_most_every_100_ms) {
    auto replies = of();
    int sent = 0;
    for (int ms = 1; ms <= 1000; ++ms) { // a server that stops asks all the time
        replies.reply_requested();
        if (turn(replies, {}, start_ + std::chrono::milliseconds{ms})) ++sent;
    }
    EXPECT_EQ(sent, 10);
}

TEST_F(feedback_test, wakes_for_an_answer_that_was_held_back) {
    auto replies = of();
    replies.reply_requested();
    EXPECT_FALSE(turn(replies, {}, start_ + 40ms));
    EXPECT_EQ(replies.next(), start_ + 100ms);
    EXPECT_TRUE(turn(replies, {}, start_ + 100ms));
    EXPECT_EQ(replies.next(), start_ + 100ms + 10s);
}

TEST_F(feedback_test, asks_a_server_that_is_quiet_for_half_the_timeout_once) {
    auto replies = of();
    for (auto at = 10s; at < 30s; at += 10s) {
        const auto due = replies.decide({}, start_ + at);
        EXPECT_TRUE(due.send);
        EXPECT_FALSE(due.ask_for_reply);
        replies.sent({}, false, start_ + at);
    }
    EXPECT_TRUE(replies.decide({}, start_ + 30s).ask_for_reply);
    replies.sent({}, true, start_ + 30s);
    EXPECT_FALSE(replies.decide({}, start_ + 35s).send);
    EXPECT_FALSE(replies.decide({}, start_ + 40s).ask_for_reply) << "asked already";
}

TEST_F(feedback_test, a_server_that_does_not_answer_for_the_whole_timeout_is_lost) {
    auto replies = of();
    EXPECT_FALSE(replies.is_lost(start_ + 1h)) << "it was not asked";
    replies.sent({}, true, start_ + 30s);
    EXPECT_FALSE(replies.is_lost(start_ + 59'999ms));
    EXPECT_TRUE(replies.is_lost(start_ + 60s));
}

TEST_F(feedback_test, a_server_that_was_asked_late_has_its_time_to_answer) {
    auto replies = of(); // we were stopped for longer than the whole timeout, and asked then
    replies.sent({}, true, start_ + 70s);
    EXPECT_FALSE(replies.is_lost(start_ + 70s));
    EXPECT_EQ(replies.next(), start_ + 80s) << "the next status";
    replies.sent({}, false, start_ + 91s);
    EXPECT_EQ(replies.next(), start_ + 100s);
    EXPECT_FALSE(replies.is_lost(start_ + 99'999ms));
    EXPECT_TRUE(replies.is_lost(start_ + 100s));
}

TEST_F(feedback_test, whatever_comes_is_an_answer) {
    auto replies = of();
    replies.sent({}, true, start_ + 30s);
    replies.received(start_ + 31s);
    EXPECT_FALSE(replies.is_lost(start_ + 60s));
    EXPECT_FALSE(replies.is_lost(start_ + 10min)) << "not asked since";
    EXPECT_TRUE(replies.decide({}, start_ + 61s).ask_for_reply) << "and it is asked anew";
}

TEST_F(feedback_test, an_answer_may_come_in_the_instant_of_the_question) {
    auto replies = of();
    replies.sent({}, true, start_ + 30s);
    replies.received(start_ + 30s);
    EXPECT_FALSE(replies.is_lost(start_ + 10min));
    EXPECT_TRUE(replies.decide({}, start_ + 60s).ask_for_reply) << "and it is asked anew";
}

TEST_F(feedback_test, wakes_to_ask_and_to_give_up) {
    auto replies = of(8s); // status every 4 s, ask after 4 s of silence
    replies.sent({}, false, start_ + 3s);
    EXPECT_EQ(replies.next(), start_ + 4s);
    replies.sent({}, true, start_ + 4s);
    replies.sent({}, false, start_ + 7s);
    EXPECT_EQ(replies.next(), start_ + 8s);
    EXPECT_TRUE(replies.is_lost(replies.next()));
}

TEST_F(feedback_test, a_timeout_that_is_off_counts_as_30_s) {
    auto replies = of(0s);
    EXPECT_TRUE(replies.decide({}, start_ + 15s).ask_for_reply);
    EXPECT_FALSE(replies.decide({}, start_ + 14s).ask_for_reply);
    replies.sent({}, true, start_ + 15s);
    EXPECT_FALSE(replies.is_lost(start_ + 29s));
    EXPECT_TRUE(replies.is_lost(start_ + 30s));
}

} // namespace
} // namespace walwire::engine
