#include "base/utf8.hpp"

#include "base/block.hpp"

namespace walwire::engine {

utf8_sequence first_sequence(std::string_view bytes) {
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
    const unsigned char lead = at(0);
    if (lead < 0x80) return {1, true};
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
    if (size == 0) return {1, false};
    for (std::size_t i = 1; i < size; ++i) {
        if (i == bytes.size() || at(i) < low || at(i) > high) return {i, false};
        low = 0x80;
        high = 0xBF;
    }
    return {size, true};
}

bool is_utf8(std::string_view bytes) {
    while (!bytes.empty()) {
        if (bytes.size() >= block_size) {
            const auto ascii = block{bytes.data()}.first_high();
            if (ascii != 0) {
                bytes.remove_prefix(ascii);
                continue;
            }
        }
        const auto sequence = first_sequence(bytes);
        if (!sequence.is_valid) return false;
        bytes.remove_prefix(sequence.size);
    }
    return true;
}

} // namespace walwire::engine
