// See options.hpp.
#include "host/options.hpp"

#include "base/nearest.hpp"
#include "base/printable.hpp"
#include "base/units.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string.h> // explicit_bzero

namespace walwire::engine {
namespace {

struct mistake {
    std::string what;
    std::string help;
};
template <class Value> using checked = std::expected<Value, mistake>;

bool contains(std::span<const std::string> words, std::string_view word) {
    return std::ranges::find(words, word) != words.end();
}

std::vector<std::string> words_of(std::string_view fallback) {
    std::vector<std::string> words;
    for (std::size_t start = 0;;) {
        const std::size_t bar = fallback.find('|', start);
        words.emplace_back(fallback.substr(start, bar - start));
        if (bar == std::string_view::npos) return words;
        start = bar + 1;
    }
}

std::string joined(std::span<const std::string> words, std::string_view between) {
    std::string text;
    for (const std::string& word : words) {
        if (!text.empty()) text += between;
        text += word;
    }
    return text;
}

checked<std::string> normalised_integer(std::string_view value) {
    std::int64_t number = 0;
    const char* end = value.data() + value.size();
    const auto [stop, error] = std::from_chars(value.data(), end, number);
    if (error == std::errc::result_out_of_range && stop == end) {
        return std::unexpected(mistake{in_quotes(value) + " does not fit into 64 bits",
                                       "write a whole number from -2^63 to 2^63-1"});
    }
    if (error != std::errc{} || stop != end) {
        return std::unexpected(
            mistake{in_quotes(value) + " is no integer", "write a whole number such as 8 or -1"});
    }
    return std::to_string(number);
}

checked<std::string> normalised_choice(std::string_view value, std::string_view fallback) {
    const auto words = words_of(fallback);
    if (contains(words, value)) return std::string{value};
    std::string help = "write one of " + joined(words, ", ");
    if (auto meant = nearest(value, words)) help = "did you mean \"" + *meant + "\"? " + help;
    return std::unexpected(mistake{in_quotes(value) + " is none of its words", std::move(help)});
}

// Of every scalar kind but string and secret, whose values are used as they are.
checked<std::string> normalised(const option_spec& spec, std::string_view value) {
    const auto other = [](const failure& found) {
        return std::unexpected(mistake{found.message, found.help});
    };
    switch (spec.kind) {
    case option_kind::boolean:
        if (value == "true" || value == "false") return std::string{value};
        return std::unexpected(mistake{in_quotes(value) + " is no boolean", "write true or false"});
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

bool is_text(const option_spec& spec) {
    return spec.kind == option_kind::string || spec.kind == option_kind::secret;
}

std::string_view shape_of(const option_spec& spec) {
    if (spec.is_list) return "a list";
    if (spec.is_map) return "a map";
    return "a table";
}

// What is wrong with a value whatever its kind.
std::optional<mistake> check_bytes(std::string_view value) {
    if (value.contains('\0')) {
        return mistake{"the value has a NUL byte", "a plugin reads values up to their first NUL"};
    }
    if (value.size() > options::value_bytes_max) {
        return mistake{"the value has " + std::to_string(value.size()) + " bytes, at most " +
                           std::to_string(options::value_bytes_max) + " are taken",
                       "let the option name a file, if the plugin can read one"};
    }
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
        if (contains(words, "")) return "its fallback does not list its words";
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

options::wiped_text::wiped_text(std::string_view text)
    : bytes_{std::make_unique_for_overwrite<char[]>(text.size() + 1)}, size_{text.size()} {
    if (!text.empty()) std::memcpy(bytes_.get(), text.data(), text.size());
    bytes_[size_] = '\0';
}

options::wiped_text::~wiped_text() { ::explicit_bzero(bytes_.get(), size_); }

namespace {

// One pass over the settings and one over the option list; collects what is wrong.
class checker {
public:
    checker(std::string_view plugin, std::span<const option_spec> known)
        : plugin_{plugin}, known_{known} {
        for (const option_spec& spec : known) names_.push_back(spec.name);
    }

    const std::vector<std::string>& names() const { return names_; }
    std::vector<failure>& found() { return found_; }

    // The option a setting is for; nullptr, and a mistake noted, when there is none to set.
    const option_spec* find(std::string_view path) {
        const std::string_view head = path.substr(0, path.find('.'));
        const auto spec = std::ranges::find(known_, head, &option_spec::name);
        if (spec != known_.end() && !spec->is_scalar()) {
            note(head, "is " + std::string{shape_of(*spec)} + ", which cannot be set yet",
                 "leave it unset: this walwire sets options that are a single value");
            return nullptr;
        }
        if (spec == known_.end() || path != head) {
            unknown(path);
            return nullptr;
        }
        return &*spec;
    }

    void note(std::string_view name, const std::string& what, std::string help) {
        found_.push_back({failure_code::config, "plugin.option",
                          "option " + in_quotes(name) + " of the plugin " + plugin_ + " " + what,
                          std::move(help)});
    }

private:
    void unknown(std::string_view path) {
        std::string help = names_.empty() ? "it has no options" : "it has " + joined(names_, ", ");
        if (auto meant = nearest(path, names_)) help = "did you mean \"" + *meant + "\"?";
        found_.push_back({failure_code::config, "plugin.option",
                          "the plugin " + plugin_ + " has no option " + in_quotes(path),
                          std::move(help)});
    }

    std::string plugin_;
    std::span<const option_spec> known_;
    std::vector<std::string> names_;
    std::vector<failure> found_;
};

} // namespace

std::expected<options, std::vector<failure>> options::check(std::string_view plugin,
                                                            std::span<const option_spec> known,
                                                            const option_settings& settings) {
    checker check{plugin, known};
    options made;
    std::vector<std::string> given; // with a mistake or without: such are not missing
    for (const auto& [path, value] : settings) {
        const option_spec* spec = check.find(path);
        if (spec == nullptr) continue;
        if (contains(given, path)) {
            check.note(path, "is set twice", "keep one of the two");
            continue;
        }
        given.push_back(path);
        if (auto wrong = check_bytes(value)) {
            check.note(path, "cannot be used: " + wrong->what, wrong->help);
        } else if (is_text(*spec)) {
            made.content_->values.try_emplace(path, value);
        } else if (auto text = normalised(*spec, value)) {
            made.content_->values.try_emplace(path, *text);
        } else {
            check.note(path, "cannot be used: " + text.error().what, text.error().help);
        }
    }
    for (const option_spec& spec : known) {
        if (contains(given, spec.name)) continue;
        if (spec.is_required && !spec.is_scalar()) {
            check.note(spec.name,
                       "is required and is " + std::string{shape_of(spec)} +
                           ", which cannot be set yet",
                       "this plugin needs a walwire that can set it");
        } else if (spec.is_required) {
            check.note(spec.name, "is required and is not set",
                       spec.doc.empty() ? "give it a value" : "give it a value: " + spec.doc);
        } else if (spec.fallback && spec.is_scalar()) {
            const std::string text = spec.kind == option_kind::choice
                                         ? words_of(*spec.fallback).front()
                                         : normalised(spec, *spec.fallback).value_or("");
            made.content_->values.try_emplace(spec.name, text);
        }
    }
    if (!check.found().empty()) return std::unexpected(std::move(check.found()));
    made.content_->known = check.names();
    return made;
}

const char* options::find(std::string_view path) const {
    const auto found = content_->values.find(path);
    return found == content_->values.end() ? nullptr : found->second.c_string();
}

std::optional<std::string> options::named_in(std::string_view text) const {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const std::string_view path = text.substr(0, colon);
    const std::string_view head = path.substr(0, path.find('.'));
    if (!contains(content_->known, head)) return std::nullopt;
    return std::string{path};
}

} // namespace walwire::engine
