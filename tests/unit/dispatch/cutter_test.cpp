// Cutting lane batches out of shared ones.
#include "dispatch/cutter.hpp"

#include "support/cuts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace walwire::engine {
namespace {

using namespace tests;
using testing::ElementsAre;
using testing::IsEmpty;

view_config everything() {
    view_config config;
    config.transactions = true;
    config.payloads = false;
    return config;
}

class cutter_test : public testing::Test {
protected:
    cutter_test() { stream_.table(1); }

    lane_item item(view_config config = rows_alone()) {
        return {.content = see(stream_.seal(), std::move(config))};
    }
    static std::vector<std::string> events_of(const cut_result& made) {
        std::vector<std::string> texts;
        if (!made.events) return texts;
        for (const auto& part : made.events->slices)
            for (std::size_t i = 0; i < part.event_count; ++i)
                texts.push_back(brief(*part.content->get().events[part.first_event + i]));
        return texts;
    }
    // Every batch that comes, with its flush: "insert 100.1 | 108".
    std::vector<std::string> all(const cut_limits& limits) {
        std::vector<std::string> made;
        while (!cutter_.is_empty()) {
            const auto one = cutter_.next(limits);
            std::string text;
            for (const auto& event : events_of(one)) text += event + " ";
            made.push_back(text + "| " + std::to_string(one.flush_lsn.value));
        }
        return made;
    }
    test_stream stream_;
    cutter cutter_;
};

TEST_F(cutter_test, takes_as_many_events_as_the_limit_says_across_shared_batches) {
    stream_.transaction(100, 3);
    cutter_.push(item());
    stream_.transaction(200, 2);
    cutter_.push(item());
    EXPECT_THAT(all({.events_max = 2}),
                ElementsAre("insert 100.1 insert 100.2 | 0", "insert 100.3 insert 200.1 | 108",
                            "insert 200.2 | 208"));
}

TEST_F(cutter_test, never_ends_with_begin_or_schema) {
    stream_.transaction(100).transaction(200);
    cutter_.push(item(everything()));
    EXPECT_THAT(all({.events_max = 1}),
                ElementsAre("begin 100.0 schema 100.1 insert 100.1 | 0", "commit 100.2 | 108",
                            "begin 200.0 insert 200.1 | 0", "commit 200.2 | 208"));
}

TEST_F(cutter_test, never_ends_with_begin_or_schema_wherever_the_limit_falls) {
    for (std::size_t limit = 1; limit < 12; ++limit) {
        test_stream stream;
        stream.table(1).table(2).begin(100).insert(1).insert(2).commit(100, 108);
        stream.begin(200).insert(1).insert(2).commit(200, 208);
        cutter cutting;
        cutting.push({.content = see(stream.seal(), everything())});
        while (!cutting.is_empty()) {
            const auto made = events_of(cutting.next({.events_max = limit}));
            ASSERT_FALSE(made.empty());
            EXPECT_THAT(made.back(), testing::Not(testing::AnyOf(testing::StartsWith("begin"),
                                                                 testing::StartsWith("schema"))));
        }
    }
}

TEST_F(cutter_test, a_batch_inside_a_transaction_allows_no_flush) {
    stream_.transaction(100, 1).transaction(200, 3);
    cutter_.push(item());
    EXPECT_THAT(all({.events_max = 1}), ElementsAre("insert 100.1 | 108", "insert 200.1 | 0",
                                                    "insert 200.2 | 0", "insert 200.3 | 208"));
}

TEST_F(cutter_test, keeps_to_the_bytes_and_lets_one_larger_event_pass) {
    view_config payloads;
    payloads.operations = operation_set{1} << WALWIRE_INSERT;
    stream_.begin(100);
    for (const std::size_t size : {100U, 100U, 5000U, 100U})
        stream_.insert(1, std::string(size, 'x'));
    stream_.commit(100, 108);
    cutter_.push(item(payloads));
    EXPECT_THAT(all({.bytes_max = 1500}), ElementsAre("insert 100.1 insert 100.2 | 0",
                                                      "insert 100.3 | 0", "insert 100.4 | 108"));
}

TEST_F(cutter_test, a_limit_on_events_counts_no_begin_commit_or_schema) {
    stream_.begin(100).insert().add(pgoutput::truncate({1}));
    stream_.add(pgoutput::message(true, lsn{90}, "app", "")).insert().commit(100, 108);
    cutter_.push(item(everything()));
    const auto made = cutter_.next({.counted_max = 3});
    EXPECT_THAT(events_of(made), ElementsAre("begin 100.0", "schema 100.1", "insert 100.1",
                                             "truncate 100.2", "message 100.3"));
    EXPECT_EQ(made.events->counted, 3U);
    EXPECT_FALSE(cutter_.is_empty());
}

// ---- flushes without events ---------------------------------------------------------------------

TEST_F(cutter_test, a_marker_alone_is_a_flush_without_events) {
    cutter_.push({.flush_lsn = lsn{500}});
    EXPECT_THAT(all({}), ElementsAre("| 500"));
}

TEST_F(cutter_test, a_marker_behind_events_belongs_to_them) {
    stream_.transaction(100);
    cutter_.push(item());
    cutter_.push({.flush_lsn = lsn{500}});
    const auto made = cutter_.next({});
    ASSERT_TRUE(made.events);
    EXPECT_EQ(made.events->flush_lsn.value, 500U);
    EXPECT_TRUE(cutter_.is_empty());
}

TEST_F(cutter_test, a_marker_behind_events_that_are_left_is_left_too) {
    stream_.transaction(100, 2);
    cutter_.push(item());
    cutter_.push({.flush_lsn = lsn{500}});
    EXPECT_THAT(all({.events_max = 1}), ElementsAre("insert 100.1 | 0", "insert 100.2 | 500"));
}

TEST_F(cutter_test, what_a_view_leaves_nothing_of_is_a_flush_alone) {
    stream_.begin(100).add(pgoutput::truncate({1})).commit(100, 108);
    auto nothing = item();
    nothing.queued_bytes = 77;
    cutter_.push(std::move(nothing));
    const auto made = cutter_.next({});
    EXPECT_FALSE(made.events);
    EXPECT_EQ(made.flush_lsn.value, 108U);
    EXPECT_EQ(made.freed_bytes, 77U);
    EXPECT_EQ(made.freed_events, 3U);
}

TEST_F(cutter_test, a_skipped_transaction_before_rows_is_in_their_flush) {
    test_stream stream{{.skip_below = lsn{200}, .end_at = {}}};
    stream.table(1).transaction(100).begin(200).insert().insert().commit(200, 208);
    cutter_.push({.content = see(stream.seal())});
    EXPECT_THAT(all({.events_max = 1}), ElementsAre("insert 200.1 | 108", "insert 200.2 | 208"));
}

// ---- what comes again ---------------------------------------------------------------------------

TEST_F(cutter_test, skips_what_is_at_or_below_the_given_position_and_nothing_more) {
    stream_.transaction(100, 3).transaction(200, 2);
    auto again = item();
    again.skip_through = position{.commit_lsn = lsn{100}, .index = 2};
    cutter_.push(std::move(again));
    EXPECT_THAT(all({}), ElementsAre("insert 100.3 insert 200.1 insert 200.2 | 208"));
}

TEST_F(cutter_test, the_commit_points_of_what_is_skipped_still_count) {
    stream_.transaction(100, 1).transaction(200, 2);
    auto again = item();
    again.skip_through = position{.commit_lsn = lsn{200}, .index = 1};
    cutter_.push(std::move(again));
    EXPECT_THAT(all({}), ElementsAre("insert 200.2 | 208"));
    // And of a batch that is skipped whole.
    stream_.transaction(300);
    again = item();
    again.skip_through = position{.commit_lsn = lsn{300}, .index = 2};
    cutter_.push(std::move(again));
    EXPECT_THAT(all({}), ElementsAre("| 308"));
}

TEST_F(cutter_test, a_part_of_a_batch_ends_where_it_ended) {
    stream_.transaction(100, 4);
    auto part = item();
    part.first_event = 1;
    part.event_end = 3;
    cutter_.push(std::move(part));
    EXPECT_THAT(all({}), ElementsAre("insert 100.2 insert 100.3 | 0"));
}

TEST_F(cutter_test, what_is_pushed_to_the_front_comes_first_in_its_order) {
    stream_.transaction(300);
    cutter_.push(item());
    std::vector<lane_item> again;
    stream_.transaction(100);
    again.push_back(item());
    again.push_back({.flush_lsn = lsn{108}});
    stream_.transaction(200);
    again.push_back(item());
    cutter_.push_front(std::move(again));
    EXPECT_THAT(all({.events_max = 1}),
                ElementsAre("insert 100.1 | 108", "insert 200.1 | 208", "insert 300.1 | 308"));
}

TEST_F(cutter_test, gives_the_bytes_of_an_item_back_once_it_has_left) {
    stream_.transaction(100, 2);
    auto counted = item();
    counted.queued_bytes = 1000;
    cutter_.push(std::move(counted));
    const auto first = cutter_.next({.events_max = 1});
    EXPECT_EQ(first.freed_bytes, 0U);
    EXPECT_EQ(first.freed_events, 0U);
    const auto second = cutter_.next({.events_max = 1});
    EXPECT_EQ(second.freed_bytes, 1000U);
    EXPECT_EQ(second.freed_events, 5U) << "of the shared batch, before any filter";
}

} // namespace
} // namespace walwire::engine
