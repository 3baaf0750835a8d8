#include "config/toml_tree.hpp"

#include <algorithm>

#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#define TOML_ENABLE_WINDOWS_COMPAT 0
#include <toml++/toml.h>

namespace walwire::engine {

namespace {

text_place place_of(const toml::source_region& region) {
    text_place where{.line = region.begin.line, .column = region.begin.column, .length = 1};
    if (region.end.line == region.begin.line && region.end.column > region.begin.column)
        where.length = region.end.column - region.begin.column;
    return where;
}

toml_node convert(const toml::node& from);

std::vector<toml_entry> convert_entries(const toml::table& from) {
    std::vector<toml_entry> entries;
    entries.reserve(from.size());
    for (const auto& [key, value] : from)
        entries.push_back({std::string{key.str()}, place_of(key.source()), convert(value)});
    std::ranges::sort(entries, {}, [](const toml_entry& one) {
        return std::pair{one.where.line, one.where.column};
    });
    return entries;
}

toml_node convert(const toml::node& from) {
    toml_node made;
    made.where = place_of(from.source());
    if (const auto* table = from.as_table()) {
        made.entries = convert_entries(*table);
    } else if (const auto* array = from.as_array()) {
        made.kind = toml_kind::array;
        for (const auto& item : *array) made.items.push_back(convert(item));
    } else if (const auto* text = from.as_string()) {
        made.kind = toml_kind::string;
        made.text = text->get();
    } else if (const auto* integer = from.as_integer()) {
        made.kind = toml_kind::integer;
        made.integer = integer->get();
    } else if (const auto* boolean = from.as_boolean()) {
        made.kind = toml_kind::boolean;
        made.boolean = boolean->get();
    } else {
        made.kind = from.is_floating_point() ? toml_kind::floating : toml_kind::date;
    }
    return made;
}

} // namespace

std::string_view to_string(toml_kind of) {
    switch (of) {
    case toml_kind::string:
        return "a string";
    case toml_kind::integer:
        return "an integer";
    case toml_kind::floating:
        return "a number with a fraction";
    case toml_kind::boolean:
        return "a boolean";
    case toml_kind::date:
        return "a date or a time";
    case toml_kind::array:
        return "an array";
    case toml_kind::table:
        return "a table";
    }
    return "something else";
}

const toml_entry* toml_node::find(std::string_view key) const {
    const auto found = std::ranges::find(entries, key, &toml_entry::key);
    return found == entries.end() ? nullptr : &*found;
}

std::expected<toml_node, config_mistake> parse_toml(std::string_view content) {
    const auto parsed = toml::parse(content);
    if (!parsed) {
        const auto& error = parsed.error();
        return std::unexpected{
            config_mistake{.id = "config.syntax",
                           .message = "this is not TOML: " + std::string{error.description()},
                           .help = "https://toml.io/en/v1.0.0 has the grammar",
                           .label = {},
                           .where = place_of(error.source())}};
    }
    return convert(parsed.table());
}

} // namespace walwire::engine
