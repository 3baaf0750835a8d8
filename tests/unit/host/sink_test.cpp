// An instance through the real boundary: calls down, answers up.
#include "host/sink.hpp"

#include "relay.hpp"

#include <atomic>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <thread>

namespace walwire::engine {
namespace {

using std::chrono::milliseconds;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

using sink_test = relay_test;

TEST_F(sink_test, calls_arrive_in_the_order_of_the_lifecycle) {
    std::string order;
    doing.start = [&](const walwire_host*) { return order += "start ", WALWIRE_OK; };
    doing.deliver = [&](const walwire_host*, const walwire_batch* batch) {
        order += "deliver" + std::to_string(batch->sequence) + " ";
        return WALWIRE_OK;
    };
    doing.flush = [&](const walwire_host*) { return order += "flush ", WALWIRE_OK; };
    doing.stop = [&](const walwire_host*, std::uint32_t grace) {
        order += "stop" + std::to_string(grace) + " ";
    };
    doing.interrupt = [&](const walwire_host*) { order += "interrupt "; };
    doing.destroy = [&](const walwire_host*) { order += "destroy"; };
    auto made = make();
    for (std::uint64_t run = 1; run <= 2; ++run) {
        EXPECT_EQ(made->start().result, verdict::ok);
        EXPECT_EQ(made->deliver(batch_of(run)).result, verdict::ok);
        EXPECT_EQ(made->flush().result, verdict::ok);
        made->interrupt();
        made->stop(milliseconds{run * 100});
    }
    made.reset();
    EXPECT_EQ(order, "start deliver1 flush interrupt stop100 "
                     "start deliver2 flush interrupt stop200 destroy");
}

TEST_F(sink_test, creating_opens_nothing) {
    bool was_started = false;
    doing.start = [&](const walwire_host*) { return was_started = true, WALWIRE_OK; };
    make().reset();
    EXPECT_FALSE(was_started);
}

TEST_F(sink_test, every_answer_comes_back_with_its_text_and_pause) {
    walwire_result number = WALWIRE_OK;
    std::string text = "the disk is full";
    doing.deliver = [&](const walwire_host* host, const walwire_batch*) {
        host->set_error(host, text.c_str(), 250);
        text.assign(text.size(), '!'); // what was said is copied
        return number;
    };
    const auto made = started();
    EXPECT_EQ(made->deliver(batch_of(1)).text, "") << "OK needs no reason";
    for (const auto& [given, expected] :
         {std::pair{WALWIRE_RETRY, verdict::retry}, std::pair{WALWIRE_FATAL, verdict::fatal},
          std::pair{WALWIRE_CLOSED, verdict::closed}}) {
        number = given;
        text = "the disk is full";
        const answer got = made->deliver(batch_of(1));
        EXPECT_EQ(got.result, expected);
        EXPECT_EQ(got.text, "the disk is full");
        EXPECT_EQ(got.retry_after, milliseconds{250});
        EXPECT_EQ(got.id, "");
    }
    made->stop({});
}

TEST_F(sink_test, an_answer_without_a_reason_says_so_and_does_not_inherit_one) {
    bool speaks = true;
    doing.flush = [&](const walwire_host* host) {
        if (speaks) host->set_error(host, "busy", 5);
        return WALWIRE_RETRY;
    };
    const auto made = started();
    EXPECT_EQ(made->flush().text, "busy");
    speaks = false;
    const answer silent = made->flush();
    EXPECT_EQ(silent.text, "flush() gave no reason");
    EXPECT_EQ(silent.retry_after, milliseconds{0});
    made->stop({});
}

TEST_F(sink_test, a_number_that_is_no_result_is_fatal) {
    doing.deliver = [](const walwire_host* host, const walwire_batch*) {
        host->set_error(host, "oops", 0);
        return 17;
    };
    doing.flush = [](const walwire_host*) { return -1; };
    const auto made = started();
    const answer got = made->deliver(batch_of(1));
    EXPECT_EQ(got.result, verdict::fatal);
    EXPECT_EQ(got.id, "plugin.answer");
    EXPECT_EQ(got.text, "deliver() answered 17, which is no walwire_result: oops");
    EXPECT_EQ(made->flush().text, "flush() answered -1, which is no walwire_result");
    made->stop({});
}

TEST_F(sink_test, a_start_that_fails_leaves_the_sink_unstarted) {
    int tries = 0;
    doing.start = [&](const walwire_host* host) -> walwire_result {
        if (++tries == 2) return WALWIRE_OK;
        host->set_error(host, "connection refused", 0);
        return WALWIRE_RETRY;
    };
    auto made = make();
    EXPECT_EQ(made->start().text, "connection refused");
    EXPECT_EQ(made->start().result, verdict::ok);
    made->stop({});
    tries = 5;
    EXPECT_EQ(made->start().result, verdict::retry); // and destroyed without a stop()
}

TEST_F(sink_test, what_a_plugin_leaves_out_is_ok) {
    const auto plugin = load_test_plugin("small");
    auto made = sink::create(plugin, {"s", "json", "", "", {}}, options{}, events);
    ASSERT_TRUE(made) << to_text(made.error());
    sink& small = **made;
    EXPECT_FALSE(small.has_interrupt());
    EXPECT_FALSE(small.wants_payloads());
    EXPECT_TRUE(small.wants_transactions());
    EXPECT_EQ(small.start().result, verdict::ok);
    EXPECT_EQ(small.deliver(batch_of(1)).result, verdict::ok);
    EXPECT_EQ(small.flush().result, verdict::ok);
    small.interrupt();
    small.stop({});
    EXPECT_THAT(events.acks, ElementsAre(Pair(1, 1)));
}

TEST_F(sink_test, a_refusal_names_the_option_it_begins_with) {
    std::string text = "url: must be https";
    doing.create = [&](const walwire_host* host) {
        host->set_error(host, text.c_str(), 0);
        return false;
    };
    auto made = make_relay(doing, events);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().id, "plugin.create");
    EXPECT_EQ(made.error().message,
              "sink orders: the plugin relay refuses its option url: must be https");
    EXPECT_EQ(made.error().help, "change the value of url");
    EXPECT_EQ(exit_code(made.error()), 2);

