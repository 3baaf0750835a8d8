// A limit on events: when it is reached, and whether the Commit of the last one is still awaited.
#include "dispatch/event_limit.hpp"

#include "dispatch/cutter.hpp"
#include "support/cuts.hpp"

#include <gtest/gtest.h>

namespace walwire::engine {
namespace {

using namespace tests;

class event_limit_test : public testing::Test {
protected:
    event_limit_test() { source.table(1); }

    // What a lane does with what is queued; whether something was delivered.
    bool deliver_next() {
        const auto found = queue.next({.counted_max = limit.left()});
        if (found.events) {
            limit.delivered(*found.events);
            EXPECT_FALSE(is_commit_awaited()) << "before deliver() is back";
            limit.taken();
        } else
            limit.looked_behind(found, !queue.is_empty());
        return found.events.has_value();
    }
    void push() { queue.push({.content = see(source.seal())}); }
    bool is_commit_awaited() const {
        return limit.commit_until() != event_limit::clock::time_point{};
    }

    test_stream source;
    cutter queue;
    event_limit limit{2};
};

TEST_F(event_limit_test, awaits_nothing_when_the_last_event_brings_its_commit) {
    source.transaction(100, 2);
    push();
    EXPECT_FALSE(limit.is_reached());
    EXPECT_TRUE(deliver_next());
    EXPECT_TRUE(limit.is_reached());
    EXPECT_FALSE(is_commit_awaited());
}

TEST_F(event_limit_test, awaits_the_commit_of_the_last_event_though_an_earlier_one_is_there) {
    // GIVEN a batch with a whole transaction and the begin of another
    source.transaction(100, 1).begin(200).insert();
    push();
    EXPECT_TRUE(deliver_next());
    ASSERT_TRUE(limit.is_reached());
    // THEN the flush of the first does not settle the row of the second
    ASSERT_TRUE(is_commit_awaited());
    // WHEN the Commit comes in the next batch
    source.commit(200, 208);
    push();
    EXPECT_FALSE(deliver_next());
    // THEN the waiting is over
    EXPECT_FALSE(is_commit_awaited());
}

TEST_F(event_limit_test, finds_the_commit_in_front_of_another_transaction) {
    source.begin(100).insert().insert();
    push();
    EXPECT_TRUE(deliver_next());
    ASSERT_TRUE(is_commit_awaited());
    // WHEN the Commit comes in one batch with the next transaction
    source.commit(100, 108).transaction(200);
    push();
    // THEN what is found is the flush, although nothing of that batch is taken
    const auto found = queue.next({.counted_max = limit.left()});
    EXPECT_FALSE(found.events);
    EXPECT_EQ(found.flush_lsn, lsn{108});
}

TEST_F(event_limit_test, awaits_no_commit_behind_more_rows_of_the_transaction) {
    source.begin(100).insert().insert();
    push();
    EXPECT_TRUE(deliver_next());
    ASSERT_TRUE(is_commit_awaited());
    source.insert().commit(100, 108);
    push();
    EXPECT_FALSE(deliver_next());
    EXPECT_FALSE(is_commit_awaited());
}

TEST_F(event_limit_test, what_comes_again_is_counted_once) {
    source.begin(100).insert().insert();
    push();
    EXPECT_TRUE(deliver_next());
    limit.delivered_again(1);
    EXPECT_EQ(limit.left(), 1U);
    EXPECT_FALSE(is_commit_awaited());
}

TEST_F(event_limit_test, without_a_limit_nothing_is_ever_reached) {
    limit = event_limit{0};
    source.begin(100).insert().insert();
    push();
    EXPECT_TRUE(deliver_next());
    EXPECT_FALSE(limit.is_reached());
    EXPECT_FALSE(is_commit_awaited());
}

} // namespace
} // namespace walwire::engine
