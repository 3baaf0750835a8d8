#include "encode/json_writer.hpp"

#include "base/utf8.hpp"
#include "encode/notes.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace walwire::engine {

namespace {

constexpr std::string_view lower_digits = "0123456789abcdef";
constexpr std::string_view upper_digits = "0123456789ABCDEF";

bool is_escaped(char character) {
    return static_cast<unsigned char>(character) < 0x20 || character == '"' || character == '\\';
}

// The forms that PostgreSQL chooses.
char* write_escape(char* at, char character) {
    *at++ = '\\';
    switch (character) {
    case '\b':
        *at++ = 'b';
        return at;
    case '\f':
        *at++ = 'f';
        return at;
    case '\n':
        *at++ = 'n';
        return at;
    case '\r':
        *at++ = 'r';
        return at;
    case '\t':
        *at++ = 't';
        return at;
    case '"':
    case '\\':
        *at++ = character;
        return at;
    default:
        at = write_literal(at, "u00");
        *at++ = lower_digits[static_cast<unsigned char>(character) >> 4];
        *at++ = lower_digits[character & 0xF];
        return at;
    }
}

char* write_line_break(char* at, char) {
    *at = ' ';
    return at + 1;
}

// Up to 15 bytes as two words that overlap; false, and nothing said of `at`, when one of the bytes
// needs more than copying.
template <typename Word> bool write_halves(char* at, const char* from, std::size_t size) {
    Word head{};
    Word tail{};
    std::memcpy(&head, from, sizeof head);
    std::memcpy(&tail, from + size - sizeof tail, sizeof tail);
    std::memcpy(at, &head, sizeof head);
    std::memcpy(at + size - sizeof tail, &tail, sizeof tail);
    // The bytes missing from a short word are made 'a's, which nobody means.
    constexpr std::uint64_t filler =
        sizeof(Word) == 8 ? 0 : (word::ones * 'a') << (sizeof(Word) * 8 % 64);
    return ((word::escapes(head | filler) | word::escapes(tail | filler) |
             word::high(head | tail)) == 0);
}

bool write_short(char* at, const char* from, std::size_t size) {
    if (size >= 8) return write_halves<std::uint64_t>(at, from, size);
    if (size >= 4) return write_halves<std::uint32_t>(at, from, size);
    bool is_plain = true;
    for (std::size_t i = 0; i < size; ++i) {
        at[i] = from[i];
        is_plain &= !is_escaped(from[i]) && static_cast<signed char>(from[i]) >= 0;
    }
    return is_plain;
}

enum class encoding : std::uint8_t { unknown, valid, broken };

// Copies text of which something needs care. `Next` finds the first byte of a block to be replaced,
// `is_replaced` knows one, `replace` writes what takes its place. Whether the text is UTF-8 is
// asked once, at the first byte that is not ASCII.
template <typename Block, auto Next, auto IsReplaced, auto Replace>
char* write_with_care(char* at, std::string_view text) {
    auto is_utf8_text = encoding::unknown;
    while (!text.empty()) {
        if (text.size() >= block_size) {
            const Block bytes{text.data()};
            bytes.store(at);
            auto plain = (bytes.*Next)();
            if (is_utf8_text != encoding::valid) plain = std::min(plain, bytes.first_high());
            at += plain;
            text.remove_prefix(plain);
            if (plain == block_size) continue;
        }
        const char first = text.front();
        if (IsReplaced(first)) {
            at = Replace(at, first);
            text.remove_prefix(1);
            continue;
        }
        if (static_cast<signed char>(first) < 0 && is_utf8_text != encoding::valid) {
            if (is_utf8_text == encoding::unknown) {
                is_utf8_text = is_utf8(text) ? encoding::valid : encoding::broken;
                continue;
            }
            const auto sequence = first_sequence(text);
            if (!sequence.is_valid) ++notes().replaced;
            at = write_bytes(at, sequence.is_valid ? text.substr(0, sequence.size)
                                                   : replacement_character);
            text.remove_prefix(sequence.size);
            continue;
        }
        *at++ = first;
        text.remove_prefix(1);
    }
    return at;
}

template <typename Block> char* escape_with_care(char* at, std::string_view text) {
    return write_with_care<Block, &Block::first_escape, is_escaped, write_escape>(at, text);
}

} // namespace

