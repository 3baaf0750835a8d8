#include "cli/dotenv.hpp"

#include "base/log.hpp"

#include <cstdlib>
#include <fmt/format.h>
#include <fstream>
#include <sstream>

namespace walwire::engine {

namespace {

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::string_view unquote(std::string_view value) {
    if (!value.empty() && (value.front() == '"' || value.front() == '\'')) {
        const auto end = value.find(value.front(), 1);
        if (end != std::string_view::npos) return value.substr(1, end - 1);
    }
    if (value.starts_with('#')) return {};
    return trim(value.substr(0, value.find(" #")));
}

} // namespace

std::optional<std::string> find_in_dotenv(std::string_view text, std::string_view name) {
    constexpr std::string_view exported = "export ";
    while (!text.empty()) {
        const auto end = text.find('\n');
        auto line = trim(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (line.starts_with(exported)) line = trim(line.substr(exported.size()));
        const auto equals = line.find('=');
        if (equals == std::string_view::npos || trim(line.substr(0, equals)) != name) continue;
        return std::string{unquote(trim(line.substr(equals + 1)))};
    }
    return std::nullopt;
}

std::optional<std::string> read_environment(const char* name) {
    if (const char* value = std::getenv(name); value != nullptr && *value != '\0') return value;
    const std::ifstream file{".env"};
    if (!file) return std::nullopt;
    std::ostringstream text;
    text << file.rdbuf();
    auto found = find_in_dotenv(text.str(), name);
    if (!found || found->empty()) return std::nullopt;
    log::info("cli.dotenv", fmt::format("{} is taken from .env", name));
    return found;
}

} // namespace walwire::engine
