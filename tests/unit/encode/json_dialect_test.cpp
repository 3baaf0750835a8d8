// Whole lines of the json dialect: members, their order, and which of them are absent.
#include "encode/json_dialect.hpp"

#include "unit/encode/made_event.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace walwire::engine {
namespace {

constexpr std::string_view head =
    R"("pos":"0000000001545C58-1-00000002","lsn":"0/1545C58","xid":739,)"
    R"("ts":"2026-08-21T10:11:12.345678Z")";

class json_dialect_test : public testing::Test {
protected:
    written write(const walwire_event& event) { return write_event(encoder_, event); }
    walwire_event row(std::uint32_t kind, const std::vector<walwire_value>* before,
                      const std::vector<walwire_value>* after) {
        auto event = made_event(kind, &transaction_);
        event.relation = &customers_.view;
        event.before = before == nullptr ? nullptr : before->data();
        event.after = after == nullptr ? nullptr : after->data();
        return event;
    }
    static std::string line(std::string_view op, std::string_view rest) {
        return "{\"op\":\"" + std::string{op} + "\"," + std::string{head} +
               R"(,"schema":"public","table":"customers",)" + std::string{rest} + '}';
    }
    walwire_transaction transaction_ = made_transaction();
    made_relation customers_{
        1, "customers", {{"id", 20, true}, {"email", 25, false}, {"big", 25, false}}};
    json_dialect encoder_{{}};
};

TEST_F(json_dialect_test, is_newline_delimited_json) {
    EXPECT_EQ(encoder_.content_type(), "application/x-ndjson");
    EXPECT_EQ(encoder_.terminator(), "\n");
}

TEST_F(json_dialect_test, an_insert_has_its_key_and_no_before) {
    const std::vector after{text_value("1"), text_value("a@b"), null_value};
    const auto made = write(row(WALWIRE_INSERT, nullptr, &after));
    EXPECT_EQ(made.data, line("insert", R"("key":{"id":1},"before":null,)"
                                        R"("after":{"id":1,"email":"a@b","big":null})"));
    EXPECT_EQ(made.key, R"({"id":1})");
    EXPECT_TRUE(made.key_is_in_data);
    EXPECT_EQ(made.flags, 0u);
}

TEST_F(json_dialect_test, null_unchanged_and_absent_are_told_apart) {
    // GIVEN an update of the email to NULL, of a row with a TOASTed value, its key not changed
    const std::vector after{text_value("1"), null_value, unchanged_value};
    EXPECT_EQ(write(row(WALWIRE_UPDATE, nullptr, &after)).data,
              line("update", R"("key":{"id":1},"before":null,"after":{"id":1,"email":null},)"
                             R"("unchanged":["big"])"));
}

TEST_F(json_dialect_test, a_changed_key_is_the_old_one_and_flagged) {
    const std::vector before{text_value("1"), absent_value, absent_value};
    const std::vector after{text_value("2"), text_value("e"), unchanged_value};
    const auto made = write(row(WALWIRE_UPDATE, &before, &after));
    EXPECT_EQ(made.data, line("update", R"("key":{"id":1},"before":{"id":1},)"
                                        R"("after":{"id":2,"email":"e"},"unchanged":["big"])"));
    EXPECT_EQ(made.flags, WALWIRE_PAYLOAD_KEY_CHANGED);
}

TEST_F(json_dialect_test, an_old_key_that_is_equal_is_no_key_change) {
    const std::vector before{text_value("1"), absent_value, absent_value};
    for (const auto& id : {text_value("1"), unchanged_value}) {
        const std::vector after{id, text_value("e"), null_value};
        const auto made = write(row(WALWIRE_UPDATE, &before, &after));
        EXPECT_EQ(made.flags, 0u);
        EXPECT_EQ(made.key, R"({"id":1})");
        EXPECT_THAT(made.data, testing::HasSubstr(R"("after":{"id":1,"email":"e")"));
    }
}

TEST_F(json_dialect_test, unchanged_values_are_filled_from_a_full_old_row) {
    const made_relation full{2, "customers", {{"id", 20}, {"email"}, {"big"}}};
    const std::vector before{text_value("1"), text_value("a"), text_value("b\"ig")};
    const std::vector after{text_value("1"), text_value("b"), unchanged_value};
    auto event = row(WALWIRE_UPDATE, &before, &after);
    event.relation = &full.view;
    const auto made = write(event);
    EXPECT_EQ(made.data, line("update", R"("before":{"id":1,"email":"a","big":"b\"ig"},)"
                                        R"("after":{"id":1,"email":"b","big":"b\"ig"})"));
    EXPECT_EQ(made.key, "");
    EXPECT_FALSE(made.key_is_in_data);
}

TEST_F(json_dialect_test, a_delete_has_its_old_key_and_no_after) {
    const std::vector before{text_value("1"), absent_value, absent_value};
    const auto made = write(row(WALWIRE_DELETE, &before, nullptr));
    EXPECT_EQ(made.data, line("delete", R"("key":{"id":1},"before":{"id":1},"after":null)"));
    EXPECT_EQ(made.key, R"({"id":1})");
}

