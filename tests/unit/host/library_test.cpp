// Which files are taken as plugins, and in which words the others are refused.
#include "host/library.hpp"

#include <dlfcn.h>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>
#include <walwire/abi.h>

namespace walwire::engine {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

const fs::path built = WALWIRE_TEST_PLUGINS_DIR;

// A folder of our own that nobody else may write.
class library_test : public testing::Test {
protected:
    void SetUp() override {
        std::string name = testing::TempDir() + "walwire_library_XXXXXX";
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        folder = fs::canonical(name);
    }
    void TearDown() override {
        ::chmod(folder.c_str(), 0700);
        fs::remove_all(folder);
    }
    fs::path copy(const std::string& plugin, const std::string& as) {
        fs::path to = folder / as;
        fs::copy_file(built / (plugin + ".so"), to);
        EXPECT_EQ(::chmod(to.c_str(), 0644), 0);
        return to;
    }
    static failure refusal(const fs::path& file) {
        auto loaded = load_library(file);
        EXPECT_FALSE(loaded.has_value()) << file;
        return loaded ? failure{} : loaded.error();
    }
    fs::path folder;
};

TEST_F(library_test, a_plugin_is_loaded_with_all_it_says_of_itself) {
    const auto loaded = load_library(copy("relay", "relay.so"));
    ASSERT_TRUE(loaded) << to_text(loaded.error());
    const library& relay = **loaded;
    EXPECT_EQ(relay.name(), "relay");
    EXPECT_EQ(relay.version(), "1.2.3");
    EXPECT_EQ(relay.summary(), "Does what the test says.");
    EXPECT_EQ(relay.path(), folder / "relay.so");
    EXPECT_TRUE(relay.wants_payloads());
    EXPECT_FALSE(relay.wants_transactions());
    ASSERT_EQ(relay.options().size(), 4u);
    EXPECT_TRUE(relay.options()[0].is_required);
    EXPECT_EQ(relay.options()[1].doc, "Where to.");
    EXPECT_EQ(relay.options()[2].kind, option_kind::secret);
    EXPECT_EQ(relay.options()[3].fallback, "5s");
}

TEST_F(library_test, a_shorter_table_has_nothing_behind_its_end) {
    const auto loaded = load_library(copy("small", "small.so"));
    ASSERT_TRUE(loaded) << to_text(loaded.error());
    EXPECT_FALSE((*loaded)->wants_payloads());
    EXPECT_TRUE((*loaded)->wants_transactions());
    EXPECT_EQ((*loaded)->version(), "");
    EXPECT_NE((*loaded)->table().deliver, nullptr);
    EXPECT_EQ((*loaded)->table().flush, nullptr);
    EXPECT_EQ((*loaded)->table().stop, nullptr);
    EXPECT_EQ((*loaded)->table().interrupt, nullptr);
}

TEST_F(library_test, a_library_stays_loaded_and_its_symbols_stay_its_own) {
    const auto file = copy("relay", "relay.so");
    ASSERT_TRUE(load_library(file)); // and let go of at once
    void* still = ::dlopen(file.c_str(), RTLD_NOW | RTLD_NOLOAD);
    EXPECT_NE(still, nullptr);
    if (still != nullptr) ::dlclose(still);
    EXPECT_EQ(::dlsym(RTLD_DEFAULT, "walwire_plugin_v1"), nullptr);
}

TEST_F(library_test, a_symbolic_link_leads_to_the_plugin_it_names) {
    copy("relay", "relay.so");
    fs::create_symlink("relay.so", folder / "relay.so.1");
    const auto loaded = load_library(folder / "relay.so.1");
    ASSERT_TRUE(loaded) << to_text(loaded.error());
    EXPECT_EQ((*loaded)->path(), folder / "relay.so");
}

TEST_F(library_test, a_missing_file_is_refused) {
    const auto found = refusal(folder / "none.so");
    EXPECT_EQ(found.id, "plugin.not_found");
    EXPECT_EQ(found.message, "there is no plugin " + (folder / "none.so").string() +
                                 ": No such file or directory");
    EXPECT_EQ(exit_code(found), 2);
}

TEST_F(library_test, a_text_file_is_refused_in_the_loaders_words) {
    const auto file = folder / "text.so";
    std::ofstream{file} << std::string(4096, 'x');
    ::chmod(file.c_str(), 0644);
    const auto found = refusal(file);
    EXPECT_EQ(found.id, "plugin.not_a_library");
    EXPECT_THAT(found.message, HasSubstr("is no shared library that can be loaded: "));
    EXPECT_THAT(found.message, HasSubstr("invalid ELF header"));
    EXPECT_THAT(found.message, Not(HasSubstr("boost")));
    EXPECT_THAT(found.message, Not(HasSubstr("Bad file descriptor")));
}

TEST_F(library_test, a_folder_and_a_pipe_are_refused_without_being_opened) {
    fs::create_directory(folder / "folder.so");
    EXPECT_THAT(refusal(folder / "folder.so").message, HasSubstr("is no regular file"));
    ASSERT_EQ(::mkfifo((folder / "pipe.so").c_str(), 0600), 0);
    EXPECT_EQ(refusal(folder / "pipe.so").id, "plugin.not_a_library");
}

TEST_F(library_test, a_library_that_is_no_plugin_is_refused) {
    const auto found = refusal(copy("stranger", "stranger.so"));
    EXPECT_EQ(found.id, "plugin.no_symbol");
    EXPECT_THAT(found.message, HasSubstr("is a shared library, but no walwire plugin: it exports "
                                         "no walwire_plugin_v1"));
}

TEST_F(library_test, a_plugin_for_another_abi_is_refused) {
    const auto found = refusal(copy("next_major", "next_major.so"));
    EXPECT_EQ(found.id, "plugin.abi");
    EXPECT_THAT(found.message, HasSubstr("is built for plugin ABI 2, this walwire speaks 1"));
}

TEST_F(library_test, a_plugin_under_another_name_is_refused) {
    const auto found = refusal(copy("relay", "other.so"));
    EXPECT_EQ(found.id, "plugin.invalid");
    EXPECT_THAT(found.message, HasSubstr(R"(it is named "relay" and its file "other")"));
}

TEST_F(library_test, a_file_that_everyone_may_write_is_refused_with_the_mend) {
    // GIVEN a file that is no library at all, so that loading it would be noticed
    const auto file = folder / "open.so";
    std::ofstream{file} << "text";
    ::chmod(file.c_str(), 0646);
    // WHEN it is loaded
    const auto found = refusal(file);
    // THEN its permissions are what is said
    EXPECT_EQ(found.id, "plugin.writable");
    EXPECT_EQ(found.message, "the plugin " + file.string() +
                                 " is not loaded because others could change it: of the file, "
                                 "everyone may write it");
    EXPECT_EQ(found.help, "chmod o-w " + file.string());
    EXPECT_EQ(exit_code(found), 3);
}

TEST_F(library_test, a_folder_that_everyone_may_write_is_refused_with_the_mend) {
    const auto file = copy("relay", "relay.so");
    ::chmod(folder.c_str(), 0777);
    const auto found = refusal(file);
    EXPECT_EQ(found.id, "plugin.writable");
    EXPECT_THAT(found.message, HasSubstr("of its folder, everyone may write it"));
    EXPECT_EQ(found.help, "chmod o-w " + folder.string());
    ::chmod(folder.c_str(), 01777); // as /tmp, which is not to be taken from the others
    EXPECT_EQ(refusal(file).id, "plugin.writable");
    EXPECT_EQ(refusal(file).help, "move the plugin to a folder of your own");
}

TEST_F(library_test, a_link_in_a_safe_folder_does_not_hide_an_unsafe_one) {
    fs::create_directory(folder / "open");
    copy("relay", "open/relay.so");
    ::chmod((folder / "open").c_str(), 0777);
    fs::create_symlink("open/relay.so", folder / "relay.so");
    EXPECT_EQ(refusal(folder / "relay.so").id, "plugin.writable");
}

TEST_F(library_test, a_mend_can_be_pasted_into_a_shell) {
    const auto file = copy("relay", "it's one.so");
    ::chmod(file.c_str(), 0666);
    const std::string help = refusal(file).help;
    EXPECT_THAT(help, HasSubstr(folder.string()));
    EXPECT_TRUE(help.starts_with("chmod g-w '") || help.starts_with("chmod o-w '")) << help;
    EXPECT_TRUE(help.ends_with("/it'\\''s one.so'")) << help;
}

TEST_F(library_test, of_groups_only_root_may_write) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can take another group";
    const auto file = copy("relay", "relay.so");
    ::chmod(file.c_str(), 0664);
    EXPECT_TRUE(load_library(file));
    // GIVEN our own group, of which others are members too
    ASSERT_EQ(::chown(file.c_str(), 0, 54321), 0);
    ASSERT_EQ(::setegid(54321), 0);
    const auto found = refusal(file);
    ASSERT_EQ(::setegid(0), 0);
    EXPECT_EQ(found.id, "plugin.writable");
}

