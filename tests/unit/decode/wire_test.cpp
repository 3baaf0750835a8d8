// Everything that was recorded from real servers (tests/wire): understood as the recorder, a reader
// of its own, understood it; and never when a byte is missing or too many.
#include "decode/parse.hpp"
#include "wire/describe.hpp"
#include "wire/fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>

namespace walwire::engine {
namespace {

class wire : public testing::TestWithParam<tests::fixture> {
protected:
    // A copy of exactly this size on the heap, so that a sanitizer sees a read behind its end.
    static std::string id_of(std::string_view bytes, message_buffer& buffer) {
        const std::vector<char> exact(bytes.begin(), bytes.end());
        arena rows;
        const auto parsed = parse({exact.data(), exact.size()}, rows, buffer);
        if (parsed) return tests::describe(*parsed);
        EXPECT_EQ(parsed.error().code, failure_code::protocol);
        return parsed.error().id;
    }
    message_buffer buffer_;
};

TEST_P(wire, is_understood_as_it_was_recorded) {
    const auto& [name, messages, expected] = GetParam();
    ASSERT_EQ(messages.size(), expected.size());
    for (std::size_t at = 0; at < messages.size(); ++at)
        EXPECT_EQ(id_of(messages[at], buffer_), expected[at]);
}

TEST_P(wire, is_short_at_every_truncation) {
    for (const auto& whole : GetParam().messages)
        for (std::size_t size = 0; size < whole.size(); ++size)
            ASSERT_EQ(id_of(std::string_view{whole}.substr(0, size), buffer_), "decode.short")
                << whole.front() << " cut to " << size << " of " << whole.size();
}

TEST_P(wire, has_nothing_behind_its_last_field) {
    for (const auto& whole : GetParam().messages)
        for (const auto* extra : {"x", "nn", "longer than any field is"})
            EXPECT_EQ(id_of(whole + extra, buffer_), "decode.trailing") << whole.front();
}

INSTANTIATE_TEST_SUITE_P(recorded, wire, testing::ValuesIn(tests::load_fixtures()),
                         [](const auto& of) { return of.param.name; });

TEST(wire_fixtures, hold_every_kind_of_message) {
    std::set<char> kinds;
    for (const auto& each : tests::load_fixtures())
        for (const auto& message : each.messages) kinds.insert(message.front());
    EXPECT_THAT(kinds, testing::ElementsAre('B', 'C', 'D', 'I', 'M', 'O', 'R', 'T', 'U', 'Y'));
}

} // namespace
} // namespace walwire::engine
