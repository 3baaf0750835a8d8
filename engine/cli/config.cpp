#include "cli/config.hpp"

#include "config/key_table.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>

namespace walwire::engine {

void add_config(CLI::App& app, int& exit_code) {
    auto* command = app.add_subcommand("config", "About configuration files.");
    command->require_subcommand(1);
    auto* keys = command->add_subcommand("keys", "Every key, its default and its meaning.");
    keys->callback([&exit_code] {
        const auto text = key_table();
        const bool is_printed = std::fputs(text.c_str(), stdout) >= 0 && std::fflush(stdout) == 0;
        exit_code = is_printed ? 0 : 1;
    });
}

} // namespace walwire::engine
