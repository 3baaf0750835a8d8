// Every key with its default, as the Markdown of docs/configuration.md.
#pragma once

#include <string>

namespace walwire::engine {

std::string key_table();

} // namespace walwire::engine
