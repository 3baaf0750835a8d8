// The failures of a message that is not pgoutput as documented: each names the kind of message and
// what stands where something else belongs. All have code protocol and stop the pipeline.
#pragma once

#include "base/failure.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace walwire::engine {

// `of` is the name of the message's kind with its article: "an Insert message".
failure short_message(std::string_view of);                     // decode.short
failure trailing_bytes(std::string_view of, std::size_t count); // decode.trailing
failure unknown_message(char kind);                             // decode.unknown_message
failure unknown_flags(std::string_view of, std::uint8_t flags); // decode.unknown_flag
failure unknown_replica_identity(char identity);                // decode.unknown_identity
failure unknown_tuple(std::string_view of, char kind);          // decode.unknown_tuple
failure unknown_value(std::string_view of, std::size_t column, char kind); // decode.unknown_value
failure negative_length(std::string_view of, std::string_view what,
                        std::int64_t length);                    // decode.negative_length
failure unknown_time(std::string_view of, std::int64_t wire_us); // decode.out_of_range

} // namespace walwire::engine
