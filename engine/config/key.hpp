// One key of the configuration file: what it is called, what may be written there, what it means,
// and where the value goes. The loader, its error texts and docs/configuration.md are all made from
// tables of these, so that none of them can know a key that the others do not.
#pragma once

#include "base/failure.hpp"
#include "config/reference.hpp"

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace walwire::engine {

enum class key_kind : std::uint8_t {
    string,
    strings, // an array of them
    boolean,
    integer,
    duration, // "5s"
    bytes,    // "64MiB"
    choice,   // one of `words`
    choices,  // an array of some of `words`
    secret,   // a string or, better, a reference
};

// What was written, of the kind that the key has; the other members are as they were made.
struct config_value {
    std::string text; // string, choice, secret
    std::vector<std::string> texts;
    bool boolean = false;
    std::int64_t integer = 0;
    std::chrono::milliseconds duration{0};
    std::uint64_t bytes = 0;
    std::optional<value_reference> reference;
};

struct key_about {
    std::string_view name;
    key_kind kind = key_kind::string;
    std::string_view fallback = {}; // as it would be written; empty: none
    std::string_view doc = {};      // a sentence or two for docs/configuration.md
    std::string_view words = {};    // of a choice: "json|text"
    // Of a choice: words that will mean something once the feature is there; they are refused with
    // config.not_built rather than as unknown.
    std::string_view later_words = {};
    std::string_view later = {}; // what must be built before the key can be set; empty: it can
    bool is_required = false;
    // Of integers, milliseconds and bytes alike.
    std::int64_t at_least = 0;
    std::int64_t at_most = std::numeric_limits<std::int64_t>::max();
};

template <class Section> struct config_key {
    key_about about;
    // Puts the value where it belongs; fails when it can be no value of this very key. nullptr for
    // keys that cannot be set yet.
    result<void> (*assign)(Section&, config_value&&) = nullptr;
};

std::vector<std::string> words_of(std::string_view bars); // "a|b"

} // namespace walwire::engine
