// JSON text at a cursor: every function writes at `at` and returns the end of what it wrote.
//
// The cursor is passed by value so that it stays in a register; nothing checks for room. Whoever
// writes an event first reserves the sum of the bounds of its parts, and `write_slack` behind it,
// because copies are made in whole blocks and overrun what they copy.
#pragma once

#include "base/block.hpp"

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace walwire::engine {

constexpr std::size_t write_slack = 2 * block_size;

// Prepared text, copied as it is, in whole blocks; so its bytes are padded to one.
class fragment {
public:
    fragment() = default;
    explicit fragment(std::string_view text) : bytes_{text}, size_{text.size()} {
        bytes_.resize(size_ + block_size);
    }
    std::size_t size() const { return size_; }
    std::string_view text() const { return {bytes_.data(), size_}; }
    char* write(char* at) const {
        const char* from = bytes_.data();
        char* const end = at + size_;
        for (; at < end; at += block_size, from += block_size) block{from}.store(at);
        return end;
    }

private:
    std::string bytes_;
    std::size_t size_ = 0;
};

template <std::size_t Size> char* write_literal(char* at, const char (&text)[Size]) {
    std::memcpy(at, text, Size - 1);
    return at + Size - 1;
}
inline char* write_bytes(char* at, std::string_view text) {
    if (!text.empty()) std::memcpy(at, text.data(), text.size());
    return at + text.size();
}

// A JSON string. Escapes what JSON demands, in the forms of PostgreSQL's escape_json(); what is not
// UTF-8 becomes U+FFFD.
char* write_string(char* at, std::string_view text);
// The same without the quotes.
char* write_string_body(char* at, std::string_view text);
// The same as an owned text, for names that are prepared.
std::string string_body(std::string_view text);
// JSON that is already JSON: line breaks, which can only stand between its tokens, become spaces,
// so that one event stays one line.
char* write_verbatim(char* at, std::string_view json);
// An upper bound of what any of them writes, with room for a few characters more. Exact enough for
// large texts that a row of them does not reserve six times its size.
std::size_t bound_of_large(std::string_view text);
inline std::size_t bound_of(std::string_view text) {
    return text.size() <= 256 ? 6 * text.size() + 8 : bound_of_large(text);
}

char* write_decimal(char* at, std::uint64_t number);
// Upper case, with leading zeros to at least `digits_min` digits.
char* write_hex(char* at, std::uint64_t number, unsigned digits_min);
// "16/B374D848", as PostgreSQL writes it.
char* write_lsn(char* at, std::uint64_t lsn);
constexpr std::size_t number_bound = 20; // of each of these three

// A JSON string of the base64 (RFC 4648, padded) of the bytes.
char* write_base64(char* at, std::string_view bytes);
constexpr std::size_t base64_bound(std::size_t size) { return size / 3 * 4 + 6; }

// write_string_body with a block of one's choice, so that tests reach the other machines' code.
template <typename Block> char* write_string_body_with(char* at, std::string_view text);

} // namespace walwire::engine
