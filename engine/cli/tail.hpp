// `walwire tail`: changes of a database on the terminal, without configuration.
#pragma once

namespace CLI {
class App;
}

namespace walwire::engine {

void add_tail(CLI::App& app, int& exit_code);

} // namespace walwire::engine
