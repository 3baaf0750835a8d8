#include "config/mistake.hpp"

#include "base/printable.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <tuple>
#include <utility>

namespace walwire::engine {

namespace {

constexpr std::size_t shown_bytes_max = 200;

std::string_view line_at(std::string_view content, std::uint32_t number) {
    for (std::uint32_t line = 1;; ++line) {
        const auto end = content.find('\n');
        if (line == number) return content.substr(0, end);
        if (end == std::string_view::npos) return {};
        content.remove_prefix(end + 1);
    }
}

// Carets under the place; empty where the line as shown does not reach that far.
std::string carets(const std::string& shown, const text_place& where) {
    const std::size_t before = std::max(where.column, 1u) - 1;
    std::size_t characters = 0;
    for (const char byte : shown) characters += (byte & 0xC0) != 0x80 ? 1 : 0;
    if (before > characters) return {};
    const auto length = std::min<std::size_t>(where.length, characters - before);
    return std::string(before, ' ') + std::string(std::max<std::size_t>(length, 1), '^');
}

std::string to_text(const config_mistake& one, std::string_view file, std::string_view content) {
    auto text = fmt::format("error[{}]: {}\n", one.id, one.message);
    std::string margin = " ";
    if (one.where.line == 0) {
        text += fmt::format(" --> {}\n", file);
    } else {
        const auto number = std::to_string(one.where.line);
        margin = std::string(number.size(), ' ');
        const auto shown = printable(line_at(content, one.where.line), shown_bytes_max);
        text += fmt::format("{}--> {}:{}:{}\n", margin, file, number, one.where.column);
        text += fmt::format("{} |\n{} | {}\n", margin, number, shown);
        if (const auto marks = carets(shown, one.where); !marks.empty())
            text += fmt::format("{} | {}{}{}\n", margin, marks, one.label.empty() ? "" : " ",
                                one.label);
    }
    if (!one.help.empty()) text += fmt::format("{} = help: {}\n", margin, one.help);
    return text;
}

} // namespace

std::string to_text(std::vector<config_mistake> found, std::string_view file,
                    std::string_view content) {
    // What is missing stands nowhere, and comes last; two in one place stay in their order.
    std::multimap<std::tuple<bool, std::uint32_t, std::uint32_t>, config_mistake> ordered;
    for (auto& one : found) {
        const auto& where = one.where;
        ordered.emplace(std::tuple{where.line == 0, where.line, where.column}, std::move(one));
    }
    std::string text;
    for (const auto& [where, one] : ordered) {
        if (!text.empty()) text += '\n';
        text += to_text(one, file, content);
    }
    return text;
}

} // namespace walwire::engine
