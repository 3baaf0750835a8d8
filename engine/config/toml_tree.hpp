// A TOML file as a tree whose every key and value knows where it stands. The only user of toml++.
#pragma once

#include "config/mistake.hpp"

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace walwire::engine {

enum class toml_kind : std::uint8_t {
    string,
    integer,
    floating,
    boolean,
    date, // a date, a time, or both: nothing of ours is one
    array,
    table,
};

// "a string", "an integer", ...: how a sentence calls it.
std::string_view to_string(toml_kind of);

struct toml_entry;

struct toml_node {
    toml_kind kind = toml_kind::table;
    text_place where;
    std::string text; // of a string
    std::int64_t integer = 0;
    bool boolean = false;
    std::vector<toml_node> items;    // of an array
    std::vector<toml_entry> entries; // of a table, in the order of the file

    const toml_entry* find(std::string_view key) const;
};

struct toml_entry {
    std::string key;
    text_place where; // the key's
    toml_node value;
};

// TOML 1.0. A mistake is config.syntax, and only the first is found: what follows is unreadable.
std::expected<toml_node, config_mistake> parse_toml(std::string_view content);

} // namespace walwire::engine
