// Events in one piece: in order, stable until there must be more room, and in whole blocks.
#include "batch/event_list.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace walwire::engine {
namespace {

walwire_event event_of(std::uint64_t index) {
    walwire_event made{};
    made.size = sizeof made;
    made.position.index = index;
    return made;
}

TEST(event_list, keeps_events_in_order_over_growth) {
    event_list events{nullptr};
    for (std::uint64_t index = 0; index < 5000; ++index) {
        if (events.size() == events.capacity()) events.reserve(2 * events.size() + 1);
        ASSERT_EQ(events.append(event_of(index)).position.index, index);
    }
    ASSERT_EQ(events.view().size(), 5000u);
    for (std::uint64_t index = 0; index < 5000; ++index)
        ASSERT_EQ(events.view()[index].position.index, index);
}

TEST(event_list, has_as_much_room_as_its_block) {
    event_list events{nullptr};
    EXPECT_EQ(events.capacity(), 0u);
    EXPECT_TRUE(events.view().empty());
    events.reserve(16);
    EXPECT_EQ(events.capacity(), 16u) << "a batch of a few rows stays small";
    events.reserve(1000);
    EXPECT_EQ(events.capacity(), 128u * 1024 / sizeof(walwire_event));
}

TEST(event_list, never_loses_what_is_in_it) {
    event_list events{nullptr};
    events.reserve(2);
    events.append(event_of(1));
    events.append(event_of(2));
    events.reserve(0);
    EXPECT_GE(events.capacity(), 2u);
    EXPECT_EQ(events.view()[1].position.index, 2u);
}

TEST(event_list, its_block_goes_back_to_the_pool) {
    const auto pool = std::make_shared<block_pool>();
    {
        event_list events{pool};
        events.reserve(1000);
        events.append(event_of(1));
        const event_list moved{std::move(events)};
        EXPECT_EQ(moved.view()[0].position.index, 1u);
        EXPECT_EQ(pool->spare_bytes(), 0u);
    }
    EXPECT_EQ(pool->spare_bytes(), 128u * 1024);
}

} // namespace
} // namespace walwire::engine
