// From what a configuration says of a sink to a library and settings that fit it.
#pragma once

#include "config/settings.hpp"
#include "host/library.hpp"
#include "host/options.hpp"

#include <expected>
#include <memory>
#include <string>
#include <vector>

namespace walwire::engine {

struct loaded_sink {
    std::shared_ptr<const library> from;
    options values;
};

// Finds the plugin in `folders`, or where this installation has its own when there are none, loads
// it and checks the options; no instance is made. Fails as find_plugin() and load_library() do, or
// with every mistake of options::check().
std::expected<loaded_sink, std::vector<failure>> load_sink(const sink_config& config,
                                                           const std::vector<std::string>& folders,
                                                           reference_use references);

} // namespace walwire::engine
