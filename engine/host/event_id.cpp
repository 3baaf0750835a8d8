// See event_id.hpp.
#include "host/event_id.hpp"

#include <fmt/format.h>

namespace walwire::engine {

std::string position_text(const walwire_position& at) {
    if (at.phase != 0) return fmt::format("{:016X}-{}-{:08X}", at.lsn, at.phase, at.index);
    const std::uint64_t table = at.index >> 48;
    const std::uint64_t chunk = (at.index >> 24) & 0xFFFFFF;
    const std::uint64_t row = at.index & 0xFFFFFF;
    return fmt::format("{:016X}-0-{:04X}-{:06X}-{:06X}", at.lsn, table, chunk, row);
}

std::string event_id(const event_origin& origin, const walwire_payload& payload) {
    std::string id = fmt::format("evt_{}_{}_{}", origin.system_identifier, origin.timeline,
                                 position_text(payload.position));
    if (payload.kind == WALWIRE_SCHEMA) id += "_s";
    if (payload.kind == WALWIRE_GAP) id += "_g";
    if (payload.part > 0) id += fmt::format("_{}", payload.part);
    return id;
}

} // namespace walwire::engine
