// The order in which the server reads our options and the user's: later ones win.
#include "source/startup_options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace walwire::engine {
namespace {

using testing::HasSubstr;
using testing::Not;

connection_config of(connection_kind kind) {
    connection_config config;
    config.kind = kind;
    return config;
}

// As the server splits them: a space ends a word, a backslash quotes (postgres.c, pg_split_opts).
std::vector<std::string> words(std::string_view text) {
    std::vector<std::string> all;
    std::string word;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == ' ') {
            if (!word.empty()) all.push_back(std::exchange(word, {}));
        } else {
            word += text[i] == '\\' ? text[++i] : text[i];
        }
    }
    if (!word.empty()) all.push_back(word);
    return all;
}
// The value in force: the last one of its name; "unset" when there is none.
std::string in_force(const std::string& options, const std::string& name) {
    std::string value = "unset";
    for (const auto& word : words(options))
        if (word.starts_with(name + "=")) value = word.substr(name.size() + 1);
    return value;
}

TEST(startup_options, every_setting_that_changes_output_is_pinned_behind_the_users_own) {
    const std::string hostile = "-c DateStyle=German -c IntervalStyle=sql_standard "
                                "-c TimeZone=Mars -c bytea_output=escape -c extra_float_digits=-15 "
                                "-c client_encoding=LATIN1 -c search_path=evil "
                                "-c quote_all_identifiers=on -c client_min_messages=panic";
    for (const auto kind : {connection_kind::ordinary, connection_kind::replication}) {
        const auto made = startup_options(of(kind), hostile);
        EXPECT_EQ(in_force(made, "DateStyle"), "ISO, MDY");
        EXPECT_EQ(in_force(made, "IntervalStyle"), "postgres");
        EXPECT_EQ(in_force(made, "TimeZone"), "UTC");
        EXPECT_EQ(in_force(made, "bytea_output"), "hex");
        EXPECT_EQ(in_force(made, "extra_float_digits"), "1");
        EXPECT_EQ(in_force(made, "client_encoding"), "UTF8");
        EXPECT_EQ(in_force(made, "search_path"), "public");
        EXPECT_EQ(in_force(made, "quote_all_identifiers"), "off");
        EXPECT_EQ(in_force(made, "client_min_messages"), "warning");
    }
}

TEST(startup_options, the_users_wal_sender_timeout_counts) {
    const auto replication = of(connection_kind::replication);
    EXPECT_EQ(in_force(startup_options(replication, ""), "wal_sender_timeout"), "30s");
    EXPECT_EQ(
        in_force(startup_options(replication, "-c wal_sender_timeout=5s"), "wal_sender_timeout"),
        "5s");
}

TEST(startup_options, what_the_user_sets_besides_is_kept) {
    const auto made = startup_options(of(connection_kind::replication), "-c work_mem=64MB");
    EXPECT_EQ(in_force(made, "work_mem"), "64MB");
}

TEST(startup_options, a_database_without_an_encoding_is_taken_as_it_is) {
    auto config = of(connection_kind::replication);
    config.is_sql_ascii = true;
    EXPECT_EQ(in_force(startup_options(config, ""), "client_encoding"), "SQL_ASCII");
}

TEST(startup_options, money_is_written_as_the_database_writes_it) {
    auto config = of(connection_kind::replication);
    EXPECT_EQ(in_force(startup_options(config, ""), "lc_monetary"), "unset");
    config.lc_monetary = R"(odd \ name)";
    EXPECT_EQ(in_force(startup_options(config, ""), "lc_monetary"), R"(odd \ name)");
}

TEST(startup_options, timeouts_of_the_role_end_nothing) {
    for (const auto kind : {connection_kind::ordinary, connection_kind::replication}) {
        const auto made = startup_options(of(kind), "-c statement_timeout=1 -c lock_timeout=1 "
                                                    "-c idle_session_timeout=1");
        for (const auto* name : {"statement_timeout", "lock_timeout",
                                 "idle_in_transaction_session_timeout", "idle_session_timeout"})
            EXPECT_EQ(in_force(made, name), "0") << name;
    }
}

TEST(startup_options, ordinary_connections_may_write_and_do_not_wait_for_standbys) {
    const auto made =
        startup_options(of(connection_kind::ordinary), "-c synchronous_commit=on "
                                                       "-c default_transaction_read_only=on");
    EXPECT_EQ(in_force(made, "synchronous_commit"), "local");
    EXPECT_EQ(in_force(made, "default_transaction_read_only"), "off");
    EXPECT_THAT(startup_options(of(connection_kind::replication), ""),
                Not(HasSubstr("synchronous_commit")));
}

} // namespace
} // namespace walwire::engine
