// Any bytes as the text form of an array or an int2vector.
#include "structured.hpp"

#include <cstddef>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace walwire::tests;
    constexpr std::uint32_t types[] = {text_array, int_array,  box_array,        bool_array,
                                       list_array, int_vector, timestamptz_array};
    fuzz_one_of(types, data, size);
    return 0;
}
