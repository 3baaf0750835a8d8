// Insert, which nearly every message is: what parse() does with one, for those who can do without
// the way through a variant.
#pragma once

#include "base/arena.hpp"
#include "base/byte_reader.hpp"
#include "decode/message.hpp"
#include "decode/row_fault.hpp"
#include "decode/tuple.hpp"

#include <cstdint>
#include <expected>
#include <string_view>

namespace walwire::engine {

inline bool is_insert(std::string_view bytes) { return bytes.starts_with('I'); }

constexpr std::string_view an_insert = "an Insert message"; // in its failures

// protocol 55.9, Insert:
//
//     'I' relation:int32 'N' new:TupleData
//
// Requires is_insert(bytes). As parse(), with its failure still to be made by to_failure().
[[gnu::always_inline]] inline std::expected<insert_message, row_fault>
parse_insert(std::string_view bytes, arena& rows) {
    using reason = row_fault::reason;
    byte_reader reader{bytes};
    reader.read<char>();
    const auto relation_oid = reader.read<std::uint32_t>();
    const auto kind = reader.read<char>();
    if (kind != 'N') [[unlikely]]
        return std::unexpected(reader.is_short()
                                   ? row_fault{}
                                   : row_fault{.why = reason::unknown_tuple, .found = kind});
    const auto after = parse_tuple(reader, rows);
    if (!after) [[unlikely]]
        return std::unexpected(after.error());
    if (reader.is_short()) [[unlikely]]
        return std::unexpected(row_fault{});
    if (reader.left() != 0) [[unlikely]]
        return std::unexpected(row_fault{.why = reason::trailing_bytes, .count = reader.left()});
    return insert_message{relation_oid, *after};
}

} // namespace walwire::engine
