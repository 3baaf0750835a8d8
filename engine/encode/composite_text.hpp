// PostgreSQL's text form of composite values, field by field (documentation 8.16.6; record_out()
// writes it):
//
//     text  = "(" field { "," field } ")"
//     field = quoted | bare                    nothing at all is NULL, "" is an empty text
//     quoted = '"' { character | '""' | "\" character } '"'
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace walwire::engine {

// Reads front to back, and never trusts the text.
class composite_reader {
public:
    enum class piece : std::uint8_t { null, field, end, malformed };

    explicit composite_reader(std::string_view text) : rest_{text} {}

    piece next();
    // Of the last piece, when it is a field; valid until the next call.
    std::string_view field() const { return field_; }

private:
    enum class place : std::uint8_t { start, behind_field, done };
    piece read_field();
    piece fail();

    std::string_view rest_;
    place place_ = place::start;
    std::string_view field_;
    std::string unescaped_;
};

} // namespace walwire::engine
