// What the targets of single values share: any text as a value of a built-in type is one JSON value
// on one line, within the bound that the writer was promised.
#pragma once

#include "base/assert.hpp"
#include "encode/value.hpp"
#include "support/json_check.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace walwire::tests {

// The first byte chooses one of the types.
template <std::size_t Count>
void fuzz_scalar(const std::uint32_t (&types)[Count], const std::uint8_t* data, std::size_t size) {
    if (size == 0) return;
    const std::string_view text{reinterpret_cast<const char*>(data) + 1, size - 1};
    const auto bound = engine::bound_of(text);
    std::string room(bound + engine::write_slack, '\0');
    const auto form = engine::form_of(types[data[0] % Count], false);
    const char* const end = engine::write_value(room.data(), form, text);
    const auto written = static_cast<std::size_t>(end - room.data());
    WALWIRE_ASSERT(written <= bound);
    WALWIRE_ASSERT(is_json({room.data(), written}));
}

} // namespace walwire::tests
