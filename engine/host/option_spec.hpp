// One entry of a plugin's option list: what may be set, and what is used where it is not.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
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

    bool is_scalar() const { return !is_list && !is_map && kind != option_kind::table; }
};

// Why the fallback cannot serve as a value of its kind; nullopt when it can, or there is none.
std::optional<std::string> fallback_mistake(const option_spec& spec);

} // namespace walwire::engine
