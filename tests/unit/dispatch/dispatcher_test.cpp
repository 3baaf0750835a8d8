// Several lanes behind one stream.
#include "dispatch/dispatcher.hpp"

#include "support/scripted_lane.hpp"

#include <array>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace walwire::engine {
namespace {

using namespace tests;
using testing::ElementsAre;

class dispatcher_test : public testing::Test {
protected:
    explicit dispatcher_test(std::size_t memory = std::size_t{1} << 24, lane_limits limits = roomy)
        : budget_{std::make_shared<memory_budget>(memory, [] {})},
          assembler_{assembler_config{.skip_below = {}, .end_at = {}}, budget_},
          dispatcher_{budget_, limits} {}
    ~dispatcher_test() override {
        for (const auto& one : dispatcher_.lanes()) one->stop_now();
    }

    lane& add(std::size_t at, const sink_config& config) {
        auto made = try_add(at, config);
        EXPECT_TRUE(made) << to_text(made.error());
        (*made)->start({.system_identifier = 1, .timeline = 1}, {});
        return **made;
    }
    result<lane*> try_add(std::size_t at, const sink_config& config) {
        return dispatcher_.add(config, scripted_plugin::library(), plugins_[at].options(),
                               {.on_room = [] {},
                                .on_rewind = [] {},
                                .on_interrupt = [] {},
                                .on_last_call = [](auto) {},
                                .on_end = [] {}});
    }
    // One row of each of two tables.
    void dispatch(std::uint64_t commit_lsn) {
        const lsn at{commit_lsn};
        for (const auto& bytes :
             {pgoutput::relation(1, "orders", {{.name = "v"}}),
              pgoutput::relation(2, "items", {{.name = "v"}}), pgoutput::begin(at),
              pgoutput::insert(1, {"x"}), pgoutput::insert(2, {"x"}),
              pgoutput::commit(at, lsn{commit_lsn + 8})}) {
            const auto added = assembler_.add({}, bytes);
            ASSERT_TRUE(added) << to_text(added.error());
        }
        dispatcher_.dispatch(assembler_.seal());
    }
    static sink_config inserts(const std::string& name) {
        auto config = quick_config(name);
        config.operations = {"insert"};
        return config;
    }

