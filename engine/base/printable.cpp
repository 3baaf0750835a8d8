#include "base/printable.hpp"

#include "base/assert.hpp"
#include "base/utf8.hpp"

namespace walwire::engine {
namespace {

constexpr std::string_view ellipsis = "...";
constexpr std::size_t quoted_bytes_max = 80;

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
        const auto sequence = first_sequence(bytes);
        std::string_view character =
            sequence.is_valid ? bytes.substr(0, sequence.size) : replacement_character;
        if (is_control(character)) character = " ";
        if (text.size() + character.size() > bytes_max) {
            text.resize(cut_at);
            text += ellipsis;
            break;
        }
        text += character;
        if (text.size() + ellipsis.size() <= bytes_max) cut_at = text.size();
        bytes.remove_prefix(sequence.size);
    }
    return text;
}

std::string in_quotes(std::string_view bytes) {
    return '"' + printable(bytes, quoted_bytes_max) + '"';
}

} // namespace walwire::engine
