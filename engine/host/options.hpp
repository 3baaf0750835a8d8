// The settings of one instance, checked against the option list of its plugin and normalised, with
// defaults filled in.
//
//     path   = name rest
//     rest   = ""                a value
//            | "." index rest    of a list: 0, 1, 2 ...
//            | "." key           of a map: any text
//            | "." field rest    of a table
#pragma once

#include "base/failure.hpp"
#include "config/settings.hpp"
#include "host/option_spec.hpp"

#include <cstddef>
#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace walwire::engine {

// As given, in order.
using option_settings = std::vector<option_setting>;

// What becomes of `{ env = "X" }` and its like.
enum class reference_use { resolve, leave };

// Immutable once made: any thread may read, and copies share one content. Every value is wiped when
// the last copy dies; the settings it was made from are the caller's, who wipes or keeps them.
class options {
public:
    options() = default;

    // All mistakes at once, in the order of the settings, each a plugin.option or config.reference
    // with the path as its subject; a text of a secret is in none of them.
    static std::expected<options, std::vector<failure>>
    check(std::string_view plugin, std::span<const option_spec> known,
          const option_settings& settings, reference_use references = reference_use::resolve);

    // The value at a path, NUL-terminated; nullptr when unset. Valid as long as any copy.
    const char* find(std::string_view path) const;

    // Items of a list or a map, and the name of one in the order of the settings; of a list it is
    // its index. 0 and nullptr for anything else.
    std::size_t count(std::string_view path) const;
    const char* key(std::string_view path, std::size_t at) const;

    // Whether a reference was left unresolved: then a plugin cannot judge them.
    bool is_partial() const { return content_->is_partial; }

    // The option a text like "url: must be https" speaks of: a known name and a colon in front.
    std::optional<std::string> named_in(std::string_view text) const;

private:
    friend class option_checker;

    // Bytes that are nowhere else.
    class wiped_text {
    public:
        explicit wiped_text(std::string_view text);
        ~wiped_text();
        wiped_text(const wiped_text&) = delete;
        wiped_text& operator=(const wiped_text&) = delete;
        const char* c_string() const { return bytes_.get(); }

    private:
        std::unique_ptr<char[]> bytes_;
        std::size_t size_;
    };

    struct content {
        std::map<std::string, wiped_text, std::less<>> values;
        std::map<std::string, std::vector<std::string>, std::less<>> keys; // of lists and maps
        std::vector<std::string> known;
        bool is_partial = false;
    };
    std::shared_ptr<content> content_ = std::make_shared<content>();
};

} // namespace walwire::engine
