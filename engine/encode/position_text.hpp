// What events of one transaction have in common, written once: where they are and when they were.
//
//     <before><index><after>     0000000001545C58-1-  00000002  ","lsn":"0/1545C58","xid":739,...
#pragma once

#include "encode/json_writer.hpp"

#include <cstdint>
#include <string>
#include <walwire/event.h>

namespace walwire::engine {

// "2026-08-21T10:11:12.345678Z": microseconds since 1970-01-01 UTC. At most 40 characters.
char* write_time(char* at, std::int64_t time_us);

// Belongs to one encoder. Kept by value, because transactions live in batches and their addresses
// come again.
class position_text {
public:
    // Makes itself that of the event; cheap when it was already.
    void use(const walwire_event& event);

    // The position alone, 0000000001545C58-1-00000002.
    char* write_position(char* at, const walwire_position& position) const;
    // The position, the quote behind it, and `"lsn"`, `"xid"`, `"ts"` and `"origin"`.
    char* write(char* at, const walwire_position& position) const;
    // What write() needs at most.
    std::size_t bound() const { return before_.size() + after_.size() + 24; }

private:
    struct facts {
        std::uint64_t position_lsn = 0;
        std::uint64_t lsn = 0; // of the commit, or what stands for it
        std::int64_t commit_time_us = 0;
        std::uint32_t phase = 0;
        std::uint32_t xid = 0;
        bool has_transaction = false;
        bool operator==(const facts&) const = default;
    };
    void render(std::string_view origin);

    facts facts_;
    std::string origin_;
    bool is_rendered_ = false;
    fragment before_;
    fragment after_;
};

} // namespace walwire::engine
