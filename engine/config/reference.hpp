// A value that a configuration does not hold but names: `{ env = "..." }`, `{ file = "..." }` or
// `{ credential = "..." }`. Secrets live there, so that the file itself can be read by anybody.
#pragma once

#include "base/failure.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace walwire::engine {

enum class reference_kind : std::uint8_t {
    env,        // a variable of the environment
    file,       // a file; one line break at its end is not part of the value
    credential, // a file in $CREDENTIALS_DIRECTORY (systemd.exec(5), LoadCredential=)
};

struct value_reference {
    reference_kind kind = reference_kind::env;
    std::string name;

    friend bool operator==(const value_reference&, const value_reference&) = default;
};

std::optional<reference_kind> parse_reference_kind(std::string_view word); // "env"
std::string_view to_string(reference_kind of);

// The value. Fails with config.reference: a variable that is not set, a file that cannot be read,
// is larger than 64 KiB, has a NUL byte, or (of kind file) may be read by everybody. No message
// holds anything of a value.
result<std::string> resolve(const value_reference& wanted);

} // namespace walwire::engine
