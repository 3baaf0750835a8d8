// Values of the scalar types against what a real server's to_json() said of them.
#include "encode/value.hpp"

#include <fstream>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace walwire::engine {
namespace {

std::string value_of(std::uint32_t oid, std::string_view text, bool numbers_as_strings = false) {
    std::string room(bound_of(text) + write_slack, '\0');
    char* const end = write_value(room.data(), form_of(oid, numbers_as_strings), text);
    EXPECT_LE(static_cast<std::size_t>(end - room.data()), bound_of(text));
    return {room.data(), end};
}

// The escapes of COPY's text format.
std::string unescaped(std::string_view field) {
    std::string text;
    for (std::size_t i = 0; i < field.size(); ++i) {
        if (field[i] != '\\') {
            text += field[i];
            continue;
        }
        constexpr std::string_view letters = "bfnrtv";
        const auto letter = letters.find(field[++i]);
        text += letter == std::string_view::npos ? field[i] : "\b\f\n\r\t\v"[letter];
    }
    return text;
}

TEST(value, is_what_to_json_says_on_a_server) {
    std::ifstream golden{WALWIRE_TESTS_DIR "/unit/encode/to_json.golden"};
    std::string line;
    ASSERT_TRUE(std::getline(golden, line));
    ASSERT_TRUE(line.starts_with("# PostgreSQL ")) << line;
    int values = 0;
    while (std::getline(golden, line)) {
        std::vector<std::string> fields{""};
        for (const char c : line) {
            if (c == '\t')
                fields.emplace_back();
            else
                fields.back() += c;
        }
        ASSERT_EQ(fields.size(), 4u) << line;
        if (fields[2] == "\\N") continue; // NULL is not a value: the dialects write it
        auto expected = unescaped(fields[3]);
        for (auto& c : expected) // what is pinned to one line
            if (c == '\n' || c == '\r') c = ' ';
        const auto oid = static_cast<std::uint32_t>(std::stoul(fields[1]));
        EXPECT_EQ(value_of(oid, unescaped(fields[2])), expected) << line;
        ++values;
    }
    EXPECT_GE(values, 140);
}

TEST(value, of_an_unknown_type_is_its_text) {
    EXPECT_EQ(value_of(4'000'000'000u, "any \"thing\""), R"("any \"thing\"")");
    EXPECT_EQ(value_of(0, "1"), "\"1\"");
}

TEST(value, int8_and_numeric_are_strings_when_asked_and_smaller_numbers_are_not) {
    EXPECT_EQ(value_of(20, "9007199254740993", true), "\"9007199254740993\"");
    EXPECT_EQ(value_of(1700, "12.30", true), "\"12.30\"");
    EXPECT_EQ(value_of(1700, "NaN", true), "\"NaN\"");
    EXPECT_EQ(value_of(23, "7", true), "7");
    EXPECT_EQ(value_of(701, "1.5", true), "1.5");
}

TEST(value, a_number_that_json_has_no_form_for_is_a_string) {
    for (const std::string_view text :
         {"", "-", "01", "1.", ".5", "1e", "1e+", "+1", "0x10", "1 ", "1\n", "--1", "1.2.3", "NaN"})
        EXPECT_EQ(value_of(1700, text).front(), '"') << text;
    for (const std::string_view text :
         {"0", "-0", "0.10", "-12.5e-07", "1E5", "1234567890123456789012345678901234567890"})
        EXPECT_EQ(value_of(1700, text), text);
}

TEST(value, a_number_is_asked_at_every_place_of_every_length) {
    for (std::size_t size = 1; size <= 24; ++size) {
        const std::string digits(size, '7');
        EXPECT_EQ(value_of(20, digits), digits);
        for (std::size_t at = 0; at < size; ++at)
            for (const char wrong : {'/', ':', 'a', ' ', '"', '\n', '\x01', '\x80', '\xff'}) {
                auto text = digits;
                text[at] = wrong;
                EXPECT_EQ(value_of(20, text).front(), '"') << text;
            }
        EXPECT_EQ(value_of(20, "0" + digits).front(), '"');
    }
}

TEST(value, text_that_is_not_of_its_type_stays_valid_json) {
    EXPECT_EQ(value_of(16, "maybe"), "\"maybe\"");
    EXPECT_EQ(value_of(1114, "\" \""), R"("\" \"")");
    EXPECT_EQ(value_of(1184, ""), "\"\"");
    EXPECT_EQ(value_of(1184, " BC"), "\" BC\"");
    EXPECT_EQ(value_of(1184, "2026-08-21 10:11:12+05:30"), "\"2026-08-21T10:11:12+05:30\"");
}

} // namespace
} // namespace walwire::engine
