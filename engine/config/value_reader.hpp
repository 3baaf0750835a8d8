// One value of a configuration file, as the kind its key has: where types, units, words and bounds
// are checked.
#pragma once

#include "config/key.hpp"
#include "config/mistake.hpp"
#include "config/toml_tree.hpp"

#include <expected>
#include <span>
#include <string>
#include <string_view>

namespace walwire::engine {

// Fails with config.type, .range, .choice, .duration, .bytes, .reference or .not_built.
std::expected<config_value, config_mistake> read_value(const key_about& about,
                                                       const toml_entry& entry);

// `{ env = "X" }` and its like; nullopt: it is something else.
std::optional<value_reference> as_reference(const toml_node& value);

std::string in_ticks(std::string_view name); // `name`, safe for a terminal

// "did you mean `x`?", or which there are.
std::string suggest(std::string_view written, std::span<const std::string> words);

} // namespace walwire::engine
