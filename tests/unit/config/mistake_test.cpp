// How a mistake is shown: the line itself, carets below the place, nothing that moves a cursor.
#include "config/mistake.hpp"

#include <gtest/gtest.h>

namespace walwire::engine {
namespace {

config_mistake at(std::uint32_t line, std::uint32_t column, std::uint32_t length = 1) {
    return {.id = "config.x",
            .message = "wrong",
            .help = "right",
            .label = "found it",
            .where = {line, column, length}};
}

TEST(mistake, the_line_is_shown_with_carets) {
    EXPECT_EQ(to_text({at(2, 5, 3)}, "f.toml", "a\nb = \"x\"\nc"), "error[config.x]: wrong\n"
                                                                   " --> f.toml:2:5\n"
                                                                   "  |\n"
                                                                   "2 | b = \"x\"\n"
                                                                   "  |     ^^^ found it\n"
                                                                   "  = help: right\n");
}

TEST(mistake, they_come_in_the_order_of_the_file_and_what_is_nowhere_last) {
    auto nowhere = at(0, 0);
    nowhere.message = "missing";
    const auto text = to_text({nowhere, at(2, 2), at(2, 1), at(1, 9)}, "f", "aaaaaaaaaa\nbb\n");
    const auto first = text.find("f:1:9");
    const auto second = text.find("f:2:1");
    const auto third = text.find("f:2:2");
    const auto last = text.find("missing");
    EXPECT_TRUE(first < second && second < third && third < last) << text;
    EXPECT_NE(last, std::string::npos);
}

TEST(mistake, columns_are_characters) {
    const auto text = to_text({at(1, 6)}, "f", "\"äö\"=x\n");
    EXPECT_NE(text.find("  |      ^ found it\n"), std::string::npos) << text;
}

TEST(mistake, a_place_that_is_not_there_is_shown_without_carets) {
    for (const auto& one : {at(9, 1), at(1, 500), at(1, 3, 4'000'000'000u)})
        EXPECT_LT(to_text({one}, "f", "ab\n").size(), 100u);
}

TEST(mistake, control_characters_of_the_file_do_not_reach_the_terminal) {
    const auto text = to_text({at(1, 1)}, "f", "a\x1b[31m\r\x07z\n");
    for (const char byte : text) EXPECT_TRUE(byte == '\n' || (byte >= 32 && byte != 127));
}

} // namespace
} // namespace walwire::engine
