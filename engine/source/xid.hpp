// Transaction numbers as the stream and the catalogs show them: 32 bits that come round again.
#pragma once

#include <cstdint>

namespace walwire::engine {

// Ordinary numbers are compared modulo 2^32; those below 3 are older than any.
inline bool is_older(std::uint32_t left, std::uint32_t right) {
    constexpr std::uint32_t first_ordinary = 3;
    if (left < first_ordinary || right < first_ordinary) return left < right;
    return static_cast<std::int32_t>(left - right) < 0;
}

} // namespace walwire::engine
