// PostgreSQL's text form of arrays, piece by piece (documentation 8.15.6; array_out() writes it):
//
//     text  = [ { "[" int ":" int "]" } "=" ] array        the bounds say nothing that JSON could
//     array = "{" [ item { delimiter item } ] "}"
//     item  = array | quoted | bare                        bare NULL is NULL, "NULL" is a text
//     quoted = '"' { character | "\" character } '"'
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace walwire::engine {

// Reads front to back, and never trusts the text: what is not as above is `malformed`, and so is
// everything after it.
class array_reader {
public:
    enum class piece : std::uint8_t { open, close, null, element, end, malformed };

    array_reader(std::string_view text, char delimiter) : rest_{text}, delimiter_{delimiter} {}

    piece next();
    // Of the last piece, when it is an element; valid until the next call.
    std::string_view element() const { return element_; }

private:
    enum class place : std::uint8_t { start, item_or_close, item, behind_item, done };

    bool skip_bounds();
    piece read_item();
    piece read_quoted();
    piece read_bare();
    piece close();
    piece fail();

    std::string_view rest_;
    const char delimiter_;
    place place_ = place::start;
    std::size_t depth_ = 0;
    std::string_view element_;
    std::string unescaped_;
};

} // namespace walwire::engine
