#include "host/option_value.hpp"

#include "base/nearest.hpp"
#include "base/printable.hpp"
#include "base/units.hpp"
#include "config/key.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <span>
#include <vector>

namespace walwire::engine {

namespace {

using checked = std::expected<std::string, value_mistake>;

bool contains(std::span<const std::string> words, std::string_view word) {
    return std::ranges::find(words, word) != words.end();
}

checked normalised_integer(std::string_view value) {
    std::int64_t number = 0;
    const char* end = value.data() + value.size();
    const auto [stop, error] = std::from_chars(value.data(), end, number);
    if (error == std::errc::result_out_of_range && stop == end) {
        return std::unexpected(value_mistake{in_quotes(value) + " does not fit into 64 bits",
                                             "write a whole number from -2^63 to 2^63-1"});
    }
    if (error != std::errc{} || stop != end) {
        return std::unexpected(value_mistake{in_quotes(value) + " is no integer",
                                             "write a whole number such as 8 or -1"});
    }
    return std::to_string(number);
}

checked normalised_choice(std::string_view value, std::string_view fallback) {
    const auto words = words_of(fallback);
    if (contains(words, value)) return std::string{value};
    std::string help = "write one of " + fmt::format("{}", fmt::join(words, ", "));
    if (auto meant = nearest(value, words)) help = "did you mean \"" + *meant + "\"? " + help;
    return std::unexpected(
        value_mistake{in_quotes(value) + " is none of its words", std::move(help)});
}

// Of every scalar kind but string and secret, whose values are used as they are.
checked normalised(const option_spec& spec, std::string_view value) {
    const auto other = [](const failure& found) {
        return std::unexpected(value_mistake{found.message, found.help});
    };
    switch (spec.kind) {
    case option_kind::boolean:
        if (value == "true" || value == "false") return std::string{value};
        return std::unexpected(
            value_mistake{in_quotes(value) + " is no boolean", "write true or false"});
    case option_kind::integer:
        return normalised_integer(value);
    case option_kind::duration:
        if (auto parsed = parse_duration(value))
            return std::to_string(parsed->count());
        else
            return other(parsed.error());
    case option_kind::bytes:
        if (auto parsed = parse_bytes(value))
            return std::to_string(*parsed);
        else
            return other(parsed.error());
    case option_kind::choice:
        return normalised_choice(value, spec.fallback.value_or(""));
    case option_kind::string:
    case option_kind::secret:
    case option_kind::table:
        break;
    }
    return std::string{value};
}

// What is wrong with a value whatever its kind.
std::optional<value_mistake> check_bytes(std::string_view value) {
    if (value.contains('\0')) {
        return value_mistake{"the value has a NUL byte",
                             "a plugin reads values up to their first NUL"};
    }
    if (value.size() > option_bytes_max) {
        return value_mistake{"the value has " + std::to_string(value.size()) + " bytes, at most " +
                                 std::to_string(option_bytes_max) + " are taken",
                             "let the option name a file, if the plugin can read one"};
    }
    return std::nullopt;
}

// Text in quotes for a number or a boolean, and the other way round, is a slip that a file shows.
std::optional<value_mistake> check_form(const option_spec& spec, option_form form) {
    const auto found = [&](std::string_view what) {
        const std::string_view wanted = spec.kind == option_kind::integer   ? "an integer"
                                        : spec.kind == option_kind::boolean ? "a boolean"
                                                                            : "a string";
        return value_mistake{"found " + std::string{what} + " where " + std::string{wanted} +
                                 " must stand",
                             spec.kind == option_kind::integer   ? "write a number without quotes"
                             : spec.kind == option_kind::boolean ? "write true or false"
                                                                 : "write it in quotes"};
    };
    const bool wants_integer = spec.kind == option_kind::integer;
    const bool wants_boolean = spec.kind == option_kind::boolean;
    if (form == option_form::unusable) return found("a date or a fraction");
    if (form == option_form::string && (wants_integer || wants_boolean)) return found("a string");
    if (form == option_form::integer && !wants_integer && spec.kind != option_kind::bytes &&
        spec.kind != option_kind::duration)
        return found("an integer");
    if (form == option_form::boolean && !wants_boolean) return found("a boolean");
    return std::nullopt;
}

} // namespace

std::string_view to_string(option_kind of) {
    switch (of) {
    case option_kind::string:
        return "string";
    case option_kind::secret:
        return "secret";
    case option_kind::boolean:
        return "boolean";
    case option_kind::integer:
        return "integer";
    case option_kind::duration:
        return "duration";
    case option_kind::bytes:
        return "bytes";
    case option_kind::choice:
        return "choice";
    case option_kind::table:
        return "table";
    }
    return "unknown";
}

std::optional<std::string> fallback_mistake(const option_spec& spec) {
    if (!spec.is_scalar()) return std::nullopt;
    if (spec.kind == option_kind::choice) {
        auto words = words_of(spec.fallback.value_or(""));
        if (words.empty() || contains(words, "")) return "its fallback does not list its words";
        std::ranges::sort(words);
        if (std::ranges::adjacent_find(words) != words.end()) return "a word is listed twice";
        return std::nullopt;
    }
    if (!spec.fallback) return std::nullopt;
    if (auto value = normalised(spec, *spec.fallback); !value) {
        return "its fallback " + value.error().what;
    }
    return std::nullopt;
}

std::expected<std::string, value_mistake> normalise(const option_spec& spec, std::string_view value,
                                                    option_form form) {
    if (auto wrong = check_form(spec, form)) return std::unexpected(std::move(*wrong));
    if (auto wrong = check_bytes(value)) return std::unexpected(std::move(*wrong));
    return normalised(spec, value);
}

std::optional<std::string> normalised_fallback(const option_spec& spec) {
    if (!spec.fallback || !spec.is_scalar()) return std::nullopt;
    if (spec.kind == option_kind::choice) return words_of(*spec.fallback).front();
    return normalised(spec, *spec.fallback).value_or("");
}

} // namespace walwire::engine
