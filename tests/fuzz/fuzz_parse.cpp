// Any bytes as one pgoutput message. What is understood is read to its last byte, and understood
// the same with a buffer that has seen other messages.
#include "base/assert.hpp"
#include "decode/parse.hpp"
#include "wire/describe.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace walwire;
    static engine::message_buffer used;
    const std::string_view bytes{reinterpret_cast<const char*>(data), size};
    engine::message_buffer fresh;
    engine::arena rows;
    const auto first = engine::parse(bytes, rows, fresh);
    const auto second = engine::parse(bytes, rows, used);
    WALWIRE_ASSERT(first.has_value() == second.has_value());
    if (first)
        WALWIRE_ASSERT(tests::describe(*first) == tests::describe(*second));
    else
        WALWIRE_ASSERT(first.error().message == second.error().message);
    return 0;
}
