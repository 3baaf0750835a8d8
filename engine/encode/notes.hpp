// What encoding had to do to values that could not be written as they were. Counted by the
// functions that do it, at any depth, and read by the view that called them on the same thread.
#pragma once

#include <cstdint>

namespace walwire::engine {

struct conversion_notes {
    std::uint64_t replaced = 0; // sequences that are not UTF-8, each now U+FFFD
    std::uint64_t as_text = 0;  // composites whose definition is not known, written as their text
    friend bool operator==(const conversion_notes&, const conversion_notes&) = default;
};

// This thread's, since it began.
conversion_notes& notes();

} // namespace walwire::engine
