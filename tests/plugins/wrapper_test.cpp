// walwire/plugin.hpp: what a C++ sink throws and has becomes what the C table answers and holds.
#include "support/payload_batch.hpp"
#include "support/stub_host.hpp"

#include <array>
#include <gtest/gtest.h>
#include <tuple>
#include <walwire/plugin.hpp>

namespace walwire::test {
namespace {

// Answers as its option says; every other member of the contract that a sink may have is there too.
class talkative_sink : public sink {
public:
    static constexpr std::uint32_t flags = WALWIRE_NO_PAYLOADS;
    static constexpr std::array options{
        walwire::option(WALWIRE_OPTION_CHOICE, "answer", "ok|retry|fatal|closed|other",
                        "Its answer."),
    };

    explicit talkative_sink(const walwire_host* host) : sink{host} {
        if (option("answer") == "create") throw fatal{"answer: cannot be created"};
    }
    void start() { log(WALWIRE_LOG_INFO, "start"); }
    void deliver(batch batch) {
        const auto answer = option("answer");
        if (answer == "retry") throw retry{"later", milliseconds{-1}};
        if (answer == "fatal") throw fatal{"never"};
        if (answer == "closed") throw closed{};
        if (answer == "other") throw std::runtime_error{"unforeseen"};
        for (auto payload : batch.payloads()) log(WALWIRE_LOG_INFO, payload.id());
        ack(batch);
    }
    void flush() { log(WALWIRE_LOG_INFO, "flush"); }
    void stop(milliseconds) { throw std::runtime_error{"too late"}; }
    void interrupt() { throw 1; }
};

struct quiet_sink : sink {
    using sink::sink;
    void deliver(batch) {}
};

constexpr walwire_plugin talkative =
    detail::table<talkative_sink>::make("talkative", "1.0.0", "Says everything.");
constexpr walwire_plugin quiet = detail::table<quiet_sink>::make("quiet", "1.0.0", "Says nothing.");

// The result of one deliver() of a sink with that option.
walwire_result deliver(const stub_host& host) {
    const payload_batch batch{5, {"one", "two"}};
    void* self = talkative.create(host.table());
    const walwire_result result = talkative.deliver(self, &batch.get());
    talkative.destroy(self);
    return result;
}

using texts = std::vector<std::string>;

TEST(plugin_wrapper, returning_is_ok) {
    const stub_host host;
    EXPECT_EQ(deliver(host), WALWIRE_OK);
    EXPECT_EQ(host.acks(), (std::vector<stub_host::range>{{5, 5}}));
    EXPECT_EQ(host.logs(), (texts{"evt_5_0", "evt_5_1"}));
    EXPECT_TRUE(host.errors().empty());
}

TEST(plugin_wrapper, each_exception_is_its_answer_with_its_text) {
    const std::array<std::tuple<const char*, walwire_result, const char*>, 4> cases{{
        {"retry", WALWIRE_RETRY, "later"},
        {"fatal", WALWIRE_FATAL, "never"},
        {"closed", WALWIRE_CLOSED, "closed by the reader"},
        {"other", WALWIRE_RETRY, "unforeseen"},
    }};
    for (const auto& [answer, result, text] : cases) {
        const stub_host host{{{"answer", answer}}};
        EXPECT_EQ(deliver(host), result) << answer;
        EXPECT_EQ(host.errors(), texts{text});
        EXPECT_TRUE(host.acks().empty());
    }
}

TEST(plugin_wrapper, a_constructor_that_throws_is_a_failed_create_with_its_text) {
    const stub_host host{{{"answer", "create"}}};
    EXPECT_EQ(talkative.create(host.table()), nullptr);
    EXPECT_EQ(host.errors(), texts{"answer: cannot be created"});
}

TEST(plugin_wrapper, calls_without_an_answer_log_what_they_throw) {
    const stub_host host;
    void* self = talkative.create(host.table());
    talkative.stop(self, 1000);
    talkative.interrupt(self);
    talkative.destroy(self);
    EXPECT_EQ(host.logs(), (texts{"stop() threw", "too late", "interrupt() threw"}));
    EXPECT_TRUE(host.errors().empty());
}

TEST(plugin_wrapper, only_the_members_that_a_sink_has_stand_in_the_table) {
    EXPECT_NE(talkative.start, nullptr);
    EXPECT_NE(talkative.flush, nullptr);
    EXPECT_EQ(talkative.flags, std::uint32_t{WALWIRE_NO_PAYLOADS});
    EXPECT_EQ(talkative.option_count, 1U);
    EXPECT_EQ(quiet.start, nullptr);
    EXPECT_EQ(quiet.flush, nullptr);
    EXPECT_EQ(quiet.stop, nullptr);
    EXPECT_EQ(quiet.interrupt, nullptr);
    EXPECT_EQ(quiet.extension, nullptr);
    EXPECT_EQ(quiet.option_count, 0U);
}

TEST(plugin_wrapper, a_pause_out_of_range_is_clamped) {
    EXPECT_EQ(retry("x", milliseconds{-1}).pause_ms(), 0U);
    EXPECT_EQ(retry("x", milliseconds{1500}).pause_ms(), 1500U);
    EXPECT_EQ(retry("x", std::chrono::hours{24 * 365}).pause_ms(), UINT32_MAX);
}

TEST(plugin_wrapper, a_row_is_read_by_column_name) {
    const walwire_column id{sizeof(walwire_column), 0, 20, -1, str("id"), str("bigint")};
    const walwire_column note{sizeof(walwire_column), 0, 25, -1, str("note"), str("text")};
    const std::array<const walwire_column*, 2> columns{&id, &note};
    walwire_relation relation{};
    relation.columns = columns.data();
    relation.column_count = columns.size();
    const std::array<walwire_value, 2> values{walwire_value{str("42"), WALWIRE_VALUE_TEXT, 0},
                                              walwire_value{{}, WALWIRE_VALUE_UNCHANGED, 0}};
    const row row{&relation, values.data()};
    EXPECT_EQ(row.number<std::int64_t>("id"), 42);
    EXPECT_EQ(row.text("id"), "42");
    EXPECT_EQ(row.text("note"), std::nullopt);
    EXPECT_EQ(row.text("other"), std::nullopt);
    EXPECT_EQ(row.find("note")->state, std::uint32_t{WALWIRE_VALUE_UNCHANGED});
}

} // namespace
} // namespace walwire::test
