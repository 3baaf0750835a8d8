// The messages of pgoutput, protocol version 1. Above each function stands the grammar it reads, in
// the order of the wire: numbers in network order, strings up to their NUL.
#include "decode/parse.hpp"

#include "base/byte_reader.hpp"
#include "decode/insert.hpp"
#include "decode/malformed.hpp"
#include "decode/tuple.hpp"

#include <limits>

namespace walwire::engine {

namespace {

// 1970-01-01 to 2000-01-01: 10957 days.
constexpr std::int64_t postgres_epoch_us = 10957LL * 86400 * 1'000'000;

bool is_countable(std::int64_t wire_us) {
    return wire_us <= std::numeric_limits<std::int64_t>::max() - postgres_epoch_us;
}

lsn read_lsn(byte_reader& reader) { return {reader.read<std::uint64_t>()}; }

// proto.c writes pg_catalog, which nearly every type is in, as nothing.
std::string_view read_schema(byte_reader& reader) {
    const auto schema = reader.read_c_string();
    return schema.empty() ? std::string_view{"pg_catalog"} : schema;
}

// What every message ends with: nothing is missing, and nothing is left.
template <class Message>
result<message> finish(const byte_reader& reader, const Message& parsed, std::string_view of) {
    if (reader.is_short()) return std::unexpected(short_message(of));
    if (reader.left() != 0) return std::unexpected(trailing_bytes(of, reader.left()));
    return result<message>{std::in_place, parsed};
}

// A value that is not known is one only if it was there.
result<message> refuse(const byte_reader& reader, std::string_view of, failure found) {
    return std::unexpected(reader.is_short() ? short_message(of) : std::move(found));
}

// protocol 55.9, Begin:
//
//     'B' commit_lsn:int64 commit_time:int64 xid:int32
result<message> parse_begin(byte_reader reader) {
    constexpr std::string_view of = "a Begin message";
    begin_message begin;
    begin.commit_lsn = read_lsn(reader);
    const auto wire_us = reader.read<std::int64_t>();
    if (!is_countable(wire_us)) return std::unexpected(unknown_time(of, wire_us));
    begin.commit_time_us = wire_us + postgres_epoch_us;
    begin.xid = reader.read<std::uint32_t>();
    return finish(reader, begin, of);
}

// protocol 55.9, Commit:
//
//     'C' flags:int8 commit_lsn:int64 end_lsn:int64 commit_time:int64
//
// No flag is in use.
result<message> parse_commit(byte_reader reader) {
    constexpr std::string_view of = "a Commit message";
    commit_message commit;
    const auto flags = reader.read<std::uint8_t>();
    if (flags != 0) return std::unexpected(unknown_flags(of, flags));
    commit.commit_lsn = read_lsn(reader);
    commit.end_lsn = read_lsn(reader);
    const auto wire_us = reader.read<std::int64_t>();
    if (!is_countable(wire_us)) return std::unexpected(unknown_time(of, wire_us));
    commit.commit_time_us = wire_us + postgres_epoch_us;
    return finish(reader, commit, of);
}

// protocol 55.9, Origin:
//
//     'O' commit_lsn:int64 name:string
result<message> parse_origin(byte_reader reader) {
    origin_message origin;
    origin.commit_lsn = read_lsn(reader);
    origin.name = reader.read_c_string();
    return finish(reader, origin, "an Origin message");
}

// protocol 55.9, Relation:
//
//     'R' oid:int32 schema:string table:string identity:char columns:int16
//         { flags:int8 name:string type:int32 modifier:int32 }*
//
// identity is pg_class.relreplident; flag 1 marks a column of the key.
result<message> parse_relation(byte_reader reader, message_buffer& buffer) {
    constexpr std::string_view of = "a Relation message";
    constexpr std::size_t column_size_min = 1 + 1 + 4 + 4;
    relation_message relation;
    relation.oid = reader.read<std::uint32_t>();
    relation.schema = read_schema(reader);
    relation.table = reader.read_c_string();

    const auto identity = reader.read<char>();
    relation.identity = static_cast<replica_identity>(identity);
    switch (relation.identity) {
    case replica_identity::primary_key:
    case replica_identity::nothing:
    case replica_identity::full:
    case replica_identity::index:
        break;
    default:
        return refuse(reader, of, unknown_replica_identity(identity));
    }

    const auto columns = reader.read<std::int16_t>();
    if (columns < 0) return std::unexpected(negative_length(of, "columns", columns));
    const auto count = static_cast<std::size_t>(columns);
    if (count > reader.left() / column_size_min) return std::unexpected(short_message(of));
    buffer.columns.clear();
    buffer.columns.reserve(count);
    for (std::size_t at = 0; at < count; ++at) {
        relation_column& column = buffer.columns.emplace_back();
        const auto flags = reader.read<std::uint8_t>();
        if (flags > 1) return std::unexpected(unknown_flags(of, flags));
        column.is_key = flags == 1;
        column.name = reader.read_c_string();
        column.type_oid = reader.read<std::uint32_t>();
        column.type_modifier = reader.read<std::int32_t>();
    }
    relation.columns = buffer.columns;
    return finish(reader, relation, of);
}

// protocol 55.9, Type:
//
//     'Y' oid:int32 schema:string name:string
result<message> parse_type(byte_reader reader) {
    type_message type;
    type.oid = reader.read<std::uint32_t>();
    type.schema = read_schema(reader);
    type.name = reader.read_c_string();
    return finish(reader, type, "a Type message");
}

result<message> parse_whole_insert(std::string_view bytes, arena& rows) {
    const auto insert = parse_insert(bytes, rows);
    if (!insert) return std::unexpected(to_failure(insert.error(), an_insert));
    return *insert;
}

// protocol 55.9, Update:
//
//     'U' relation:int32 [ ( 'K' | 'O' ) old:TupleData ] 'N' new:TupleData
//
// 'K' comes when the key changed, 'O' always with replica identity FULL. A key tuple has every
// column of the table, NULL where it is not of the key.
result<message> parse_update(std::string_view fields, arena& rows) {
    byte_reader reader{fields};
    constexpr std::string_view of = "an Update message";
    update_message update;
    update.relation_oid = reader.read<std::uint32_t>();
    auto kind = reader.read<char>();
    if (kind == 'K' || kind == 'O') {
        update.old = static_cast<old_image>(kind);
        auto before = parse_tuple(reader, rows);
        if (!before) return std::unexpected(to_failure(before.error(), of));
        update.before = *before;
        kind = reader.read<char>();
    }
    if (kind != 'N') return refuse(reader, of, unknown_tuple(of, kind));
    auto after = parse_tuple(reader, rows);
    if (!after) return std::unexpected(to_failure(after.error(), of));
    update.after = *after;
    return finish(reader, update, of);
}

// protocol 55.9, Delete:
//
//     'D' relation:int32 ( 'K' | 'O' ) old:TupleData
result<message> parse_delete(std::string_view fields, arena& rows) {
    byte_reader reader{fields};
    constexpr std::string_view of = "a Delete message";
    delete_message deleted;
    deleted.relation_oid = reader.read<std::uint32_t>();
    const auto kind = reader.read<char>();
    if (kind != 'K' && kind != 'O') return refuse(reader, of, unknown_tuple(of, kind));
    deleted.old = static_cast<old_image>(kind);
    auto before = parse_tuple(reader, rows);
    if (!before) return std::unexpected(to_failure(before.error(), of));
    deleted.before = *before;
    return finish(reader, deleted, of);
}

// protocol 55.9, Truncate:
//
//     'T' relations:int32 flags:int8 { relation:int32 }*
//
// flag 1 is CASCADE, 2 RESTART IDENTITY.
result<message> parse_truncate(byte_reader reader, message_buffer& buffer) {
    constexpr std::string_view of = "a Truncate message";
    truncate_message truncate;
    const auto relations = reader.read<std::int32_t>();
    if (relations < 0) return std::unexpected(negative_length(of, "relations", relations));
    const auto flags = reader.read<std::uint8_t>();
    if (flags > 3) return std::unexpected(unknown_flags(of, flags));
    truncate.cascade = (flags & 1) != 0;
    truncate.restart_identity = (flags & 2) != 0;
    const auto count = static_cast<std::size_t>(relations);
    if (count > reader.left() / sizeof(std::uint32_t)) return std::unexpected(short_message(of));
    buffer.relation_oids.clear();
    buffer.relation_oids.reserve(count);
    for (std::size_t at = 0; at < count; ++at)
        buffer.relation_oids.push_back(reader.read<std::uint32_t>());
    truncate.relation_oids = buffer.relation_oids;
    return finish(reader, truncate, of);
}

// protocol 55.9, Message:
//
//     'M' flags:int8 lsn:int64 prefix:string size:int32 bytes
//
// flag 1 is transactional. (The xid in front of it belongs to streamed transactions, protocol 2.)
result<message> parse_logical(byte_reader reader) {
    constexpr std::string_view of = "a Message message";
    logical_message logical;
    const auto flags = reader.read<std::uint8_t>();
    if (flags > 1) return std::unexpected(unknown_flags(of, flags));
    logical.transactional = flags == 1;
    logical.message_lsn = read_lsn(reader);
    logical.prefix = reader.read_c_string();
    const auto size = reader.read<std::int32_t>();
    if (size < 0) return std::unexpected(negative_length(of, "bytes of content", size));
    logical.content = reader.read_bytes(static_cast<std::size_t>(size));
    return finish(reader, logical, of);
}

} // namespace

result<message> parse(std::string_view bytes, arena& rows, message_buffer& buffer) {
    byte_reader reader{bytes};
    const auto kind = reader.read<char>();
    switch (kind) {
    case 'I':
        return parse_whole_insert(bytes, rows);
    case 'U':
        return parse_update(bytes.substr(1), rows);
    case 'D':
        return parse_delete(bytes.substr(1), rows);
    case 'B':
        return parse_begin(reader);
    case 'C':
        return parse_commit(reader);
    case 'R':
        return parse_relation(reader, buffer);
    case 'Y':
        return parse_type(reader);
    case 'O':
        return parse_origin(reader);
    case 'T':
        return parse_truncate(reader, buffer);
    case 'M':
        return parse_logical(reader);
    default:
        return refuse(reader, "a message", unknown_message(kind));
    }
}

} // namespace walwire::engine
