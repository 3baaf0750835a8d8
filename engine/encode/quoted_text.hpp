// What stands in double quotes inside PostgreSQL's text forms.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace walwire::engine {

// How a quote inside the quotes is written. A backslash quotes the character after it in both.
enum class quotes_are : std::uint8_t { escaped, doubled };

// Takes a quoted text from the front of `rest`, which begins with its quote. What it says is a view
// of `rest`, or of `unescaped` when something had to be taken out. nullopt, and nothing said of
// `rest`, when it does not end.
std::optional<std::string_view> take_quoted(std::string_view& rest, std::string& unescaped,
                                            quotes_are written);

} // namespace walwire::engine
