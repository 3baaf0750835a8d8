// A configuration file that can be used, or a report of everything that is wrong with it.
#pragma once

#include "config/file_config.hpp"
#include "host/options.hpp"

#include <expected>
#include <string>

namespace walwire::engine {

// The file that is meant when none is named: ./walwire.toml if there is one, else the one of the
// installation.
std::string default_config_path();

// Reads, checks every key, loads each sink's plugin and lets it check its options. The error is the
// whole report, for stderr. With reference_use::leave nothing outside the file and the plugins is
// looked at: no environment, no secret.
std::expected<file_config, std::string> use_config_file(const std::string& path,
                                                        reference_use references);

} // namespace walwire::engine
