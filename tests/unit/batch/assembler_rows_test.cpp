// The images of rows, and messages that cannot be.
#include "batch/assembler.hpp"

#include "support/batches.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace walwire::engine {
namespace {

using namespace tests;
using pgoutput::cell;
using testing::ElementsAre;

std::string text_of(const walwire_value& value) {
    switch (value.state) {
    case WALWIRE_VALUE_NULL:
        return "NULL";
    case WALWIRE_VALUE_TEXT:
        return std::string{to_view(value.data)};
    case WALWIRE_VALUE_UNCHANGED:
        return "UNCHANGED";
    default:
        return "ABSENT";
    }
}
std::vector<std::string> row_of(const walwire_event& event, const walwire_value* values) {
    std::vector<std::string> texts;
    if (values == nullptr) return {"no image"};
    for (std::size_t i = 0; i < event.relation->column_count; ++i)
        texts.push_back(text_of(values[i]));
    return texts;
}
// ---- images -------------------------------------------------------------------------------------

constexpr std::uint32_t orders = 7;

class images : public testing::Test {
protected:
    images() {
        from_.add(pgoutput::relation(
            orders, "orders", {{.name = "id", .is_key = true}, {.name = "note"}, {.name = "big"}}));
        from_.begin(100);
    }
    const walwire_event& last(const std::string& bytes) {
        from_.add(bytes);
        made_ = from_.seal();
        return made_->events().back();
    }
    test_stream from_;
    std::shared_ptr<const batch> made_;
};

TEST_F(images, an_insert_has_an_after_alone) {
    const auto& row = last(pgoutput::insert(orders, {"1", std::nullopt, ""}));
    EXPECT_THAT(row_of(row, row.after), ElementsAre("1", "NULL", ""));
    EXPECT_EQ(row.before, nullptr);
}

TEST_F(images, an_update_without_an_old_tuple_has_no_before) {
    const auto& row = last(pgoutput::update(orders, {"1", "n", cell::unchanged()}));
    EXPECT_THAT(row_of(row, row.after), ElementsAre("1", "n", "UNCHANGED"));
    EXPECT_EQ(row.before, nullptr);
}

TEST_F(images, a_key_only_before_is_absent_where_it_is_not_the_key) {
    const auto& row = last(pgoutput::update(orders, 'K', {"1", std::nullopt, std::nullopt},
                                            {"2", "n", cell::unchanged()}));
    EXPECT_THAT(row_of(row, row.before), ElementsAre("1", "ABSENT", "ABSENT"));
    EXPECT_THAT(row_of(row, row.after), ElementsAre("2", "n", "UNCHANGED"));
}

TEST_F(images, a_whole_before_keeps_its_nulls) {
    const auto& row =
        last(pgoutput::update(orders, 'O', {"1", std::nullopt, "b"}, {"1", "n", "c"}));
    EXPECT_THAT(row_of(row, row.before), ElementsAre("1", "NULL", "b"));
    EXPECT_THAT(row_of(row, row.after), ElementsAre("1", "n", "c"));
}

TEST_F(images, an_unchanged_value_is_filled_from_a_whole_before) {
    const auto& row = last(pgoutput::update(orders, 'O', {"1", "n", "large"},
                                            {"1", cell::unchanged(), cell::unchanged()}));
    EXPECT_THAT(row_of(row, row.after), ElementsAre("1", "n", "large"));
}

TEST_F(images, an_unchanged_key_is_filled_from_a_key_only_before) {
    const auto& row = last(pgoutput::update(orders, 'K', {"long", std::nullopt, std::nullopt},
                                            {cell::unchanged(), "n", "b"}));
    EXPECT_THAT(row_of(row, row.after), ElementsAre("long", "n", "b"));
}

TEST_F(images, a_delete_has_a_before_alone) {
    const auto& key = last(pgoutput::remove(orders, 'K', {"1", std::nullopt, std::nullopt}));
    EXPECT_THAT(row_of(key, key.before), ElementsAre("1", "ABSENT", "ABSENT"));
    EXPECT_EQ(key.after, nullptr);
    const auto& whole = last(pgoutput::remove(orders, 'O', {"1", std::nullopt, "b"}));
    EXPECT_THAT(row_of(whole, whole.before), ElementsAre("1", "NULL", "b"));
}

TEST_F(images, a_truncate_names_its_tables_and_flags) {
    from_.table(8, "items");
    const auto& cut = *last(pgoutput::truncate({orders, 8}, 1)).truncate;
    ASSERT_EQ(cut.relation_count, 2U);
    EXPECT_EQ(to_view(cut.relations[0]->table), "orders");
    EXPECT_EQ(to_view(cut.relations[1]->table), "items");
    EXPECT_EQ(cut.flags, std::uint32_t{WALWIRE_TRUNCATE_CASCADE});
    EXPECT_EQ(last(pgoutput::truncate({8}, 2)).truncate->flags,
              std::uint32_t{WALWIRE_TRUNCATE_RESTART_IDENTITY});
}

// ---- what cannot be
// ------------------------------------------------------------------------------

class broken_stream : public testing::Test {
protected:
    void expect(const std::string& bytes, const std::string& id) {
        const auto added = from_.try_add(bytes);
        ASSERT_FALSE(added);
        EXPECT_EQ(added.error().id, id);
        EXPECT_EQ(added.error().code, failure_code::protocol);
    }
    test_stream from_;
};

TEST_F(broken_stream, a_row_outside_a_transaction) {
    from_.table(1);
    expect(pgoutput::insert(1, {"x"}), "stream.outside");
}
TEST_F(broken_stream, a_transactional_message_outside_a_transaction) {
    expect(pgoutput::message(true, lsn{1}, "app", ""), "stream.outside");
}
TEST_F(broken_stream, a_begin_inside_a_transaction) {
    from_.begin(100);
    expect(pgoutput::begin(lsn{200}), "stream.begin");
}
TEST_F(broken_stream, a_commit_outside_a_transaction) {
    expect(pgoutput::commit(lsn{100}, lsn{108}), "stream.commit");
}
TEST_F(broken_stream, a_commit_of_another_transaction) {
    from_.begin(100);
    expect(pgoutput::commit(lsn{101}, lsn{108}), "stream.commit");
}
TEST_F(broken_stream, an_origin_outside_a_transaction) {
    expect(pgoutput::origin("x"), "stream.origin");
}
TEST_F(broken_stream, a_row_of_a_table_that_nobody_described) {
    from_.begin(100);
    expect(pgoutput::insert(9, {"x"}), "stream.relation");
}
TEST_F(broken_stream, a_truncate_of_a_table_that_nobody_described) {
    from_.table(1).begin(100);
    expect(pgoutput::truncate({1, 9}), "stream.relation");
}
TEST_F(broken_stream, a_row_with_another_number_of_columns) {
    from_.table(1).begin(100);
    expect(pgoutput::insert(1, {"x", "y"}), "stream.columns");
}
TEST_F(broken_stream, an_old_row_with_another_number_of_columns) {
    from_.table(1).begin(100);
    expect(pgoutput::update(1, 'O', {"x", "y"}, {"x"}), "stream.columns");
}
TEST_F(broken_stream, a_deleted_row_with_another_number_of_columns) {
    from_.table(1).begin(100);
    expect(pgoutput::remove(1, 'O', {"x", "y"}), "stream.columns");
}
TEST_F(broken_stream, an_insert_that_is_cut_is_that_before_it_is_anything_else) {
    const auto whole = pgoutput::insert(1, {"x"}); // and no transaction, and no table
    expect(whole.substr(0, whole.size() - 1), "decode.short");
    expect(whole + "x", "decode.trailing");
}
TEST_F(broken_stream, bytes_that_are_no_message) { expect("?", "decode.unknown_message"); }

} // namespace
} // namespace walwire::engine
