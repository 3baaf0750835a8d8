// Blocks that go round: which are kept, how many, and for how long.
#include "base/block_pool.hpp"

#include <cstring>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <thread>
#include <vector>

namespace walwire::engine {
namespace {

constexpr std::size_t small = block_pool::spare_size_min;
constexpr std::size_t large = block_pool::spare_size_max;

class block_pool_test : public testing::Test {
protected:
    std::byte* take(std::size_t size) { return block_pool::take(&pool_, size); }
    void give_back(std::byte* block, std::size_t size) {
        block_pool::give_back(&pool_, block, size);
    }
    block_pool pool_;
};

TEST_F(block_pool_test, gives_a_block_that_came_back_to_the_next_of_its_size) {
    auto* const first = take(small);
    auto* const second = take(2 * small);
    EXPECT_EQ(pool_.spare_bytes(), 0u);
    give_back(first, small);
    give_back(second, 2 * small);
    EXPECT_EQ(pool_.spare_bytes(), 3 * small);

    EXPECT_EQ(take(2 * small), second);
    EXPECT_EQ(take(small), first);
    EXPECT_EQ(pool_.spare_bytes(), 0u);
    std::memset(first, 1, small); // all of it is ours again
    std::memset(second, 2, 2 * small);
    give_back(first, small);
    give_back(second, 2 * small);
}

TEST_F(block_pool_test, rounds_to_the_sizes_that_it_keeps) {
    EXPECT_EQ(block_pool::rounded(1000), 1000u) << "too small to be kept";
    EXPECT_EQ(block_pool::rounded(small / 2), small / 2);
    EXPECT_EQ(block_pool::rounded(small / 2 + 1), small);
    EXPECT_EQ(block_pool::rounded(small), small);
    EXPECT_EQ(block_pool::rounded(small + 1), 2 * small);
    EXPECT_EQ(block_pool::rounded(large), large);
    EXPECT_EQ(block_pool::rounded(large + 1), large + 1) << "too large to be kept";

    auto* const block = take(small / 2 + 1);
    std::memset(block, 3, small);
    give_back(block, small / 2 + 1);
    EXPECT_EQ(take(small - 1), block);
    give_back(block, small - 1);
}

TEST_F(block_pool_test, keeps_neither_small_blocks_nor_large_ones) {
    for (const auto size : {std::size_t{1}, small / 2, large + 1}) give_back(take(size), size);
    EXPECT_EQ(pool_.spare_bytes(), 0u);
}

TEST_F(block_pool_test, keeps_no_more_than_its_limit) {
    std::vector<std::byte*> blocks(2 * block_pool::spare_bytes_max / small);
    for (auto*& block : blocks) block = take(small);
    for (auto* block : blocks) give_back(block, small);
    EXPECT_EQ(pool_.spare_bytes(), block_pool::spare_bytes_max);
}

TEST_F(block_pool_test, trims_what_nobody_needed_since_the_last_time) {
    // GIVEN five blocks, of which two are in use at most at a time
    std::vector<std::byte*> blocks(5);
    for (auto*& block : blocks) block = take(small);
    for (auto* block : blocks) give_back(block, small);
    pool_.trim();
    EXPECT_EQ(pool_.spare_bytes(), 5 * small) << "all of them were needed since";
    auto* const first = take(small);
    auto* const second = take(small);
    give_back(first, small);
    give_back(second, small);

    // THEN the other three go, and those two when they too were not used
    pool_.trim();
    EXPECT_EQ(pool_.spare_bytes(), 2 * small);
    pool_.trim();
    EXPECT_EQ(pool_.spare_bytes(), 0u);
    pool_.trim();
}

TEST_F(block_pool_test, nobody_needs_a_pool) {
    for (const auto size : {std::size_t{1}, small, large + 1}) {
        auto* const block = block_pool::take(nullptr, size);
        std::memset(block, 4, size);
        block_pool::give_back(nullptr, block, size);
    }
}

TEST_F(block_pool_test, a_block_keeps_its_pool_alive_and_goes_back_to_it) {
    auto shared = std::make_shared<block_pool>();
    const std::weak_ptr<block_pool> watched = shared;
    auto block = take_block(shared, small);
    const auto again = take_block(std::exchange(shared, nullptr), small);
    block.reset();
    EXPECT_EQ(watched.lock()->spare_bytes(), small);
}

TEST_F(block_pool_test, many_threads_never_share_a_block) {
    std::vector<std::jthread> threads;
    for (char name = 0; name < 4; ++name)
        threads.emplace_back([this, name] {
            for (int round = 0; round < 2000; ++round) {
                auto* const block = take(small);
                std::memset(block, name, 64);
                std::this_thread::yield();
                EXPECT_EQ(std::to_integer<char>(block[63]), name);
                give_back(block, small);
            }
        });
    threads.clear();
    EXPECT_LE(pool_.spare_bytes(), 4 * small);
}

} // namespace
} // namespace walwire::engine
