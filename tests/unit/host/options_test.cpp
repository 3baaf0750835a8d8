// Settings against an option list: what a plugin reads, and what a person is told.
#include "host/options.hpp"

#include "host/option_value.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace walwire::engine {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

option_spec spec(const char* name, option_kind kind, std::optional<std::string> fallback = {}) {
    option_spec made;
    made.name = name;
    made.kind = kind;
    made.fallback = std::move(fallback);
    return made;
}

std::vector<option_spec> every_kind() {
    std::vector<option_spec> known{
        spec("url", option_kind::string),
        spec("token", option_kind::secret),
        spec("gzip", option_kind::boolean, "false"),
        spec("count", option_kind::integer, "08"),
        spec("timeout", option_kind::duration, "5s"),
        spec("buffer", option_kind::bytes, "64MiB"),
        spec("full", option_kind::choice, "block|drop|fail"),
        spec("headers", option_kind::string, "{}"),
        spec("tokens", option_kind::table),
        spec("words", option_kind::string, "[]"),
    };
    known[0].is_required = true;
    known[7].is_map = true;
    known[8].is_list = true;
    known[8].fields = {spec("name", option_kind::string), spec("days", option_kind::integer, "07"),
                       spec("tables", option_kind::string)};
    known[8].fields[0].is_required = true;
    known[8].fields[2].is_list = true;
    known[9].is_list = true;
    return known;
}

std::vector<failure> mistakes(const option_settings& settings,
                              const std::vector<option_spec>& known = every_kind()) {
    auto checked = options::check("hook", known, settings);
    EXPECT_FALSE(checked.has_value());
    if (checked) return {};
    for (const failure& found : checked.error()) {
        EXPECT_EQ(found.id, "plugin.option");
        EXPECT_EQ(exit_code(found), 2);
    }
    return checked.error();
}

failure mistake(std::string path, std::string value, option_form form = option_form::text) {
    option_settings settings{{std::move(path), std::move(value), form}};
    if (settings[0].path != "url") settings.push_back({"url", "x"});
    const auto found = mistakes(settings);
    EXPECT_EQ(found.size(), 1u);
    return found.empty() ? failure{} : found.front();
}

TEST(options, unset_ones_have_their_normalised_fallback) {
    const auto known = every_kind();
    const auto checked = options::check("hook", known, {{"url", "http://x"}});
    ASSERT_TRUE(checked);
    EXPECT_STREQ(checked->find("url"), "http://x");
    EXPECT_EQ(checked->find("token"), nullptr);
    EXPECT_STREQ(checked->find("gzip"), "false");
    EXPECT_STREQ(checked->find("count"), "8");
    EXPECT_STREQ(checked->find("timeout"), "5000");
    EXPECT_STREQ(checked->find("buffer"), "67108864");
    EXPECT_STREQ(checked->find("full"), "block");
    EXPECT_EQ(checked->find("headers"), nullptr);
    EXPECT_EQ(checked->find("tokens.0.name"), nullptr);
    EXPECT_EQ(checked->find("nothing"), nullptr);
}

TEST(options, values_of_every_kind_are_normalised) {
    const auto known = every_kind();
    const auto checked = options::check("hook", known,
                                        {{"url", ""},
                                         {"token", "s3cret=with=signs"},
                                         {"gzip", "true"},
                                         {"count", "-9223372036854775808"},
                                         {"timeout", "1d"},
                                         {"buffer", "10MB"},
                                         {"full", "fail"}});
    ASSERT_TRUE(checked);
    EXPECT_STREQ(checked->find("url"), "");
    EXPECT_STREQ(checked->find("token"), "s3cret=with=signs");
    EXPECT_STREQ(checked->find("gzip"), "true");
    EXPECT_STREQ(checked->find("count"), "-9223372036854775808");
    EXPECT_STREQ(checked->find("timeout"), "86400000");
    EXPECT_STREQ(checked->find("buffer"), "10000000");
    EXPECT_STREQ(checked->find("full"), "fail");
}

TEST(options, values_stay_where_they_are_when_the_options_move) {
    const auto known = every_kind();
    auto checked = options::check("hook", known, {{"url", "x"}});
    ASSERT_TRUE(checked);
    const char* before = checked->find("url");
    const options moved = std::move(*checked);
    EXPECT_EQ(moved.find("url"), before);
}

