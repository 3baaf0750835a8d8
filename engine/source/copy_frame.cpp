// The frames of copy_frame.hpp, and the one that goes the other way.
#include "source/copy_frame.hpp"

#include "base/byte_reader.hpp"

#include <bit>
#include <fmt/format.h>

namespace walwire::engine {

namespace {

// 1970-01-01 to 2000-01-01: 10957 days.
constexpr std::int64_t postgres_epoch_us = 10957LL * 86400 * 1'000'000;

failure malformed(std::string_view id, std::string message) {
    return {failure_code::protocol, std::string{id}, std::move(message),
            "nothing was skipped; report this with the server's version, and try without what "
            "stands between walwire and the server (a proxy, a pooler)"};
}

failure short_frame(std::string_view of) {
    return malformed("frame.short", fmt::format("{} ends before its last field", of));
}

template <class Number> void append(std::string& bytes, Number number) {
    number = std::byteswap(number);
    bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
}

} // namespace

result<copy_frame> parse_copy_frame(std::string_view bytes) {
    byte_reader reader{bytes};
    const auto kind = reader.read<char>();
    if (kind == 'w') [[likely]] {
        wal_data data;
        data.wal_lsn = {reader.read<std::uint64_t>()};
        reader.read<std::uint64_t>(); // how far the WAL went when this was sent
        reader.read<std::int64_t>();  // when that was
        if (reader.is_short()) return std::unexpected(short_frame("an XLogData frame"));
        data.message = reader.read_bytes(reader.left());
        return data;
    }
    if (kind == 'k') {
        keepalive alive;
        alive.wal_end_lsn = {reader.read<std::uint64_t>()};
        reader.read<std::int64_t>(); // when it was sent
        const auto reply = reader.read<std::uint8_t>();
        if (reader.is_short()) return std::unexpected(short_frame("a keepalive frame"));
        if (reply > 1)
            return std::unexpected(malformed(
                "frame.unknown_flag",
                fmt::format("a keepalive frame has reply byte 0x{:02x}, known are 0 and 1",
                            reply)));
        if (reader.left() != 0)
            return std::unexpected(
                malformed("frame.trailing",
                          fmt::format("a keepalive frame has {} more bytes after its last field",
                                      reader.left())));
        alive.is_reply_requested = reply == 1;
        return alive;
    }
    if (reader.is_short()) return std::unexpected(short_frame("a frame"));
    return std::unexpected(malformed(
        "frame.unknown_kind", fmt::format("a frame is of kind 0x{:02x}, known are 'w' and 'k'",
                                          static_cast<unsigned char>(kind))));
}

// protocol 55.4, Standby status update:
//
//     'r' written:int64 flushed:int64 applied:int64 time:int64 reply:byte
std::string standby_status(lsn flush_lsn, std::int64_t now_unix_us, bool request_reply) {
    std::string bytes;
    bytes.reserve(34);
    bytes.push_back('r');
    for (int field = 0; field < 3; ++field) append(bytes, flush_lsn.value);
    append(bytes, static_cast<std::uint64_t>(now_unix_us - postgres_epoch_us));
    bytes.push_back(request_reply ? 1 : 0);
    return bytes;
}

} // namespace walwire::engine
