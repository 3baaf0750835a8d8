// A bounds-checked cursor over bytes in network order.
//
// Reading past the end yields zeros and empty views and marks the reader as failed; it stays failed
// and never moves again. So a parser reads a whole message and asks is_short() once, at its end,
// and otherwise only before it complains of a value: a zero may be a byte that was not there.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

namespace walwire::engine {

class byte_reader {
public:
    explicit byte_reader(std::string_view bytes) : at_{bytes.data()}, left_{bytes.size()} {}

    bool is_short() const { return failed_; }
    std::size_t left() const { return left_; }

    // Signed numbers are two's complement on the wire, as they are here.
    template <std::integral Number>
        requires(!std::same_as<Number, bool>)
    Number read() {
        std::make_unsigned_t<Number> number{};
        if (left_ < sizeof number) return fail(), Number{};
        std::memcpy(&number, at_, sizeof number);
        skip(sizeof number);
        if constexpr (sizeof number > 1) number = std::byteswap(number);
        return std::bit_cast<Number>(number);
    }
    std::string_view read_bytes(std::size_t size) {
        if (left_ < size) return fail(), std::string_view{};
        const std::string_view bytes{at_, size};
        skip(size);
        return bytes;
    }
    // As read<char>(), read<std::int32_t>() and read_bytes() where that is `kind`, a length and so
    // many bytes. Anything else reads nothing and is false: the three say what it is.
    bool read_counted(char kind, std::string_view& bytes) {
        constexpr std::size_t before = 1 + sizeof(std::int32_t);
        if (left_ < before || *at_ != kind) return false;
        std::uint32_t number;
        std::memcpy(&number, at_ + 1, sizeof number);
        // Sign-extended: what is negative is more than there can be.
        const auto length = std::bit_cast<std::int32_t>(std::byteswap(number));
        const auto size = static_cast<std::size_t>(length);
        const auto* const first = at_ + before;
        const auto left = left_ - before;
        if (left < size) return false;
        bytes = {first, size};
        at_ = first + size;
        left_ = left - size;
        return true;
    }
    // Up to the next NUL, which is consumed and not part of the answer.
    std::string_view read_c_string() {
        const auto* nul = left_ ? static_cast<const char*>(std::memchr(at_, 0, left_)) : nullptr;
        if (nul == nullptr) return fail(), std::string_view{};
        const std::string_view text{at_, static_cast<std::size_t>(nul - at_)};
        skip(text.size() + 1);
        return text;
    }

private:
    static_assert(std::endian::native == std::endian::little);
    void fail() {
        failed_ = true;
        left_ = 0;
    }
    void skip(std::size_t size) {
        at_ += size;
        left_ -= size;
    }

    const char* at_;
    std::size_t left_; // not the end: nearly every use asks how much there is
    bool failed_ = false;
};

} // namespace walwire::engine
