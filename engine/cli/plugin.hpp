// `walwire plugin list` and `walwire plugin info`: which plugins there are, and their options.
#pragma once

namespace CLI {
class App;
}

namespace walwire::engine {

// Sets exit_code when one of the subcommands ran.
void add_plugin(CLI::App& app, int& exit_code);

} // namespace walwire::engine
