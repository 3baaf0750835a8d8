// What is settled, what is freed, and what a restart gives again.
#include "dispatch/window.hpp"

#include "support/cuts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace walwire::engine {
namespace {

using namespace tests;
using testing::ElementsAre;
using testing::IsEmpty;

class window_test : public testing::Test {
protected:
    void add(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) window_.add(batches_.next());
    }
    std::uint64_t flush() const { return window_.flush_lsn().value; }
    // "100" for an item with that transaction's row, "=108" for a marker.
    static std::vector<std::string> texts(const window::unsettled& left) {
        std::vector<std::string> made;
        for (const auto& item : *left.items) {
            if (!item.content)
                made.push_back("=" + std::to_string(item.flush_lsn.value));
            else
                made.push_back(
                    std::to_string(item.content->get().events[item.first_event]->position.lsn));
        }
        return made;
    }
    numbered_batches batches_;
    window window_;
};

TEST_F(window_test, what_is_added_is_not_settled) {
    add(2);
    EXPECT_FALSE(window_.is_settled());
    EXPECT_EQ(flush(), 0U);
    EXPECT_EQ(window_.settled(), std::nullopt);
    EXPECT_GT(window_.held_bytes(), 0U);
}

TEST_F(window_test, an_ack_settles_exactly_what_it_names) {
    add(3);
    window_.ack(3, 3); // not "all up to 3"
    EXPECT_EQ(flush(), 0U);
    EXPECT_TRUE(window_.is_acked(3));
    EXPECT_FALSE(window_.is_acked(1));
    EXPECT_FALSE(window_.is_acked(2));
    window_.ack(1, 1);
    EXPECT_EQ(flush(), 108U);
    EXPECT_EQ(window_.settled(), (position{.commit_lsn = lsn{100}, .index = 1}));
    window_.ack(2, 2);
    EXPECT_EQ(flush(), 308U);
    EXPECT_TRUE(window_.is_settled());
}

TEST_F(window_test, a_range_settles_from_its_first_to_its_last) {
    add(4);
    window_.ack(1, 3);
    EXPECT_EQ(flush(), 308U);
    EXPECT_FALSE(window_.is_settled());
    window_.ack(1, 3); // again: no effect
    EXPECT_EQ(flush(), 308U);
}

TEST_F(window_test, a_release_frees_and_moves_nothing) {
    add(2);
    const auto gone = window_.release(1, 2);
    EXPECT_EQ(gone.size(), 2U);
    EXPECT_EQ(window_.held_bytes(), 0U);
    EXPECT_EQ(flush(), 0U);
    EXPECT_EQ(window_.settled(), std::nullopt);
    EXPECT_FALSE(window_.is_settled());
    EXPECT_THAT(window_.ack(1, 2), IsEmpty()) << "freed already";
    EXPECT_EQ(flush(), 208U);
}

TEST_F(window_test, an_ack_frees_too_also_beyond_a_hole) {
    add(3);
    const auto all = window_.held_bytes();
    EXPECT_EQ(window_.ack(2, 2).size(), 1U);
    EXPECT_LT(window_.held_bytes(), all);
    EXPECT_THAT(window_.release(2, 2), IsEmpty());
}

TEST_F(window_test, a_marker_waits_for_what_stands_before_it) {
    window_.mark(lsn{50});
    EXPECT_EQ(flush(), 50U) << "nothing is before it";
    add(2);
    window_.mark(lsn{900});
    EXPECT_EQ(flush(), 50U);
    window_.ack(2, 2);
    EXPECT_EQ(flush(), 50U);
    window_.ack(1, 1);
    EXPECT_EQ(flush(), 900U);
}

TEST_F(window_test, the_flush_never_goes_back) {
    window_.mark(lsn{500});
    add(1);
    window_.ack(1, 1);
    EXPECT_EQ(flush(), 500U);
    window_.mark(lsn{400});
    EXPECT_EQ(flush(), 500U);
    add(1);
    window_.mark(lsn{900});
    window_.mark(lsn{700});
    window_.ack(2, 2);
    EXPECT_EQ(flush(), 900U);
}

