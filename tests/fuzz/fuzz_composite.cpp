// Any bytes as the text form of a composite, also of composites in arrays in composites.
#include "structured.hpp"

#include <cstddef>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace walwire::tests;
    constexpr std::uint32_t types[] = {pair_type, nest_type, pair_array, empty_type};
    fuzz_one_of(types, data, size);
    return 0;
}
