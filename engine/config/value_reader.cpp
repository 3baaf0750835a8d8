#include "config/value_reader.hpp"

#include "base/nearest.hpp"
#include "base/printable.hpp"
#include "base/units.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <span>
#include <utility>

namespace walwire::engine {

namespace {

using checked_value = std::expected<config_value, config_mistake>;
constexpr std::size_t name_bytes_max = 80;
constexpr std::size_t items_max = 10'000;

struct kind_words {
    std::string_view must_be;
    std::string_view example; // where the key has no default
};

kind_words words_for(key_kind kind) {
    switch (kind) {
    case key_kind::string:
    case key_kind::choice:
        return {"a string", R"("...")"};
    case key_kind::secret:
        return {"a string or a reference", R"({ file = "/path" })"};
    case key_kind::strings:
    case key_kind::choices:
        return {"an array of strings", R"(["..."])"};
    case key_kind::boolean:
        return {"a boolean", "true"};
    case key_kind::integer:
        return {"an integer", "1"};
    case key_kind::duration:
        return {"a duration in quotes", R"("5s")"};
    case key_kind::bytes:
        break;
    }
    return {"a size in quotes", R"("64MiB")"};
}

std::unexpected<config_mistake> wrong_type(const key_about& about, const toml_node& found) {
    const auto words = words_for(about.kind);
    return std::unexpected{
        config_mistake{.id = "config.type",
                       .message = fmt::format("{} must be {}", in_ticks(about.name), words.must_be),
                       .help = fmt::format("write  {} = {}", about.name,
                                           about.fallback.empty() ? words.example : about.fallback),
                       .label = fmt::format("found {}", to_string(found.kind)),
                       .where = found.where}};
}

std::unexpected<config_mistake> from(const failure& found, const key_about& about,
                                     const toml_node& value) {
    return std::unexpected{
        config_mistake{.id = found.id,
                       .message = fmt::format("{}: {}", in_ticks(about.name), found.message),
                       .help = found.help,
                       .label = {},
                       .where = value.where}};
}

struct unit {
    std::string_view name;
    std::int64_t size;
};

// As somebody would write it: the largest unit of which it is a whole number.
std::string in_units(std::int64_t number, std::span<const unit> units) {
    for (const auto& one : units)
        if (number % one.size == 0) return fmt::format("\"{}{}\"", number / one.size, one.name);
    return std::to_string(number);
}

std::string bound_text(const key_about& about, std::int64_t bound) {
    constexpr std::array durations{unit{"d", 86'400'000}, unit{"h", 3'600'000}, unit{"m", 60'000},
                                   unit{"s", 1000}, unit{"ms", 1}};
    constexpr std::array sizes{unit{"TiB", std::int64_t{1} << 40}, unit{"GiB", 1 << 30},
                               unit{"MiB", 1 << 20}, unit{"KiB", 1 << 10}, unit{"B", 1}};
    if (about.kind == key_kind::duration) return in_units(bound, durations);
    if (about.kind == key_kind::bytes) return in_units(bound, sizes);
    return std::to_string(bound);
}

std::optional<config_mistake> check_range(const key_about& about, std::int64_t number,
                                          const toml_node& value) {
    if (number >= about.at_least && number <= about.at_most) return std::nullopt;
    const bool is_low = number < about.at_least;
    return config_mistake{
        .id = "config.range",
        .message =
            fmt::format("{} must be at {} {}", in_ticks(about.name), is_low ? "least" : "most",
                        bound_text(about, is_low ? about.at_least : about.at_most)),
        .help = {},
        .label = {},
        .where = value.where};
}

checked_value in_range(const key_about& about, const toml_node& value, std::int64_t number,
                       config_value made) {
    if (auto wrong = check_range(about, number, value)) return std::unexpected{std::move(*wrong)};
    return made;
}

checked_value read_duration(const key_about& about, const toml_node& value) {
    const auto parsed = parse_duration(value.text);
    if (!parsed) return from(parsed.error(), about, value);
    config_value made;
    made.duration = *parsed;
    return in_range(about, value, parsed->count(), std::move(made));
}

checked_value read_bytes(const key_about& about, const toml_node& value) {
    const auto parsed = parse_bytes(value.text);
    if (!parsed) return from(parsed.error(), about, value);
    config_value made;
    made.bytes = *parsed;
    const auto number = static_cast<std::int64_t>(
        std::min<std::uint64_t>(*parsed, std::numeric_limits<std::int64_t>::max()));
    return in_range(about, value, number, std::move(made));
}

std::optional<config_mistake> check_word(const key_about& about, const toml_node& value) {
    const auto words = words_of(about.words);
    if (std::ranges::find(words, value.text) != words.end()) return std::nullopt;
    const auto later = words_of(about.later_words);
    if (std::ranges::find(later, value.text) != later.end())
        return config_mistake{.id = "config.not_built",
                              .message = fmt::format("{} cannot be {} yet", in_ticks(about.name),
                                                     in_quotes(value.text)),
                              .help = fmt::format("this walwire knows {}", fmt::join(words, ", ")),
                              .label = {},
                              .where = value.where};
    return config_mistake{
        .id = "config.choice",
        .message = fmt::format("{} cannot be {}", in_ticks(about.name), in_quotes(value.text)),
        .help = suggest(value.text, words),
        .label = {},
        .where = value.where};
}

checked_value read_array(const key_about& about, const toml_node& value) {
    config_value made;
    if (value.items.size() > items_max)
        return std::unexpected{config_mistake{
            .id = "config.range",
            .message = fmt::format("{} has more than {} items", in_ticks(about.name), items_max),
            .help = {},
            .label = {},
            .where = value.where}};
    for (const auto& item : value.items) {
        if (item.kind != toml_kind::string) return wrong_type(about, item);
        if (about.kind == key_kind::choices)
            if (auto wrong = check_word(about, item)) return std::unexpected{std::move(*wrong)};
        made.texts.push_back(item.text);
    }
    return made;
}

checked_value read_text(const key_about& about, const toml_node& value) {
    if (about.kind == key_kind::choice)
        if (auto wrong = check_word(about, value)) return std::unexpected{std::move(*wrong)};
    if (value.text.contains('\0'))
        return std::unexpected{
            config_mistake{.id = "config.nul",
                           .message = fmt::format("{} has a NUL byte", in_ticks(about.name)),
                           .help = "names and paths end at the first of them",
                           .label = {},
                           .where = value.where}};
    config_value made;
    made.text = value.text;
    return made;
}

checked_value read_secret_table(const key_about& about, const toml_node& value) {
    config_value made;
    made.reference = as_reference(value);
    if (made.reference) return made;
    return std::unexpected{config_mistake{
        .id = "config.reference",
        .message = fmt::format("{} is no reference to a value", in_ticks(about.name)),
        .help = R"(write  { env = "NAME" }, { file = "/path" } or { credential = "NAME" })",
        .label = {},
        .where = value.where}};
}

toml_kind form_of(key_kind kind) {
    switch (kind) {
    case key_kind::strings:
    case key_kind::choices:
        return toml_kind::array;
    case key_kind::boolean:
        return toml_kind::boolean;
    case key_kind::integer:
        return toml_kind::integer;
    default:
        return toml_kind::string;
    }
}

} // namespace

std::string in_ticks(std::string_view name) { return "`" + printable(name, name_bytes_max) + "`"; }

std::string suggest(std::string_view written, std::span<const std::string> words) {
    if (const auto meant = nearest(written, words))
        return fmt::format("did you mean {}?", in_ticks(*meant));
    return fmt::format("there {} {}", words.size() == 1 ? "is" : "are", fmt::join(words, ", "));
}

std::optional<value_reference> as_reference(const toml_node& value) {
    if (value.kind != toml_kind::table || value.entries.size() != 1) return std::nullopt;
    const auto& only = value.entries.front();
    const auto kind = parse_reference_kind(only.key);
    if (!kind || only.value.kind != toml_kind::string) return std::nullopt;
    return value_reference{.kind = *kind, .name = only.value.text};
}

checked_value read_value(const key_about& about, const toml_entry& entry) {
    const auto& value = entry.value;
    if (!about.later.empty())
        return std::unexpected{config_mistake{
            .id = "config.not_built",
            .message = fmt::format("{} cannot be set yet", in_ticks(about.name)),
            .help = fmt::format("leave it out: this walwire is without {}", about.later),
            .label = {},
            .where = entry.where}};
    if (about.kind == key_kind::secret && value.kind == toml_kind::table)
        return read_secret_table(about, value);
    if (value.kind != form_of(about.kind)) return wrong_type(about, value);
    switch (about.kind) {
    case key_kind::duration:
        return read_duration(about, value);
    case key_kind::bytes:
        return read_bytes(about, value);
    case key_kind::strings:
    case key_kind::choices:
        return read_array(about, value);
    case key_kind::boolean: {
        config_value made;
        made.boolean = value.boolean;
        return made;
    }
    case key_kind::integer: {
        config_value made;
        made.integer = value.integer;
        return in_range(about, value, value.integer, std::move(made));
    }
    default:
        return read_text(about, value);
    }
}

} // namespace walwire::engine