TEST(options, a_value_of_the_wrong_kind_is_quoted_with_the_mend) {
    EXPECT_EQ(mistake("gzip", "yes").message,
              R"(option "gzip" of the plugin hook cannot be used: "yes" is no boolean)");
    EXPECT_EQ(mistake("gzip", "yes").help, "write true or false");
    EXPECT_THAT(mistake("count", "12a").message, HasSubstr(R"("12a" is no integer)"));
    EXPECT_THAT(mistake("count", "").message, HasSubstr(R"("" is no integer)"));
    EXPECT_THAT(mistake("count", "9223372036854775808").message,
                HasSubstr("does not fit into 64 bits"));
    EXPECT_THAT(mistake("timeout", "5").message, HasSubstr(R"("5" is no duration)"));
    EXPECT_THAT(mistake("timeout", "5").help, HasSubstr("100ms"));
    EXPECT_THAT(mistake("buffer", "1 KiB").message, HasSubstr(R"("1 KiB" is no size)"));
    EXPECT_THAT(mistake("full", "dropp").message, HasSubstr(R"("dropp" is none of its words)"));
    EXPECT_EQ(mistake("full", "dropp").help,
              R"(did you mean "drop"? write one of block, drop, fail)");
    EXPECT_EQ(mistake("full", "block|drop").help, "write one of block, drop, fail");
}

TEST(options, an_unknown_one_is_answered_with_the_nearest_name) {
    EXPECT_EQ(mistake("tiemout", "5s").message, R"(the plugin hook has no option "tiemout")");
    EXPECT_EQ(mistake("tiemout", "5s").help, R"(did you mean "timeout"?)");
    EXPECT_THAT(mistake("nonsense", "1").help, HasSubstr("it has url, token, gzip"));
    EXPECT_THAT(mistakes({{"url", "x"}, {"tokens.0.nmae", "1"}}).front().help,
                HasSubstr(R"(did you mean "name"?)"));
    EXPECT_EQ(mistakes({{"a", "b"}}, {}).front().help, "it has no options");
}

TEST(options, a_required_one_must_be_set) {
    auto known = every_kind();
    known[0].doc = "Where to.";
    const auto found = mistakes({}, known);
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].message, R"(option "url" of the plugin hook is required and is not set)");
    EXPECT_EQ(found[0].help, "give it a value: Where to.");
    known[8].is_required = true;
    EXPECT_THAT(mistakes({{"url", "x"}}, known).front().message,
                HasSubstr(R"(option "tokens" of the plugin hook is required)"));
    EXPECT_THAT(mistakes({{"url", "x"}, {"tokens.0.days", "1"}}, known).front().message,
                HasSubstr(R"(option "tokens.0.name" of the plugin hook is required)"));
}

TEST(options, lists_maps_and_tables_are_read_by_path) {
    const auto known = every_kind();
    const auto checked = options::check("hook", known,
                                        {{"url", "x"},
                                         {"headers.X-Key", "1"},
                                         {"headers.A.B", "2"},
                                         {"words.0", "a"},
                                         {"words.1", ""},
                                         {"tokens.0.name", "n"},
                                         {"tokens.0.tables.0", "t"},
                                         {"tokens.1.name", "m"},
                                         {"tokens.1.days", "012"}});
    ASSERT_TRUE(checked);
    EXPECT_EQ(checked->count("headers"), 2u);
    EXPECT_STREQ(checked->key("headers", 0), "X-Key");
    EXPECT_STREQ(checked->key("headers", 1), "A.B");
    EXPECT_EQ(checked->key("headers", 2), nullptr);
    EXPECT_STREQ(checked->find("headers.X-Key"), "1");
    EXPECT_STREQ(checked->find("headers.A.B"), "2");
    EXPECT_EQ(checked->count("words"), 2u);
    EXPECT_STREQ(checked->find("words.1"), "");
    EXPECT_EQ(checked->count("tokens"), 2u);
    EXPECT_STREQ(checked->key("tokens", 1), "1");
    EXPECT_STREQ(checked->find("tokens.0.name"), "n");
    EXPECT_STREQ(checked->find("tokens.0.days"), "7");
    EXPECT_STREQ(checked->find("tokens.1.days"), "12");
    EXPECT_EQ(checked->count("tokens.0.tables"), 1u);
    EXPECT_EQ(checked->count("tokens.1.tables"), 0u);
    EXPECT_EQ(checked->count("url"), 0u);
    EXPECT_EQ(checked->count("nothing"), 0u);
}

TEST(options, what_does_not_have_the_shape_is_named) {
    EXPECT_THAT(mistake("headers", "1").message, HasSubstr("is a map, not a single value"));
    EXPECT_THAT(mistake("words", "1").message, HasSubstr("is a list, not a single value"));
    EXPECT_THAT(mistake("tokens.0", "1").message, HasSubstr("is a table, not a single value"));
    EXPECT_THAT(mistake("words.1", "1").message, HasSubstr("has no item 0"));
    EXPECT_THAT(mistake("words.x", "1").message, HasSubstr("has no item 0"));
    EXPECT_THAT(mistake("url.part", "1").message, HasSubstr(R"(has no part "part")"));
    EXPECT_EQ(mistakes({{"url", "x"}, {"tokens.0.tables.5", "1"}}).front().subject,
              "tokens.0.tables");
}

TEST(options, a_table_that_is_not_there_has_the_defaults_of_its_fields) {
    auto known = every_kind();
    known[8].is_list = false;
    const auto checked = options::check("hook", known, {{"url", "x"}});
    ASSERT_TRUE(checked);
    EXPECT_STREQ(checked->find("tokens.days"), "7");
    EXPECT_EQ(checked->find("tokens.name"), nullptr);
}

