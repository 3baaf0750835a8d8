// Any bytes as one CopyData frame; and to a keepalive the answer, which must say what it was told.
#include "base/assert.hpp"
#include "base/byte_reader.hpp"
#include "source/copy_frame.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace walwire::engine;
    const std::string_view bytes{reinterpret_cast<const char*>(data), size};
    const auto parsed = parse_copy_frame(bytes);
    if (!parsed) {
        WALWIRE_ASSERT(parsed.error().code == failure_code::protocol);
    } else if (const auto* found = std::get_if<wal_data>(&*parsed)) {
        WALWIRE_ASSERT(found->message == bytes.substr(25));
    } else {
        WALWIRE_ASSERT(size == 18);
        const auto& alive = std::get<keepalive>(*parsed);
        const auto answer = standby_status(alive.wal_end_lsn, 0, alive.is_reply_requested);
        byte_reader reader{answer};
        WALWIRE_ASSERT(reader.read<char>() == 'r');
        for (int field = 0; field < 3; ++field)
            WALWIRE_ASSERT(reader.read<std::uint64_t>() == alive.wal_end_lsn.value);
        reader.read<std::int64_t>(); // the time, 1970
        WALWIRE_ASSERT((reader.read<std::uint8_t>() == 1) == alive.is_reply_requested);
        WALWIRE_ASSERT(!reader.is_short() && reader.left() == 0);
    }
    return 0;
}
