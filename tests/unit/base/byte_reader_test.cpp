// The cursor under every parser: what it reads, and that nothing is read behind the end.
#include "base/byte_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>

namespace walwire::engine {
namespace {

using namespace std::string_view_literals;

TEST(byte_reader, reads_numbers_in_network_order) {
    byte_reader reader{"\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f"sv};
    EXPECT_EQ(reader.read<std::uint8_t>(), 0x01);
    EXPECT_EQ(reader.read<std::uint16_t>(), 0x0203);
    EXPECT_EQ(reader.read<std::uint32_t>(), 0x04050607u);
    EXPECT_EQ(reader.read<std::uint64_t>(), 0x08090a0b0c0d0e0fu);
    EXPECT_EQ(reader.left(), 0u);
    EXPECT_FALSE(reader.is_short());
}

TEST(byte_reader, reads_signed_numbers_as_two_s_complement) {
    byte_reader reader{"\xff\x80\x00\xff\xff\xff\xfe\x80\x00\x00\x00\x00\x00\x00\x00"sv};
    EXPECT_EQ(reader.read<std::int8_t>(), -1);
    EXPECT_EQ(reader.read<std::int16_t>(), -32768);
    EXPECT_EQ(reader.read<std::int32_t>(), -2);
    EXPECT_EQ(reader.read<std::int64_t>(), std::numeric_limits<std::int64_t>::min());
}

TEST(byte_reader, reads_strings_up_to_their_nul) {
    byte_reader reader{"one\0\0three"sv};
    EXPECT_EQ(reader.read_c_string(), "one");
    EXPECT_EQ(reader.read_c_string(), "");
    EXPECT_FALSE(reader.is_short());

    EXPECT_EQ(reader.read_c_string(), "") << "there is no NUL behind 'three'";
    EXPECT_TRUE(reader.is_short());
}

TEST(byte_reader, answers_with_views_into_the_bytes) {
    const auto bytes = "abcdef"sv;
    byte_reader reader{bytes};
    EXPECT_EQ(reader.read_bytes(2).data(), bytes.data());
    EXPECT_EQ(reader.read_bytes(4).data(), bytes.data() + 2);
    EXPECT_EQ(reader.read_bytes(0), "");
    EXPECT_FALSE(reader.is_short());
}

TEST(byte_reader, reads_counted_bytes_of_the_kind_that_was_asked_for) {
    byte_reader reader{"t\0\0\0\3onet\0\0\0\0x"sv};
    std::string_view bytes;
    EXPECT_TRUE(reader.read_counted('t', bytes));
    EXPECT_EQ(bytes, "one");
    EXPECT_TRUE(reader.read_counted('t', bytes));
    EXPECT_EQ(bytes, "");
    EXPECT_EQ(reader.left(), 1u);
    EXPECT_FALSE(reader.is_short());
}

TEST(byte_reader, reads_nothing_where_counted_bytes_are_not_all_there) {
    for (const auto all : {""sv, "t"sv, "t\0\0\0"sv, "t\0\0\0\4one"sv, "t\xff\xff\xff\xffone"sv,
                           "t\x80\0\0\0one"sv, "u\0\0\0\3one"sv}) {
        byte_reader reader{all};
        std::string_view bytes = "as it was";
        EXPECT_FALSE(reader.read_counted('t', bytes));
        EXPECT_EQ(bytes, "as it was");
        EXPECT_EQ(reader.left(), all.size());
        EXPECT_FALSE(reader.is_short()) << "nobody has read behind the end";
    }
}

TEST(byte_reader, stays_short_once_it_is_and_yields_zeros) {
    // GIVEN three bytes, of which four were wanted
    byte_reader reader{"\x01\x02\x03"sv};
    EXPECT_EQ(reader.read<std::uint32_t>(), 0u);

    // THEN nothing can be read any more, not even what would have been there
    EXPECT_TRUE(reader.is_short());
    EXPECT_EQ(reader.left(), 0u);
    EXPECT_EQ(reader.read<std::uint8_t>(), 0);
    EXPECT_EQ(reader.read_bytes(1), "");
    EXPECT_EQ(reader.read_c_string(), "");
    EXPECT_EQ(reader.read_bytes(0), "");
    EXPECT_TRUE(reader.is_short());
}

TEST(byte_reader, takes_no_size_that_is_larger_than_what_is_left) {
    for (const std::size_t size : {std::size_t{4}, std::numeric_limits<std::size_t>::max()}) {
        byte_reader reader{"abc"sv};
        EXPECT_EQ(reader.read_bytes(size), "");
        EXPECT_TRUE(reader.is_short());
    }
}

TEST(byte_reader, reads_nothing_from_nothing) {
    byte_reader reader{std::string_view{}};
    EXPECT_EQ(reader.left(), 0u);
    EXPECT_EQ(reader.read_c_string(), "");
    EXPECT_TRUE(reader.is_short());
}

} // namespace
} // namespace walwire::engine
