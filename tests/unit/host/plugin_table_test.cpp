// Which tables are refused, each for the one thing that is wrong with it.
#include "host/plugin_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <vector>

namespace walwire::engine {
namespace {

using testing::HasSubstr;

walwire_plugin good() {
    walwire_plugin table{};
    table.size = sizeof table;
    table.name = "good_1";
    table.create = [](const walwire_host*) -> void* { return nullptr; };
    table.deliver = [](void*, const walwire_batch*) -> walwire_result { return WALWIRE_OK; };
    return table;
}

std::string refusal(const walwire_plugin& table) {
    const auto read = read_table(table, "/plugins/good_1.so");
    if (read) return "taken";
    EXPECT_EQ(read.error().id, "plugin.invalid");
    EXPECT_THAT(read.error().message,
                HasSubstr("/plugins/good_1.so is not made as walwire/abi.h says: "));
    return read.error().message;
}

std::string refusal(const std::vector<walwire_option>& options) {
    walwire_plugin table = good();
    table.options = options.data();
    table.option_count = options.size();
    return refusal(table);
}

walwire_option option(const char* name, std::uint32_t kind, const char* fallback = nullptr,
                      std::uint32_t flags = 0) {
    return {name, fallback, "doc", kind, flags, nullptr, 0};
}

TEST(plugin_table, what_is_complete_is_taken) { EXPECT_EQ(refusal(good()), "taken"); }

TEST(plugin_table, half_a_pointer_at_its_end_is_none) {
    auto table = good();
    table.flush = [](void*) -> walwire_result { return WALWIRE_OK; };
    table.size = offsetof(walwire_plugin, flush) + sizeof(void*) / 2;
    const auto read = read_table(table, "/plugins/good_1.so");
    ASSERT_TRUE(read);
    EXPECT_EQ(read->table->flush, nullptr);
    EXPECT_NE(read->table->deliver, nullptr);
}

TEST(plugin_table, a_size_below_the_required_fields_is_refused) {
    auto table = good();
    table.size = offsetof(walwire_plugin, deliver) + 7;
    EXPECT_THAT(refusal(table), HasSubstr("its table has 79 bytes, at least 80 are needed"));
    table.size = 80;
    EXPECT_EQ(refusal(table), "taken");
    table.size = 0;
    EXPECT_THAT(refusal(table), HasSubstr("its table has 0 bytes"));
}

TEST(plugin_table, fields_of_a_later_minor_are_not_read) {
    struct {
        walwire_plugin known = good();
        void* later = nullptr;
    } table;
    table.known.size = sizeof table;
    EXPECT_EQ(refusal(table.known), "taken");
}

TEST(plugin_table, a_name_has_small_letters_digits_and_underscores) {
    auto table = good();
    for (const char* name : {"", "Good", "go-od", "go od", "go/od", "good\n"}) {
        table.name = name;
        EXPECT_THAT(refusal(table), HasSubstr("a name has small letters, digits and _")) << name;
    }
    table.name = nullptr;
    EXPECT_THAT(refusal(table), HasSubstr("it is named \"\""));
    const std::string endless(100000, 'a');
    table.name = endless.c_str();
    EXPECT_LT(refusal(table).size(), 400u);
}

TEST(plugin_table, create_and_deliver_are_required) {
    auto table = good();
    table.create = nullptr;
    EXPECT_THAT(refusal(table), HasSubstr("it has no create()"));
    table = good();
    table.deliver = nullptr;
    EXPECT_THAT(refusal(table), HasSubstr("it has no deliver()"));
}

TEST(plugin_table, a_bad_option_list_is_refused_by_the_options_name) {
    EXPECT_THAT(refusal({option("a.b", WALWIRE_OPTION_STRING)}),
                HasSubstr(R"(its option number 1 has the name "a.b")"));
    EXPECT_THAT(refusal({option("a", 0), option(nullptr, 0)}), HasSubstr("its option number 2"));
    EXPECT_THAT(refusal({option("a", 8)}), HasSubstr(R"(its option "a" has the unknown kind 8)"));
    EXPECT_THAT(refusal({option("a", 0, nullptr, 8)}), HasSubstr("has the unknown flags 8"));
    EXPECT_THAT(refusal({option("a", 0, nullptr, WALWIRE_OPTION_LIST | WALWIRE_OPTION_MAP)}),
                HasSubstr("is both a list and a map"));
    EXPECT_THAT(refusal({option("a", 0), option("a", 1)}), HasSubstr("is listed twice"));
    EXPECT_THAT(refusal({option("a", WALWIRE_OPTION_TABLE)}), HasSubstr("a table without fields"));
    EXPECT_THAT(refusal(std::vector(257, option("a", 0))), HasSubstr("257 options, more than 256"));
    auto table = good();
    table.option_count = 1;
    EXPECT_THAT(refusal(table), HasSubstr("it counts options but lists none"));
}

TEST(plugin_table, a_fallback_that_is_no_value_is_refused) {
    EXPECT_THAT(refusal({option("a", WALWIRE_OPTION_BOOLEAN, "yes")}),
                HasSubstr(R"(its option "a": its fallback "yes" is no boolean)"));
    EXPECT_THAT(refusal({option("a", WALWIRE_OPTION_INTEGER, "1.5")}), HasSubstr("is no integer"));
    EXPECT_THAT(refusal({option("a", WALWIRE_OPTION_DURATION, "5")}), HasSubstr("is no duration"));
    EXPECT_THAT(refusal({option("a", WALWIRE_OPTION_BYTES, "5x")}), HasSubstr("is no size"));
    EXPECT_THAT(refusal({option("a", WALWIRE_OPTION_CHOICE)}),
                HasSubstr("does not list its words"));
    EXPECT_THAT(refusal({option("a", WALWIRE_OPTION_CHOICE, "x||y")}),
                HasSubstr("does not list its words"));
    EXPECT_THAT(refusal({option("a", WALWIRE_OPTION_CHOICE, "x|y|x")}),
                HasSubstr("a word is listed twice"));
}

TEST(plugin_table, lists_maps_and_tables_may_stand_in_the_list) {
    const walwire_option fields[] = {option("name", WALWIRE_OPTION_STRING),
                                     option("secret", WALWIRE_OPTION_SECRET)};
    walwire_option tokens = option("tokens", WALWIRE_OPTION_TABLE, nullptr, WALWIRE_OPTION_LIST);
    tokens.fields = fields;
    tokens.field_count = 2;
    walwire_plugin table = good();
    const walwire_option all[] = {
        tokens, option("headers", WALWIRE_OPTION_STRING, "{}", WALWIRE_OPTION_MAP)};
    table.options = all;
    table.option_count = 2;
    const auto read = read_table(table, "/plugins/good_1.so");
    ASSERT_TRUE(read) << to_text(read.error());
    EXPECT_TRUE(read->options[0].is_list);
    ASSERT_EQ(read->options[0].fields.size(), 2u);
    EXPECT_EQ(read->options[0].fields[1].kind, option_kind::secret);
    EXPECT_TRUE(read->options[1].is_map);
}

TEST(plugin_table, a_table_that_contains_itself_ends) {
    walwire_option endless = option("again", WALWIRE_OPTION_TABLE);
    endless.fields = &endless;
    endless.field_count = 1;
    walwire_plugin table = good();
    table.options = &endless;
    table.option_count = 1;
    EXPECT_THAT(refusal(table), HasSubstr("is a table too deep in tables"));
}

} // namespace
} // namespace walwire::engine
