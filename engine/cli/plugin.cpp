#include "cli/plugin.hpp"

#include "host/library.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fmt/format.h>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

namespace walwire::engine {

namespace {

struct plugin_arguments {
    std::string name; // or file
    std::vector<std::string> folders;
};

std::vector<std::filesystem::path> folders_of(const plugin_arguments& arguments) {
    if (arguments.folders.empty()) return default_plugin_directories();
    return {arguments.folders.begin(), arguments.folders.end()};
}

int print(const std::string& text) {
    return std::fputs(text.c_str(), stdout) >= 0 && std::fflush(stdout) == 0 ? 0 : 1;
}

int print(const failure& found) {
    std::fputs(to_text(found).c_str(), stderr);
    return exit_code(found);
}

result<std::shared_ptr<const library>> load(const plugin_arguments& arguments) {
    const auto file = find_plugin(arguments.name, folders_of(arguments));
    if (!file) return std::unexpected{file.error()};
    return load_library(*file);
}

// One that cannot be loaded is listed with the reason, and the others are listed all the same.
int list(const plugin_arguments& arguments) {
    std::string text;
    int outcome = 0;
    for (const auto& name : plugins_in(folders_of(arguments))) {
        const auto found = load({.name = name, .folders = arguments.folders});
        if (found)
            text +=
                fmt::format("{:<16} {:<10} {}\n", name, (*found)->version(), (*found)->summary());
        else
            outcome = print(found.error());
    }
    if (const int printed = print(text); printed != 0) return printed;
    return outcome;
}

std::string kind_text(const option_spec& spec) {
    if (spec.kind == option_kind::choice && spec.is_scalar()) return spec.fallback.value_or("");
    auto text = std::string{to_string(spec.kind)};
    if (spec.is_list) text = "list of " + text;
    if (spec.is_map) text = "map of " + text;
    if (spec.is_required) return text + ", required";
    return spec.fallback ? fmt::format("{}, {}", text, *spec.fallback) : text;
}

constexpr std::size_t kind_width_max = 32; // the words of a choice may be more

struct option_line {
    std::string name;
    std::string kind;
    std::string doc;
};

void add_lines(const std::vector<option_spec>& options, const std::string& indent,
               std::vector<option_line>& to) {
    for (const auto& spec : options) {
        to.push_back({indent + spec.name, kind_text(spec), spec.doc});
        add_lines(spec.fields, indent + "  ", to);
    }
}

int info(const plugin_arguments& arguments) {
    const auto found = load(arguments);
    if (!found) return print(found.error());
    const auto& plugin = **found;
    auto text = fmt::format("{} {}: {}\n{}\n", plugin.name(), plugin.version(), plugin.summary(),
                            plugin.path().string());
    std::vector<option_line> lines;
    add_lines({plugin.options().begin(), plugin.options().end()}, "  ", lines);
    text += lines.empty() ? "\nNo options.\n" : "\nOptions:\n";
    std::size_t name_width = 0;
    std::size_t kind_width = 0;
    for (const auto& line : lines) {
        name_width = std::max(name_width, line.name.size());
        kind_width = std::max(kind_width, std::min(line.kind.size(), kind_width_max));
    }
    for (const auto& [name, kind, doc] : lines)
        fmt::format_to(std::back_inserter(text), "{:<{}}  {:<{}}  {}\n", name, name_width, kind,
                       doc.empty() ? 0 : kind_width, doc);
    return print(text);
}

} // namespace

void add_plugin(CLI::App& app, int& exit_code) {
    auto* command = app.add_subcommand("plugin", "Which plugins there are, and their options.");
    command->require_subcommand(1);
    auto arguments = std::make_shared<plugin_arguments>();
    const auto add_folders = [&](CLI::App* to) {
        to->add_option("--plugins", arguments->folders,
                       "A folder to look in, instead of the installation's; may be repeated")
            ->envname("WALWIRE_PLUGINS")
            ->allow_extra_args(false);
    };
    auto* listing = command->add_subcommand("list", "The plugins that are found by their names.");
    add_folders(listing);
    listing->callback([arguments, &exit_code] { exit_code = list(*arguments); });
    auto* about = command->add_subcommand("info", "What one is, and what can be set.");
    about->add_option("plugin", arguments->name, "A plugin's name, or its file")->required();
    add_folders(about);
    about->callback([arguments, &exit_code] { exit_code = info(*arguments); });
}

} // namespace walwire::engine
