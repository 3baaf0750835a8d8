// Lines of a .env file, and which of environment and file counts.
#include "cli/dotenv.hpp"

#include "base/log.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <unistd.h>

namespace walwire::engine {
namespace {

using found = std::optional<std::string>;

TEST(dotenv, finds_the_value_of_exactly_that_name) {
    EXPECT_EQ(find_in_dotenv("SLOT_NAME=a\nSLOT=b\n", "SLOT"), found{"b"});
    EXPECT_EQ(find_in_dotenv("SLOT_NAME=a\n", "SLOT"), std::nullopt);
    EXPECT_EQ(find_in_dotenv("slot=a\n", "SLOT"), std::nullopt);
    EXPECT_EQ(find_in_dotenv("", "SLOT"), std::nullopt);
    EXPECT_EQ(find_in_dotenv("SLOT\n", "SLOT"), std::nullopt);
}

TEST(dotenv, the_first_one_counts) { EXPECT_EQ(find_in_dotenv("A=1\nA=2\n", "A"), found{"1"}); }

TEST(dotenv, the_last_line_needs_no_newline_and_lines_may_end_as_on_windows) {
    EXPECT_EQ(find_in_dotenv("A=1\nB=2", "B"), found{"2"});
    EXPECT_EQ(find_in_dotenv("A=1\r\nB=2\r\n", "A"), found{"1"});
}

TEST(dotenv, an_export_and_spaces_around_are_no_part_of_it) {
    EXPECT_EQ(find_in_dotenv("export A=1", "A"), found{"1"});
    EXPECT_EQ(find_in_dotenv("  export  A = 1  ", "A"), found{"1"});
}

TEST(dotenv, quotes_keep_what_is_between_them) {
    EXPECT_EQ(find_in_dotenv("A=\" x # y \" # comment", "A"), found{" x # y "});
    EXPECT_EQ(find_in_dotenv("A='say \"hi\"'", "A"), found{"say \"hi\""});
    EXPECT_EQ(find_in_dotenv("A=\"\"", "A"), found{""});
    EXPECT_EQ(find_in_dotenv("A=\"open", "A"), found{"\"open"});
}

TEST(dotenv, comments_are_skipped_and_a_hash_inside_a_word_is_none) {
    EXPECT_EQ(find_in_dotenv("# A=1\nA=2 # two\n", "A"), found{"2"});
    EXPECT_EQ(find_in_dotenv("A=postgres://u:p#w@h/d", "A"), found{"postgres://u:p#w@h/d"});
}

TEST(dotenv, a_value_may_hold_an_equals_sign) {
    EXPECT_EQ(find_in_dotenv("A=postgres://h/d?sslmode=require", "A"),
              found{"postgres://h/d?sslmode=require"});
}

class environment : public testing::Test {
protected:
    environment() {
        log::set_level(log::level::error);
        std::filesystem::create_directory(folder_);
        std::filesystem::current_path(folder_);
        ::unsetenv(name_);
    }
    ~environment() override {
        ::unsetenv(name_);
        std::filesystem::current_path(before_);
        std::filesystem::remove_all(folder_);
    }
    static void write(const std::string& text) { std::ofstream{".env"} << text; }

    static constexpr const char* name_ = "WALWIRE_TEST_DOTENV";
    const std::filesystem::path before_ = std::filesystem::current_path();
    const std::filesystem::path folder_ =
        std::filesystem::path{testing::TempDir()} / ("dotenv_" + std::to_string(::getpid()));
};

TEST_F(environment, counts_before_the_file) {
    write("WALWIRE_TEST_DOTENV=file\n");
    EXPECT_EQ(read_environment(name_), found{"file"});
    ::setenv(name_, "environment", 1);
    EXPECT_EQ(read_environment(name_), found{"environment"});
}

TEST_F(environment, empty_values_are_none) {
    ::setenv(name_, "", 1);
    EXPECT_EQ(read_environment(name_), std::nullopt) << "and there is no file";
    write("WALWIRE_TEST_DOTENV=\n");
    EXPECT_EQ(read_environment(name_), std::nullopt);
    write("WALWIRE_TEST_DOTENV=file\n");
    EXPECT_EQ(read_environment(name_), found{"file"});
}

} // namespace
} // namespace walwire::engine
