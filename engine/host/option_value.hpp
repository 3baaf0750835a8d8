// The text of one value, checked against the kind of its option and normalised: durations in
// milliseconds, sizes in bytes, numbers without leading zeros.
#pragma once

#include "config/settings.hpp"
#include "host/option_spec.hpp"

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace walwire::engine {

constexpr std::size_t option_bytes_max = 64 * 1024;

// What is wrong with a value, as the end of a sentence about its option, and the mend.
struct value_mistake {
    std::string what;
    std::string help;
};

// Of a scalar kind. `form` is how it was written, where that can contradict the kind; text that
// came from a reference or from the command line can be anything.
std::expected<std::string, value_mistake> normalise(const option_spec& spec, std::string_view value,
                                                    option_form form = option_form::text);

// What is used where a scalar is not set.
std::optional<std::string> normalised_fallback(const option_spec& spec);

} // namespace walwire::engine
