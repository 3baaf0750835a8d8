// A plugin's shared library, found, checked and loaded: the door strangers come in by.
//
// Before any code of it runs: the file and its folder must not be writable by others, because
// whoever can write them can run code as us. Loaded objects stay until the process ends (threads,
// TLS destructors and constants of a plugin may outlive its last sink).
#pragma once

#include "base/failure.hpp"
#include "host/options.hpp"

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

struct walwire_plugin;

namespace walwire::engine {

// Immutable: any thread, any number of sinks.
class library {
public:
    ~library();
    library(const library&) = delete;
    library& operator=(const library&) = delete;

    const std::filesystem::path& path() const { return path_; }
    const std::string& name() const { return name_; }
    const std::string& version() const { return version_; }
    const std::string& summary() const { return summary_; }
    std::span<const option_spec> options() const { return options_; }

    bool wants_payloads() const;
    bool wants_transactions() const;

    // The plugin's table as this host knows it: fields newer than the plugin are null.
    const walwire_plugin& table() const { return *table_; }

private:
    friend result<std::shared_ptr<const library>> load_library(const std::filesystem::path& file);
    library(std::filesystem::path path, std::unique_ptr<const walwire_plugin> table,
            std::vector<option_spec> options);

    std::filesystem::path path_;
    std::unique_ptr<const walwire_plugin> table_;
    std::string name_;
    std::string version_;
    std::string summary_;
    std::vector<option_spec> options_;
};

// Refuses with plugin.not_found, plugin.writable, plugin.not_a_library, plugin.abi,
// plugin.no_symbol or plugin.invalid, in this order.
result<std::shared_ptr<const library>> load_library(const std::filesystem::path& file);

// A text with a '/' or ending in ".so" is a file and returned as it is, whether it exists or not;
// anything else is looked up as NAME.so in the directories, first come first served. Fails with
// plugin.not_found, naming the directories searched and the plugins that are there.
result<std::filesystem::path> find_plugin(std::string_view name_or_file,
                                          std::span<const std::filesystem::path> directories);

// The names of files that may be plugins, each once, sorted; at most 1000 of a directory. What
// cannot be read is left out.
std::vector<std::string> plugins_in(std::span<const std::filesystem::path> directories);

// Relative to the executable: its build tree, then where an installation puts plugins.
std::vector<std::filesystem::path> default_plugin_directories();

// "1.0": the plugin interface that this host speaks.
std::string plugin_abi_version();

} // namespace walwire::engine
