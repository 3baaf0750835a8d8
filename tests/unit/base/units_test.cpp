// Numbers with units, to the edge of what fits.
#include "base/units.hpp"

#include <gtest/gtest.h>

namespace walwire::engine {
namespace {

using std::chrono::milliseconds;

TEST(units, durations_come_in_milliseconds) {
    EXPECT_EQ(parse_duration("0"), milliseconds{0});
    EXPECT_EQ(parse_duration("100ms"), milliseconds{100});
    EXPECT_EQ(parse_duration("5s"), milliseconds{5000});
    EXPECT_EQ(parse_duration("1m"), milliseconds{60'000});
    EXPECT_EQ(parse_duration("2h"), milliseconds{7'200'000});
    EXPECT_EQ(parse_duration("1d"), milliseconds{86'400'000});
    EXPECT_EQ(parse_duration("007s"), milliseconds{7000});
}

TEST(units, what_is_no_duration_is_refused) {
    for (const char* text :
         {"", "5", "s", "-5s", "+5s", "5 s", " 5s", "5s ", "1.5s", "5S", "5sec", "1m30s", "0x5s"}) {
        const auto parsed = parse_duration(text);
        ASSERT_FALSE(parsed) << text;
        EXPECT_EQ(parsed.error().id, "config.duration");
        EXPECT_EQ(parsed.error().message, '"' + std::string{text} + "\" is no duration");
    }
}

TEST(units, a_duration_that_does_not_fit_is_refused) {
    EXPECT_EQ(parse_duration("9223372036854775807ms"), milliseconds{INT64_MAX});
    EXPECT_EQ(parse_duration("106751991167d"), milliseconds{106751991167 * 86'400'000});
    for (const char* text : {"9223372036854775808ms", "106751991168d", "99999999999999999999s"}) {
        const auto parsed = parse_duration(text);
        ASSERT_FALSE(parsed) << text;
        EXPECT_EQ(parsed.error().message,
                  '"' + std::string{text} + "\" is longer than any duration can be");
    }
}

TEST(units, sizes_come_in_bytes) {
    EXPECT_EQ(parse_bytes("0"), 0u);
    EXPECT_EQ(parse_bytes("512"), 512u);
    EXPECT_EQ(parse_bytes("512B"), 512u);
    EXPECT_EQ(parse_bytes("1KiB"), 1024u);
    EXPECT_EQ(parse_bytes("64MiB"), 67'108'864u);
    EXPECT_EQ(parse_bytes("4GiB"), 4'294'967'296u);
    EXPECT_EQ(parse_bytes("1TiB"), 1'099'511'627'776u);
    EXPECT_EQ(parse_bytes("1kB"), 1000u);
    EXPECT_EQ(parse_bytes("1KB"), 1000u);
    EXPECT_EQ(parse_bytes("10MB"), 10'000'000u);
    EXPECT_EQ(parse_bytes("1GB"), 1'000'000'000u);
    EXPECT_EQ(parse_bytes("1TB"), 1'000'000'000'000u);
}

TEST(units, what_is_no_size_is_refused) {
    for (const char* text : {"", "KiB", "-1", "1 KiB", "1kib", "1K", "1M", "1.5MiB", "1KiBs"}) {
        const auto parsed = parse_bytes(text);
        ASSERT_FALSE(parsed) << text;
        EXPECT_EQ(parsed.error().id, "config.bytes");
        EXPECT_EQ(parsed.error().message, '"' + std::string{text} + "\" is no size");
    }
}

TEST(units, a_size_that_does_not_fit_is_refused) {
    EXPECT_EQ(parse_bytes("18446744073709551615"), UINT64_MAX);
    EXPECT_EQ(parse_bytes("16777215TiB"), std::uint64_t{16777215} << 40);
    for (const char* text : {"18446744073709551616", "16777216TiB"}) {
        const auto parsed = parse_bytes(text);
        ASSERT_FALSE(parsed) << text;
        EXPECT_EQ(parsed.error().message,
                  '"' + std::string{text} + "\" is larger than any size can be");
    }
}

} // namespace
} // namespace walwire::engine