TEST_F(library_test, another_group_and_another_owner_are_refused) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
    const auto file = copy("relay", "relay.so");
    ASSERT_EQ(::chown(file.c_str(), 0, 54321), 0);
    EXPECT_TRUE(load_library(file)) << "a group that may only read";
    ::chmod(file.c_str(), 0664);
    auto found = refusal(file);
    EXPECT_EQ(found.id, "plugin.writable");
    EXPECT_THAT(found.message, HasSubstr("of the file, group 54321 may write it"));
    EXPECT_EQ(found.help, "chmod g-w " + file.string());

    ASSERT_EQ(::chown(file.c_str(), 54322, 0), 0);
    found = refusal(file);
    EXPECT_THAT(found.message, HasSubstr("of the file, it belongs to user 54322"));
    EXPECT_EQ(found.help, "chown root " + file.string());

    ASSERT_EQ(::chown(file.c_str(), 0, 0), 0);
    ASSERT_EQ(::chown(folder.c_str(), 54322, 0), 0);
    found = refusal(file);
    EXPECT_THAT(found.message, HasSubstr("of its folder, it belongs to user 54322"));
    EXPECT_EQ(found.help, "chown root " + folder.string());
}

TEST_F(library_test, a_name_is_looked_up_in_the_directories_in_order) {
    fs::create_directories(folder / "a");
    fs::create_directories(folder / "b");
    copy("relay", "b/relay.so");
    const std::vector<fs::path> directories{folder / "missing", folder / "a", folder / "b"};
    EXPECT_EQ(find_plugin("relay", directories), folder / "b/relay.so");
    copy("relay", "a/relay.so");
    EXPECT_EQ(find_plugin("relay", directories), folder / "a/relay.so");
}

