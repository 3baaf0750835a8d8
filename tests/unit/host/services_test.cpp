// What a plugin can call, through the real boundary: hostile until proved otherwise.
#include "host/services.hpp"

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

using services_test = relay_test;

TEST_F(services_test, the_host_tells_who_and_what) {
    std::string seen;
    doing.create = [&](const walwire_host* host) {
        seen = std::string{host->sink} + " " + host->dialect + " " + host->content_type + " " +
               host->option(host, "timeout") + (host->option(host, "url") ? "" : " unset");
        EXPECT_EQ(host->size, sizeof *host);
        EXPECT_EQ(host->minor, std::uint32_t{WALWIRE_ABI_MINOR});
        EXPECT_STREQ(host->terminator, "\n");
        EXPECT_EQ(host->option(host, nullptr), nullptr);
        EXPECT_EQ(host->option_count(host, "url"), 0u);
        EXPECT_EQ(host->option_key(host, "url", 0), nullptr);
        EXPECT_EQ(host->extension(host, "walwire.state/1"), nullptr);
        return true;
    };
    const auto made = make();
    EXPECT_EQ(seen, "orders json application/x-ndjson 5000 unset");
    EXPECT_EQ(made->name(), "orders");
    EXPECT_TRUE(made->has_interrupt());
}

