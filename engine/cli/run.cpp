#include "cli/run.hpp"

#include "cli/config_file.hpp"
#include "cli/run_source.hpp"
#include "engine.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>

namespace walwire::engine {

namespace {

constexpr int config_error = 2;

result<void> run(file_config config) {
    auto source = prepare_run_source(config.source);
    if (!source) return std::unexpected{source.error()};
    // A publication may have more tables than the file names.
    for (auto& sink : config.sinks) sink.within = config.source.tables;
    run_request request;
    request.source.dsn = config.source.dsn;
    request.source.password = config.source.password;
    request.source.slot = config.source.slot;
    request.source.publications = std::move(source->publications);
    request.facts = std::move(source->facts);
    request.engine = std::move(config.engine);
    request.sinks = std::move(config.sinks);
    return engine::run(request, [] {});
}

} // namespace

void add_run(CLI::App& app, int& exit_code) {
    auto* command = app.add_subcommand("run", "The daemon, as its configuration file says.");
    auto path = std::make_shared<std::string>(default_config_path());
    command->add_option("-c,--config", *path, "The configuration file")
        ->envname("WALWIRE_CONFIG")
        ->capture_default_str();
    command->callback([path, &exit_code] {
        auto config = use_config_file(*path, reference_use::resolve);
        if (!config) {
            std::fputs(config.error().c_str(), stderr);
            exit_code = config_error;
            return;
        }
        const auto ended = run(std::move(*config));
        if (ended) return;
        std::fputs(to_text(ended.error()).c_str(), stderr);
        exit_code = walwire::engine::exit_code(ended.error());
    });
}

} // namespace walwire::engine
