// What a walsender puts into CopyData, and what it is answered.
#include "source/copy_frame.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

namespace walwire::engine {
namespace {

using namespace std::string_literals;

// protocol 55.4: XLogData and Primary keepalive message
const std::string data_header = "w"s + "\0\0\0\x16\xb3\x74\xd8\x48"s + // the data's start
                                "\0\0\0\x16\xb3\x74\xd8\x90"s +        // the WAL's end
                                "\0\x02\xf3\x5b\x1c\x8e\x40\0"s;       // the server's time
const std::string keepalive_frame =
    "k"s + "\0\0\0\x16\xb3\x74\xd8\x90"s + "\0\x02\xf3\x5b\x1c\x8e\x40\0"s + "\x01"s;

std::string id_of(const std::string& bytes) {
    const auto parsed = parse_copy_frame(bytes);
    if (parsed) return "parsed";
    EXPECT_EQ(parsed.error().code, failure_code::protocol);
    EXPECT_NE(parsed.error().help, "");
    return parsed.error().id;
}

TEST(copy_frame, of_data_has_its_start_and_a_view_of_the_message) {
    const auto bytes = data_header + "Bxyz\0"s;
    const auto parsed = parse_copy_frame(bytes);
    ASSERT_TRUE(parsed);
    const auto& data = std::get<wal_data>(*parsed);
    EXPECT_EQ(data.wal_lsn, lsn{0x16'B374D848});
    EXPECT_EQ(data.message, "Bxyz\0"s);
    EXPECT_EQ(data.message.data(), bytes.data() + 25);
}

TEST(copy_frame, of_data_may_be_without_a_message) {
    const auto parsed = parse_copy_frame(data_header);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(std::get<wal_data>(*parsed).message, "");
}

TEST(copy_frame, of_a_keepalive_has_the_end_of_the_wal_and_whether_to_reply) {
    auto bytes = keepalive_frame;
    auto parsed = parse_copy_frame(bytes);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(std::get<keepalive>(*parsed).wal_end_lsn, lsn{0x16'B374D890});
    EXPECT_TRUE(std::get<keepalive>(*parsed).is_reply_requested);

    bytes.back() = '\0';
    parsed = parse_copy_frame(bytes);
    ASSERT_TRUE(parsed);
    EXPECT_FALSE(std::get<keepalive>(*parsed).is_reply_requested);
}

TEST(copy_frame, is_short_at_every_length_below_its_own) {
    for (const auto& whole : {data_header, keepalive_frame})
        for (std::size_t size = 0; size < whole.size(); ++size)
            EXPECT_EQ(id_of(whole.substr(0, size)), "frame.short") << whole[0] << size;
}

TEST(copy_frame, of_a_keepalive_has_nothing_behind_its_last_field) {
    EXPECT_EQ(id_of(keepalive_frame + "x"), "frame.trailing");
}

TEST(copy_frame, has_a_reply_byte_of_0_or_1_alone) {
    auto bytes = keepalive_frame;
    for (int reply = 2; reply < 256; ++reply) {
        bytes.back() = static_cast<char>(reply);
        EXPECT_EQ(id_of(bytes), "frame.unknown_flag") << reply;
    }
}

TEST(copy_frame, is_of_no_other_kind) {
    for (int kind = 0; kind < 256; ++kind) {
        if (kind == 'w' || kind == 'k') continue;
        auto bytes = keepalive_frame;
        bytes.front() = static_cast<char>(kind);
        EXPECT_EQ(id_of(bytes), "frame.unknown_kind") << kind;
    }
}

TEST(standby_status, says_the_flush_three_times_and_the_time_since_2000) {
    // 2000-01-01 00:00:00.000001 UTC
    const auto bytes = standby_status(lsn{0x16'B374D848}, 946'684'800'000'001, false);
    std::string expected = "r";
    for (int field = 0; field < 3; ++field) expected += "\0\0\0\x16\xb3\x74\xd8\x48"s;
    expected += "\0\0\0\0\0\0\0\x01\0"s;
    EXPECT_EQ(bytes, expected);
    EXPECT_EQ(bytes.size(), 34u);
}

TEST(standby_status, asks_for_a_reply_only_when_told_to) {
    EXPECT_EQ(standby_status(lsn{1}, 0, true).back(), '\x01');
    EXPECT_EQ(standby_status(lsn{1}, 0, false).back(), '\0');
}

TEST(standby_status, counts_times_before_2000_backwards) {
    const auto bytes = standby_status(lsn{1}, 946'684'800'000'000 - 1, false);
    EXPECT_EQ(bytes.substr(25, 8), std::string(8, '\xff'));
}

} // namespace
} // namespace walwire::engine
