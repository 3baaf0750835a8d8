// Bytes alive against a limit, and who hears that there is room again.
#include "base/memory_budget.hpp"

#include <gtest/gtest.h>
#include <thread>
#include <vector>

namespace walwire::engine {
namespace {

class memory_budget_test : public testing::Test {
protected:
    int rooms_ = 0;
    std::shared_ptr<memory_budget> budget_ =
        std::make_shared<memory_budget>(100, [this] { ++rooms_; });
};

TEST_F(memory_budget_test, has_room_below_the_limit_and_not_at_it) {
    EXPECT_TRUE(budget_->has_room());
    budget_->take(99);
    EXPECT_TRUE(budget_->has_room());
    budget_->take(1);
    EXPECT_FALSE(budget_->has_room());
    EXPECT_EQ(budget_->used_bytes(), 100U);
}

TEST_F(memory_budget_test, taking_may_overshoot) {
    budget_->take(1000);
    EXPECT_FALSE(budget_->has_room());
    EXPECT_EQ(budget_->used_bytes(), 1000U);
}

TEST_F(memory_budget_test, says_once_that_there_is_room_again) {
    budget_->take(150);
    budget_->give_back(50); // at the limit still
    EXPECT_EQ(rooms_, 0);
    budget_->give_back(1);
    EXPECT_EQ(rooms_, 1);
    EXPECT_TRUE(budget_->has_room());
    budget_->give_back(99);
    EXPECT_EQ(rooms_, 1) << "there was room";
}

TEST_F(memory_budget_test, a_share_is_given_back_when_it_dies) {
    {
        const memory_share share{budget_, 120};
        EXPECT_EQ(share.bytes(), 120U);
        EXPECT_EQ(budget_->used_bytes(), 120U);
    }
    EXPECT_EQ(budget_->used_bytes(), 0U);
    EXPECT_EQ(rooms_, 1);
}

TEST_F(memory_budget_test, a_share_that_moves_is_counted_once) {
    memory_share first{budget_, 60};
    {
        memory_share second{std::move(first)};
        EXPECT_EQ(budget_->used_bytes(), 60U);
        memory_share third;
        third = std::move(second);
        EXPECT_EQ(third.bytes(), 60U);
        EXPECT_EQ(budget_->used_bytes(), 60U);
    }
    EXPECT_EQ(budget_->used_bytes(), 0U);
}

TEST_F(memory_budget_test, a_share_that_is_replaced_is_given_back) {
    memory_share share{budget_, 60};
    share = memory_share{budget_, 5};
    EXPECT_EQ(budget_->used_bytes(), 5U);
}

TEST_F(memory_budget_test, a_share_keeps_its_budget_alive) {
    const std::weak_ptr<memory_budget> watched = budget_;
    {
        const memory_share share{std::exchange(budget_, nullptr), 60};
        EXPECT_EQ(watched.lock()->used_bytes(), 60U);
    }
    EXPECT_TRUE(watched.expired());
}

TEST_F(memory_budget_test, many_threads_leave_nothing_behind) {
    const auto shared = std::make_shared<memory_budget>(10, [] {});
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([&] {
                for (int round = 0; round < 10'000; ++round) const memory_share share{shared, 3};
            });
    }
    EXPECT_EQ(shared->used_bytes(), 0U);
    EXPECT_TRUE(shared->has_room());
}

} // namespace
} // namespace walwire::engine
