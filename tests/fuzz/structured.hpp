// What the targets of the text forms share: any text as a value of one type. Whatever the text is,
// the answer is one JSON value on one line, or the refusal leaves nothing behind.
#pragma once

#include "base/assert.hpp"
#include "encode/structured_value.hpp"
#include "support/json_check.hpp"
#include "support/type_sets.hpp"

#include <cstdint>
#include <string_view>

namespace walwire::tests {

inline void fuzz_structured(std::uint32_t type, std::string_view text) {
    static engine::value_plans plans{made_types(), false};
    engine::byte_buffer out;
    out.append("before");
    const bool is_value = engine::append_structured(out, *plans.find(type), text);
    WALWIRE_ASSERT(out.text().starts_with("before"));
    const auto made = out.text().substr(6);
    WALWIRE_ASSERT(is_value ? is_json(made) : made.empty());
}

// The first byte chooses one of the types.
template <std::size_t Count>
void fuzz_one_of(const std::uint32_t (&types)[Count], const std::uint8_t* data, std::size_t size) {
    if (size == 0) return;
    const std::string_view bytes{reinterpret_cast<const char*>(data), size};
    fuzz_structured(types[data[0] % Count], bytes.substr(1));
}

} // namespace walwire::tests
