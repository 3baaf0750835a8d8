// The catalogs' side of a relation_lookup: the statements, and how their rows are read.
#pragma once

#include "source/connection.hpp"
#include "source/relation_lookup.hpp"

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace walwire::engine {

// What the answers depend on beside the question.
struct catalog_scope {
    std::string slot; // whose rows are described
    std::vector<std::string> publications;
};

// Which changes of composite types were visible when somebody first looked: no row at or after
// `since_lsn` was written before one of them.
struct catalog_baseline {
    std::set<std::uint32_t> xids; // of the transactions that made them as they were
    lsn since_lsn;
};
result<catalog_baseline> read_baseline(connection& ordinary);

struct facts_reading {
    relation_facts facts;
    bool is_complete = true; // the table and all types of its columns are there
};
result<facts_reading> read_relation_facts(connection& ordinary, const catalog_scope& scope,
                                          const relation_question& of);

// Whether the transaction, which has committed, is visible to others: it may still wait for a
// synchronous standby, and until then nobody sees the tables and types that it made.
result<bool> is_visible(connection& ordinary, std::uint32_t xid);

// The types as they are now, and what to compare to know whether they still are.
struct types_reading {
    std::shared_ptr<const type_set> types;
    std::string composites; // OIDs of the composites' relations, for read_composites_state()
    std::string state;      // of them, when they were read; empty without any
};
result<types_reading> read_types(connection& ordinary, const catalog_scope& scope,
                                 const catalog_baseline& baseline, const relation_question& of);

// Where the WAL ends now. Asked before the catalogs, it is a position through which their answer
// holds: whatever committed before it is visible to them.
result<lsn> read_wal_end(connection& ordinary);

// Differs when one of the composites' attributes has changed in between.
result<std::string> read_composites_state(connection& ordinary, const std::string& composites);

} // namespace walwire::engine