TEST_F(json_dialect_test, a_key_that_is_not_known_is_absent) {
    const std::vector after{unchanged_value, text_value("e"), null_value};
    const auto made = write(row(WALWIRE_UPDATE, nullptr, &after));
    EXPECT_EQ(made.data, line("update", R"("before":null,"after":{"email":"e","big":null},)"
                                        R"("unchanged":["id"])"));
    EXPECT_EQ(made.key, "");
}

TEST_F(json_dialect_test, a_row_without_columns_is_an_empty_object) {
    const made_relation empty{3, "customers", {}};
    const std::vector<walwire_value> after(1); // a pointer that is not null
    auto event = row(WALWIRE_INSERT, nullptr, &after);
    event.relation = &empty.view;
    EXPECT_EQ(write(event).data, line("insert", R"("before":null,"after":{})"));
}

TEST_F(json_dialect_test, numbers_are_strings_when_asked_in_keys_too) {
    json_dialect strings{{.numbers_as_strings = true}};
    const std::vector after{text_value("1"), null_value, null_value};
    EXPECT_EQ(write_event(strings, row(WALWIRE_INSERT, nullptr, &after)).key, R"({"id":"1"})");
}

TEST_F(json_dialect_test, names_are_escaped) {
    const made_relation odd{4, "we\"ird\n", {{"co\\l", 25, true}}};
    const std::vector after{text_value("x")};
    auto event = row(WALWIRE_INSERT, nullptr, &after);
    event.relation = &odd.view;
    EXPECT_THAT(write(event).data,
                testing::HasSubstr(R"("table":"we\"ird\n","key":{"co\\l":"x"})"));
}

TEST_F(json_dialect_test, a_new_version_of_a_relation_is_written_in_its_new_shape) {
    const made_relation newer{5, "customers", {{"id", 25, true}}};
    const std::vector after{text_value("1"), null_value, null_value};
    auto event = row(WALWIRE_INSERT, nullptr, &after);
    EXPECT_EQ(write(event).key, R"({"id":1})");
    event.relation = &newer.view;
    EXPECT_EQ(write(event).key, R"({"id":"1"})");
}

TEST_F(json_dialect_test, the_next_transaction_has_its_own_place_time_and_origin) {
    const std::vector after{text_value("1"), null_value, null_value};
    auto event = row(WALWIRE_INSERT, nullptr, &after);
    write(event);
    // GIVEN another transaction at the same address, a million and more frames long
    transaction_.xid = 740;
    transaction_.commit_lsn = 0xA'00000001;
    transaction_.commit_time_us = -1;
    transaction_.origin = str_of("no\"de");
    event.position = {.lsn = 0xA'00000001, .phase = 1, .reserved = 0, .index = 0x1'23456789};
    EXPECT_THAT(write(event).data,
                testing::StartsWith(
                    R"({"op":"insert","pos":"0000000A00000001-1-123456789","lsn":"A/1","xid":740,)"
                    R"("ts":"1969-12-31T23:59:59.999999Z","origin":"no\"de","schema":)"));
}

TEST_F(json_dialect_test, a_snapshot_row_has_neither_xid_nor_time) {
    const std::vector after{text_value("1"), null_value, null_value};
    auto event = row(WALWIRE_SNAPSHOT_ROW, nullptr, &after);
    event.transaction = nullptr;
    event.position = {.lsn = 0x1545C58, .phase = 0, .reserved = 0, .index = 0x0004'00000A'000017};
    EXPECT_THAT(
        write(event).data,
        testing::StartsWith(R"({"op":"snapshot","pos":"0000000001545C58-0-0004-00000A-000017",)"
                            R"("lsn":"0/1545C58","schema":"public",)"));
}

TEST_F(json_dialect_test, truncate_names_all_tables_and_both_flags) {
    const made_relation b{6, "b", {}};
    const walwire_relation* const both[] = {&customers_.view, &b.view};
    walwire_truncate truncate{
        .size = sizeof truncate, .flags = 0, .relations = both, .relation_count = 2};
    auto event = made_event(WALWIRE_TRUNCATE, &transaction_);
    event.truncate = &truncate;
    const auto expected = [](std::string_view cascade, std::string_view restart) {
        return R"({"op":"truncate",)" + std::string{head} +
               R"(,"tables":[{"schema":"public","table":"customers"},)"
               R"({"schema":"public","table":"b"}],"cascade":)" +
               std::string{cascade} + R"(,"restart_identity":)" + std::string{restart} + '}';
    };
    EXPECT_EQ(write(event).data, expected("false", "false"));
    truncate.flags = WALWIRE_TRUNCATE_CASCADE;
    EXPECT_EQ(write(event).data, expected("true", "false"));
    truncate.flags = WALWIRE_TRUNCATE_RESTART_IDENTITY;
    EXPECT_EQ(write(event).data, expected("false", "true"));
}

TEST_F(json_dialect_test, a_message_is_text_or_base64) {
    walwire_message message{.size = sizeof message,
                            .transactional = 1,
                            .prefix = str_of("p\"x"),
                            .content = str_of("a\nä")};
    auto event = made_event(WALWIRE_MESSAGE, &transaction_);
    event.message = &message;
    EXPECT_EQ(write(event).data, R"({"op":"message",)" + std::string{head} +
                                     R"(,"prefix":"p\"x","content":"a\nä","transactional":true})");
    message.content = str_of("\xff\x01");
    EXPECT_EQ(write(event).data,
              R"({"op":"message",)" + std::string{head} +
                  R"(,"prefix":"p\"x","content_base64":"/wE=","transactional":true})");
}

