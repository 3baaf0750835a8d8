// See trusted_file.hpp.
#include "host/trusted_file.hpp"

#include "base/printable.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

namespace walwire::engine {
namespace {

constexpr std::size_t path_bytes_max = 4096;

failure unreadable(const std::filesystem::path& path, int error) {
    return {failure_code::environment,
            "plugin.not_found",
            "the plugin " + printable(path.native(), path_bytes_max) +
                " cannot be looked at: " + std::strerror(error),
            {}};
}

result<struct stat> stat_of(const std::filesystem::path& path) {
    const int descriptor = ::open(path.c_str(), O_PATH | O_CLOEXEC | O_NOFOLLOW);
    if (descriptor < 0) return std::unexpected(unreadable(path, errno));
    struct stat found{};
    const int failed = ::fstat(descriptor, &found) == 0 ? 0 : errno;
    ::close(descriptor);
    if (failed != 0) return std::unexpected(unreadable(path, failed));
    return found;
}

// As a shell reads it, so that a mend can be pasted.
std::string shell_word(const std::filesystem::path& path) {
    constexpr std::string_view plain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
        "/._-+@%,:";
    const std::string text = printable(path.native(), path_bytes_max);
    if (text.find_first_not_of(plain) == std::string::npos) return text;
    std::string word = "'";
    for (const char character : text) {
        if (character == '\'')
            word += "'\\''";
        else
            word += character;
    }
    return word + "'";
}

// Who else may write, and what ends that; both empty when nobody may.
struct finding {
    std::string who;
    std::string mend;

    void add(const std::string& more, const std::string& command) {
        who += (who.empty() ? "" : ", ") + more;
        mend += (mend.empty() ? "" : " && ") + command;
    }
};

finding judge(const struct stat& found, const std::filesystem::path& path) {
    finding all;
    if (found.st_uid != 0 && found.st_uid != ::geteuid()) {
        all.add("it belongs to user " + std::to_string(found.st_uid),
                "chown root " + shell_word(path));
    }
    const bool by_others = (found.st_mode & S_IWOTH) != 0;
    // Our own group counts too: whoever else is in it is not us.
    const bool by_group = (found.st_mode & S_IWGRP) != 0 && found.st_gid != 0;
    if (by_group) {
        all.add("group " + std::to_string(found.st_gid) + " may write it",
                "chmod g-w " + shell_word(path));
    }
    // A sticky folder is meant to be everybody's, as /tmp is.
    const bool is_shared = S_ISDIR(found.st_mode) && (found.st_mode & S_ISVTX) != 0;
    if (by_others)
        all.add("everyone may write it", is_shared ? "move the plugin to a folder of your own"
                                                   : "chmod o-w " + shell_word(path));
    return all;
}

failure writable(const std::filesystem::path& file, std::string_view which, const finding& found) {
    return {failure_code::environment, "plugin.writable",
            "the plugin " + printable(file.native(), path_bytes_max) +
                " is not loaded because others could change it: of " + std::string{which} + ", " +
                found.who,
            found.mend};
}

} // namespace

result<void> check_trusted(const std::filesystem::path& canonical) {
    const auto file = stat_of(canonical);
    if (!file) return std::unexpected(file.error());
    if (!S_ISREG(file->st_mode)) {
        return std::unexpected(failure{
            failure_code::plugin, "plugin.not_a_library",
            "the plugin " + printable(canonical.native(), path_bytes_max) + " is no regular file",
            "name the plugin's .so file"});
    }
    const auto folder_path = canonical.parent_path();
    const auto folder = stat_of(folder_path);
    if (!folder) return std::unexpected(folder.error());
    if (auto found = judge(*file, canonical); !found.who.empty()) {
        return std::unexpected(writable(canonical, "the file", found));
    }
    if (auto found = judge(*folder, folder_path); !found.who.empty()) {
        return std::unexpected(writable(canonical, "its folder", found));
    }
    return {};
}

} // namespace walwire::engine