TEST_F(library_test, a_file_is_not_looked_up) {
    const std::vector<fs::path> directories{built};
    EXPECT_EQ(find_plugin("relay.so", directories), fs::path{"relay.so"});
    EXPECT_EQ(find_plugin("./relay", directories), fs::path{"./relay"});
    EXPECT_EQ(find_plugin("/nowhere/x.so", directories), fs::path{"/nowhere/x.so"});
}

TEST_F(library_test, a_name_that_is_not_found_lists_what_was_searched_and_what_is_there) {
    copy("relay", "relay.so");
    copy("small", "small.so");
    std::ofstream{folder / "readme.txt"} << "no plugin";
    const std::vector<fs::path> directories{folder, "/nowhere"};
    const auto found = find_plugin("realy", directories);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().id, "plugin.not_found");
    EXPECT_EQ(found.error().message,
              "there is no plugin named \"realy\" in " + folder.string() + ", /nowhere");
    EXPECT_EQ(found.error().help, "did you mean relay? there are relay, small");
    EXPECT_EQ(find_plugin("", directories).error().help, "there are relay, small");
    const auto nothing = find_plugin("x", std::span<const fs::path>{});
    EXPECT_THAT(nothing.error().message, HasSubstr("none is searched"));
}

TEST(default_plugin_directories, begin_beside_the_executable) {
    const auto directories = default_plugin_directories();
    ASSERT_GE(directories.size(), 2u);
    const fs::path here = fs::read_symlink("/proc/self/exe").parent_path();
    EXPECT_EQ(directories.front(), here / "plugins");
    EXPECT_EQ(directories.back(), here.parent_path() / "lib/walwire/plugins");
}

} // namespace
} // namespace walwire::engine
