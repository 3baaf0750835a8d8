// What a walsender puts into CopyData (PostgreSQL documentation 55.4, START_REPLICATION):
//
//     'w' start:int64 end:int64 sent:int64 data...     XLogData
//     'k' end:int64 sent:int64 reply:byte              primary keepalive
#pragma once

#include "base/failure.hpp"
#include "base/lsn.hpp"

#include <string_view>
#include <variant>

namespace walwire::engine {

struct wal_data {
    lsn wal_lsn; // of the change; 0/0 with Relation and Type messages
    std::string_view message;
};
struct keepalive {
    lsn wal_end_lsn;
    bool is_reply_requested = false;
};
using copy_frame = std::variant<wal_data, keepalive>;

// Views point into `bytes`. An unknown kind and a wrong length are failures with code protocol.
result<copy_frame> parse_copy_frame(std::string_view bytes);

// A standby status update, 34 bytes: everything before flush_lsn is safe. Written and applied are
// given the same value: nothing else counts for a logical slot, and a synchronous standby that
// claimed more would let commits return too early. The time is sent as microseconds since
// 2000-01-01 UTC.
std::string standby_status(lsn flush_lsn, std::int64_t now_unix_us, bool request_reply);

} // namespace walwire::engine
