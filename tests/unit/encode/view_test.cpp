// What a sink sees of a batch: filters, and what a filtered event leaves owing.
#include "encode/view.hpp"

#include "support/batches.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <thread>

namespace walwire::engine {
namespace {

using namespace tests;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr operation_set of(std::uint32_t kind) { return operation_set{1} << kind; }

view_config events_alone() {
    view_config config;
    config.payloads = false;
    return config;
}
view_config only_tables(std::initializer_list<const char*> patterns) {
    auto config = events_alone();
    for (const auto* pattern : patterns) config.tables.push_back(*table_pattern::parse(pattern));
    return config;
}
std::vector<std::pair<std::size_t, std::uint64_t>> commits_of(const view_result& of_view) {
    std::vector<std::pair<std::size_t, std::uint64_t>> points;
    for (const auto& point : of_view.commits)
        points.emplace_back(point.event_count, point.end_lsn.value);
    return points;
}

class view_test : public testing::Test {
protected:
    view_test() { stream_.table(1, "orders").table(2, "items"); }
    // The result points into the batch, which lives as long as the test.
    view_result apply(view& through) {
        kept_.push_back(stream_.seal());
        return *through.apply(*kept_.back());
    }
    test_stream stream_;
    std::vector<std::shared_ptr<const batch>> kept_;
};

TEST_F(view_test, leaves_begin_and_commit_out_unless_they_are_wanted) {
    view plain{events_alone()};
    auto wanted = events_alone();
    wanted.transactions = true;
    view whole{wanted};
    stream_.transaction(100);
    EXPECT_THAT(briefs(apply(plain).events), ElementsAre("schema 100.1", "insert 100.1"));
    EXPECT_THAT(briefs(whole.apply(*kept_.back())->events),
                ElementsAre("begin 100.0", "schema 100.1", "insert 100.1", "commit 100.2"));
}

TEST_F(view_test, a_transaction_that_leaves_nothing_has_no_begin_and_no_commit) {
    auto config = only_tables({"items"});
    config.transactions = true;
    view seen{config};
    stream_.transaction(100).begin(200).insert(1).insert(2).commit(200, 208);
    const auto result = apply(seen);
    EXPECT_THAT(briefs(result.events),
                ElementsAre("begin 200.0", "schema 200.2", "insert 200.2", "commit 200.3"));
    EXPECT_THAT(commits_of(result), ElementsAre(std::pair{0, 108}, std::pair{4, 208}));
    EXPECT_EQ(result.events[0]->transaction->commit_lsn, 200U);
}

TEST_F(view_test, a_begin_is_owed_across_batches) {
    auto config = only_tables({"items"});
    config.transactions = true;
    view seen{config};
    stream_.add(pgoutput::begin(lsn{100}), lsn{77}).insert(1);
    EXPECT_THAT(apply(seen).events, IsEmpty());
    stream_.insert(2);
    const auto result = apply(seen);
    EXPECT_THAT(briefs(result.events), ElementsAre("begin 100.0", "schema 100.2", "insert 100.2"));
    EXPECT_EQ(result.events[0]->wal_lsn, 77U);
    stream_.commit(100, 108);
    EXPECT_THAT(briefs(apply(seen).events), ElementsAre("commit 100.3"));
}

TEST_F(view_test, a_commit_that_was_filtered_leaves_nothing_to_the_next_transaction) {
    auto config = only_tables({"items"});
    config.transactions = true;
    view seen{config};
    stream_.transaction(100);
    EXPECT_THAT(apply(seen).events, IsEmpty());
    stream_.begin(200).insert(2).commit(200, 208);
    EXPECT_THAT(briefs(apply(seen).events),
                ElementsAre("begin 200.0", "schema 200.1", "insert 200.1", "commit 200.2"));
}

TEST_F(view_test, tables_are_filtered_with_their_schemas) {
    view seen{only_tables({"items"})};
    stream_.begin(100).insert(1).insert(2).insert(1).commit(100, 108);
    EXPECT_THAT(briefs(apply(seen).events), ElementsAre("schema 100.2", "insert 100.2"));
}

TEST_F(view_test, a_schema_stands_before_the_first_row_that_passes) {
    auto config = events_alone();
    config.operations = of(WALWIRE_UPDATE) | of(WALWIRE_SCHEMA);
    view seen{config};
    stream_.begin(100).insert(1);
    EXPECT_THAT(apply(seen).events, IsEmpty()) << "its row is filtered";
    stream_.insert(1).add(pgoutput::update(1, {"y"})).add(pgoutput::update(1, {"z"}));
    stream_.commit(100, 108);
    const auto result = apply(seen);
    EXPECT_THAT(briefs(result.events), ElementsAre("schema 100.3", "update 100.3", "update 100.4"));
    EXPECT_EQ(result.events[0]->relation, result.events[1]->relation);
    EXPECT_EQ(result.events[0]->transaction, result.events[1]->transaction);
}

TEST_F(view_test, a_schema_is_shown_however_many_tables_came_between) {
    auto config = events_alone();
    config.operations = of(WALWIRE_DELETE) | of(WALWIRE_SCHEMA);
    view seen{config};
    // GIVEN more tables than a view remembers, all of whose rows so far are filtered
    stream_.begin(100);
    for (std::uint32_t oid = 1; oid <= 70'000; ++oid) stream_.table(oid).insert(oid);
    EXPECT_THAT(apply(seen).events, IsEmpty());
    stream_.add(pgoutput::remove(1, 'O', {"x"})).commit(100, 108);
    EXPECT_THAT(briefs(apply(seen).events), ElementsAre("schema 100.70001", "delete 100.70001"));
}

TEST_F(view_test, a_schema_that_is_announced_again_is_shown_again) {
    view seen{events_alone()};
    stream_.transaction(100);
    EXPECT_THAT(briefs(apply(seen).events), ElementsAre("schema 100.1", "insert 100.1"));
    stream_.transaction(200);
    EXPECT_THAT(briefs(apply(seen).events), ElementsAre("insert 200.1"));
    stream_.assembler().restart();
    stream_.table(1, "orders").transaction(300);
    EXPECT_THAT(briefs(apply(seen).events), ElementsAre("schema 300.1", "insert 300.1"));
}

TEST_F(view_test, a_schema_that_is_not_wanted_is_not_shown) {
    auto config = events_alone();
    config.operations = of(WALWIRE_INSERT);
    view seen{config};
    stream_.transaction(100);
    EXPECT_THAT(briefs(apply(seen).events), ElementsAre("insert 100.1"));
}

TEST_F(view_test, operations_are_filtered_and_commit_points_are_not) {
    auto config = events_alone();
    config.operations = of(WALWIRE_DELETE);
    view seen{config};
    stream_.transaction(100).begin(200).add(pgoutput::remove(1, 'O', {"x"})).commit(200, 208);
    stream_.transaction(300);
    const auto result = apply(seen);
    EXPECT_THAT(briefs(result.events), ElementsAre("delete 200.1"));
    EXPECT_THAT(commits_of(result),
                ElementsAre(std::pair{0, 108}, std::pair{1, 208}, std::pair{1, 308}));
}

TEST_F(view_test, a_truncate_is_narrowed_to_the_tables_that_pass) {
    view items{only_tables({"items"})};
    view neither{only_tables({"other"})};
    view both{only_tables({"items", "ord*"})};
    stream_.begin(100).add(pgoutput::truncate({1, 2}, 1)).commit(100, 108);
    const auto result = apply(items);
    ASSERT_THAT(briefs(result.events), ElementsAre("truncate 100.1"));
    const auto& narrowed = *result.events[0]->truncate;
    ASSERT_EQ(narrowed.relation_count, 1U);
    EXPECT_EQ(to_view(narrowed.relations[0]->table), "items");
    EXPECT_EQ(narrowed.flags, std::uint32_t{WALWIRE_TRUNCATE_CASCADE});
    EXPECT_EQ(kept_.back()->events()[1].truncate->relation_count, 2U) << "others see it whole";
    EXPECT_THAT(neither.apply(*kept_.back())->events, IsEmpty());
    EXPECT_EQ(both.apply(*kept_.back())->events[0], &kept_.back()->events()[1]) << "no copy";
}

TEST_F(view_test, messages_have_no_table_to_be_filtered_by) {
    view seen{only_tables({"items"})};
    stream_.add(pgoutput::message(false, lsn{50}, "app", "hi")).transaction(100);
    EXPECT_THAT(briefs(apply(seen).events), ElementsAre("message 49.0"));
}

TEST_F(view_test, a_table_of_a_new_shape_is_looked_at_anew) {
    view seen{only_tables({"new*"})};
    stream_.transaction(100).table(1, "new_orders").transaction(200);
    EXPECT_THAT(briefs(apply(seen).events), ElementsAre("schema 200.1", "insert 200.1"));
}

// ---- payloads -----------------------------------------------------------------------------------

TEST_F(view_test, every_payload_lies_in_one_run_behind_the_one_before) {
    view seen{view_config{}};
    stream_.begin(100).insert(1, "a").insert(1, "b").commit(100, 108);
    const auto result = apply(seen);
    ASSERT_FALSE(result.payloads.empty());
    ASSERT_EQ(result.payload_offsets.size(), result.payloads.size() + 1);
    ASSERT_EQ(result.payload_of_event.size(), result.events.size() + 1);
    std::string run;
    for (std::size_t i = 0; i < result.payloads.size(); ++i) {
        const auto& payload = result.payloads[i];
        EXPECT_EQ(payload.data.data, result.data.data() + result.payload_offsets[i]);
        EXPECT_EQ(payload.kind, result.events[payload.first_event]->kind);
        EXPECT_EQ(payload.position.index, result.events[payload.first_event]->position.index);
        EXPECT_EQ(result.payload_of_event[payload.first_event], i);
        run += std::string{to_view(payload.data)} + std::string{seen.terminator()};
    }
    EXPECT_EQ(result.data.text(), run);
    EXPECT_EQ(result.payload_offsets.back(), run.size());
    EXPECT_EQ(result.payload_of_event.back(), result.payloads.size());
    EXPECT_THAT(run, testing::AllOf(testing::HasSubstr("\"a\""), testing::HasSubstr("\"b\"")));
}

TEST_F(view_test, without_payloads_nothing_is_encoded) {
    view seen{events_alone()};
    stream_.transaction(100);
    const auto result = apply(seen);
    EXPECT_THAT(result.payloads, IsEmpty());
    EXPECT_THAT(result.payload_of_event, IsEmpty());
    EXPECT_EQ(result.data.size(), 0U);
}

TEST_F(view_test, a_batch_is_viewed_once_and_counted_while_it_lives) {
    const auto shared = std::make_shared<view>(view_config{});
    stream_.transaction(100);
    const auto source = stream_.seal();
    {
        viewed_batch seen{source, shared};
        EXPECT_EQ(stream_.budget().used_bytes(), source->bytes()) << "nobody looked yet";
        const view_result* from_other = nullptr;
        std::jthread{[&] { from_other = seen.compute(); }}.join();
        const char* bytes = seen.compute()->data.data();
        EXPECT_EQ(from_other, &seen.get());
        EXPECT_EQ(seen.get().data.data(), bytes);
        EXPECT_EQ(stream_.budget().used_bytes(), source->bytes() + seen.get().held_bytes());
        EXPECT_GT(seen.get().held_bytes(), seen.get().data.size());
    }
    EXPECT_EQ(stream_.budget().used_bytes(), source->bytes());
}

TEST(operations, have_names) {
    EXPECT_EQ(parse_operation("insert"), of(WALWIRE_INSERT));
    EXPECT_EQ(parse_operation("update"), of(WALWIRE_UPDATE));
    EXPECT_EQ(parse_operation("delete"), of(WALWIRE_DELETE));
    EXPECT_EQ(parse_operation("truncate"), of(WALWIRE_TRUNCATE));
    EXPECT_EQ(parse_operation("message"), of(WALWIRE_MESSAGE));
    EXPECT_EQ(parse_operation("snapshot"), of(WALWIRE_SNAPSHOT_ROW));
    EXPECT_EQ(parse_operation("schema"), of(WALWIRE_SCHEMA));
    EXPECT_EQ(parse_operation("INSERT"), 0U);
    EXPECT_EQ(parse_operation(""), 0U);
}

} // namespace
} // namespace walwire::engine
