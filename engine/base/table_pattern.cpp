#include "base/table_pattern.hpp"

#include <algorithm>

namespace walwire::engine {

namespace {

// Reads up to the closing quote; false when there is none.
bool take_quoted(std::string_view& text, std::string& literal) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '"') {
            literal += text[i];
        } else if (i + 1 < text.size() && text[i + 1] == '"') {
            literal += text[++i];
        } else {
            text.remove_prefix(i + 1);
            return true;
        }
    }
    return false;
}

} // namespace

std::optional<table_pattern::part> table_pattern::parse_part(std::string_view& text) {
    part pieces(1);
    if (text.starts_with('"')) {
        text.remove_prefix(1);
        if (!take_quoted(text, pieces.back()) || pieces.back().empty()) return std::nullopt;
        if (!text.empty() && text.front() != '.') return std::nullopt;
        return pieces;
    }
    const auto dot = std::min(text.find('.'), text.size());
    if (dot == 0) return std::nullopt;
    for (const char character : text.substr(0, dot)) {
        if (character == '"') return std::nullopt;
        if (character == '*')
            pieces.emplace_back();
        else
            pieces.back() += character;
    }
    text.remove_prefix(dot);
    return pieces;
}

std::optional<table_pattern> table_pattern::parse(std::string_view text) {
    table_pattern pattern;
    auto first = parse_part(text);
    if (!first) return std::nullopt;
    if (text.empty()) {
        pattern.schema_ = {"public"};
        pattern.table_ = std::move(*first);
        return pattern;
    }
    text.remove_prefix(1); // the dot
    auto second = parse_part(text);
    if (!second || !text.empty()) return std::nullopt;
    pattern.schema_ = std::move(*first);
    pattern.table_ = std::move(*second);
    return pattern;
}

// Between the first and the last piece the earliest find is as good as any later one.
bool table_pattern::matches_part(const part& pieces, std::string_view name) {
    if (pieces.size() == 1) return name == pieces.front();
    if (!name.starts_with(pieces.front())) return false;
    name.remove_prefix(pieces.front().size());
    for (std::size_t i = 1; i + 1 < pieces.size(); ++i) {
        const auto found = name.find(pieces[i]);
        if (found == std::string_view::npos) return false;
        name.remove_prefix(found + pieces[i].size());
    }
    return name.ends_with(pieces.back());
}

bool table_pattern::matches(std::string_view schema, std::string_view table) const {
    return matches_part(schema_, schema) && matches_part(table_, table);
}

bool matches_any(const std::vector<table_pattern>& patterns, std::string_view schema,
                 std::string_view table) {
    if (patterns.empty()) return true;
    return std::ranges::any_of(patterns, [&](const auto& p) { return p.matches(schema, table); });
}

} // namespace walwire::engine
