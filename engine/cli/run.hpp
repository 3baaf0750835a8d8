// `walwire run`: the daemon, as its configuration file says.
#pragma once

namespace CLI {
class App;
}

namespace walwire::engine {

// Sets exit_code when the subcommand ran.
void add_run(CLI::App& app, int& exit_code);

} // namespace walwire::engine