TEST_F(window_test, a_restart_gives_what_is_not_acked_in_order_with_its_flush) {
    add(3);
    window_.ack(1, 1);
    const auto left = window_.restart();
    ASSERT_TRUE(left.items);
    EXPECT_THAT(texts(left), ElementsAre("200", "=208", "300", "=308"));
    EXPECT_EQ(left.counted, 2U);
    EXPECT_EQ(window_.held_bytes(), 0U);
    EXPECT_TRUE(window_.is_settled());
    EXPECT_EQ(flush(), 108U);
}

TEST_F(window_test, a_restart_leaves_a_marker_for_what_was_acked_beyond_a_hole) {
    add(3);
    window_.ack(2, 2);
    const auto left = window_.restart();
    ASSERT_TRUE(left.items);
    EXPECT_THAT(texts(left), ElementsAre("100", "=108", "=208", "300", "=308"));
    EXPECT_EQ(left.counted, 2U);
    EXPECT_EQ(flush(), 0U) << "the hole is not filled";
}

TEST_F(window_test, a_restart_cannot_give_again_what_was_released_unacked) {
    add(3);
    window_.release(2, 2);
    const auto left = window_.restart();
    EXPECT_FALSE(left.items);
    EXPECT_EQ(left.counted, 3U);
}

TEST_F(window_test, after_a_restart_numbers_of_before_mean_nothing) {
    add(2);
    window_.restart();
    add(1); // 3
    EXPECT_THAT(window_.ack(1, 2), IsEmpty());
    EXPECT_THAT(window_.release(1, 2), IsEmpty());
    EXPECT_EQ(flush(), 0U);
    EXPECT_FALSE(window_.is_settled());
    window_.ack(1, 3);
    EXPECT_EQ(flush(), 308U);
    EXPECT_TRUE(window_.is_settled());
}

TEST_F(window_test, a_restart_with_everything_settled_gives_nothing) {
    add(1);
    window_.ack(1, 1);
    const auto left = window_.restart();
    ASSERT_TRUE(left.items);
    EXPECT_THAT(*left.items, IsEmpty());
    EXPECT_EQ(left.counted, 0U);
}

// ---- coarsening ---------------------------------------------------------------------------------

// Made once per test: the number of entries is the limit itself.
class coarse_window : public window_test {
protected:
    void fill(std::size_t beyond) {
        for (std::size_t i = 0; i < window::entries_max + beyond; ++i) {
            const auto made = batches_.next();
            window_.add(made);
            if (made->sequence() != keep_held_) window_.release(made->sequence(), made->sequence());
        }
    }
    std::uint64_t keep_held_ = 0;
};

TEST_F(coarse_window, settles_later_and_never_wrong) {
    fill(1);
    // GIVEN every second entry gone, WHEN the first is acked, THEN it waits for the second.
    window_.ack(1, 1);
    EXPECT_EQ(flush(), 0U);
    window_.ack(2, 2);
    EXPECT_EQ(flush(), 208U);
    window_.ack(3, window_.last_sequence());
    EXPECT_EQ(flush(), window_.last_sequence() * 100 + 8);
    EXPECT_TRUE(window_.is_settled());
}

TEST_F(coarse_window, keeps_the_flush_of_a_dropped_entry) {
    // GIVEN a marker behind batch 1, later than the flush of batch 2.
    window_.add(batches_.next());
    window_.release(1, 1);
    window_.mark(lsn{UINT64_C(1) << 60});
    fill(0);
    // WHEN batch 1 has been merged into batch 2 and both are acked.
    window_.ack(1, 2);
    EXPECT_EQ(flush(), UINT64_C(1) << 60);
}

TEST_F(coarse_window, needs_the_source_for_a_dropped_entry_though_the_one_behind_is_held) {
    // GIVEN batch 1 released and merged into batch 2, which is held; all others acked.
    keep_held_ = 2;
    fill(1);
    window_.ack(3, window_.last_sequence());
    const auto left = window_.restart();
    EXPECT_FALSE(left.items) << "batch 1 would never come again";
    EXPECT_EQ(left.counted, window::entries_max + 1);
}

} // namespace
} // namespace walwire::engine
