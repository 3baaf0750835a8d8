// Rows with arrays, composites and hstores in them, through the encoders.
#include "encode/notes.hpp"
#include "encode/structured_row.hpp"
#include "support/json_check.hpp"
#include "support/type_sets.hpp"
#include "unit/encode/made_event.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace walwire::engine {
namespace {

using namespace tests;
using testing::HasSubstr;

class structured_rows : public testing::Test {
protected:
    // Of rows that were written before `since` the composites are not known.
    written write(const std::vector<walwire_value>& after, lsn since = {},
                  const std::vector<walwire_value>& before = {}) {
        auto types = made_types();
        types->since_lsn = since;
        const described_relation known{&table_.view, types};
        encoder_->prepare({&known, 1});
        auto event = made_event(before.empty() ? WALWIRE_INSERT : WALWIRE_UPDATE, &transaction_);
        event.relation = &table_.view;
        event.after = after.data();
        if (!before.empty()) event.before = before.data();
        return write_event(*encoder_, event);
    }

    made_relation table_{9,
                         "t",
                         {{.name = "id", .type_oid = int_array, .is_key = true},
                          {.name = "pair", .type_oid = pair_type},
                          {.name = "tags", .type_oid = text_array},
                          {.name = "note", .type_oid = 25}}};
    walwire_transaction transaction_ = made_transaction();
    std::unique_ptr<encoder> encoder_ = make_encoder({.format = dialect::json});
    const std::vector<walwire_value> row_{text_value("{1,2}"), text_value("(7,x,)"),
                                          text_value("{a,NULL}"), text_value("{not,one}")};
};

TEST_F(structured_rows, have_their_values_as_json) {
    const auto made = write(row_);
    EXPECT_TRUE(is_json(made.data)) << made.data;
    EXPECT_THAT(made.data, HasSubstr(R"("after":{"id":[1,2],"pair":{"a":7,"b \"c":"x","c":null},)"
                                     R"("tags":["a",null],"note":"{not,one}"})"));
    EXPECT_EQ(made.key, R"({"id":[1,2]})");
}

TEST_F(structured_rows, keep_null_unchanged_and_absent_apart) {
    const auto made = write({text_value("{}"), null_value, unchanged_value, absent_value});
    EXPECT_THAT(made.data, HasSubstr(R"("after":{"id":[],"pair":null},"unchanged":["tags"]})"));
}

TEST_F(structured_rows, of_both_images_are_told_apart) {
    auto before = row_;
    before[0] = text_value("{9}");
    before[2] = text_value("{b}");
    const auto made = write(row_, {}, before);
    EXPECT_THAT(made.data, HasSubstr(R"("before":{"id":[9],)"));
    EXPECT_THAT(made.data, HasSubstr(R"("tags":["b"])"));
    EXPECT_THAT(made.data, HasSubstr(R"("after":{"id":[1,2],)"));
    EXPECT_EQ(made.key, R"({"id":[9]})");
    EXPECT_NE(made.flags & WALWIRE_PAYLOAD_KEY_CHANGED, 0u);
}

TEST_F(structured_rows, from_before_a_definition_have_their_composites_as_text) {
    const auto told = notes().as_text;
    const auto at = lsn{made_event(WALWIRE_INSERT, nullptr).wal_lsn};
    EXPECT_THAT(write(row_, at).data, HasSubstr(R"("pair":{"a":7,)")) << "at it";
    EXPECT_EQ(notes().as_text, told);
    EXPECT_THAT(write(row_, lsn{at.value + 1}).data,
                HasSubstr(R"x("pair":"(7,x,)","tags":["a",null])x"));
    EXPECT_EQ(notes().as_text, told + 1);
}

TEST_F(structured_rows, with_a_composite_of_another_shape_have_it_as_text) {
    const auto told = notes().as_text;
    auto row = row_;
    row[1] = text_value(R"((7,"x ""y"""))");
    EXPECT_THAT(write(row).data, HasSubstr(R"x("pair":"(7,\"x \"\"y\"\"\")","tags":["a",null])x"));
    EXPECT_EQ(notes().as_text, told + 1);
}

TEST_F(structured_rows, take_the_newest_definition) {
    write(row_);
    auto types = made_types();
    types->types[pair_type].fields[0].name = "renamed";
    const described_relation known{&table_.view, types};
    encoder_->prepare({&known, 1});
    auto event = made_event(WALWIRE_INSERT, &transaction_);
    event.relation = &table_.view;
    event.after = row_.data();
    EXPECT_THAT(write_event(*encoder_, event).data, HasSubstr(R"("pair":{"renamed":7,)"));
}

TEST_F(structured_rows, that_are_large_fit) {
    std::string many = "{";
    for (int i = 0; i < 20'000; ++i) many += i == 0 ? "\"(,,)\"" : ",\"(,,)\"";
    many += "}";
    made_relation table{10, "t", {{.name = "l", .type_oid = pair_array}}};
    const described_relation known{&table.view, made_types()};
    encoder_->prepare({&known, 1});
    auto event = made_event(WALWIRE_INSERT, &transaction_);
    event.relation = &table.view;
    const std::vector after{text_value(many)};
    event.after = after.data();
    const auto made = write_event(*encoder_, event);
    EXPECT_TRUE(is_json(made.data));
    EXPECT_GT(made.data.size(),
              20'000 * std::string_view{R"({"a":null,"b":null,"c":null})"}.size());
}

TEST_F(structured_rows, in_text_stay_text_with_a_key_in_json) {
    encoder_ = make_encoder({.format = dialect::text});
    const auto made = write(row_);
    EXPECT_THAT(made.data, HasSubstr(R"("id": "{1,2}")"));
    EXPECT_THAT(made.data, HasSubstr(R"x("pair": "(7,x,)")x"));
    EXPECT_EQ(made.key, R"({"id":[1,2]})");
}

} // namespace
} // namespace walwire::engine
