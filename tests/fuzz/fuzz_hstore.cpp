// Any bytes as the text form of an hstore, alone and in an array.
#include "structured.hpp"

#include <cstddef>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace walwire::tests;
    constexpr std::uint32_t types[] = {hstore_type, hstore_array};
    fuzz_one_of(types, data, size);
    return 0;
}
