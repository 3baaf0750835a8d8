// The buffer that encoders write to.
#include "base/byte_buffer.hpp"

#include <cstring>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

namespace walwire::engine {
namespace {

TEST(byte_buffer, holds_what_was_appended_however_it_grows) {
    byte_buffer buffer;
    std::string expected;
    for (int at = 0; at < 3000; ++at) {
        const std::string text = "value " + std::to_string(at);
        buffer.append(text);
        buffer.append('\n');
        expected += text + '\n';
    }
    EXPECT_EQ(buffer.text(), expected);
    EXPECT_GE(buffer.capacity(), buffer.size());
}

TEST(byte_buffer, counts_only_what_was_committed_of_a_reservation) {
    byte_buffer buffer;
    buffer.append("ab");
    std::memcpy(buffer.reserve(100), "cdefgh", 6);
    EXPECT_EQ(buffer.text(), "ab");
    buffer.commit(2);
    EXPECT_EQ(buffer.text(), "abcd");
}

TEST(byte_buffer, gives_room_for_more_than_twice_of_what_it_had) {
    byte_buffer buffer;
    buffer.append("x");
    constexpr std::size_t size = 1'000'000;
    std::memset(buffer.reserve(size), 'y', size);
    buffer.commit(size);
    EXPECT_EQ(buffer.text(), "x" + std::string(size, 'y'));
}

TEST(byte_buffer, keeps_its_memory_when_cleared) {
    byte_buffer buffer;
    buffer.append(std::string(10'000, 'x'));
    const auto capacity = buffer.capacity();
    const auto* data = buffer.data();
    buffer.clear();
    EXPECT_EQ(buffer.size(), 0u);
    EXPECT_EQ(buffer.text(), "");
    buffer.append(std::string(10'000, 'y'));
    EXPECT_EQ(buffer.capacity(), capacity);
    EXPECT_EQ(buffer.data(), data);
}

TEST(byte_buffer, forgets_what_is_behind_a_truncation) {
    byte_buffer buffer;
    buffer.append("payload, half written");
    buffer.truncate(7);
    buffer.append("!");
    EXPECT_EQ(buffer.text(), "payload!");
}

TEST(byte_buffer, takes_nothing_into_nothing) {
    byte_buffer buffer;
    buffer.append(std::string_view{});
    EXPECT_EQ(buffer.text(), "");
    EXPECT_EQ(buffer.capacity(), 0u);
}

} // namespace
} // namespace walwire::engine
