// What the types of a table's columns are made of, by statements on an ordinary connection.
#pragma once

#include "source/connection.hpp"
#include "source/relation_lookup.hpp"

#include <cstdint>
#include <memory>
#include <set>
#include <string>

namespace walwire::engine {

// Where the WAL ends now. Asked before the catalogs, it is a position through which their answer
// holds: whatever committed before it is visible to them, unless it waits for a standby.
result<lsn> read_wal_end(connection& ordinary);

// Which changes of composite types were visible when somebody first looked: no row at or after
// `since_lsn` was written before one of them.
struct type_baseline {
    std::set<std::uint32_t> xids; // of the transactions that made them as they were
    lsn since_lsn;
};
result<type_baseline> read_baseline(connection& ordinary);

// The types as they are now, and what to compare to know whether they still are. `slot` is the one
// whose rows are described.
struct types_reading {
    std::shared_ptr<const type_set> types;
    std::string composites; // OIDs of the composites' relations, for read_composites_state()
    std::string state;      // of them, when they were read; empty without any
};
result<types_reading> read_types(connection& ordinary, const std::string& slot,
                                 const type_baseline& baseline, const relation_question& of);

// Whether somebody may be about to change one of the composites: who does holds a lock on it from
// before the change until after it is visible. When nobody does, what is read behind this has every
// change that was committed before it.
result<bool> is_any_changing(connection& ordinary, const std::string& composites);

// Differs when one of the composites' attributes has changed in between.
result<std::string> read_composites_state(connection& ordinary, const std::string& composites);

} // namespace walwire::engine
