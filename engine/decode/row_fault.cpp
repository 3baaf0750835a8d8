#include "decode/row_fault.hpp"

#include "decode/malformed.hpp"

namespace walwire::engine {

failure to_failure(const row_fault& fault, std::string_view of) {
    switch (fault.why) {
    case row_fault::reason::trailing_bytes:
        return trailing_bytes(of, fault.count);
    case row_fault::reason::negative_columns:
        return negative_length(of, "columns", fault.length);
    case row_fault::reason::negative_size:
        return negative_length(of, "bytes in a value", fault.length);
    case row_fault::reason::unknown_tuple:
        return unknown_tuple(of, fault.found);
    case row_fault::reason::unknown_value:
        return unknown_value(of, fault.count, fault.found);
    case row_fault::reason::short_message:
        break;
    }
    return short_message(of);
}

} // namespace walwire::engine