TEST(options, a_file_knows_how_a_value_was_written) {
    EXPECT_THAT(mistake("count", "5", option_form::string).message,
                HasSubstr("found a string where an integer must stand"));
    EXPECT_THAT(mistake("gzip", "true", option_form::string).help, HasSubstr("true or false"));
    EXPECT_THAT(mistake("token", "5", option_form::integer).message, HasSubstr("found an integer"));
    EXPECT_THAT(mistake("timeout", "true", option_form::boolean).message,
                HasSubstr("found a boolean"));
    EXPECT_THAT(mistake("words.0", "a date", option_form::unusable).message,
                HasSubstr("found a date"));
    const auto known = every_kind();
    const auto checked = options::check("hook", known,
                                        {{"url", "x", option_form::string},
                                         {"count", "5", option_form::integer},
                                         {"gzip", "true", option_form::boolean},
                                         {"buffer", "512", option_form::integer},
                                         {"timeout", "0", option_form::integer}});
    ASSERT_TRUE(checked);
    EXPECT_STREQ(checked->find("buffer"), "512");
}

TEST(options, a_reference_is_resolved_or_left) {
    const auto known = every_kind();
    ::setenv("WALWIRE_TEST_COUNT", "05", 1);
    const option_settings settings{{"url", "x"}, {"count", "WALWIRE_TEST_COUNT", option_form::env}};
    const auto resolved = options::check("hook", known, settings);
    ASSERT_TRUE(resolved);
    EXPECT_STREQ(resolved->find("count"), "5");
    EXPECT_FALSE(resolved->is_partial());
    ::unsetenv("WALWIRE_TEST_COUNT");
    const auto missing = options::check("hook", known, settings);
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().front().id, "config.reference");
    EXPECT_EQ(missing.error().front().subject, "count");
    const auto left = options::check("hook", known, settings, reference_use::leave);
    ASSERT_TRUE(left);
    EXPECT_TRUE(left->is_partial());
    EXPECT_EQ(left->find("count"), nullptr);
}

TEST(options, a_map_may_have_a_key_that_looks_like_a_reference) {
    const auto known = every_kind();
    const auto checked =
        options::check("hook", known, {{"url", "x"}, {"headers", "value", option_form::env}});
    ASSERT_TRUE(checked);
    EXPECT_STREQ(checked->find("headers.env"), "value");
}

TEST(options, a_nul_byte_and_an_endless_value_are_refused_without_showing_the_value) {
    const std::string nul{"top\0secret", 10};
    const auto found = mistake("token", nul);
    EXPECT_THAT(found.message, HasSubstr("the value has a NUL byte"));
    EXPECT_THAT(to_text(found), Not(HasSubstr("top")));
    const std::string most(option_bytes_max, 'x');
    const auto known = every_kind();
    EXPECT_TRUE(options::check("hook", known, {{"url", most}}));
    const auto longer = mistake("url", most + "x");
    EXPECT_THAT(longer.message, HasSubstr("the value has 65537 bytes, at most 65536"));
    EXPECT_LT(to_text(longer).size(), 300u);
}

TEST(options, one_set_twice_is_a_mistake) {
    const auto found = mistakes({{"url", "a"}, {"url", "b"}});
    ASSERT_EQ(found.size(), 1u);
    EXPECT_THAT(found[0].message, HasSubstr("is set twice"));
}

TEST(options, all_mistakes_come_at_once) {
    const auto found = mistakes({{"tiemout", "5s"},
                                 {"gzip", "maybe"},
                                 {"count", "many"},
                                 {"timeout", "soon"},
                                 {"buffer", "large"},
                                 {"full", "never"},
                                 {"tokens.0", "x"},
                                 {"gzip", "true"}});
    std::vector<std::string> texts;
    for (const failure& each : found) texts.push_back(each.message);
    EXPECT_THAT(texts, ElementsAre(HasSubstr("tiemout"), HasSubstr("maybe"), HasSubstr("many"),
                                   HasSubstr("soon"), HasSubstr("large"), HasSubstr("never"),
                                   HasSubstr("tokens"), HasSubstr("twice"),
                                   HasSubstr(R"("url" of the plugin hook is required)")));
}

TEST(options, the_option_a_text_speaks_of_stands_before_its_first_colon) {
    const auto known = every_kind();
    const auto checked = options::check("hook", known, {{"url", "x"}});
    ASSERT_TRUE(checked);
    EXPECT_EQ(checked->named_in("url: must be https"), "url");
    EXPECT_EQ(checked->named_in("tokens.0.secret: too short"), "tokens.0.secret");
    EXPECT_EQ(checked->named_in("curl: error"), std::nullopt);
    EXPECT_EQ(checked->named_in("url must be https"), std::nullopt);
    EXPECT_EQ(checked->named_in(""), std::nullopt);
}

} // namespace
} // namespace walwire::engine
