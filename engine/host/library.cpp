// See library.hpp. The only user of Boost.DLL.
#include "host/library.hpp"

#include "base/nearest.hpp"
#include "base/printable.hpp"
#include "host/plugin_table.hpp"
#include "host/trusted_file.hpp"

#define BOOST_DLL_USE_STD_FS
#include <boost/dll/shared_library.hpp>

#include <algorithm>
#include <exception>
#include <mutex>
#include <optional>
#include <system_error>
#include <walwire/abi.h>

namespace walwire::engine {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& path) { return printable(path.native(), 4096); }

failure not_found(std::string message, std::string help) {
    return {failure_code::config, "plugin.not_found", std::move(message), std::move(help)};
}

// Keeps an object loaded for ever: once per object, never destroyed, not even at exit.
void keep(const boost::dll::shared_library& loaded) {
    static auto& guard = *new std::mutex;
    static auto& kept = *new std::vector<boost::dll::shared_library>;
    const std::lock_guard lock{guard};
    if (std::ranges::find(kept, loaded) == kept.end()) kept.push_back(loaded);
}

// Boost wraps what the loader said: "... (dlerror system message: TEXT): Bad file descriptor".
std::string loader_text(std::string_view thrown) {
    constexpr std::string_view before = "(dlerror system message: ";
    const std::size_t start = thrown.find(before);
    const std::size_t end = thrown.rfind("): ");
    if (start == std::string_view::npos || end == std::string_view::npos)
        return std::string{thrown};
    return std::string{thrown.substr(start + before.size(), end - start - before.size())};
}

result<boost::dll::shared_library> open(const fs::path& path) {
    namespace mode = boost::dll::load_mode;
    try {
        boost::dll::shared_library loaded{path, mode::rtld_now | mode::rtld_local};
        keep(loaded);
        return loaded;
    } catch (const std::exception& thrown) {
        return std::unexpected(failure{failure_code::plugin,
                                       "plugin.not_a_library",
                                       "the plugin " + text_of(path) +
                                           " is no shared library that can be loaded: " +
                                           printable(loader_text(thrown.what()), 4096),
                                       {}});
    }
}

// The majors a library may be built for instead of ours.
std::optional<int> other_major(const boost::dll::shared_library& loaded) {
    constexpr int major_max = 99;
    for (int major = 0; major <= major_max; ++major) {
        if (loaded.has("walwire_plugin_v" + std::to_string(major))) return major;
    }
    return std::nullopt;
}

result<const walwire_plugin*> table_in(const boost::dll::shared_library& loaded,
                                       const fs::path& path) {
    static_assert(WALWIRE_ABI_MAJOR == 1);
    try {
        if (loaded.has("walwire_plugin_v1")) {
            return &loaded.get<const walwire_plugin>("walwire_plugin_v1");
        }
    } catch (const std::exception&) {
        // Gone between the two look-ups: said below, as if it had never been there.
    }
    if (const auto major = other_major(loaded)) {
        return std::unexpected(failure{
            failure_code::plugin, "plugin.abi",
            "the plugin " + text_of(path) + " is built for plugin ABI " + std::to_string(*major) +
                ", this walwire speaks " + std::to_string(WALWIRE_ABI_MAJOR),
            *major > WALWIRE_ABI_MAJOR ? "use a newer walwire, or an older build of the plugin"
                                       : "use a newer build of the plugin"});
    }
    return std::unexpected(
        failure{failure_code::plugin, "plugin.no_symbol",
                text_of(path) +
                    " is a shared library, but no walwire plugin: it exports no walwire_plugin_v1",
                "if it should be one, export that symbol"});
}

} // namespace

library::library(std::filesystem::path path, std::unique_ptr<const walwire_plugin> table,
                 std::vector<option_spec> options)
    : path_{std::move(path)}, table_{std::move(table)}, name_{table_->name},
      version_{printable(table_->version == nullptr ? "" : table_->version, 64)},
      summary_{printable(table_->summary == nullptr ? "" : table_->summary, 256)},
      options_{std::move(options)} {}

library::~library() = default;

bool library::wants_payloads() const { return (table_->flags & WALWIRE_NO_PAYLOADS) == 0; }

bool library::wants_transactions() const {
    return (table_->flags & WALWIRE_WANTS_TRANSACTIONS) != 0;
}

result<std::shared_ptr<const library>> load_library(const std::filesystem::path& file) {
    std::error_code failed;
    const fs::path path = fs::canonical(file, failed);
    if (failed) {
        return std::unexpected(
            not_found("there is no plugin " + text_of(file) + ": " + failed.message(), {}));
    }
    if (auto trusted = check_trusted(path); !trusted) return std::unexpected(trusted.error());
    const auto loaded = open(path);
    if (!loaded) return std::unexpected(loaded.error());
    const auto exported = table_in(*loaded, path);
    if (!exported) return std::unexpected(exported.error());
    auto read = read_table(**exported, path);
    if (!read) return std::unexpected(read.error());
    return std::shared_ptr<const library>{
        new library{path, std::move(read->table), std::move(read->options)}};
}

std::vector<std::string> plugins_in(std::span<const fs::path> directories) {
    constexpr std::size_t names_max = 1000;
    std::vector<std::string> names;
    for (const fs::path& directory : directories) {
        std::error_code failed;
        for (fs::directory_iterator entry{directory, failed}, end; !failed && entry != end;
             entry.increment(failed)) {
            if (entry->path().extension() == ".so") names.push_back(entry->path().stem().native());
            if (names.size() == names_max) break;
        }
    }
    std::ranges::sort(names);
    const auto again = std::ranges::unique(names);
    names.erase(again.begin(), again.end());
    return names;
}

result<std::filesystem::path> find_plugin(std::string_view name_or_file,
                                          std::span<const std::filesystem::path> directories) {
    if (name_or_file.contains('/') || name_or_file.ends_with(".so")) return fs::path{name_or_file};
    std::string searched;
    for (const fs::path& directory : directories) {
        std::error_code failed;
        fs::path file = directory / (std::string{name_or_file} + ".so");
        if (!name_or_file.empty() && fs::exists(file, failed)) return file;
        searched += (searched.empty() ? "" : ", ") + text_of(directory);
    }
    const auto names = plugins_in(directories);
    std::string help = names.empty() ? "there are no plugins in these directories" : "there are ";
    for (const std::string& name : names) {
        help += (&name == names.data() ? "" : ", ") + printable(name, 64);
    }
    if (auto meant = nearest(name_or_file, names)) help = "did you mean " + *meant + "? " + help;
    return std::unexpected(
        not_found("there is no plugin named " + in_quotes(name_or_file) + " in " +
                      (searched.empty() ? "any directory: none is searched" : searched),
                  std::move(help)));
}

std::vector<std::filesystem::path> default_plugin_directories() {
    std::error_code failed;
    const fs::path executable = fs::read_symlink("/proc/self/exe", failed);
    if (failed) return {};
    const fs::path beside = executable.parent_path();
    const fs::path installed = beside.parent_path() / "lib";
    std::vector<fs::path> directories{beside / "plugins"};
#if defined(__x86_64__)
    directories.push_back(installed / "x86_64-linux-gnu" / "walwire" / "plugins");
#elif defined(__aarch64__)
    directories.push_back(installed / "aarch64-linux-gnu" / "walwire" / "plugins");
#endif
    directories.push_back(installed / "walwire" / "plugins");
    return directories;
}

std::string plugin_abi_version() {
    return std::to_string(WALWIRE_ABI_MAJOR) + "." + std::to_string(WALWIRE_ABI_MINOR);
}

} // namespace walwire::engine
