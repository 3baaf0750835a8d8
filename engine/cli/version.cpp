#include "cli/version.hpp"

#include "host/library.hpp"
#include "source/connection.hpp"

#include <CLI/CLI.hpp>
#include <fmt/core.h>

namespace walwire::engine {

void add_version(CLI::App& app, int& exit_code) {
    auto* command = app.add_subcommand("version", "What this walwire is.");
    command->callback([&exit_code] {
        fmt::print("walwire {} (plugin ABI {}, libpq {})\n", WALWIRE_VERSION, plugin_abi_version(),
                   libpq_version());
        exit_code = 0;
    });
}

} // namespace walwire::engine
