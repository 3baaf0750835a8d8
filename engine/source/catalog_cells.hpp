// Cells of catalogs as numbers.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>

namespace walwire::engine {

// An OID or a transaction number; 0 when there is none.
inline std::uint32_t to_number(const std::optional<std::string>& cell) {
    std::uint32_t number = 0;
    if (cell) std::from_chars(cell->data(), cell->data() + cell->size(), number);
    return number;
}

} // namespace walwire::engine
