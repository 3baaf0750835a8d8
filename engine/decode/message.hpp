// The messages of pgoutput, protocol version 1 (PostgreSQL documentation 55.9), as plain structs.
//
// Every view points into the bytes that were parsed, every tuple into the arena and every other
// span into the message_buffer that were handed to parse(): they must outlive the message.
#pragma once

#include "base/lsn.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

namespace walwire::engine {

enum class value_state : std::uint32_t { null, text, unchanged };

// Written once, where it stays: batch/ hands it on as the plugins' struct, which has this layout.
struct tuple_value {
    const char* data;
    std::size_t size;
    value_state state;
    std::uint32_t flags; // 0
};
using tuple = std::span<tuple_value>;

struct relation_column {
    std::string_view name;
    std::uint32_t type_oid = 0;
    std::int32_t type_modifier = -1;
    bool is_key = false; // of the replica identity; with FULL the server flags every column
};

enum class replica_identity : char { primary_key = 'd', nothing = 'n', full = 'f', index = 'i' };

// What an old tuple holds: nothing was sent, the key columns alone, or the whole row.
enum class old_image : char { none = 0, key = 'K', row = 'O' };

struct begin_message {
    lsn commit_lsn;
    std::int64_t commit_time_us = 0; // since 1970-01-01 UTC
    std::uint32_t xid = 0;
};
struct commit_message {
    lsn commit_lsn;
    lsn end_lsn;
    std::int64_t commit_time_us = 0;
};
struct origin_message {
    lsn commit_lsn; // on the origin server
    std::string_view name;
};
struct relation_message {
    std::uint32_t oid = 0;
    std::string_view schema; // empty on the wire means pg_catalog; filled in by parse()
    std::string_view table;
    replica_identity identity = replica_identity::primary_key;
    std::span<const relation_column> columns;
};
struct type_message {
    std::uint32_t oid = 0;
    std::string_view schema;
    std::string_view name;
};
struct insert_message {
    std::uint32_t relation_oid = 0;
    tuple after;
};
struct update_message {
    std::uint32_t relation_oid = 0;
    old_image old = old_image::none;
    tuple before; // empty when old is none
    tuple after;
};
struct delete_message {
    std::uint32_t relation_oid = 0;
    old_image old = old_image::key;
    tuple before;
};
struct truncate_message {
    bool cascade = false;
    bool restart_identity = false;
    std::span<const std::uint32_t> relation_oids;
};
struct logical_message { // of pg_logical_emit_message()
    bool transactional = false;
    lsn message_lsn;
    std::string_view prefix;
    std::string_view content; // any bytes
};

using message =
    std::variant<begin_message, commit_message, origin_message, relation_message, type_message,
                 insert_message, update_message, delete_message, truncate_message, logical_message>;

// What the other spans of one message point into; reused from message to message by one thread.
struct message_buffer {
    std::vector<relation_column> columns;
    std::vector<std::uint32_t> relation_oids;
};

} // namespace walwire::engine
