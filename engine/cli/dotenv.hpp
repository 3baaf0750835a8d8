// The three names that users of pgstream have in their environment, or in a .env file.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace walwire::engine {

// The value of `name` in the text of a .env file: NAME=value lines, an optional `export`, single or
// double quotes around the value, # comments. The first one counts.
std::optional<std::string> find_in_dotenv(std::string_view text, std::string_view name);

// From the environment, else from .env in the working directory, which is said on stderr once per
// name. Empty values count as none.
std::optional<std::string> read_environment(const char* name);

} // namespace walwire::engine