template <typename Block> char* write_string_body_with(char* at, std::string_view text) {
    const char* const from = text.data();
    const std::size_t size = text.size();
    if (size < block_size)
        return write_short(at, from, size) ? at + size : escape_with_care<Block>(at, text);
    std::size_t done = 0;
    for (; done + block_size <= size; done += block_size) {
        const Block bytes{from + done};
        bytes.store(at + done);
        if (!bytes.is_plain()) return escape_with_care<Block>(at + done, text.substr(done));
    }
    // The last block overlaps the one before it, so that there is no rest.
    const Block last{from + size - block_size};
    last.store(at + size - block_size);
    if (!last.is_plain()) return escape_with_care<Block>(at + done, text.substr(done));
    return at + size;
}

template char* write_string_body_with<portable_block>(char*, std::string_view);
#ifdef __SSE2__
template char* write_string_body_with<sse2_block>(char*, std::string_view);
#endif

char* write_string_body(char* at, std::string_view text) {
    return write_string_body_with<block>(at, text);
}

std::string string_body(std::string_view text) {
    std::string body(bound_of(text) + write_slack, '\0');
    const char* const end = write_string_body(body.data(), text);
    body.resize(static_cast<std::size_t>(end - body.data()));
    return body;
}

char* write_string(char* at, std::string_view text) {
    *at = '"';
    at = write_string_body_with<block>(at + 1, text);
    *at = '"';
    return at + 1;
}

char* write_verbatim(char* at, std::string_view json) {
    constexpr auto is_line_break = [](char it) { return it == '\n' || it == '\r'; };
    return write_with_care<block, &block::first_line_break, is_line_break, write_line_break>(at,
                                                                                             json);
}

std::size_t bound_of_large(std::string_view text) {
    // An escape adds at most 5 bytes, U+FFFD in place of one byte 2.
    std::size_t bound = text.size() + 8;
    bool is_ascii = true;
    auto rest = text;
    for (; rest.size() >= block_size; rest.remove_prefix(block_size)) {
        const block bytes{rest.data()};
        if (bytes.is_plain()) continue;
        bound += 5 * bytes.escape_count();
        is_ascii &= bytes.first_high() == block_size;
    }
    bound += 5 * rest.size();
    if (!is_ascii && !is_utf8(text)) bound += 2 * text.size();
    return bound;
}

char* write_decimal(char* at, std::uint64_t number) {
    return std::to_chars(at, at + number_bound, number).ptr;
}

char* write_hex(char* at, std::uint64_t number, unsigned digits_min) {
    const auto digits = static_cast<unsigned>(std::bit_width(number) + 3) / 4;
    char* const end = at + std::max(digits, digits_min);
    for (char* digit = end; digit != at; number >>= 4) *--digit = upper_digits[number & 0xF];
    return end;
}

char* write_lsn(char* at, std::uint64_t lsn) {
    at = write_hex(at, lsn >> 32, 1);
    *at = '/';
    return write_hex(at + 1, lsn & 0xFFFFFFFFu, 1);
}

char* write_base64(char* at, std::string_view bytes) {
    constexpr std::string_view digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const auto byte = [&](std::size_t i) -> unsigned {
        return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0;
    };
    *at++ = '"';
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const unsigned group = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
        *at++ = digits[group >> 18];
        *at++ = digits[group >> 12 & 0x3F];
        *at++ = i + 1 < bytes.size() ? digits[group >> 6 & 0x3F] : '=';
        *at++ = i + 2 < bytes.size() ? digits[group & 0x3F] : '=';
    }
    *at++ = '"';
    return at;
}

} // namespace walwire::engine
