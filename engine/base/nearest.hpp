// The word somebody probably meant: the one with the fewest slips of single letters.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace walwire::engine {

// The first of the nearest words; nullopt when none is within a third of the length of what was
// written (at least one edit, at most three), because a far guess is worse than none.
std::optional<std::string> nearest(std::string_view written, std::span<const std::string> words);

} // namespace walwire::engine
