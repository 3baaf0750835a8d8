// Strings as JSON: every escape, every place in a block, every kind of broken UTF-8.
#include "encode/json_writer.hpp"

#include "base/utf8.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <memory>
#include <random>
#include <string>

namespace walwire::engine {
namespace {

// Memory of exactly the bound and the slack, so that a sanitizer sees a byte more.
template <typename Write> std::string written_by(Write write, std::string_view text) {
    const auto bound = bound_of(text);
    const std::unique_ptr<char[]> room{new char[bound + write_slack]};
    const auto size = static_cast<std::size_t>(write(room.get(), text) - room.get());
    EXPECT_LE(size, bound);
    return {room.get(), size};
}
std::string json_of(std::string_view text) { return written_by(write_string, text); }

// The same, slowly and from the rules alone.
std::string expected_body(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto sequence = first_sequence(text);
        const auto character = text.substr(0, sequence.size);
        text.remove_prefix(sequence.size);
        const char first = character[0];
        constexpr std::string_view named = "\b\f\n\r\t\"\\";
        if (!sequence.is_valid)
            out += replacement_character;
        else if (const auto i = named.find(first); i != std::string_view::npos)
            out += fmt::format("\\{}", "bfnrt\"\\"[i]);
        else if (static_cast<unsigned char>(first) < 0x20)
            out += fmt::format("\\u{:04x}", static_cast<unsigned>(first));
        else
            out += character;
    }
    return out;
}

TEST(json_writer, writes_the_short_forms_of_postgresql_and_no_others) {
    EXPECT_EQ(json_of("\b\f\n\r\t\"\\/"), R"("\b\f\n\r\t\"\\/")");
}

TEST(json_writer, writes_other_controls_as_lower_case_hex) {
    for (unsigned c = 0; c < 0x20; ++c) {
        if (std::string_view{"\b\f\n\r\t"}.find(static_cast<char>(c)) != std::string_view::npos)
            continue;
        EXPECT_EQ(json_of(std::string(1, static_cast<char>(c))), fmt::format("\"\\u{:04x}\"", c));
    }
    EXPECT_EQ(json_of("\x7f"), "\"\x7f\"");
}

TEST(json_writer, writes_nothing_between_the_quotes_of_an_empty_text) {
    EXPECT_EQ(json_of({}), "\"\"");
}

TEST(json_writer, finds_every_byte_at_every_place_of_every_length) {
    for (std::size_t size = 1; size <= 50; ++size)
        for (std::size_t at = 0; at < size; ++at)
            for (const unsigned c :
                 {0x00u, 0x1fu, 0x20u, 0x22u, 0x5bu, 0x5cu, 0x7fu, 0x80u, 0xffu}) {
                std::string text(size, 'x');
                text[at] = static_cast<char>(c);
                const auto expected = expected_body(text);
                EXPECT_EQ(written_by(write_string_body_with<block>, text), expected);
                EXPECT_EQ(written_by(write_string_body_with<portable_block>, text), expected);
            }
}

TEST(json_writer, agrees_with_the_rules_on_arbitrary_bytes_and_lengths) {
    std::mt19937 random{20261120};
    const std::vector<std::string_view> pieces{"a",
                                               "\"",
                                               "\\",
                                               "\n",
                                               "\x01",
                                               "ä",
                                               "€",
                                               "𝄞",
                                               "\xff",
                                               "\xe2\x82",
                                               "\xed\xa0\x80",
                                               "\xf4\x90",
                                               "plain text of twenty"};
    for (int round = 0; round < 3000; ++round) {
        std::string text;
        const bool is_valid = round % 2 == 0;
        for (auto left = random() % (round % 100 == 0 ? 400u : 40u); left > 0; --left)
            text += pieces[random() % (is_valid ? 8 : pieces.size())];
        EXPECT_EQ(written_by(write_string_body_with<block>, text), expected_body(text));
        EXPECT_EQ(written_by(write_string_body_with<portable_block>, text), expected_body(text));
    }
}

TEST(json_writer, replaces_each_broken_sequence_once) {
    const std::string r{replacement_character};
    EXPECT_EQ(json_of("a\xffz"), "\"a" + r + "z\"");
    EXPECT_EQ(json_of("\xc0\xaf"), '"' + r + r + '"');                 // overlong
    EXPECT_EQ(json_of("\xe2\x82"), '"' + r + '"');                     // cut off
    EXPECT_EQ(json_of("\xe2\x82\"x"), '"' + r + "\\\"x\"");            // the quote is not swallowed
    EXPECT_EQ(json_of("\xed\xa0\x80"), '"' + r + r + r + '"');         // a surrogate
    EXPECT_EQ(json_of("\xf4\x90\x80\x80"), '"' + r + r + r + r + '"'); // beyond U+10FFFF
    EXPECT_EQ(json_of("a line of text, then \xff, then an ä, then the rest of the line"),
              "\"a line of text, then " + r + ", then an ä, then the rest of the line\"");
}

TEST(json_writer, keeps_valid_text_of_every_width_as_it_is) {
    for (const std::string_view text : {"ä", "€", "𝄞", "\xef\xbf\xbd", "\xf4\x8f\xbf\xbf"})
        EXPECT_EQ(json_of(text), fmt::format("\"{}\"", text));
}

TEST(json_writer, keeps_the_bound_of_large_texts_near_their_size) {
    EXPECT_LE(bound_of(std::string(1'000'000, 'x')), 1'000'100u);
    EXPECT_GE(bound_of(std::string(1'000, '\1')), 6'000u);
    EXPECT_GE(bound_of(std::string(1'000, '\xff')), 3'000u);
    EXPECT_EQ(json_of(std::string(1'000, '\xff')).size(), 3'002u);
}

TEST(json_writer, turns_the_line_breaks_of_json_into_spaces) {
    EXPECT_EQ(written_by(write_verbatim, "{\n \"a\":\r\n\t\"b\\nc\"}"), "{  \"a\":  \t\"b\\nc\"}");
    EXPECT_EQ(written_by(write_verbatim, "\"\xff\""),
              '"' + std::string{replacement_character} + '"');
}

TEST(json_writer, writes_numbers_and_places) {
    const auto hex = [](std::uint64_t number, unsigned digits) {
        char room[number_bound];
        return std::string{room, write_hex(room, number, digits)};
    };
    EXPECT_EQ(hex(2, 8), "00000002");
    EXPECT_EQ(hex(0, 1), "0");
    EXPECT_EQ(hex(0x1FFFFFFFFu, 8), "1FFFFFFFF");
    EXPECT_EQ(hex(~std::uint64_t{0}, 16), "FFFFFFFFFFFFFFFF");
    char room[number_bound];
    EXPECT_EQ(std::string(room, write_lsn(room, 0x16'B374D848)), "16/B374D848");
    EXPECT_EQ(std::string(room, write_lsn(room, 0)), "0/0");
}

TEST(json_writer, writes_base64_with_padding) {
    const auto base64 = [](std::string_view bytes) {
        std::string room(base64_bound(bytes.size()), '\0');
        return std::string{room.data(), write_base64(room.data(), bytes)};
    };
    EXPECT_EQ(base64(""), "\"\"");
    EXPECT_EQ(base64("f"), "\"Zg==\"");
    EXPECT_EQ(base64("fo"), "\"Zm8=\"");
    EXPECT_EQ(base64("foo"), "\"Zm9v\"");
    EXPECT_EQ(base64("\xff\xfe\xfd\xfc"), "\"//79/A==\"");
}

} // namespace
} // namespace walwire::engine
