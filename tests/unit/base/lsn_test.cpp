// LSNs as PostgreSQL prints and reads them.
#include "base/lsn.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>

namespace walwire::engine {
namespace {

TEST(lsn, is_printed_as_two_halves_without_leading_zeros) {
    EXPECT_EQ(to_string(lsn{}), "0/0");
    EXPECT_EQ(to_string(lsn{0x16'B374D848}), "16/B374D848");
    EXPECT_EQ(to_string(lsn{0x1'0000000A}), "1/A");
    EXPECT_EQ(to_string(lsn{std::numeric_limits<std::uint64_t>::max()}), "FFFFFFFF/FFFFFFFF");
}

TEST(lsn, is_read_back_from_what_was_printed) {
    for (const std::uint64_t value : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{0xFFFFFFFF},
                                      std::uint64_t{0x1'00000000}, std::uint64_t{0x16'B374D848},
                                      std::numeric_limits<std::uint64_t>::max()})
        EXPECT_EQ(parse_lsn(to_string(lsn{value})), lsn{value}) << value;
}

TEST(lsn, is_read_in_either_case_and_with_leading_zeros) {
    EXPECT_EQ(parse_lsn("16/b374d848"), lsn{0x16'B374D848});
    EXPECT_EQ(parse_lsn("00000016/0000000A"), lsn{0x16'0000000A});
}

TEST(lsn, is_nothing_else) {
    for (const auto* text :
         {"", "/", "1", "1/", "/1", "1/2/3", " 1/2", "1/2 ", "1 /2", "0x1/2", "-1/2", "+1/2",
          "1/-2", "G/1", "1/G", "123456789/1", "1/123456789", "1\\2", "000000001/1"})
        EXPECT_EQ(parse_lsn(text), std::nullopt) << text;
}

TEST(lsn, is_ordered_across_its_halves_and_zero_is_invalid) {
    EXPECT_LT(lsn{0xFFFFFFFF}, lsn{0x1'00000000});
    EXPECT_FALSE(lsn{});
    EXPECT_TRUE(lsn{1});
}

} // namespace
} // namespace walwire::engine
