// See printable.hpp. The table of well-formed sequences is Unicode 15, table 3-7.
#include "base/printable.hpp"

#include "base/assert.hpp"

namespace walwire::engine {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";
constexpr std::string_view ellipsis = "...";
constexpr std::size_t quoted_bytes_max = 80;

// Bytes of the well-formed character at the front; 0 when there is none.
std::size_t character_size(std::string_view bytes) {
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
    const unsigned char lead = at(0);
    if (lead < 0x80) return 1;
    std::size_t size = 0;
    unsigned char low = 0x80;
    unsigned char high = 0xBF;
    if (lead >= 0xC2 && lead <= 0xDF) {
        size = 2;
    } else if (lead >= 0xE0 && lead <= 0xEF) {
        size = 3;
        if (lead == 0xE0) low = 0xA0;  // overlong
        if (lead == 0xED) high = 0x9F; // surrogates
    } else if (lead >= 0xF0 && lead <= 0xF4) {
        size = 4;
        if (lead == 0xF0) low = 0x90;  // overlong
        if (lead == 0xF4) high = 0x8F; // beyond U+10FFFF
    }
    if (size == 0 || bytes.size() < size || at(1) < low || at(1) > high) return 0;
    for (std::size_t i = 2; i < size; ++i) {
        if (at(i) < 0x80 || at(i) > 0xBF) return 0;
    }
    return size;
}

bool is_control(std::string_view character) {
    const auto lead = static_cast<unsigned char>(character[0]);
    if (character.size() == 1) return lead < 0x20 || lead == 0x7F;
    // U+0080 to U+009F: eight-bit terminals take them as escape sequences.
    return lead == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0;
}

} // namespace

std::string printable(std::string_view bytes, std::size_t bytes_max) {
    WALWIRE_ASSERT(bytes_max >= ellipsis.size());
    std::string text;
    std::size_t cut_at = 0; // the longest prefix that leaves room for the ellipsis
    while (!bytes.empty()) {
        const std::size_t size = character_size(bytes);
        std::string_view character = size == 0 ? replacement : bytes.substr(0, size);
        if (is_control(character)) character = " ";
        if (text.size() + character.size() > bytes_max) {
            text.resize(cut_at);
            text += ellipsis;
            break;
        }
        text += character;
        if (text.size() + ellipsis.size() <= bytes_max) cut_at = text.size();
        bytes.remove_prefix(size == 0 ? 1 : size);
    }
    return text;
}

std::string in_quotes(std::string_view bytes) {
    return '"' + printable(bytes, quoted_bytes_max) + '"';
}

} // namespace walwire::engine
