// The lasting names of events: the same at every redelivery, never two payloads with one.
//
//   id        "evt_" system "_" timeline "_" position [ "_s" | "_g" ] [ "_" part ]
//   position  commit LSN "-1-" index                   %016X-1-%08X, stream
//             LSN "-0-" table "-" chunk "-" row        %016X-0-%04X-%06X-%06X, snapshot
//
// "_s" is a schema event, which shares the position of the row after it, "_g" a gap; the part is
// there from the second payload of one event on.
#pragma once

#include <cstdint>
#include <string>
#include <walwire/event.h>

namespace walwire::engine {

// Where the events come from. The timeline is the one on which their commits were written.
struct event_origin {
    std::uint64_t system_identifier = 0;
    std::uint32_t timeline = 0;
};

// As in every dialect: texts sort as the positions do. A snapshot row's index holds the numbers of
// the table (16 bits), of its chunk (24) and of the row in it (24).
std::string position_text(const walwire_position& at);

// At most 95 characters.
std::string event_id(const event_origin& origin, const walwire_payload& payload);

} // namespace walwire::engine