TEST_F(services_test, texts_are_bounded_and_fit_for_a_terminal) {
    const std::string endless(100'000, 'x');
    std::string text = endless;
    doing.flush = [&](const walwire_host* host) {
        host->set_error(host, text.c_str(), 0);
        host->log(host, WALWIRE_LOG_INFO, text.c_str());
        return WALWIRE_FATAL;
    };
    const auto made = started();
    EXPECT_EQ(made->flush().text.size(), 4096u);
    EXPECT_EQ(events.lines.back().second.size(), 4096u);
    text = "a\nb\x1B[31m\xFF";
    EXPECT_EQ(made->flush().text, "a b [31m\xEF\xBF\xBD");
    EXPECT_EQ(events.lines.back().second, "a b [31m\xEF\xBF\xBD");
    made->stop({});
}

TEST_F(services_test, set_error_counts_only_in_a_call_and_on_its_thread) {
    doing.flush = [](const walwire_host* host) {
        std::thread{[&] { host->set_error(host, "from elsewhere", 9); }}.join();
        return WALWIRE_RETRY;
    };
    doing.interrupt = [](const walwire_host* host) { host->set_error(host, "no call", 9); };
    doing.stop = [](const walwire_host* host, std::uint32_t) {
        host->set_error(host, "could not close", 0);
    };
    const auto made = started();
    EXPECT_EQ(made->flush().text, "flush() gave no reason");
    made->interrupt();
    made->stop({});
    EXPECT_THAT(
        events.lines,
        ElementsAre(Pair(log::level::warn, "set_error() outside a call is ignored: from elsewhere"),
                    Pair(log::level::warn, "set_error() outside a call is ignored: no call"),
                    Pair(log::level::warn, "stop(): could not close")));
}

TEST_F(services_test, levels_nobody_knows_are_the_nearest_known) {
    doing.flush = [](const walwire_host* host) {
        for (const int level : {-7, 0, 1, 2, 3, 99}) host->log(host, level, "line");
        host->log(host, WALWIRE_LOG_INFO, nullptr);
        return WALWIRE_OK;
    };
    const auto made = started();
    made->flush();
    made->stop({});
    std::vector<log::level> levels;
    for (const auto& line : events.lines) levels.push_back(line.first);
    using enum log::level;
    EXPECT_THAT(levels, ElementsAre(debug, debug, info, warn, error, error, info));
}

TEST_F(services_test, acks_and_releases_arrive_before_deliver_returns_and_after) {
    const walwire_host* kept = nullptr;
    std::size_t in_call = 0;
    doing.deliver = [&](const walwire_host* host, const walwire_batch* batch) {
        kept = host;
        host->ack(host, batch->sequence, batch->sequence);
        in_call = events.acks.size();
        return WALWIRE_RETRY; // and the ack stands
    };
    const auto made = started();
    made->deliver(batch_of(1));
    EXPECT_EQ(in_call, 1u);
    made->deliver(batch_of(2));
    std::thread{[&] {
        kept->release(kept, 1, 2);
        kept->ack(kept, 1, 2); // again is the window's business
    }}.join();
    made->stop({});
    EXPECT_THAT(events.acks, ElementsAre(Pair(1, 1), Pair(2, 2), Pair(1, 2)));
    EXPECT_THAT(events.releases, ElementsAre(Pair(1, 2)));
    EXPECT_THAT(events.fails, IsEmpty());
}

TEST_F(services_test, an_ack_of_what_was_never_delivered_fails_the_instance_and_settles_nothing) {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    bool acks = true;
    doing.flush = [&](const walwire_host* host) {
        (acks ? host->ack : host->release)(host, first, last);
        return WALWIRE_OK;
    };
    const auto made = started();
    made->deliver(batch_of(7));
    const std::pair<std::uint64_t, std::uint64_t> wrong[] = {{8, 8}, {1, 8}, {0, 7},
                                                             {0, 0}, {7, 6}, {1, UINT64_MAX}};
    for (const bool each : {true, false}) {
        acks = each;
        for (const auto& range : wrong) {
            std::tie(first, last) = range;
            events.fails.clear();
            made->flush();
            ASSERT_EQ(events.fails.size(), 1u) << first << " to " << last;
            EXPECT_EQ(events.fails[0].result, verdict::fatal);
            EXPECT_EQ(events.fails[0].id, "plugin.bad_ack");
            EXPECT_THAT(events.fails[0].text, AllOf(HasSubstr(each ? "it acked" : "it released"),
                                                    HasSubstr("the last one delivered is 7")));
        }
    }
    made->stop({});
    EXPECT_THAT(events.acks, IsEmpty());
    EXPECT_THAT(events.releases, IsEmpty());
}

TEST_F(services_test, an_instance_fails_from_any_thread) {
    doing.start = [](const walwire_host* host) {
        std::thread{[&] { host->fail(host, WALWIRE_RETRY, "the broker went away", 500); }}.join();
        host->fail(host, WALWIRE_CLOSED, nullptr, 0);
        host->fail(host, WALWIRE_OK, "fine", 0);
        host->fail(host, 17, "odd", 0);
        return WALWIRE_OK;
    };
    const auto made = started();
    ASSERT_EQ(events.fails.size(), 4u);
    EXPECT_EQ(events.fails[0].result, verdict::retry);
    EXPECT_EQ(events.fails[0].text, "the broker went away");
    EXPECT_EQ(events.fails[0].retry_after, milliseconds{500});
    EXPECT_EQ(events.fails[1].result, verdict::closed);
    EXPECT_EQ(events.fails[1].text, "it failed and gave no reason");
    EXPECT_EQ(events.fails[2].result, verdict::fatal);
    EXPECT_EQ(events.fails[3].result, verdict::fatal);
    EXPECT_EQ(events.fails[3].text,
              "it failed with 17, which is no walwire_result of a failure: odd");
    made->stop({});
}

TEST_F(services_test, in_stop_acks_count_and_failing_does_not) {
    doing.stop = [](const walwire_host* host, std::uint32_t) {
        host->ack(host, 1, 2);
        host->release(host, 1, 2);
        host->ack(host, 1, 3);
        host->fail(host, WALWIRE_FATAL, "too late", 0);
    };
    const auto made = started();
    made->deliver(batch_of(1));
    made->deliver(batch_of(2));
    made->stop(milliseconds{10});
    EXPECT_THAT(events.acks, ElementsAre(Pair(1, 2)));
    EXPECT_THAT(events.releases, ElementsAre(Pair(1, 2)));
    EXPECT_THAT(events.fails, IsEmpty());
    EXPECT_THAT(events.lines, ElementsAre(Pair(log::level::warn, HasSubstr("it acked"))));
}

TEST_F(services_test, after_stop_nothing_counts_until_the_next_start) {
    const walwire_host* kept = nullptr;
    doing.deliver = [&](const walwire_host* host, const walwire_batch*) {
        kept = host;
        return WALWIRE_OK;
    };
    doing.destroy = [](const walwire_host* host) { host->ack(host, 1, 1); };
    auto made = started();
    made->deliver(batch_of(1));
    made->stop({});
    kept->ack(kept, 1, 1);
    kept->release(kept, 1, 1);
    kept->ack(kept, 1, 99);
    kept->fail(kept, WALWIRE_FATAL, "too late", 0);
    EXPECT_THAT(events.acks, IsEmpty());
    EXPECT_EQ(made->start().result, verdict::ok);
    kept->ack(kept, 1, 1); // of the earlier start: sorted out by the window, not here
    EXPECT_THAT(events.acks, ElementsAre(Pair(1, 1)));
    made->stop({});
    made.reset();
    EXPECT_EQ(events.acks.size(), 1u);
    EXPECT_THAT(events.releases, IsEmpty());
    EXPECT_THAT(events.fails, IsEmpty());
}

// Counts what comes after stop() has returned.
class strict_events : public sink_events {
public:
    void on_ack(std::uint64_t, std::uint64_t) override { note(); }
    void on_release(std::uint64_t, std::uint64_t) override { note(); }
    void on_fail(answer) override { note(); }
    void on_log(log::level, std::string_view) override {}
    std::atomic<bool> is_over = false;
    std::atomic<int> in_time = 0;
    std::atomic<int> late = 0;

private:
    void note() { ++(is_over ? late : in_time); }
};

TEST_F(services_test, no_event_is_in_progress_once_stop_has_returned) {
    // GIVEN a plugin that forgets to join its threads in stop()
    strict_events strict;
    std::atomic<bool> ends = false;
    std::thread rogue[2];
    doing.deliver = [&](const walwire_host* host, const walwire_batch*) {
        for (auto& thread : rogue) {
            thread = std::thread{[&ends, host] {
                while (!ends) {
                    host->ack(host, 1, 1);
                    host->release(host, 1, 1);
                    host->fail(host, WALWIRE_RETRY, "again", 0);
                }
            }};
        }
        return WALWIRE_OK;
    };
    auto made = make_relay(doing, strict);
    ASSERT_TRUE(made);
    ASSERT_EQ((*made)->start().result, verdict::ok);
    (*made)->deliver(batch_of(1));
    while (strict.in_time < 100) std::this_thread::yield();
    // WHEN it is stopped while they go on
    (*made)->stop({});
    strict.is_over = true;
    while (!ends.exchange(true)) {
    }
    for (auto& thread : rogue) thread.join();
    // THEN nothing more came
    EXPECT_EQ(strict.late, 0);
}

TEST_F(services_test, payload_ids_are_written_as_far_as_there_is_room) {
    walwire_payload row{};
    row.size = sizeof row;
    row.kind = WALWIRE_INSERT;
    row.position = {0x1545C58, 1, 0, 2};
    walwire_payload schema = row;
    schema.kind = WALWIRE_SCHEMA;
    const walwire_payload* both[] = {&schema, &row};
    walwire_batch batch = batch_of(1);
    batch.payloads = both;
    batch.payload_count = 2;

    doing.deliver = [](const walwire_host* host, const walwire_batch* given) {
        char text[96];
        EXPECT_EQ(host->payload_id(host, given, 0, text, sizeof text), 46u);
        EXPECT_STREQ(text, "evt_7345129001_3_0000000001545C58-1-00000002_s");
        EXPECT_EQ(host->payload_id(host, given, 1, text, sizeof text), 44u);
        EXPECT_STREQ(text, "evt_7345129001_3_0000000001545C58-1-00000002");
        char small[] = "zzzzzz";
        EXPECT_EQ(host->payload_id(host, given, 1, small, 5), 44u);
        EXPECT_STREQ(small, "evt_");
        EXPECT_EQ(small[5], 'z');
        EXPECT_EQ(host->payload_id(host, given, 1, nullptr, 0), 44u);
        EXPECT_EQ(host->payload_id(host, given, 2, text, sizeof text), 0u);
        EXPECT_STREQ(text, "");
        EXPECT_EQ(host->payload_id(host, nullptr, 0, text, sizeof text), 0u);
        return WALWIRE_OK;
    };
    const auto made = make();
    made->set_origin({7345129001, 3});
    made->start();
    made->deliver(batch);
    made->stop({});
}

} // namespace
} // namespace walwire::engine
