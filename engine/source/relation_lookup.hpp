// One question to the catalogs about a table that the server has announced, and its answer.
#pragma once

#include "base/lsn.hpp"
#include "source/type_info.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace walwire::engine {

// What a Relation message says, as far as the answer depends on it.
struct relation_question {
    struct column {
        std::string name;
        std::uint32_t type_oid = 0;
        std::int32_t type_modifier = -1;
        bool is_flagged = false; // as a part of the replica identity
    };
    std::uint32_t oid = 0;
    // Of the transaction that it was announced in.
    std::uint32_t xid = 0;
    lsn commit_lsn;
    std::string name;     // for people: schema.table
    bool is_full = false; // REPLICA IDENTITY FULL, which flags every column
    std::vector<column> columns;
};

// What the catalogs add to a Relation message.
struct relation_facts {
    std::vector<std::string> type_names; // per column, as format_type() says; empty: a type is gone
    std::vector<bool> is_key;            // per column; none when a column of the key is not known
    bool is_inserts_only = false;        // no publication publishes its updates
    // A root with FULL, of which some leaves may not have it: the server sends their old keys as
    // whole rows, with NULL for the rest.
    bool has_partial_old_rows = false;
    bool operator==(const relation_facts&) const = default;
};

struct relation_answer {
    std::shared_ptr<const relation_facts> facts;
    std::shared_ptr<const type_set> types;
};

class relation_lookup {
public:
    virtual ~relation_lookup() = default;

    // Any lane. Waits until the answer is there and holds for rows that committed up to
    // `through_lsn`, which the server has sent already. The facts are always the same, the types
    // may be newer each time. nullopt: told to give up.
    virtual std::optional<relation_answer> await(lsn through_lsn) = 0;
};

// Source thread; never blocks.
using ask_catalog = std::function<std::shared_ptr<relation_lookup>(relation_question)>;

} // namespace walwire::engine
