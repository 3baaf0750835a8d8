// Whether bytes are UTF-8 (Unicode 15, table 3-7), and what stands in for those that are not.
#pragma once

#include <cstddef>
#include <string_view>

namespace walwire::engine {

constexpr std::string_view replacement_character = "\xEF\xBF\xBD"; // U+FFFD

struct utf8_sequence {
    std::size_t size = 0; // of the character; else of what one replacement stands for, at least 1
    bool is_valid = false;
};

// The sequence at the front of bytes that are not empty. A broken one ends where no character can
// go on any more ("maximal subpart", as browsers do it).
utf8_sequence first_sequence(std::string_view bytes);

bool is_utf8(std::string_view bytes);

} // namespace walwire::engine
