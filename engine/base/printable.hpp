// Text of strangers (plugins, option values) made fit for one line of a log or a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace walwire::engine {

// Valid UTF-8 of at most bytes_max bytes: control characters become spaces, so that nobody's text
// moves a cursor or forges a line; what is no UTF-8 becomes U+FFFD; what is cut ends with "...".
// Requires bytes_max >= 3.
std::string printable(std::string_view bytes, std::size_t bytes_max);

// The same in double quotes, short enough to stand in a sentence.
std::string in_quotes(std::string_view bytes);

} // namespace walwire::engine
