// See units.hpp.
#include "base/units.hpp"

#include "base/printable.hpp"

#include <array>
#include <charconv>
#include <limits>
#include <span>
#include <string>

namespace walwire::engine {
namespace {

struct unit {
    std::string_view name;
    std::uint64_t factor;
};

constexpr std::array<unit, 5> durations{{
    {"ms", 1},
    {"s", 1000},
    {"m", 60 * 1000},
    {"h", 60 * 60 * 1000},
    {"d", 24 * 60 * 60 * 1000},
}};
constexpr std::array<unit, 11> sizes{{
    {"", 1},
    {"B", 1},
    {"KiB", std::uint64_t{1} << 10},
    {"MiB", std::uint64_t{1} << 20},
    {"GiB", std::uint64_t{1} << 30},
    {"TiB", std::uint64_t{1} << 40},
    {"kB", 1000},
    {"KB", 1000},
    {"MB", 1000 * 1000},
    {"GB", 1000 * 1000 * 1000},
    {"TB", std::uint64_t{1000} * 1000 * 1000 * 1000},
}};

enum class mistake : std::uint8_t { form, range };

// The number times the factor of its unit, when that is at most `most`.
std::expected<std::uint64_t, mistake>
parse_amount(std::string_view text, std::span<const unit> units, std::uint64_t most) {
    std::uint64_t number = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (error == std::errc::invalid_argument) return std::unexpected(mistake::form);
    const std::string_view name{stop, static_cast<std::size_t>(end - stop)};
    for (const unit& known : units) {
        if (known.name != name) continue;
        if (error == std::errc::result_out_of_range) return std::unexpected(mistake::range);
        if (number > most / known.factor) return std::unexpected(mistake::range);
        return number * known.factor;
    }
    return std::unexpected(mistake::form);
}

} // namespace

result<std::chrono::milliseconds> parse_duration(std::string_view text) {
    using std::chrono::milliseconds;
    if (text == "0") return milliseconds{0};
    constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    const auto amount = parse_amount(text, durations, most);
    if (amount) return milliseconds{static_cast<std::int64_t>(*amount)};
    const bool is_form = amount.error() == mistake::form;
    return std::unexpected(failure{
        failure_code::config, "config.duration",
        in_quotes(text) + (is_form ? " is no duration" : " is longer than any duration can be"),
        "write a number and one of ms, s, m, h and d, such as \"100ms\" or \"5s\""});
}

result<std::uint64_t> parse_bytes(std::string_view text) {
    const auto amount = parse_amount(text, sizes, std::numeric_limits<std::uint64_t>::max());
    if (amount) return *amount;
    const bool is_form = amount.error() == mistake::form;
    return std::unexpected(failure{
        failure_code::config, "config.bytes",
        in_quotes(text) + (is_form ? " is no size" : " is larger than any size can be"),
        "write a number of bytes, or a number and one of KiB, MiB, GiB, TiB, kB, MB, GB and TB, "
        "such as \"64MiB\""});
}

} // namespace walwire::engine
