// How failures are shown, and what decides retries and exit codes.
#include "base/failure.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace walwire::engine {
namespace {

failure of(failure_code code) { return {code, "area.name", "it broke", ""}; }

TEST(failure, is_worth_a_retry_only_when_the_connection_broke) {
    EXPECT_TRUE(is_transient(of(failure_code::connection)));
    for (const auto code :
         {failure_code::usage, failure_code::config, failure_code::environment,
          failure_code::server, failure_code::protocol, failure_code::gap, failure_code::plugin,
          failure_code::io, failure_code::limit, failure_code::interrupted})
        EXPECT_FALSE(is_transient(of(code))) << static_cast<int>(code);
}

TEST(failure, tells_the_shell_of_which_class_it_is) {
    EXPECT_EQ(exit_code(of(failure_code::usage)), 2);
    EXPECT_EQ(exit_code(of(failure_code::config)), 2);
    EXPECT_EQ(exit_code(of(failure_code::environment)), 3);
    EXPECT_EQ(exit_code(of(failure_code::connection)), 3);
    EXPECT_EQ(exit_code(of(failure_code::gap)), 5);
    for (const auto code : {failure_code::server, failure_code::protocol, failure_code::plugin,
                            failure_code::io, failure_code::limit})
        EXPECT_EQ(exit_code(of(code)), 1) << static_cast<int>(code);
}

TEST(failure, is_printed_with_its_id_and_its_help_if_it_has_one) {
    auto found = of(failure_code::io);
    EXPECT_EQ(to_text(found), "error[area.name]: it broke\n");
    found.help = "mend it";
    EXPECT_EQ(to_text(found), "error[area.name]: it broke\n  = help: mend it\n");
}

} // namespace
} // namespace walwire::engine
