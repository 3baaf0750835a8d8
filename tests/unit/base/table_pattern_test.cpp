// What a pattern means, and which texts are none.
#include "base/table_pattern.hpp"

#include <gtest/gtest.h>

namespace walwire::engine {
namespace {

bool matches(std::string_view pattern, std::string_view schema, std::string_view table) {
    const auto parsed = table_pattern::parse(pattern);
    if (!parsed) ADD_FAILURE() << pattern << " is no pattern";
    return parsed && parsed->matches(schema, table);
}

TEST(table_pattern, without_a_schema_means_public) {
    EXPECT_TRUE(matches("orders", "public", "orders"));
    EXPECT_FALSE(matches("orders", "shop", "orders"));
    EXPECT_FALSE(matches("orders", "public", "orders_2"));
    EXPECT_FALSE(matches("orders", "public", "order"));
}

TEST(table_pattern, case_counts) {
    EXPECT_FALSE(matches("Orders", "public", "orders"));
    EXPECT_FALSE(matches("Public.orders", "public", "orders"));
}

TEST(table_pattern, a_star_is_any_run_of_characters_in_its_part) {
    EXPECT_TRUE(matches("*", "public", "anything"));
    EXPECT_FALSE(matches("*", "shop", "anything")) << "the schema is still public";
    EXPECT_TRUE(matches("*.*", "shop", "anything"));
    EXPECT_TRUE(matches("shop.ord*", "shop", "ord"));
    EXPECT_TRUE(matches("shop.ord*", "shop", "orders"));
    EXPECT_FALSE(matches("shop.ord*", "shop", "my_orders"));
    EXPECT_TRUE(matches("shop.*_log", "shop", "a_log_b_log"));
    EXPECT_FALSE(matches("shop.*_log", "shop", "a_logs"));
    EXPECT_TRUE(matches("a*b*c.t", "aXbYc", "t"));
    EXPECT_TRUE(matches("a*b*c.t", "abbc", "t"));
    EXPECT_FALSE(matches("a*b*c.t", "acb", "t"));
    EXPECT_FALSE(matches("ab*ba.t", "aba", "t")) << "the ends do not overlap";
    EXPECT_TRUE(matches("t*.x", "t.y", "x")) << "a dot inside a name is a character of it";
}

TEST(table_pattern, in_quotes_everything_is_itself) {
    EXPECT_TRUE(matches(R"("a.b")", "public", "a.b"));
    EXPECT_TRUE(matches(R"("a*")", "public", "a*"));
    EXPECT_FALSE(matches(R"("a*")", "public", "ab"));
    EXPECT_TRUE(matches(R"("say ""hi""".t)", R"(say "hi")", "t"));
    EXPECT_TRUE(matches(R"(shop."Or.ders")", "shop", "Or.ders"));
    EXPECT_TRUE(matches(R"("s.1"."t.*")", "s.1", "t.*"));
}

TEST(table_pattern, refuses_what_is_none) {
    for (const auto* text : {"", ".", ".t", "s.", "a.b.c", R"(")", R"("")", R"("open)", R"("a"b)",
                             R"(a"b")", R"(s."open)", R"("a".)", R"(s."")"})
        EXPECT_FALSE(table_pattern::parse(text)) << text;
}

TEST(table_pattern, no_patterns_admit_every_table_and_otherwise_one_has_to_match) {
    EXPECT_TRUE(matches_any({}, "any", "table"));
    const std::vector both{*table_pattern::parse("orders"), *table_pattern::parse("shop.*")};
    EXPECT_TRUE(matches_any(both, "public", "orders"));
    EXPECT_TRUE(matches_any(both, "shop", "items"));
    EXPECT_FALSE(matches_any(both, "public", "items"));
}

TEST(table_pattern, equal_texts_are_equal_patterns) {
    EXPECT_EQ(table_pattern::parse("a*b"), table_pattern::parse("public.a*b"));
    EXPECT_NE(table_pattern::parse("a*b"), table_pattern::parse(R"("a*b")"));
}

} // namespace
} // namespace walwire::engine
