// Picks the subcommand.
#include "cli/check.hpp"
#include "cli/config.hpp"
#include "cli/plugin.hpp"
#include "cli/run.hpp"
#include "cli/tail.hpp"
#include "cli/version.hpp"
#include "engine.hpp"

#include <CLI/CLI.hpp>

namespace {

constexpr int usage_error = 2;

} // namespace

int main(int argc, char** argv) {
    using namespace walwire::engine;
    engine::prepare_process();
    CLI::App app{"PostgreSQL change data capture: committed changes to any sink.", "walwire"};
    app.require_subcommand(1);
    int exit_code = 0;
    add_tail(app, exit_code);
    add_run(app, exit_code);
    add_check(app, exit_code);
    add_config(app, exit_code);
    add_plugin(app, exit_code);
    add_version(app, exit_code);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        // CLI11 has codes of its own for every mistake; --help is none.
        return app.exit(error) == 0 ? 0 : usage_error;
    }
    return exit_code;
}
