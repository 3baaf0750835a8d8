// Any bytes as a stream of frames, each behind its length (int16): frame, message and relation
// cache together, with what one message leaves behind for the next.
#include "base/assert.hpp"
#include "base/byte_reader.hpp"
#include "decode/parse.hpp"
#include "decode/relation_cache.hpp"
#include "source/copy_frame.hpp"
#include "wire/describe.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace walwire;
    engine::message_buffer buffer;
    engine::arena rows;
    engine::relation_cache cache;
    engine::byte_reader stream{{reinterpret_cast<const char*>(data), size}};
    while (stream.left() > 0) {
        const auto frame =
            engine::parse_copy_frame(stream.read_bytes(stream.read<std::uint16_t>()));
        if (!frame) break;
        const auto* found = std::get_if<engine::wal_data>(&*frame);
        if (found == nullptr) continue;
        const auto message = engine::parse(found->message, rows, buffer);
        if (!message) break;
        tests::describe(*message);
        const auto* announced = std::get_if<engine::relation_message>(&*message);
        if (announced == nullptr) continue;
        const auto known = cache.announce(*announced);
        WALWIRE_ASSERT(known->columns.size() == announced->columns.size());
        WALWIRE_ASSERT(cache.announce(*announced) == known);
        WALWIRE_ASSERT(*cache.find(announced->oid) == known);
    }
    return 0;
}
