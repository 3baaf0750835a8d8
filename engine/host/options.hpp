// The settings of one instance, checked against the option list of its plugin and normalised:
// durations in milliseconds, sizes in bytes, numbers without leading zeros, defaults filled in.
#pragma once

#include "base/failure.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace walwire::engine {

enum class option_kind : std::uint8_t {
    string,
    secret,
    boolean,
    integer,
    duration,
    bytes,
    choice,
    table,
};

std::string_view to_string(option_kind of);

// One entry of a plugin's option list, as `walwire plugin info` shows it.
struct option_spec {
    std::string name;
    std::optional<std::string> fallback; // of a choice: its words, "block|drop", default first
    std::string doc;
    option_kind kind = option_kind::string;
    bool is_required = false;
    bool is_list = false;
    bool is_map = false;
    std::vector<option_spec> fields; // of a table

    // Lists, maps and tables can stand in an option list, but not be set yet.
    bool is_scalar() const { return !is_list && !is_map && kind != option_kind::table; }
};

// Why the fallback cannot serve as a value of its kind; nullopt when it can, or there is none.
std::optional<std::string> fallback_mistake(const option_spec& spec);

// "path=value" as given, in order.
using option_settings = std::vector<std::pair<std::string, std::string>>;

// Immutable once made: any thread may read, and copies share one content. Every value is wiped when
// the last copy dies; the settings it was made from are the caller's, who wipes or keeps them.
class options {
public:
    static constexpr std::size_t value_bytes_max = 64 * 1024;

    options() = default;

    // All mistakes at once, each a plugin.option; a text of a secret is in none of them.
    static std::expected<options, std::vector<failure>> check(std::string_view plugin,
                                                              std::span<const option_spec> known,
                                                              const option_settings& settings);

    // The value at a path, NUL-terminated; nullptr when unset. Valid as long as any copy.
    const char* find(std::string_view path) const;

    // The option a text like "url: must be https" speaks of: a known name and a colon in front.
    std::optional<std::string> named_in(std::string_view text) const;

private:
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
        std::vector<std::string> known;
    };
    std::shared_ptr<content> content_ = std::make_shared<content>();
};

} // namespace walwire::engine
