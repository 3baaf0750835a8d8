// One row of an Insert, Update or Delete message.
#pragma once

#include "base/byte_reader.hpp"
#include "base/failure.hpp"
#include "decode/message.hpp"

#include <string_view>
#include <vector>

namespace walwire::engine {

// Reads one TupleData and leaves the reader behind it. The answer is a view of the first elements
// of `values`, which grow when they must and never shrink: a stream of rows allocates nothing.
//
// A reader that has become short may still be answered with a tuple of empty values: the caller
// asks is_short() at the end of the message, as with everything else that it reads.
// `of` names the message in failures: "an Insert message".
result<tuple> parse_tuple(byte_reader& reader, std::vector<tuple_value>& values,
                          std::string_view of);

} // namespace walwire::engine
