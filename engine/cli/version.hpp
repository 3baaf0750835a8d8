// `walwire version`
#pragma once

namespace CLI {
class App;
}

namespace walwire::engine {

void add_version(CLI::App& app, int& exit_code);

} // namespace walwire::engine
