// Acked numbers: the contiguous part, and ranges beyond holes.
#include "dispatch/interval_set.hpp"

#include <gtest/gtest.h>
#include <random>
#include <set>

namespace walwire::engine {
namespace {

TEST(interval_set, a_range_names_exactly_its_numbers) {
    interval_set acked;
    acked.add(3, 3);
    EXPECT_EQ(acked.contiguous(), 0U);
    EXPECT_TRUE(acked.contains(3));
    EXPECT_FALSE(acked.contains(1));
    EXPECT_FALSE(acked.contains(2));
    EXPECT_FALSE(acked.contains(4));
}

TEST(interval_set, the_contiguous_part_moves_over_filled_holes_alone) {
    interval_set acked;
    acked.add(1, 1);
    EXPECT_EQ(acked.contiguous(), 1U);
    acked.add(3, 4);
    acked.add(6, 6);
    EXPECT_EQ(acked.contiguous(), 1U);
    acked.add(2, 2);
    EXPECT_EQ(acked.contiguous(), 4U);
    acked.add(5, 5);
    EXPECT_EQ(acked.contiguous(), 6U);
    EXPECT_EQ(acked.range_count(), 0U);
}

TEST(interval_set, everything_up_to_its_start_is_there) {
    interval_set acked{10};
    EXPECT_TRUE(acked.contains(10));
    EXPECT_FALSE(acked.contains(11));
    acked.add(5, 12);
    EXPECT_EQ(acked.contiguous(), 12U);
}

TEST(interval_set, ranges_that_touch_become_one) {
    interval_set acked;
    acked.add(3, 4);
    acked.add(7, 8);
    EXPECT_EQ(acked.range_count(), 2U);
    acked.add(5, 6);
    EXPECT_EQ(acked.range_count(), 1U);
    acked.add(2, 20);
    EXPECT_EQ(acked.range_count(), 1U);
    EXPECT_EQ(acked.contiguous(), 0U);
}

TEST(interval_set, agrees_with_a_plain_set_whatever_comes) {
    std::mt19937 random{42};
    for (int round = 0; round < 200; ++round) {
        interval_set acked;
        std::set<std::uint64_t> plain;
        for (int step = 0; step < 30; ++step) {
            const std::uint64_t first = 1 + random() % 60;
            const std::uint64_t last = first + random() % 5;
            acked.add(first, last);
            for (auto i = first; i <= last; ++i) plain.insert(i);
            std::uint64_t contiguous = 0;
            while (plain.contains(contiguous + 1)) ++contiguous;
            ASSERT_EQ(acked.contiguous(), contiguous);
            for (std::uint64_t i = 1; i < 70; ++i)
                ASSERT_EQ(acked.contains(i), plain.contains(i)) << i;
        }
    }
}

} // namespace
} // namespace walwire::engine
