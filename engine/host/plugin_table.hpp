// The constant a plugin exports, read with suspicion: nothing of it is used before it was checked.
#pragma once

#include "base/failure.hpp"
#include "host/options.hpp"

#include <filesystem>
#include <memory>
#include <vector>
#include <walwire/abi.h>

namespace walwire::engine {

struct plugin_table {
    std::unique_ptr<const walwire_plugin> table; // ours: null where the plugin's is shorter
    std::vector<option_spec> options;
};

// Fails with plugin.invalid. Texts are bounded, options too: 256 in a list, 4 tables deep.
result<plugin_table> read_table(const walwire_plugin& exported, const std::filesystem::path& file);

} // namespace walwire::engine
