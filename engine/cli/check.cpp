#include "cli/check.hpp"

#include "cli/config_file.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fmt/format.h>
#include <memory>
#include <string>

namespace walwire::engine {

namespace {

constexpr int config_error = 2;

struct check_arguments {
    std::string path = default_config_path();
    bool without_environment = false;
};

int check(const check_arguments& arguments) {
    const auto config =
        use_config_file(arguments.path, arguments.without_environment ? reference_use::leave
                                                                      : reference_use::resolve);
    if (!config) {
        std::fputs(config.error().c_str(), stderr);
        return config_error;
    }
    const auto said = fmt::format("{} can be used: {} sink{}\n", arguments.path,
                                  config->sinks.size(), config->sinks.size() == 1 ? "" : "s");
    return std::fputs(said.c_str(), stdout) >= 0 && std::fflush(stdout) == 0 ? 0 : 1;
}

} // namespace

void add_check(CLI::App& app, int& exit_code) {
    auto* command = app.add_subcommand(
        "check", "Says what is wrong with a configuration, its plugins and their options.");
    auto arguments = std::make_shared<check_arguments>();
    command->add_option("-c,--config", arguments->path, "The configuration file")
        ->envname("WALWIRE_CONFIG")
        ->capture_default_str();
    command
        ->add_flag("--no-environment", arguments->without_environment,
                   "The file and the plugins alone: no variables, no secrets, no server")
        ->envname("WALWIRE_NO_ENVIRONMENT");
    command->callback([arguments, &exit_code] { exit_code = check(*arguments); });
}

} // namespace walwire::engine
