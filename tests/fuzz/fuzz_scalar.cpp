// Any bytes as a number, a boolean, or one of the types that are their text: intervals and ranges,
// which nothing here takes apart, are among them.
#include "scalar.hpp"

#include <cstddef>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // numeric, float8, int8, boolean, interval, int4range, tstzmultirange, text
    constexpr std::uint32_t types[] = {1700, 701, 20, 16, 1186, 3904, 4534, 25};
    walwire::tests::fuzz_scalar(types, data, size);
    return 0;
}
