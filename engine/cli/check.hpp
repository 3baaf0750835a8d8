// `walwire check`: whether a configuration can be used, without starting anything.
#pragma once

namespace CLI {
class App;
}

namespace walwire::engine {

// Sets exit_code when the subcommand ran.
void add_check(CLI::App& app, int& exit_code);

} // namespace walwire::engine