    // Before the lanes, which they must outlive.
    std::array<scripted_plugin, 3> plugins_;
    std::shared_ptr<memory_budget> budget_;
    assembler assembler_;
    dispatcher dispatcher_;
};

TEST_F(dispatcher_test, every_lane_gets_everything_in_the_same_order) {
    add(0, inserts("a"));
    add(1, inserts("b"));
    dispatch(100);
    dispatch(200);
    for (std::size_t at : {0U, 1U}) {
        ASSERT_TRUE(eventually([&] { return plugins_[at].events().size() == 4; }));
        EXPECT_THAT(plugins_[at].events(),
                    ElementsAre("insert 100.1", "insert 100.2", "insert 200.1", "insert 200.2"));
    }
}

TEST_F(dispatcher_test, sinks_with_equal_settings_share_one_view_and_encode_once) {
    auto& first = add(0, inserts("a"));
    auto& second = add(1, inserts("b"));
    auto other = inserts("c");
    other.numbers_as_strings = true;
    auto& third = add(2, other);
    EXPECT_EQ(first.through(), second.through());
    EXPECT_NE(first.through(), third.through());
    dispatch(100);
    for (auto& plugin : plugins_) ASSERT_TRUE(plugin.has_delivered(1));
    const auto* shared = plugins_[0].deliveries()[0].first_payload;
    ASSERT_NE(shared, nullptr);
    EXPECT_EQ(plugins_[1].deliveries()[0].first_payload, shared) << "the same bytes";
    EXPECT_NE(plugins_[2].deliveries()[0].first_payload, shared);
}

TEST_F(dispatcher_test, each_sink_sees_its_own_tables) {
    auto orders = inserts("a");
    orders.tables = {*table_pattern::parse("orders")};
    auto items = inserts("b");
    items.tables = {*table_pattern::parse("items")};
    add(0, orders);
    add(1, items);
    dispatch(100);
    for (std::size_t at : {0U, 1U}) ASSERT_TRUE(plugins_[at].has_delivered(1));
    EXPECT_THAT(plugins_[0].events(), ElementsAre("insert 100.1"));
    EXPECT_THAT(plugins_[1].events(), ElementsAre("insert 100.2"));
}

TEST_F(dispatcher_test, a_marker_and_a_rewind_go_to_every_lane) {
    const auto& first = add(0, inserts("a"));
    const auto& second = add(1, inserts("b"));
    dispatcher_.mark(lsn{50});
    EXPECT_TRUE(
        eventually([&] { return first.flush_lsn() == lsn{50} && second.flush_lsn() == lsn{50}; }));
    dispatch(100);
    assembler_.restart();
    dispatcher_.rewound();
    dispatch(100); // both have it
    dispatch(200);
    for (std::size_t at : {0U, 1U}) {
        ASSERT_TRUE(eventually([&] { return plugins_[at].events().size() >= 4; }));
        EXPECT_THAT(plugins_[at].events(),
                    ElementsAre("insert 100.1", "insert 100.2", "insert 200.1", "insert 200.2"));
    }
}

TEST_F(dispatcher_test, a_setting_that_is_none_is_refused_by_name) {
    auto format = quick_config("mine");
    format.format = "xml";
    auto refused = try_add(0, format);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().id, "config.choice");
    EXPECT_THAT(refused.error().message,
                testing::AllOf(testing::HasSubstr("mine"), testing::HasSubstr("xml")));
    auto operation = quick_config("mine");
    operation.operations = {"insert", "upsert"};
    refused = try_add(0, operation);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, testing::HasSubstr("\"upsert\""));
    EXPECT_TRUE(dispatcher_.lanes().empty());
}

// ---- room ---------------------------------------------------------------------------------------

TEST_F(dispatcher_test, there_is_no_room_while_all_that_lives_fills_the_memory) {
    EXPECT_TRUE(dispatcher_.has_room());
    const memory_share all{budget_, std::size_t{1} << 24};
    EXPECT_FALSE(dispatcher_.has_room());
}

class tight_dispatcher : public dispatcher_test {
protected:
    tight_dispatcher()
        : dispatcher_test(std::size_t{1} << 24, {.budget_bytes = 1, .window_bytes = 1 << 20}) {}
};

TEST_F(tight_dispatcher, one_lane_without_room_holds_the_source) {
    add(0, inserts("a"));
    add(1, inserts("b"));
    dispatch(100);
    for (std::size_t at : {0U, 1U}) ASSERT_TRUE(plugins_[at].has_called("flush"));
    plugins_[0].ack(1, 1);
    EXPECT_FALSE(dispatcher_.has_room());
    plugins_[1].ack(1, 1);
    EXPECT_TRUE(dispatcher_.has_room());
}

TEST_F(tight_dispatcher, a_lane_that_has_ended_holds_nobody) {
    add(0, inserts("a"));
    auto& ending = add(1, inserts("b"));
    plugins_[1].on_flush = [] { return WALWIRE_CLOSED; };
    dispatch(100);
    ASSERT_TRUE(plugins_[0].has_called("flush"));
    plugins_[0].ack(1, 1);
    ASSERT_TRUE(eventually([&] { return ending.end() == lane_end::closed; }));
    EXPECT_TRUE(dispatcher_.has_room());
    dispatch(200);
    ASSERT_TRUE(plugins_[0].has_called("flush", 2));
    plugins_[0].ack(2, 2);
    EXPECT_TRUE(dispatcher_.has_room());
    EXPECT_TRUE(eventually([&] { return budget_->used_bytes() == 0; }));
}

} // namespace
} // namespace walwire::engine
