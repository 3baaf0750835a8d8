// The shapes that people read, to the byte.
#include "encode/text_dialect.hpp"

#include "unit/encode/made_event.hpp"

#include <gtest/gtest.h>

namespace walwire::engine {
namespace {

class text_dialect_test : public testing::Test {
protected:
    written write(const walwire_event& event) { return write_event(encoder_, event); }
    walwire_event row(std::uint32_t kind, const std::vector<walwire_value>* before,
                      const std::vector<walwire_value>* after) {
        auto event = made_event(kind, &transaction_);
        event.relation = &users_.view;
        event.before = before == nullptr ? nullptr : before->data();
        event.after = after == nullptr ? nullptr : after->data();
        return event;
    }
    walwire_transaction transaction_ = made_transaction();
    made_relation users_{1, "users", {{"id", 23, true}, {"name"}, {"Z"}, {"email"}}};
    text_dialect encoder_{{.format = dialect::text}};
};

TEST_F(text_dialect_test, is_plain_text_in_lines) {
    EXPECT_EQ(encoder_.content_type(), "text/plain; charset=utf-8");
    EXPECT_EQ(encoder_.terminator(), "\n");
}

TEST_F(text_dialect_test, an_insert_shows_its_columns_sorted_by_bytes) {
    const std::vector after{text_value("1"), text_value("Mu\"jib"), null_value,
                            text_value("wal@example.com")};
    const auto made = write(row(WALWIRE_INSERT, nullptr, &after));
    EXPECT_EQ(made.data, R"(
[INSERT] table=users lsn=0/16C752F8
data={
  "Z": null,
  "email": "wal@example.com",
  "id": "1",
  "name": "Mu\"jib"
})");
    EXPECT_EQ(made.key, R"({"id":1})");
    EXPECT_FALSE(made.key_is_in_data);
}

TEST_F(text_dialect_test, an_update_without_an_old_row_shows_the_new_one_alone) {
    const std::vector after{text_value("1"), text_value("Bum"), unchanged_value, null_value};
    EXPECT_EQ(write(row(WALWIRE_UPDATE, nullptr, &after)).data, R"(
[UPDATE] table=users lsn=0/16C752F8
new={
  "email": null,
  "id": "1",
  "name": "Bum"
})");
}

TEST_F(text_dialect_test, an_update_shows_of_the_old_row_what_was_sent) {
    const std::vector before{text_value("1"), absent_value, absent_value, absent_value};
    const std::vector after{text_value("2"), text_value("Bum"), unchanged_value, unchanged_value};
    const auto made = write(row(WALWIRE_UPDATE, &before, &after));
    EXPECT_EQ(made.data, R"(
[UPDATE] table=users lsn=0/16C752F8
old={
  "id": "1"
}
new={
  "id": "2",
  "name": "Bum"
})");
    EXPECT_EQ(made.key, R"({"id":1})");
    EXPECT_EQ(made.flags, WALWIRE_PAYLOAD_KEY_CHANGED);
}

TEST_F(text_dialect_test, a_delete_shows_its_key) {
    const std::vector before{text_value("1"), absent_value, absent_value, absent_value};
    EXPECT_EQ(write(row(WALWIRE_DELETE, &before, nullptr)).data, R"(
[DELETE] table=users lsn=0/16C752F8
data={
  "id": "1"
})");
}

TEST_F(text_dialect_test, values_keep_their_text_form) {
    const made_relation typed{2, "t", {{"a", 16}, {"b", 1184}, {"c", 3802}}};
    const std::vector after{text_value("t"), text_value("2026-08-21 10:11:12+00"),
                            text_value("{\"k\": 1}")};
    auto event = row(WALWIRE_INSERT, nullptr, &after);
    event.relation = &typed.view;
    EXPECT_EQ(write(event).data, R"(
[INSERT] table=t lsn=0/16C752F8
data={
  "a": "t",
  "b": "2026-08-21 10:11:12+00",
  "c": "{\"k\": 1}"
})");
}

TEST_F(text_dialect_test, a_row_without_columns_is_a_pair_of_braces) {
    const made_relation empty{3, "e", {}};
    const std::vector<walwire_value> after(1);
    auto event = row(WALWIRE_INSERT, nullptr, &after);
    event.relation = &empty.view;
    EXPECT_EQ(write(event).data, "\n[INSERT] table=e lsn=0/16C752F8\ndata={}");
}

TEST_F(text_dialect_test, a_snapshot_row_shows_where_the_stream_takes_over) {
    const std::vector after{text_value("1"), absent_value, absent_value, absent_value};
    auto event = row(WALWIRE_SNAPSHOT_ROW, nullptr, &after);
    event.transaction = nullptr;
    event.position.phase = 0;
    event.wal_lsn = 0;
    EXPECT_EQ(write(event).data,
              "\n[SNAPSHOT] table=users lsn=0/1545C58\ndata={\n  \"id\": \"1\"\n}");
}

TEST_F(text_dialect_test, truncates_messages_and_gaps_have_shapes_of_their_own) {
    const made_relation b{4, "b\n[DELETE]", {}};
    const walwire_relation* const both[] = {&users_.view, &b.view};
    const walwire_truncate truncate{
        .size = sizeof truncate, .flags = 0, .relations = both, .relation_count = 2};
    auto event = made_event(WALWIRE_TRUNCATE, &transaction_);
    event.truncate = &truncate;
    EXPECT_EQ(write(event).data, "\n[TRUNCATE] table=users,b\\n[DELETE] lsn=0/16C752F8");

    const walwire_message message{.size = sizeof message,
                                  .transactional = 0,
                                  .prefix = str_of("p"),
                                  .content = str_of("a\"\xff")};
    event = made_event(WALWIRE_MESSAGE, nullptr);
    event.message = &message;
    EXPECT_EQ(write(event).data, "\n[MESSAGE] prefix=p lsn=0/16C752F8\ndata=\"a\\\"\xEF\xBF\xBD\"");

    const walwire_gap gap{.size = sizeof gap,
                          .reserved = 0,
                          .from_lsn = 0x10,
                          .to_lsn = 0x20,
                          .code = str_of("gap.slot_ahead"),
                          .text = str_of("why")};
    event = made_event(WALWIRE_GAP, nullptr);
    event.gap = &gap;
    EXPECT_EQ(write(event).data, "\n[GAP] from=0/10 to=0/20 code=gap.slot_ahead\ntext=\"why\"");
}

TEST_F(text_dialect_test, schema_begin_and_commit_print_nothing) {
    for (const std::uint32_t kind : {WALWIRE_SCHEMA, WALWIRE_BEGIN, WALWIRE_COMMIT}) {
        auto event = made_event(kind, &transaction_);
        event.relation = &users_.view;
        const auto made = write(event);
        EXPECT_FALSE(made.is_there);
        EXPECT_EQ(made.data, "");
    }
}

TEST(dialect, has_a_name_that_reads_back) {
    for (const auto one : {dialect::json, dialect::text})
        EXPECT_EQ(parse_dialect(to_string(one)), one);
    EXPECT_EQ(parse_dialect("xml"), std::nullopt);
    EXPECT_EQ(parse_dialect(""), std::nullopt);
    EXPECT_EQ(parse_dialect("JSON"), std::nullopt);
    EXPECT_EQ(make_encoder({.format = dialect::text})->terminator(), "\n");
    EXPECT_EQ(make_encoder({})->content_type(), "application/x-ndjson");
}

} // namespace
} // namespace walwire::engine
