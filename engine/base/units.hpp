// Numbers with a unit, as people write them in configurations and options.
//
//   duration   "0" | digits ("ms" | "s" | "m" | "h" | "d")
//   bytes      digits [ "B" | "KiB" | "MiB" | "GiB" | "TiB" | "kB" | "KB" | "MB" | "GB" | "TB" ]
//
// No sign, no fraction, no spaces. KiB is 1024, kB and KB are 1000. What does not fit is refused,
// never rounded.
#pragma once

#include "base/failure.hpp"

#include <chrono>
#include <cstdint>
#include <string_view>

namespace walwire::engine {

// Failures are config.duration and config.bytes; their message quotes the text and says what it
// lacks, and the caller adds whose value it is.
result<std::chrono::milliseconds> parse_duration(std::string_view text);
result<std::uint64_t> parse_bytes(std::string_view text);

} // namespace walwire::engine
