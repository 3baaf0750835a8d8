// `walwire config keys`: what may stand in a configuration file.
#pragma once

namespace CLI {
class App;
}

namespace walwire::engine {

// Sets exit_code when the subcommand ran.
void add_config(CLI::App& app, int& exit_code);

} // namespace walwire::engine
