// Text of strangers on one line of ours.
#include "base/printable.hpp"

#include <gtest/gtest.h>

namespace walwire::engine {
namespace {

using namespace std::string_view_literals;
const std::string mark = "\xEF\xBF\xBD";

TEST(printable, clean_text_stays_as_it_is) {
    for (const auto text :
         {""sv, "plain"sv, "caf\xC3\xA9"sv, "\xE2\x82\xAC"sv, "\xF0\x9F\x90\x98"sv,
          "\xF4\x8F\xBF\xBF"sv, "\xED\x9F\xBF"sv, "\xC2\xA0"sv}) {
        EXPECT_EQ(printable(text, 100), text);
    }
}

TEST(printable, control_characters_become_spaces) {
    EXPECT_EQ(printable("a\nb\tc\x1B[0m\x7F", 100), "a b c [0m ");
    EXPECT_EQ(printable("nul\0here"sv, 100), "nul here");
    EXPECT_EQ(printable("\xC2\x9B"
                        "31m",
                        100),
              " 31m"); // an eight-bit escape
}

TEST(printable, what_is_no_utf8_becomes_a_mark) {
    EXPECT_EQ(printable("\xFF", 100), mark);
    EXPECT_EQ(printable("a\xC3", 100), "a" + mark);                           // ends too early
    EXPECT_EQ(printable("\xC0\xAF", 100), mark + mark);                       // overlong
    EXPECT_EQ(printable("\xE0\x80\x80", 100), mark + mark + mark);            // overlong
    EXPECT_EQ(printable("\xED\xA0\x80", 100), mark + mark + mark);            // surrogate
    EXPECT_EQ(printable("\xF4\x90\x80\x80", 100), mark + mark + mark + mark); // too high
    EXPECT_EQ(printable("\xE2\x82x", 100), mark + "x"); // one mark for what began well
    EXPECT_EQ(printable("\xF0\x9F\x90 ", 100), mark + " ");
}

TEST(printable, long_text_is_cut_between_characters) {
    EXPECT_EQ(printable("abcdefgh", 8), "abcdefgh");
    EXPECT_EQ(printable("abcdefghi", 8), "abcde...");
    EXPECT_EQ(printable("abcd\xC3\xA9xyz", 8), "abcd..."); // the letter would not fit whole
    EXPECT_EQ(printable("abcdefghi", 3), "...");
}

TEST(printable, quotes_are_short) {
    EXPECT_EQ(in_quotes("x"), "\"x\"");
    EXPECT_EQ(in_quotes(std::string(1000, 'x')).size(), 82u);
}

} // namespace
} // namespace walwire::engine
