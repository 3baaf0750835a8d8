#include "host/options.hpp"

#include "host/option_checker.hpp"

#include <algorithm>
#include <cstring>
#include <string.h> // explicit_bzero

namespace walwire::engine {

options::wiped_text::wiped_text(std::string_view text)
    : bytes_{std::make_unique_for_overwrite<char[]>(text.size() + 1)}, size_{text.size()} {
    if (!text.empty()) std::memcpy(bytes_.get(), text.data(), text.size());
    bytes_[size_] = '\0';
}

options::wiped_text::~wiped_text() { ::explicit_bzero(bytes_.get(), size_); }

std::expected<options, std::vector<failure>> options::check(std::string_view plugin,
                                                            std::span<const option_spec> known,
                                                            const option_settings& settings,
                                                            reference_use references) {
    return option_checker{plugin, settings, references}.check(known);
}

const char* options::find(std::string_view path) const {
    const auto found = content_->values.find(path);
    return found == content_->values.end() ? nullptr : found->second.c_string();
}

std::size_t options::count(std::string_view path) const {
    const auto found = content_->keys.find(path);
    return found == content_->keys.end() ? 0 : found->second.size();
}

const char* options::key(std::string_view path, std::size_t at) const {
    const auto found = content_->keys.find(path);
    if (found == content_->keys.end() || at >= found->second.size()) return nullptr;
    return found->second[at].c_str();
}

std::optional<std::string> options::named_in(std::string_view text) const {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const std::string_view path = text.substr(0, colon);
    const std::string_view head = path.substr(0, path.find('.'));
    if (std::ranges::find(content_->known, head) == content_->known.end()) return std::nullopt;
    return std::string{path};
}

} // namespace walwire::engine
