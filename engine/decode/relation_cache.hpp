// The tables that the server has described on this connection, each with a version per shape.
#pragma once

#include "decode/message.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace walwire::engine {

// An owned Relation message. Immutable, shared by every batch whose rows have this shape.
struct relation {
    struct column {
        std::string name;
        std::uint32_t type_oid = 0;
        std::int32_t type_modifier = -1;
        bool is_key = false;
        bool operator==(const column&) const = default;
    };
    std::uint32_t oid = 0;
    std::uint64_t version = 0; // unique in the process, never 0
    std::string schema;
    std::string table;
    replica_identity identity = replica_identity::primary_key;
    std::vector<column> columns;
};

// The next number that no relation has had. Any thread.
std::uint64_t next_relation_version();

// Owned by the source thread.
class relation_cache {
public:
    // The server says it again on every connection and after every invalidation: an equal shape
    // keeps its version, a different one replaces it under a new version.
    std::shared_ptr<const relation> announce(const relation_message& announced);

    // nullptr when the server has not described it.
    const std::shared_ptr<const relation>* find(std::uint32_t oid) const;

private:
    std::unordered_map<std::uint32_t, std::shared_ptr<const relation>> relations_;
};

} // namespace walwire::engine
