// What the catalogs add to a Relation message, by statements on an ordinary connection.
#pragma once

#include "source/connection.hpp"
#include "source/relation_lookup.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace walwire::engine {

struct facts_reading {
    relation_facts facts;
    bool is_complete = true; // the table and all types of its columns are there
};
result<facts_reading> read_relation_facts(connection& ordinary,
                                          const std::vector<std::string>& publications,
                                          const relation_question& of);

// Whether the transaction, which has committed, is visible to others: it may still wait for a
// synchronous standby, and until then nobody sees the tables and types that it made.
result<bool> is_visible(connection& ordinary, std::uint32_t xid);

} // namespace walwire::engine
