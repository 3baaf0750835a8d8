// Guesses at what somebody meant.
#include "base/nearest.hpp"

#include <gtest/gtest.h>
#include <vector>

namespace walwire::engine {
namespace {

const std::vector<std::string> words{"timeout", "time", "url", "urls", "compress"};

TEST(nearest, the_fewest_edits_win) {
    EXPECT_EQ(nearest("tiemout", words), "timeout"); // two changed places
    EXPECT_EQ(nearest("timeuot", words), "timeout");
    EXPECT_EQ(nearest("tim", words), "time"); // one added
    EXPECT_EQ(nearest("ulr", words), "url");
    EXPECT_EQ(nearest("lru", words), std::nullopt); // two slips in three letters: too far
    EXPECT_EQ(nearest("ur", words), "url");
    EXPECT_EQ(nearest("curl", words), "url"); // one taken away
    EXPECT_EQ(nearest("kompres", words), "compress");
}

TEST(nearest, a_far_guess_is_none) {
    EXPECT_EQ(nearest("password", words), std::nullopt);
    EXPECT_EQ(nearest("", words), std::nullopt);
    EXPECT_EQ(nearest("x", words), std::nullopt);
    EXPECT_EQ(nearest("url", std::vector<std::string>{}), std::nullopt);
    EXPECT_EQ(nearest(std::string(100'000, 'u'), words), std::nullopt);
}

TEST(nearest, of_equals_the_first) {
    const std::vector<std::string> equals{"abcd", "abce"};
    EXPECT_EQ(nearest("abcf", equals), "abcd");
}

} // namespace
} // namespace walwire::engine
