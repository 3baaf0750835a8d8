#include "config/key_table.hpp"

#include "config/keys.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <iterator>
#include <string_view>

namespace walwire::engine {

namespace {

std::string_view kind_text(key_kind kind) {
    switch (kind) {
    case key_kind::string:
        return "string";
    case key_kind::strings:
        return "array of strings";
    case key_kind::boolean:
        return "boolean";
    case key_kind::integer:
        return "integer";
    case key_kind::duration:
        return "duration";
    case key_kind::bytes:
        return "size";
    case key_kind::choice:
        return "one of";
    case key_kind::choices:
        return "array of";
    case key_kind::secret:
        break;
    }
    return "string or reference";
}

// A bar would end the cell of a Markdown table.
std::string value_text(const key_about& about) {
    const auto words = words_of(about.words);
    if (words.empty()) return std::string{kind_text(about.kind)};
    return fmt::format("{} `{}`", kind_text(about.kind), fmt::join(words, "`, `"));
}

std::string default_text(const key_about& about) {
    if (about.is_required) return "required";
    return about.fallback.empty() ? "" : fmt::format("`{}`", about.fallback);
}

std::string later_text(const key_about& about) {
    if (!about.later.empty()) return fmt::format(" *Not built yet:* {}.", about.later);
    const auto words = words_of(about.later_words);
    return words.empty() ? "" : fmt::format(" *Not built yet:* `{}`.", fmt::join(words, "`, `"));
}

template <class Section>
void add_section(std::string& to, std::string_view title,
                 std::span<const config_key<Section>> keys) {
    fmt::format_to(std::back_inserter(to),
                   "{}## {}\n\n| key | value | default | meaning |\n|---|---|---|---|\n",
                   to.empty() ? "" : "\n", title);
    for (const auto& [about, assign] : keys)
        fmt::format_to(std::back_inserter(to), "| `{}` | {} | {} | {}{} |\n", about.name,
                       value_text(about), default_text(about), about.doc, later_text(about));
}

} // namespace

std::string key_table() {
    std::string made;
    add_section(made, "[source]", source_keys());
    add_section(made, "[engine]", engine_keys());
    add_section(made, "[[sink]]", sink_keys());
    add_section(made, "batch, of a sink", sink_batch_keys());
    add_section(made, "retry, of a sink", sink_retry_keys());
    return made;
}

} // namespace walwire::engine
