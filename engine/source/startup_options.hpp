// The `options` parameter of a connection: the user's own between our defaults and our pins.
#pragma once

#include "source/connection.hpp"

#include <string>
#include <string_view>

namespace walwire::engine {

// Later settings win: a default of ours that the user may override stands in front of the user's,
// what must not be overridden behind.
std::string startup_options(const connection_config& config, std::string_view users_own);

} // namespace walwire::engine