    text = "no memory";
    made = make_relay(doing, events);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().message, "sink orders: the plugin relay cannot be used: no memory");
    EXPECT_EQ(exit_code(made.error()), 1);

    text = "";
    EXPECT_THAT(make_relay(doing, events).error().message, HasSubstr("it gave no reason"));
}

TEST_F(sink_test, a_refused_instance_is_not_destroyed) {
    doing.create = [](const walwire_host*) { return false; };
    doing.destroy = [](const walwire_host*) { FAIL() << "there is nothing to destroy"; };
    EXPECT_FALSE(make_relay(doing, events));
}

TEST_F(sink_test, interrupt_reaches_a_call_in_progress) {
    std::atomic<bool> is_in_call = false;
    std::atomic<bool> is_interrupted = false;
    doing.deliver = [&](const walwire_host* host, const walwire_batch*) {
        is_in_call = true;
        while (!is_interrupted) std::this_thread::yield();
        host->set_error(host, "interrupted", 0);
        return WALWIRE_RETRY;
    };
    doing.interrupt = [&](const walwire_host*) { is_interrupted = true; };
    const auto made = started();
    std::thread other{[&] {
        while (!is_in_call) std::this_thread::yield();
        made->interrupt();
    }};
    EXPECT_EQ(made->deliver(batch_of(1)).text, "interrupted");
    other.join();
    made->stop({});
}

TEST_F(sink_test, sinks_of_one_library_do_not_meet) {
    script other_doing;
    recorded_events other_events;
    for (script* each : {&doing, &other_doing}) {
        each->deliver = [](const walwire_host* host, const walwire_batch* batch) {
            host->ack(host, batch->sequence, batch->sequence);
            host->set_error(host, host->option(host, "url"), 0);
            return WALWIRE_RETRY;
        };
    }
    const auto one = make({{"url", "one"}});
    const auto two = std::move(make_relay(other_doing, other_events, {{"url", "two"}}).value());
    one->start();
    two->start();
    EXPECT_EQ(one->deliver(batch_of(1)).text, "one");
    EXPECT_EQ(two->deliver(batch_of(5)).text, "two");
    one->stop({});
    two->stop({});
    EXPECT_THAT(events.acks, ElementsAre(Pair(1, 1)));
    EXPECT_THAT(other_events.acks, ElementsAre(Pair(5, 5)));
}

using sink_death_test = sink_test;

TEST_F(sink_death_test, misuse_by_the_engine_stops_the_process) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    const auto made = started();
    made->deliver(batch_of(2));
    EXPECT_DEATH(made->deliver(batch_of(1)), "sequence >= delivered_") << "a number again";
    EXPECT_DEATH(made->set_origin({1, 1}), "idle");
    EXPECT_DEATH(static_cast<void>(made->start()), "idle");
    made->stop({});
    EXPECT_DEATH(made->deliver(batch_of(3)), "started");
}

} // namespace
} // namespace walwire::engine
