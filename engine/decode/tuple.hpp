// TupleData: one row of an Insert, Update or Delete message, and the part of it that costs. A text
// that is all there, as nearly every value is, takes two comparisons and three stores.
#pragma once

#include "base/arena.hpp"
#include "base/byte_reader.hpp"
#include "decode/message.hpp"
#include "decode/row_fault.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string_view>

namespace walwire::engine {

// Why there is no value where `rest` stands behind the byte that `kind` was read from.
[[gnu::cold]] row_fault to_fault(byte_reader rest, char kind, std::size_t column);

// protocol 55.9, TupleData:
//
//     columns:int16 { 'n' | 'u' | 't' size:int32 bytes }*
//
// 'n' is NULL, 'u' a TOASTed value that did not change and was not sent, 't' text without a NUL.
// 'b', binary, comes only to those who ask for it.
//
// Reads it into `rows`, where it stays, and leaves the reader behind it; a fault may leave a part
// of it there. A reader that is short before the columns is answered with a tuple of none: the
// caller asks is_short() at the end of the message, as with everything else that it reads.
[[gnu::always_inline]] inline std::expected<tuple, row_fault> parse_tuple(byte_reader& from,
                                                                          arena& rows) {
    using reason = row_fault::reason;
    byte_reader reader = from; // a local one lives in registers
    const auto columns = reader.read<std::int16_t>();
    if (columns < 0) [[unlikely]]
        return std::unexpected(row_fault{.why = reason::negative_columns, .length = columns});
    const auto count = static_cast<std::size_t>(columns);
    // Every value has at least its kind: what cannot be here must not be allocated for.
    if (count > reader.left()) [[unlikely]]
        return std::unexpected(row_fault{});
    auto* const values = rows.make_raw<tuple_value>(count);
    auto* const end = values + count;
    for (auto* value = values;; ++value) {
        std::string_view text;
        while (value != end && reader.read_counted('t', text))
            *value++ = {text.data(), text.size(), value_state::text, 0};
        if (value == end) break;
        const auto kind = reader.read<char>();
        if (kind == 'n') {
            *value = {nullptr, 0, value_state::null, 0};
        } else if (kind == 'u') {
            *value = {nullptr, 0, value_state::unchanged, 0};
        } else {
            const auto column = static_cast<std::size_t>(value - values);
            return std::unexpected(to_fault(reader, kind, column));
        }
    }
    from = reader;
    return tuple{values, count};
}

} // namespace walwire::engine
