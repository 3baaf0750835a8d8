// Values that a configuration only names: what is refused, and that no message shows a value.
#include "config/reference.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace walwire::engine {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

class reference : public testing::Test {
protected:
    void SetUp() override {
        std::string name = (fs::temp_directory_path() / "walwire-reference-XXXXXX").string();
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        folder_ = name;
        ::unsetenv("CREDENTIALS_DIRECTORY");
    }
    void TearDown() override { fs::remove_all(folder_); }

    std::string write(const std::string& name, const std::string& content,
                      fs::perms mode = fs::perms::owner_read) {
        const auto path = folder_ / name;
        std::ofstream{path, std::ios::binary} << content;
        fs::permissions(path, mode);
        return path;
    }

    static failure refused(reference_kind kind, const std::string& name) {
        const auto found = resolve({kind, name});
        EXPECT_FALSE(found);
        if (found) return {};
        EXPECT_EQ(found.error().id, "config.reference");
        EXPECT_EQ(exit_code(found.error()), 2);
        return found.error();
    }

    fs::path folder_;
};

TEST_F(reference, the_three_kinds_have_a_word_each) {
    for (const auto kind : {reference_kind::env, reference_kind::file, reference_kind::credential})
        EXPECT_EQ(parse_reference_kind(to_string(kind)), kind);
    EXPECT_EQ(parse_reference_kind("ENV"), std::nullopt);
}

TEST_F(reference, a_variable) {
    ::setenv("WALWIRE_TEST_REFERENCE", "s3cret", 1);
    EXPECT_EQ(resolve({reference_kind::env, "WALWIRE_TEST_REFERENCE"}), "s3cret");
    ::setenv("WALWIRE_TEST_REFERENCE", "", 1);
    EXPECT_EQ(resolve({reference_kind::env, "WALWIRE_TEST_REFERENCE"}), "");
    ::unsetenv("WALWIRE_TEST_REFERENCE");
    EXPECT_THAT(refused(reference_kind::env, "WALWIRE_TEST_REFERENCE").message,
                HasSubstr("no variable \"WALWIRE_TEST_REFERENCE\""));
}

TEST_F(reference, a_file_without_its_last_line_break) {
    EXPECT_EQ(resolve({reference_kind::file, write("a", "s3cret\n")}), "s3cret");
    EXPECT_EQ(resolve({reference_kind::file, write("b", "two\n\n")}), "two\n");
    EXPECT_EQ(resolve({reference_kind::file, write("c", "")}), "");
}

TEST_F(reference, a_file_of_everybody_is_refused_with_the_mend) {
    for (const auto mode : {fs::perms::others_read, fs::perms::others_write}) {
        const auto path = write("open", "s3cret", fs::perms::owner_read | mode);
        const auto found = refused(reference_kind::file, path);
        EXPECT_THAT(found.message, HasSubstr("by everybody"));
        EXPECT_THAT(found.help, HasSubstr("chmod o= "));
        EXPECT_THAT(to_text(found), Not(HasSubstr("s3cret")));
        fs::remove(path);
    }
    const auto group = write("group", "s3cret", fs::perms::owner_read | fs::perms::group_read);
    EXPECT_EQ(resolve({reference_kind::file, group}), "s3cret");
}

TEST_F(reference, what_is_no_file_or_no_text_is_refused) {
    const std::string most(65536, 'x');
    EXPECT_THAT(refused(reference_kind::file, folder_ / "none").message, HasSubstr("No such file"));
    EXPECT_THAT(refused(reference_kind::file, folder_).message, HasSubstr("is no file"));
    EXPECT_THAT(refused(reference_kind::file, write("nul", std::string("a\0b", 3))).message,
                HasSubstr("NUL"));
    EXPECT_TRUE(resolve({reference_kind::file, write("most", most + "\n")}));
    EXPECT_THAT(refused(reference_kind::file, write("more", most + "x")).message,
                HasSubstr("more than 65536 bytes"));
}

TEST_F(reference, a_credential_of_the_service_manager) {
    EXPECT_THAT(refused(reference_kind::credential, "token").message,
                HasSubstr("$CREDENTIALS_DIRECTORY is not set"));
    ::setenv("CREDENTIALS_DIRECTORY", folder_.c_str(), 1);
    write("token", "s3cret\n", fs::perms::owner_read | fs::perms::others_read);
    EXPECT_EQ(resolve({reference_kind::credential, "token"}), "s3cret");
    for (const auto* name : {"", "../token", ".", "a/b"})
        EXPECT_THAT(refused(reference_kind::credential, name).message, HasSubstr("is no name"));
    ::unsetenv("CREDENTIALS_DIRECTORY");
}

} // namespace
} // namespace walwire::engine