TEST_F(json_dialect_test, a_message_outside_a_transaction_is_where_it_is_itself) {
    const walwire_message message{
        .size = sizeof message, .transactional = 0, .prefix = str_of("p"), .content = str_of("")};
    auto event = made_event(WALWIRE_MESSAGE, nullptr);
    event.position = {.lsn = 0x16C752F7, .phase = 1, .reserved = 0, .index = 0};
    event.message = &message;
    EXPECT_EQ(write(event).data,
              R"({"op":"message","pos":"0000000016C752F7-1-00000000","lsn":"0/16C752F8",)"
              R"("prefix":"p","content":"","transactional":false})");
}

TEST_F(json_dialect_test, a_gap_says_what_is_gone) {
    const walwire_gap gap{.size = sizeof gap,
                          .reserved = 0,
                          .from_lsn = 0x10,
                          .to_lsn = 0x20,
                          .code = str_of("gap.slot_ahead"),
                          .text = str_of("the \"slot\"")};
    auto event = made_event(WALWIRE_GAP, nullptr);
    event.position = {.lsn = 0x1F, .phase = 1, .reserved = 0, .index = 0};
    event.gap = &gap;
    EXPECT_EQ(write(event).data,
              R"({"op":"gap","pos":"000000000000001F-1-00000000","from":"0/10","to":"0/20",)"
              R"("code":"gap.slot_ahead","text":"the \"slot\""})");
}

TEST_F(json_dialect_test, begin_and_commit_have_the_place_alone) {
    auto event = made_event(WALWIRE_BEGIN, &transaction_);
    EXPECT_EQ(write(event).data, R"({"op":"begin",)" + std::string{head} + '}');
    event.kind = WALWIRE_COMMIT;
    EXPECT_EQ(write(event).data, R"({"op":"commit",)" + std::string{head} + '}');
}

TEST_F(json_dialect_test, an_unknown_kind_writes_nothing) {
    auto event = made_event(99, &transaction_);
    event.relation = &customers_.view;
    const auto made = write(event);
    EXPECT_FALSE(made.is_there);
    EXPECT_EQ(made.data, "");
}

TEST_F(json_dialect_test, a_schema_says_what_the_columns_are) {
    made_relation table{77, "t\"x", {{.name = "id", .is_key = true}, {.name = "né"}}};
    table.name_type(0, "bigint");
    table.name_type(1, "\"Odd\".\"ty pe\"[]");
    auto event = made_event(WALWIRE_SCHEMA, &transaction_);
    event.relation = &table.view;
    const std::string columns = R"("columns":[{"name":"id","type":"bigint","key":true},)"
                                R"({"name":"né","type":"\"Odd\".\"ty pe\"[]","key":false}])";
    const std::string opening = R"({"op":"schema","pos":"0000000001545C58-1-00000002",)"
                                R"("lsn":"0/1545C58","xid":739,"ts":"2026-08-21T10:11:12.345678Z",)"
                                R"("schema":"public","table":"t\"x",)";
    EXPECT_EQ(write(event).data, opening + columns + "}");
    table.view.flags = WALWIRE_RELATION_INSERTS_ONLY;
    EXPECT_EQ(write(event).data, opening + columns + R"(,"updates":false})");
}

TEST_F(json_dialect_test, large_values_full_of_escapes_fit) {
    const std::string big(100'000, '"');
    const std::vector after{text_value("1"), text_value(big), text_value(big)};
    EXPECT_EQ(write(row(WALWIRE_INSERT, nullptr, &after)).data.size(),
              line("insert", R"("key":{"id":1},"before":null,"after":{"id":1,"email":"","big":""})")
                      .size() +
                  400'000);
}

TEST(plan_cache, forgets_rather_than_grows) {
    plan_cache cache{{}};
    for (std::uint64_t version = 1; version <= 2 * plan_cache::relations_max + 1; ++version) {
        const made_relation one{version, "t", {{"id", 20, true}}};
        EXPECT_EQ(cache.find(one.view).key_columns().size(), 1u);
        ASSERT_LE(cache.size(), plan_cache::relations_max);
    }
    const made_relation wide{99'999, "w", std::vector<made_column>(1600, made_column{"c"})};
    for (std::uint64_t i = 0; i < 100; ++i) {
        auto again = wide.view;
        again.version += i;
        cache.find(again);
        ASSERT_LE(cache.size() * 1600, plan_cache::columns_max + 1600 * plan_cache::relations_max);
    }
    EXPECT_LE(cache.size(), plan_cache::columns_max / 1600);
}

} // namespace
} // namespace walwire::engine
