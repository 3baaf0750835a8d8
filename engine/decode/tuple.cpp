#include "decode/tuple.hpp"

namespace walwire::engine {

row_fault to_fault(byte_reader rest, char kind, std::size_t column) {
    if (kind == 't') {
        const auto size = rest.read<std::int32_t>();
        if (size < 0) return {.why = row_fault::reason::negative_size, .length = size};
        return {}; // the length or the text is not all there
    }
    if (rest.is_short()) return {};
    return {.why = row_fault::reason::unknown_value, .found = kind, .count = column};
}

} // namespace walwire::engine
