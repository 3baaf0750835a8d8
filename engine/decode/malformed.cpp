// The texts of malformed.hpp.
#include "decode/malformed.hpp"

#include <fmt/format.h>

namespace walwire::engine {

namespace {

failure malformed(std::string_view id, std::string message) {
    return {failure_code::protocol, std::string{id}, std::move(message),
            "nothing was skipped; report this with the server's version, and try without what "
            "stands between walwire and the server (a proxy, a pooler)"};
}

std::string shown(char byte) {
    const auto code = static_cast<unsigned char>(byte);
    if (code < 0x20 || code > 0x7E) return fmt::format("byte 0x{:02x}", code);
    return fmt::format("'{}' (0x{:02x})", byte, code);
}

} // namespace

failure short_message(std::string_view of) {
    return malformed("decode.short", fmt::format("{} ends before its last field", of));
}

failure trailing_bytes(std::string_view of, std::size_t count) {
    return malformed("decode.trailing",
                     fmt::format("{} has {} more bytes after its last field", of, count));
}

failure unknown_message(char kind) {
    return malformed("decode.unknown_message",
                     fmt::format("a message is of kind {}, which pgoutput's protocol version 1 "
                                 "does not have",
                                 shown(kind)));
}

failure unknown_flags(std::string_view of, std::uint8_t flags) {
    return malformed("decode.unknown_flag",
                     fmt::format("{} has flags 0x{:02x}, of which not all are known", of, flags));
}

failure unknown_replica_identity(char identity) {
    return malformed("decode.unknown_identity",
                     fmt::format("a Relation message has replica identity {}, known are d, n, f, i",
                                 shown(identity)));
}

failure unknown_tuple(std::string_view of, char kind) {
    return malformed("decode.unknown_tuple",
                     fmt::format("{} has {} where a tuple it may have begins", of, shown(kind)));
}

failure unknown_value(std::string_view of, std::size_t column, char kind) {
    return malformed("decode.unknown_value",
                     fmt::format("{} has a value of kind {} in column {}, asked for are n, u, t",
                                 of, shown(kind), column + 1));
}

failure negative_length(std::string_view of, std::string_view what, std::int64_t length) {
    return malformed("decode.negative_length", fmt::format("{} says {} {}", of, length, what));
}

failure unknown_time(std::string_view of, std::int64_t wire_us) {
    return malformed("decode.out_of_range",
                     fmt::format("{} has a time {} microseconds after 2000-01-01, which 64 bits "
                                 "cannot count from 1970",
                                 of, wire_us));
}

} // namespace walwire::engine
