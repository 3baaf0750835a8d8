// One column's value: PostgreSQL's text form to what the server's to_json() makes of it.
//
// Which way a type goes is decided once per relation; a type that is not known is a string, and so
// is text that does not look as its type should.
#pragma once

#include "encode/json_writer.hpp"

#include <cstdint>
#include <string_view>

namespace walwire::engine {

enum class value_form : std::uint8_t {
    string,      // the text, escaped
    number,      // as it is when JSON has it; NaN and infinities are strings
    boolean,     // t, f
    json,        // embedded
    timestamp,   // ISO 8601: T between date and time
    timestamptz, // and the zone with its minutes
    // Of several values, see structured_value.hpp; as a row's, only once they are rendered.
    array,
    vector,
    composite,
    hstore,
    rendered, // JSON of our own
};

inline bool is_structured(value_form form) {
    return form >= value_form::array && form <= value_form::hstore;
}

value_form form_of(std::uint32_t type_oid, bool numbers_as_strings);

// Writes at most bound_of(text).
char* write_value(char* at, value_form form, std::string_view text);

} // namespace walwire::engine
