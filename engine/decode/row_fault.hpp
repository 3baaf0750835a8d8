// What is wrong with a row message, in numbers: the strings of a failure would have to be destroyed
// row by row, even where there is none.
#pragma once

#include "base/failure.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace walwire::engine {

struct row_fault {
    enum class reason : std::uint8_t {
        short_message,
        trailing_bytes,   // `count` of them
        negative_columns, // `length`
        negative_size,    // `length`
        unknown_tuple,    // of kind `found`
        unknown_value,    // of kind `found`, in column `count`, counted from 0
    };
    reason why = reason::short_message;
    char found = 0;
    std::int32_t length = 0;
    std::size_t count = 0;
};

// `of` names the message: "an Insert message".
[[gnu::cold]] failure to_failure(const row_fault& fault, std::string_view of);

} // namespace walwire::engine
