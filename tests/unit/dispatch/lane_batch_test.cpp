// The C view of one delivery, gathered from slices.
#include "dispatch/lane_batch.hpp"

#include "support/cuts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace walwire::engine {
namespace {

using namespace tests;
using testing::ElementsAre;

view_config with_payloads() {
    view_config config;
    config.operations = operation_set{1} << WALWIRE_INSERT;
    config.encoding.format = dialect::text;
    return config;
}

class lane_batch_test : public testing::Test {
protected:
    lane_batch_test() { stream_.table(1); }
    slice part(view_config config, std::size_t first, std::size_t count) {
        slice made{see(stream_.seal(), std::move(config)), first, count};
        made.content->compute();
        return made;
    }
    static cut cut_of(std::vector<slice> slices) {
        cut made;
        for (const auto& one : slices) made.event_count += one.event_count;
        made.slices = std::move(slices);
        return made;
    }
    static std::string text(walwire_str of) { return std::string{to_view(of)}; }
    test_stream stream_;
};

TEST_F(lane_batch_test, gathers_the_events_of_its_slices) {
    stream_.transaction(100, 3);
    auto first = part(rows_alone(), 1, 2);
    stream_.transaction(200, 2);
    auto whole = cut_of({std::move(first), part(rows_alone(), 0, 1)});
    whole.flush_lsn = lsn{108};
    const lane_batch made{std::move(whole), 5, {}};
    EXPECT_EQ(made.view().sequence, 5U);
    EXPECT_EQ(made.view().flush_lsn, 108U);
    EXPECT_EQ(made.view().size, sizeof(walwire_batch));
    EXPECT_THAT(briefs(made.view()), ElementsAre("insert 100.2", "insert 100.3", "insert 200.1"));
    EXPECT_EQ(made.first_position(), (position{.commit_lsn = lsn{100}, .index = 2}));
    EXPECT_EQ(made.last_position(), (position{.commit_lsn = lsn{200}, .index = 1}));
    EXPECT_EQ(made.view().position.index, 1U);
    EXPECT_EQ(made.view().payload_count, 0U);
}

TEST_F(lane_batch_test, its_payloads_point_to_its_own_events) {
    stream_.begin(100).insert(1, "a").insert(1, "b").insert(1, "c").commit(100, 108);
    auto first = part(with_payloads(), 1, 2);
    stream_.begin(200).insert(1, "d").insert(1, "e").commit(200, 208);
    const lane_batch made{cut_of({std::move(first), part(with_payloads(), 0, 1)}), 1, {}};
    ASSERT_EQ(made.view().payload_count, 3U);
    for (std::uint32_t i = 0; i < 3; ++i) {
        const auto& payload = *made.view().payloads[i];
        EXPECT_EQ(payload.first_event, i);
        EXPECT_EQ(payload.event_count, 1U);
        EXPECT_EQ(payload.position.index, made.view().events[i]->position.index);
        EXPECT_EQ(payload.position.lsn, made.view().events[i]->position.lsn);
    }
    EXPECT_THAT(text(made.view().payloads[1]->data), testing::HasSubstr("c"));
}

TEST_F(lane_batch_test, its_runs_are_its_payloads_with_terminators_in_order) {
    stream_.begin(100).insert(1, "a").insert(1, "b").insert(1, "c").commit(100, 108);
    auto first = part(with_payloads(), 1, 2);
    stream_.begin(200).insert(1, "d").insert(1, "e").commit(200, 208);
    const lane_batch made{cut_of({std::move(first), part(with_payloads(), 0, 1)}), 1, {}};
    const view terminated{with_payloads()};
    std::string expected;
    for (std::size_t i = 0; i < made.view().payload_count; ++i)
        expected += text(made.view().payloads[i]->data) + std::string{terminated.terminator()};
    std::string runs;
    for (std::size_t i = 0; i < made.view().run_count; ++i) runs += text(made.view().runs[i]);
    EXPECT_EQ(runs, expected);
    EXPECT_EQ(made.view().run_count, 2U) << "one per shared batch";
}

TEST_F(lane_batch_test, is_redelivered_when_its_first_event_may_have_been_given_before) {
    const position given{.commit_lsn = lsn{100}, .index = 2};
    stream_.transaction(100, 3);
    const auto shared = part(rows_alone(), 0, 1).content;
    const auto flags = [&](std::size_t first, std::size_t count) {
        return lane_batch{cut_of({{shared, first, count}}), 1, given}.view().flags;
    };
    EXPECT_EQ(flags(0, 1), std::uint32_t{WALWIRE_BATCH_REDELIVERED});
    EXPECT_EQ(flags(1, 2), std::uint32_t{WALWIRE_BATCH_REDELIVERED}) << "its first one is";
    EXPECT_EQ(flags(2, 1), 0U) << "surely new";
}

TEST_F(lane_batch_test, the_parts_of_a_shared_batch_never_weigh_more_than_the_whole) {
    stream_.transaction(100, 3);
    const auto shared = part(rows_alone(), 0, 3).content;
    const auto bytes = [&](std::size_t first, std::size_t count) {
        return lane_batch{cut_of({{shared, first, count}}), 1, {}}.bytes();
    };
    const auto whole = shared->source().bytes() + shared->get().held_bytes();
    EXPECT_EQ(bytes(0, 3), whole);
    EXPECT_LE(bytes(0, 1) + bytes(1, 1) + bytes(2, 1), whole);
    EXPECT_GE(bytes(1, 1), whole / 3 - 1);
}

TEST_F(lane_batch_test, keeps_the_shared_batches_alive) {
    stream_.transaction(100);
    auto made = std::make_unique<lane_batch>(cut_of({part(rows_alone(), 0, 1)}), 1, position{});
    EXPECT_GT(stream_.budget().used_bytes(), 0U);
    EXPECT_EQ(to_view(made->view().events[0]->relation->table), "t");
    made.reset();
    EXPECT_EQ(stream_.budget().used_bytes(), 0U);
}

} // namespace
} // namespace walwire::engine
