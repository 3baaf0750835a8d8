// Sixteen bytes at a time: which of them a writer of text must look at.
//
// Two types with one interface: sse2_block, and portable_block for every other machine. Tests
// compare them; the engine uses `block`.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace walwire::engine {

constexpr std::size_t block_size = 16;

// Eight bytes as a number: bit 7 of each byte of the answer says whether that byte is meant. A
// borrow can mark a byte above a meant one too, so only zero and the lowest mark are exact.
struct word {
    static constexpr std::uint64_t ones = 0x0101010101010101u;
    static constexpr std::uint64_t tops = ones * 0x80;

    static std::uint64_t load(const char* from) {
        std::uint64_t bytes;
        std::memcpy(&bytes, from, sizeof bytes);
        return bytes;
    }
    static constexpr std::uint64_t equal(std::uint64_t bytes, unsigned char to) {
        const std::uint64_t zeros = bytes ^ (ones * to);
        return (zeros - ones) & ~zeros & tops;
    }
    // Control characters, quotes and backslashes.
    static constexpr std::uint64_t escapes(std::uint64_t bytes) {
        return ((bytes - ones * 0x20) & ~bytes & tops) | equal(bytes, '"') | equal(bytes, '\\');
    }
    static constexpr std::uint64_t line_breaks(std::uint64_t bytes) {
        return equal(bytes, '\n') | equal(bytes, '\r');
    }
    static constexpr std::uint64_t high(std::uint64_t bytes) { return bytes & tops; }
};

class portable_block {
public:
    explicit portable_block(const char* from)
        : low_{word::load(from)}, high_{word::load(from + 8)} {}
    void store(char* to) const {
        std::memcpy(to, &low_, sizeof low_);
        std::memcpy(to + 8, &high_, sizeof high_);
    }
    // Whether all of it is ASCII that needs no escape.
    bool is_plain() const {
        return (word::escapes(low_) | word::escapes(high_) | word::high(low_ | high_)) == 0;
    }
    // An upper bound: see word.
    std::size_t escape_count() const {
        return static_cast<std::size_t>(std::popcount(word::escapes(low_)) +
                                        std::popcount(word::escapes(high_)));
    }
    // The index of the first byte that is meant; block_size when there is none.
    std::size_t first_escape() const { return first(word::escapes(low_), word::escapes(high_)); }
    std::size_t first_line_break() const {
        return first(word::line_breaks(low_), word::line_breaks(high_));
    }
    std::size_t first_high() const { return first(word::high(low_), word::high(high_)); }

private:
    static_assert(std::endian::native == std::endian::little);
    static std::size_t first(std::uint64_t low, std::uint64_t high) {
        if (low != 0) return static_cast<std::size_t>(std::countr_zero(low)) / 8;
        if (high != 0) return static_cast<std::size_t>(std::countr_zero(high)) / 8 + 8;
        return block_size;
    }
    std::uint64_t low_;
    std::uint64_t high_;
};

#ifdef __SSE2__
class sse2_block {
public:
    explicit sse2_block(const char* from)
        : bytes_{_mm_loadu_si128(reinterpret_cast<const __m128i*>(from))} {}
    void store(char* to) const { _mm_storeu_si128(reinterpret_cast<__m128i*>(to), bytes_); }

    bool is_plain() const {
        // Signed: bytes from 0x80 on are less than a space too.
        const auto control_or_high = _mm_cmplt_epi8(bytes_, _mm_set1_epi8(0x20));
        const auto marks = _mm_or_si128(control_or_high, _mm_or_si128(equal('"'), equal('\\')));
        return _mm_movemask_epi8(marks) == 0;
    }
    std::size_t escape_count() const {
        return static_cast<std::size_t>(
            std::popcount(static_cast<std::uint32_t>(_mm_movemask_epi8(escapes()))));
    }
    std::size_t first_escape() const { return first(escapes()); }
    std::size_t first_line_break() const { return first(_mm_or_si128(equal('\n'), equal('\r'))); }
    std::size_t first_high() const { return first(bytes_); }

private:
    __m128i escapes() const {
        // Unsigned less-than does not exist: x < 0x20 is min(x, 0x1f) == x.
        const auto control = _mm_cmpeq_epi8(_mm_min_epu8(bytes_, _mm_set1_epi8(0x1f)), bytes_);
        return _mm_or_si128(control, _mm_or_si128(equal('"'), equal('\\')));
    }
    __m128i equal(char to) const { return _mm_cmpeq_epi8(bytes_, _mm_set1_epi8(to)); }
    static std::size_t first(__m128i marks) {
        // A bit behind the sixteen answers for "none" without a branch.
        const auto mask = static_cast<std::uint32_t>(_mm_movemask_epi8(marks));
        return static_cast<std::size_t>(std::countr_zero(mask | 0x10000u));
    }
    __m128i bytes_;
};
using block = sse2_block;
#else
using block = portable_block;
#endif

} // namespace walwire::engine
