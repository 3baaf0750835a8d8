// Settings against an option list: what a plugin reads, and what a person is told.
#include "host/options.hpp"

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

failure mistake(std::string path, std::string value) {
    option_settings settings{{std::move(path), std::move(value)}};
    if (settings[0].first != "url") settings.emplace_back("url", "x");
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
    EXPECT_THAT(mistake("url.part", "1").message, HasSubstr(R"(no option "url.part")"));
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
                HasSubstr("is required and is a list, which cannot be set yet"));
}

TEST(options, lists_maps_and_tables_are_known_but_cannot_be_set_yet) {
    EXPECT_THAT(
        mistake("headers.X-Key", "1").message,
        HasSubstr(R"(option "headers" of the plugin hook is a map, which cannot be set yet)"));
    EXPECT_THAT(mistake("words", "1").message, HasSubstr("is a list, which cannot be set yet"));
    EXPECT_THAT(mistake("tokens.0.secret", "1").message, HasSubstr(R"(option "tokens")"));
    EXPECT_THAT(mistake("words", "1").help, HasSubstr("leave it unset"));
}

TEST(options, a_nul_byte_and_an_endless_value_are_refused_without_showing_the_value) {
    const std::string nul{"top\0secret", 10};
    const auto found = mistake("token", nul);
    EXPECT_THAT(found.message, HasSubstr("the value has a NUL byte"));
    EXPECT_THAT(to_text(found), Not(HasSubstr("top")));
    const std::string most(options::value_bytes_max, 'x');
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
