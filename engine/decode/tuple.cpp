// TupleData, the part of a row message that costs: one loop, no calls but the reader's inline ones.
#include "decode/tuple.hpp"

#include "decode/malformed.hpp"

namespace walwire::engine {

// protocol 55.9, TupleData:
//
//     columns:int16 { 'n' | 'u' | 't' size:int32 bytes }*
//
// 'n' is NULL, 'u' a TOASTed value that did not change and was not sent, 't' text without a NUL.
// 'b', binary, comes only to those who ask for it.
result<tuple> parse_tuple(byte_reader& from, std::vector<tuple_value>& values,
                          std::string_view of) {
    byte_reader reader = from; // a local one lives in registers
    const auto columns = reader.read<std::int16_t>();
    if (columns < 0) return std::unexpected(negative_length(of, "columns", columns));
    const auto count = static_cast<std::size_t>(columns);
    // Every value has at least its kind: what cannot be here must not be allocated for.
    if (count > reader.left()) return std::unexpected(short_message(of));
    if (values.size() < count) values.resize(count);

    tuple_value* value = values.data();
    for (std::size_t column = 0; column < count; ++column, ++value) {
        const auto kind = reader.read<char>();
        if (kind == 't') [[likely]] {
            const auto size = reader.read<std::int32_t>();
            if (size < 0) return std::unexpected(negative_length(of, "bytes in a value", size));
            const auto text = reader.read_bytes(static_cast<std::size_t>(size));
            *value = {text.data(), static_cast<std::uint32_t>(text.size()), value_state::text};
        } else if (kind == 'n') {
            *value = {nullptr, 0, value_state::null};
        } else if (kind == 'u') {
            *value = {nullptr, 0, value_state::unchanged};
        } else {
            if (reader.is_short()) return std::unexpected(short_message(of));
            return std::unexpected(unknown_value(of, column, kind));
        }
    }
    from = reader;
    return tuple{values.data(), count};
}

} // namespace walwire::engine
