// The text form of hstore, pair by pair (documentation F.18; hstore_out() writes it):
//
//     text = [ pair { ", " pair } ]
//     pair = quoted "=>" ( quoted | "NULL" )
//     quoted = '"' { character | "\" character } '"'
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace walwire::engine {

// Reads front to back, and never trusts the text.
class hstore_reader {
public:
    enum class piece : std::uint8_t { pair, end, malformed };

    explicit hstore_reader(std::string_view text) : rest_{text} {}

    piece next();
    // Of the last piece, when it is a pair; valid until the next call.
    std::string_view key() const { return key_; }
    bool is_null() const { return is_null_; }
    std::string_view value() const { return value_; }

private:
    piece fail();

    std::string_view rest_;
    bool is_first_ = true;
    bool is_broken_ = false;
    bool is_null_ = false;
    std::string_view key_;
    std::string_view value_;
    std::string unescaped_key_;
    std::string unescaped_value_;
};

} // namespace walwire::engine
