#include "encode/quoted_text.hpp"

namespace walwire::engine {

std::optional<std::string_view> take_quoted(std::string_view& rest, std::string& unescaped,
                                            quotes_are written) {
    constexpr std::string_view special = "\"\\";
    const auto text = rest.substr(1);
    auto at = text.find_first_of(special);
    if (at == std::string_view::npos) return std::nullopt;
    const auto is_doubled = [&](std::size_t quote) {
        return written == quotes_are::doubled && text.substr(quote + 1).starts_with('"');
    };
    if (text[at] == '"' && !is_doubled(at)) { // as most are
        rest = text.substr(at + 1);
        return text.substr(0, at);
    }
    unescaped.clear();
    std::size_t copied = 0;
    while (at != std::string_view::npos) {
        unescaped += text.substr(copied, at - copied);
        if (text[at] == '"' && !is_doubled(at)) {
            rest = text.substr(at + 1);
            return unescaped;
        }
        if (at + 1 == text.size()) return std::nullopt;
        unescaped += text[at + 1];
        copied = at + 2;
        at = text.find_first_of(special, copied);
    }
    return std::nullopt;
}

} // namespace walwire::engine
