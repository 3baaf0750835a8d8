// Any bytes as the text form of a date or a time.
#include "scalar.hpp"

#include <cstddef>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // timestamptz, timestamp, date, time, timetz
    constexpr std::uint32_t types[] = {1184, 1114, 1082, 1083, 1266};
    walwire::tests::fuzz_scalar(types, data, size);
    return 0;
}
