// Messages to events: positions, images, transactions, and where a batch may end.
#include "batch/assembler.hpp"

#include "support/batches.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>

namespace walwire::engine {
namespace {

using namespace tests;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<std::pair<std::size_t, std::uint64_t>> commits_of(const batch& of) {
    std::vector<std::pair<std::size_t, std::uint64_t>> points;
    for (const auto& point : of.commits())
        points.emplace_back(point.event_count, point.end_lsn.value);
    return points;
}

// ---- positions ----------------------------------------------------------------------------------

TEST(assembler, the_first_row_of_a_transaction_has_index_1) {
    test_stream from;
    from.table(1).transaction(100, 3);
    EXPECT_THAT(briefs(from.seal()->events()),
                ElementsAre("begin 100.0", "schema 100.1", "insert 100.1", "insert 100.2",
                            "insert 100.3", "commit 100.4"));
}

TEST(assembler, counts_begin_anew_in_each_transaction) {
    test_stream from;
    from.table(1).transaction(100, 2).transaction(200, 1);
    EXPECT_THAT(briefs(from.seal()->events()),
                ElementsAre("begin 100.0", "schema 100.1", "insert 100.1", "insert 100.2",
                            "commit 100.3", "begin 200.0", "insert 200.1", "commit 200.2"));
}

TEST(assembler, rows_truncates_and_transactional_messages_count_and_nothing_else) {
    test_stream from;
    from.begin(100).add(pgoutput::origin("elsewhere")).add(pgoutput::type(9000, "mood")).table(1);
    from.insert();                        // 1
    from.add(pgoutput::update(1, {"y"})); // 2
    from.table(1);
    from.add(pgoutput::remove(1, 'O', {"y"}));                           // 3
    from.add(pgoutput::truncate({1}));                                   // 4
    from.add(pgoutput::message(true, lsn{90}, "app", "hello"));          // 5
    from.add(pgoutput::message(true, lsn{91}, "walwire.heartbeat", "")); // 6, and in no batch
    from.insert();                                                       // 7
    from.commit(100, 108);
    EXPECT_THAT(briefs(from.seal()->events()),
                ElementsAre("begin 100.0", "schema 100.1", "insert 100.1", "update 100.2",
                            "delete 100.3", "truncate 100.4", "message 100.5", "insert 100.7",
                            "commit 100.8"));
}

TEST(assembler, a_message_outside_a_transaction_has_its_last_byte_as_position) {
    test_stream from;
    from.add(pgoutput::message(false, lsn{500}, "app", "hi"), lsn{500});
    const auto made = from.seal();
    ASSERT_THAT(made->events(), SizeIs(1));
    const auto& event = made->events()[0];
    EXPECT_EQ(brief(event), "message 499.0");
    EXPECT_EQ(event.position.phase, 1U);
    EXPECT_EQ(event.transaction, nullptr);
    EXPECT_EQ(event.message->transactional, 0U);
    EXPECT_EQ(to_view(event.message->prefix), "app");
    EXPECT_EQ(to_view(event.message->content), "hi");
    EXPECT_THAT(made->commits(), IsEmpty());
}

TEST(assembler, its_own_messages_reach_no_sink) {
    test_stream from;
    from.add(pgoutput::message(false, lsn{500}, "walwire.heartbeat", ""));
    EXPECT_TRUE(from.assembler().is_empty());
    from.add(pgoutput::message(false, lsn{501}, "walwirex", ""));
    EXPECT_FALSE(from.assembler().is_empty());
}

TEST(assembler, each_event_has_the_wal_position_of_its_own_frame) {
    test_stream from;
    from.add(pgoutput::begin(lsn{100}), lsn{50}).table(1);
    from.add(pgoutput::insert(1, {"x"}), lsn{60})
        .add(pgoutput::commit(lsn{100}, lsn{108}), lsn{70});
    std::vector<std::uint64_t> seen;
    const auto made = from.seal();
    for (const auto& event : made->events()) seen.push_back(event.wal_lsn);
    EXPECT_THAT(seen, ElementsAre(50, 0, 60, 70)) << "a SCHEMA has no frame";
}

// ---- transactions -------------------------------------------------------------------------------

TEST(assembler, a_commit_point_stands_behind_the_commit_with_its_end) {
    test_stream from;
    from.table(1).transaction(100).transaction(200);
    const auto made = from.seal();
    EXPECT_THAT(commits_of(*made), ElementsAre(std::pair{4, 108}, std::pair{7, 208}));
}

TEST(assembler, a_transaction_over_several_batches_has_its_commit_point_in_the_last) {
    test_stream from;
    from.table(1).begin(100).insert();
    const auto first = from.seal();
    from.insert();
    const auto second = from.seal();
    from.commit(100, 108);
    const auto third = from.seal();
    EXPECT_THAT(first->commits(), IsEmpty());
    EXPECT_THAT(second->commits(), IsEmpty());
    EXPECT_THAT(commits_of(*third), ElementsAre(std::pair{1, 108}));
    EXPECT_THAT(briefs(second->events()), ElementsAre("insert 100.2"));
    EXPECT_THAT(briefs(third->events()), ElementsAre("commit 100.3"));
    EXPECT_EQ(third->events()[0].transaction->end_lsn, 108U);
    EXPECT_EQ(second->events()[0].transaction->end_lsn, 0U) << "not read yet when it was made";
    EXPECT_EQ(second->events()[0].transaction->xid, 700U);
}

TEST(assembler, a_transaction_without_rows_is_begin_and_commit) {
    test_stream from;
    from.transaction(100, 0);
    const auto made = from.seal();
    EXPECT_THAT(briefs(made->events()), ElementsAre("begin 100.0", "commit 100.1"));
    EXPECT_THAT(commits_of(*made), ElementsAre(std::pair{2, 108}));
}

TEST(assembler, an_origin_belongs_to_its_transaction_alone) {
    test_stream from;
    from.table(1).begin(100).add(pgoutput::origin("elsewhere")).insert().commit(100, 108);
    from.transaction(200);
    const auto made = from.seal();
    std::set<std::pair<std::uint64_t, std::string>> seen;
    for (const auto& event : made->events())
        seen.emplace(event.position.lsn, to_view(event.transaction->origin));
    EXPECT_THAT(seen, ElementsAre(std::pair{100, "elsewhere"}, std::pair{200, ""}));
}

TEST(assembler, a_keepalive_counts_between_transactions_alone) {
    test_stream from;
    EXPECT_TRUE(from.assembler().has_all_before_a_keepalive());
    from.begin(100);
    EXPECT_FALSE(from.assembler().has_all_before_a_keepalive());
    from.commit(100, 108);
    EXPECT_TRUE(from.assembler().has_all_before_a_keepalive());
}

TEST(assembler, a_keepalive_behind_the_end_does_not_count) {
    // GIVEN an end, and a transaction behind it that is received and dropped
    test_stream from{{.skip_below = {}, .end_at = lsn{200}}};
    from.table(1).transaction(100).transaction(300);
    // THEN a keepalive behind that one would say that it is safe
    EXPECT_FALSE(from.assembler().has_all_before_a_keepalive());
}

// ---- where a batch may end ----------------------------------------------------------------------

TEST(assembler, a_begin_alone_makes_no_batch) {
    test_stream from;
    from.begin(100).table(1).add(pgoutput::origin("elsewhere"));
    EXPECT_TRUE(from.assembler().is_empty());
    EXPECT_EQ(from.seal(), nullptr);
    from.insert();
    EXPECT_THAT(briefs(from.seal()->events()),
                ElementsAre("begin 100.0", "schema 100.1", "insert 100.1"));
}

TEST(assembler, a_schema_is_in_the_batch_of_its_row) {
    test_stream from;
    from.table(1).begin(100).insert();
    from.seal();
    from.table(2);
    EXPECT_EQ(from.seal(), nullptr);
    from.insert(2);
    EXPECT_THAT(briefs(from.seal()->events()), ElementsAre("schema 100.2", "insert 100.2"));
}

// ---- shapes -------------------------------------------------------------------------------------

TEST(assembler, a_shape_is_announced_once_for_as_long_as_it_stays) {
    test_stream from;
    from.table(1).transaction(100).table(1).transaction(200);
    const auto made = from.seal();
    EXPECT_EQ(made->events()[2].relation->version, made->events()[5].relation->version);
    EXPECT_THAT(briefs(made->events()), testing::Not(testing::Contains("schema 200.1")));
}

TEST(assembler, a_new_shape_is_announced_under_a_new_version_and_old_rows_keep_theirs) {
    test_stream from;
    from.table(1).begin(100).insert();
    from.add(pgoutput::relation(1, "t", {{.name = "v"}, {.name = "w"}}));
    from.add(pgoutput::insert(1, {"x", "y"})).commit(100, 108);
    const auto made = from.seal();
    ASSERT_THAT(briefs(made->events()),
                ElementsAre("begin 100.0", "schema 100.1", "insert 100.1", "schema 100.2",
                            "insert 100.2", "commit 100.3"));
    const auto& before = *made->events()[2].relation;
    const auto& after = *made->events()[4].relation;
    EXPECT_NE(before.version, after.version);
    EXPECT_EQ(before.column_count, 1U);
    EXPECT_EQ(after.column_count, 2U);
    EXPECT_EQ(made->events()[3].relation, &after);
}

TEST(assembler, a_batch_outlives_the_shapes_of_its_rows_and_the_assembler) {
    std::shared_ptr<const batch> made;
    {
        test_stream from;
        from.table(1, "first").transaction(100);
        made = from.seal();
        from.table(1, "renamed").transaction(200);
        from.seal();
        from.assembler().restart();
    }
    EXPECT_EQ(to_view(made->events()[2].relation->table), "first");
    EXPECT_EQ(to_view(made->events()[2].after[0].data), "x");
}

// ---- skipping and ending ------------------------------------------------------------------------

TEST(assembler, skipping_drops_the_events_and_keeps_the_commit_point) {
    test_stream from{{.skip_below = lsn{200}, .end_at = {}}};
    from.table(1).transaction(199, 2).transaction(200);
    const auto made = from.seal();
    EXPECT_THAT(briefs(made->events()),
                ElementsAre("begin 200.0", "schema 200.1", "insert 200.1", "commit 200.2"));
    EXPECT_THAT(commits_of(*made), ElementsAre(std::pair{0, 207}, std::pair{4, 208}));
}

TEST(assembler, a_batch_of_skipped_transactions_is_a_commit_point_alone) {
    test_stream from{{.skip_below = lsn{200}, .end_at = {}}};
    from.table(1).transaction(100);
    const auto made = from.seal();
    ASSERT_NE(made, nullptr);
    EXPECT_THAT(made->events(), IsEmpty());
    EXPECT_THAT(commits_of(*made), ElementsAre(std::pair{0, 108}));
}

TEST(assembler, a_skipped_transaction_does_not_gather_memory) {
    test_stream from{{.skip_below = lsn{200}, .end_at = {}}};
    from.table(1).begin(100);
    for (int i = 0; i < 100; ++i) {
        from.insert(1, std::string(1000, 'x'));
        EXPECT_EQ(from.seal(), nullptr);
    }
    EXPECT_LT(from.assembler().open_bytes(), 1000U);
    EXPECT_THAT(commits_of(*from.commit(100, 108).seal()), ElementsAre(std::pair{0, 108}));
}

TEST(assembler, messages_outside_transactions_are_skipped_by_their_position) {
    test_stream from{{.skip_below = lsn{200}, .end_at = {}}};
    from.add(pgoutput::message(false, lsn{200}, "app", "ends where the rest begins"));
    from.add(pgoutput::message(false, lsn{201}, "app", ""));
    EXPECT_THAT(briefs(from.seal()->events()), ElementsAre("message 200.0"));
}

TEST(assembler, the_end_takes_no_transaction_that_commits_at_it_or_behind) {
    test_stream from{{.skip_below = {}, .end_at = lsn{200}}};
    from.table(1).transaction(100);
    EXPECT_FALSE(from.assembler().has_reached_end());
    from.begin(200);
    EXPECT_TRUE(from.assembler().has_reached_end());
    from.insert().commit(200, 208);
    const auto made = from.seal();
    EXPECT_EQ(made->events().back().position.lsn, 100U);
    EXPECT_THAT(commits_of(*made), ElementsAre(std::pair{4, 108}));
}

TEST(assembler, the_end_is_reached_with_the_commit_that_ends_there) {
    test_stream from{{.skip_below = {}, .end_at = lsn{200}}};
    from.table(1).begin(199).insert();
    EXPECT_FALSE(from.assembler().has_reached_end());
    from.commit(199, 200);
    EXPECT_TRUE(from.assembler().has_reached_end());
    EXPECT_THAT(briefs(from.seal()->events()), testing::Contains("commit 199.2"));
}

TEST(assembler, the_end_holds_for_messages_outside_transactions_too) {
    test_stream from{{.skip_below = {}, .end_at = lsn{200}}};
    from.add(pgoutput::message(false, lsn{200}, "app", ""));
    EXPECT_FALSE(from.assembler().has_reached_end());
    from.add(pgoutput::message(false, lsn{201}, "app", ""));
    EXPECT_TRUE(from.assembler().has_reached_end());
    EXPECT_THAT(briefs(from.seal()->events()), ElementsAre("message 199.0"));
}

// ---- starting again -----------------------------------------------------------------------------

TEST(assembler, a_restart_drops_what_is_open_and_gives_the_same_positions_again) {
    test_stream from;
    from.table(1).begin(100).insert().insert();
    const auto before = from.seal();
    from.insert();
    from.assembler().restart();
    EXPECT_TRUE(from.assembler().is_empty());
    EXPECT_TRUE(from.assembler().has_all_before_a_keepalive());
    // The server describes the table again inside the transaction.
    from.begin(100).table(1).insert().insert().insert().commit(100, 108);
    const auto again = from.seal();
    EXPECT_THAT(briefs(again->events()),
                ElementsAre("begin 100.0", "schema 100.1", "insert 100.1", "insert 100.2",
                            "insert 100.3", "commit 100.4"));
    EXPECT_EQ(again->events()[2].relation->version, before->events()[2].relation->version);
}

TEST(assembler, a_restart_forgets_which_tables_were_described) {
    test_stream from;
    from.table(1).transaction(100);
    from.assembler().restart();
    const auto added = from.begin(200).try_add(pgoutput::insert(1, {"x"}));
    ASSERT_FALSE(added);
    EXPECT_EQ(added.error().id, "stream.relation");
}

// ---- memory -------------------------------------------------------------------------------------

TEST(assembler, a_batch_counts_against_the_budget_for_as_long_as_it_lives) {
    test_stream from;
    from.table(1).begin(100).insert(1, std::string(100'000, 'x')).commit(100, 108);
    EXPECT_GE(from.assembler().open_bytes(), 100'000U);
    auto made = from.seal();
    EXPECT_GE(made->bytes(), 100'000U);
    EXPECT_EQ(from.budget().used_bytes(), made->bytes());
    EXPECT_EQ(from.assembler().open_bytes(), 0U);
    made.reset();
    EXPECT_EQ(from.budget().used_bytes(), 0U);
}

TEST(assembler, the_memory_of_a_batch_serves_the_next_and_goes_when_the_stream_is_quiet) {
    // GIVEN a batch of several blocks that is gone
    test_stream from;
    const auto& pool = *from.budget().pool();
    from.table(1).transaction(100, 1000);
    from.seal().reset();
    const auto spare = pool.spare_bytes();
    EXPECT_GE(spare, 2 * block_pool::spare_size_min);

    // WHEN the next is as large, its memory is the same
    from.transaction(200, 1000);
    EXPECT_LT(pool.spare_bytes(), spare / 2);
    from.seal().reset();
    EXPECT_EQ(pool.spare_bytes(), spare);

    // THEN nothing is left after two looks at a stream that brings nothing
    EXPECT_EQ(from.seal(), nullptr);
    EXPECT_EQ(from.seal(), nullptr);
    EXPECT_EQ(pool.spare_bytes(), 0U);
    EXPECT_EQ(from.budget().used_bytes(), 0U);
}

TEST(assembler, a_batch_of_a_few_rows_is_small_even_behind_a_large_one) {
    test_stream from;
    from.table(1).transaction(100, 5000);
    EXPECT_GT(from.seal()->bytes(), 500'000U);
    const auto made = from.transaction(200, 3).seal();
    EXPECT_LT(made->bytes(), 4096U);
}

} // namespace
} // namespace walwire::engine
