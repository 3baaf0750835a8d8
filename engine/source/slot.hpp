// The logical replication slot, by replication commands (PostgreSQL documentation 55.4).
#pragma once

#include "base/lsn.hpp"
#include "source/connection.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace walwire::engine {

// IDENTIFY_SYSTEM.
struct system_identity {
    std::uint64_t system_identifier = 0;
    std::uint32_t timeline = 0;
    lsn wal_end_lsn;
};
result<system_identity> identify_system(connection& replication);

// On the connection that will stream. Waits for transactions that are open to end, as the server
// demands. A temporary slot goes with the connection.
result<void> create_slot(connection& replication, const std::string& name, bool is_temporary);

// A temporary copy, which belongs to this connection and begins where the other one is confirmed.
result<void> copy_slot(connection& replication, const std::string& from, const std::string& to);

// How a slot stands; nullopt when there is none of that name. The gap and the refusals (not
// logical, another plugin, another database, in use) are failures.
struct slot_state {
    lsn confirmed_flush_lsn;
};
result<std::optional<slot_state>> read_slot(connection& any, const std::string& name);

// START_REPLICATION with pgoutput, protocol 1 and logical messages; 0/0 goes on from the confirmed
// position. A publication that is missing ends the stream only when changes are decoded, so check
// before.
result<void> start_replication(connection& replication, const std::string& slot,
                               const std::vector<std::string>& publications, lsn start_lsn);

// SHOW wal_sender_timeout on this connection; 0 means never.
result<std::chrono::milliseconds> read_wal_sender_timeout(connection& replication);

} // namespace walwire::engine
