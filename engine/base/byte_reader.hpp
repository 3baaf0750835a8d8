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
    explicit byte_reader(std::string_view bytes)
        : at_{bytes.data()}, end_{bytes.data() + bytes.size()} {}

    bool is_short() const { return failed_; }
    std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }

    // Signed numbers are two's complement on the wire, as they are here.
    template <std::integral Number>
        requires(!std::same_as<Number, bool>)
    Number read() {
        std::make_unsigned_t<Number> number{};
        if (left() < sizeof number) return fail(), Number{};
        std::memcpy(&number, at_, sizeof number);
        at_ += sizeof number;
        if constexpr (sizeof number > 1) number = std::byteswap(number);
        return std::bit_cast<Number>(number);
    }
    std::string_view read_bytes(std::size_t size) {
        if (left() < size) return fail(), std::string_view{};
        const std::string_view bytes{at_, size};
        at_ += size;
        return bytes;
    }
    // Up to the next NUL, which is consumed and not part of the answer.
    std::string_view read_c_string() {
        const auto* nul = left() ? static_cast<const char*>(std::memchr(at_, 0, left())) : nullptr;
        if (nul == nullptr) return fail(), std::string_view{};
        const std::string_view text{at_, static_cast<std::size_t>(nul - at_)};
        at_ = nul + 1;
        return text;
    }

private:
    static_assert(std::endian::native == std::endian::little);
    void fail() {
        failed_ = true;
        at_ = end_;
    }

    const char* at_;
    const char* end_;
    bool failed_ = false;
};

} // namespace walwire::engine
