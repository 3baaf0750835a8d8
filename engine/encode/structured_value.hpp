// Arrays, composites and hstores: their text form to JSON, as to_json() nests it.
#pragma once

#include "base/byte_buffer.hpp"
#include "encode/value_plan.hpp"

#include <string_view>

namespace walwire::engine {

// Appends the value. False, and nothing appended, when the text is not a value of that plan: then
// it was written under another definition of the type.
bool append_structured(byte_buffer& out, const value_plan& plan, std::string_view text);

// Appends the text as one JSON string.
void append_as_text(byte_buffer& out, std::string_view text);

} // namespace walwire::engine
