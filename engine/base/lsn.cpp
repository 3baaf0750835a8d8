#include "base/lsn.hpp"

#include <charconv>
#include <fmt/format.h>

namespace walwire::engine {

namespace {

std::optional<std::uint64_t> parse_half(std::string_view digits) {
    if (digits.empty() || digits.size() > 8) return std::nullopt;
    std::uint32_t half = 0;
    const char* end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, half, 16);
    if (error != std::errc{} || stop != end) return std::nullopt;
    return half;
}

} // namespace

std::string to_string(lsn at) {
    return fmt::format("{:X}/{:X}", at.value >> 32, at.value & 0xFFFFFFFFu);
}

std::optional<lsn> parse_lsn(std::string_view text) {
    const auto slash = text.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const auto high = parse_half(text.substr(0, slash));
    const auto low = parse_half(text.substr(slash + 1));
    if (!high || !low) return std::nullopt;
    return lsn{(*high << 32) | *low};
}

} // namespace walwire::engine
