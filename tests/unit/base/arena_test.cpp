// The memory of a batch: aligned, stable, and counted.
#include "base/arena.hpp"

#include <cstdint>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace walwire::engine {
namespace {

struct pair {
    std::uint64_t first = 7;
    char second = 'x';
};

TEST(arena, aligns_every_piece_and_initialises_it) {
    arena memory;
    for (int at = 0; at < 1000; ++at) {
        memory.copy("odd");
        const auto* made = memory.make<pair>(3);
        ASSERT_EQ(reinterpret_cast<std::uintptr_t>(made) % alignof(pair), 0u);
        ASSERT_EQ(made[2].first, 7u);
        ASSERT_EQ(made[2].second, 'x');
    }
}

TEST(arena, never_moves_or_overlaps_what_it_gave) {
    // GIVEN pieces of many sizes, over several blocks
    arena memory;
    std::vector<std::string_view> copies;
    for (std::size_t size = 0; size < 2000; ++size)
        copies.push_back(memory.copy(std::string(size, static_cast<char>('a' + size % 26))));

    // THEN each still holds its own bytes
    for (std::size_t size = 0; size < copies.size(); ++size)
        ASSERT_EQ(copies[size], std::string(size, static_cast<char>('a' + size % 26)));
}

TEST(arena, gives_a_piece_larger_than_any_block_and_goes_on_behind_it) {
    arena memory;
    const std::string large(1'000'000, 'L');
    const auto before = memory.copy("before");
    const auto copied = memory.copy(large);
    const auto after = memory.copy("after");
    EXPECT_EQ(before, "before");
    EXPECT_EQ(copied, large);
    EXPECT_EQ(after, "after");
    EXPECT_GE(memory.held_bytes(), large.size());
}

TEST(arena, counts_what_it_holds_and_not_what_is_used) {
    arena memory;
    EXPECT_EQ(memory.held_bytes(), 0u);
    memory.copy("x");
    const auto first = memory.held_bytes();
    EXPECT_GT(first, 1u);
    memory.copy("y");
    EXPECT_EQ(memory.held_bytes(), first) << "the first block has room for both";

    std::size_t used = 2;
    for (; used < 10'000'000; used += 1000) memory.copy(std::string(1000, 'z'));
    EXPECT_GE(memory.held_bytes(), used);
    EXPECT_LT(memory.held_bytes(), used + used / 10) << "most of what is held is used";
}

TEST(arena, its_large_blocks_go_back_to_the_pool) {
    const auto pool = std::make_shared<block_pool>();
    const std::string text(1000, 'x');
    {
        arena memory{pool};
        for (int at = 0; at < 200; ++at) memory.copy(text);
        EXPECT_EQ(pool->spare_bytes(), 0u);
    }
    const auto left = pool->spare_bytes();
    EXPECT_GE(left, 2 * block_pool::spare_size_min);

    // WHEN as much is needed again, it is taken from there
    arena memory{pool};
    for (int at = 0; at < 200; ++at) memory.copy(text);
    EXPECT_EQ(pool->spare_bytes(), 0u);
}

TEST(arena, copies_nothing_as_nothing) {
    arena memory;
    EXPECT_EQ(memory.copy(""), "");
    EXPECT_EQ(memory.copy(std::string_view{}).size(), 0u);
}

} // namespace
} // namespace walwire::engine
