#include "cli/version.hpp"

#include "host/library.hpp"
#include "source/connection.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fmt/core.h>

namespace walwire::engine {

void add_version(CLI::App& app, int& exit_code) {
    auto* command = app.add_subcommand("version", "What this walwire is.");
    command->callback([&exit_code] {
        const auto text = fmt::format("walwire {} (plugin ABI {}, libpq {})\n", WALWIRE_VERSION,
                                      plugin_abi_version(), libpq_version());
        const bool is_printed = std::fputs(text.c_str(), stdout) >= 0 && std::fflush(stdout) == 0;
        exit_code = is_printed ? 0 : 1;
    });
}

} // namespace walwire::engine
