// A place in the write-ahead log: a byte offset, written "16/B374D848" by PostgreSQL.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace walwire::engine {

struct lsn {
    std::uint64_t value = 0; // 0 is PostgreSQL's "invalid"

    friend constexpr auto operator<=>(lsn, lsn) = default;
    explicit constexpr operator bool() const { return value != 0; }
};

// "16/B374D848": two hexadecimal halves, upper case, no leading zeros.
std::string to_string(lsn at);

// Reads what to_string writes, and either case of hex; nothing else, no spaces.
std::optional<lsn> parse_lsn(std::string_view text);

} // namespace walwire::engine
