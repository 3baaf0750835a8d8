// Bytes of pgoutput messages, protocol version 1, as a server would send them (PostgreSQL
// documentation 55.9). Written from that page, without the engine's reader.
#pragma once

#include "base/lsn.hpp"
#include "decode/message.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace walwire::tests::pgoutput {

using engine::lsn;

template <class Number> std::string number(Number value) {
    std::string bytes(sizeof value, '\0');
    for (std::size_t i = bytes.size(); i-- > 0;) {
        bytes[i] = static_cast<char>(value & 0xFF);
        if constexpr (sizeof value > 1) value = static_cast<Number>(value >> 8);
    }
    return bytes;
}
inline std::string i8(std::uint8_t value) { return number(value); }
inline std::string i16(std::uint16_t value) { return number(value); }
inline std::string i32(std::uint32_t value) { return number(value); }
inline std::string i64(std::uint64_t value) { return number(value); }
inline std::string c_string(std::string_view text) { return std::string{text} + '\0'; }

// One column of a row.
struct cell {
    std::optional<std::string> text; // nullopt: NULL, unless it is unchanged
    bool is_unchanged = false;

    cell(const char* value) : text{value} {}
    cell(std::string value) : text{std::move(value)} {}
    cell(std::nullopt_t) {}
    static cell unchanged() {
        cell made{std::nullopt};
        made.is_unchanged = true;
        return made;
    }
};
using row = std::vector<cell>;

inline std::string tuple(const row& cells) {
    auto bytes = i16(static_cast<std::uint16_t>(cells.size()));
    for (const auto& one : cells) {
        if (one.is_unchanged)
            bytes += 'u';
        else if (!one.text)
            bytes += 'n';
        else
            bytes += 't' + i32(static_cast<std::uint32_t>(one.text->size())) + *one.text;
    }
    return bytes;
}

inline std::string begin(lsn commit_lsn, std::uint32_t xid = 700, std::uint64_t time_us = 0) {
    return 'B' + i64(commit_lsn.value) + i64(time_us) + i32(xid);
}
inline std::string commit(lsn commit_lsn, lsn end_lsn, std::uint64_t time_us = 0) {
    return 'C' + i8(0) + i64(commit_lsn.value) + i64(end_lsn.value) + i64(time_us);
}
inline std::string origin(std::string_view name, lsn commit_lsn = {}) {
    return 'O' + i64(commit_lsn.value) + c_string(name);
}

struct column {
    std::string name;
    std::uint32_t type_oid = 25; // text
    bool is_key = false;
    std::int32_t type_modifier = -1;
};
inline std::string relation(std::uint32_t oid, std::string_view table,
                            const std::vector<column>& columns, char identity = 'd',
                            std::string_view schema = "public") {
    auto bytes = 'R' + i32(oid) + c_string(schema) + c_string(table) + identity +
                 i16(static_cast<std::uint16_t>(columns.size()));
    for (const auto& one : columns)
        bytes += i8(one.is_key ? 1 : 0) + c_string(one.name) + i32(one.type_oid) +
                 i32(static_cast<std::uint32_t>(one.type_modifier));
    return bytes;
}
inline std::string type(std::uint32_t oid, std::string_view name) {
    return 'Y' + i32(oid) + c_string("public") + c_string(name);
}

inline std::string insert(std::uint32_t oid, const row& after) {
    return 'I' + i32(oid) + 'N' + tuple(after);
}
inline std::string update(std::uint32_t oid, const row& after) {
    return 'U' + i32(oid) + 'N' + tuple(after);
}
// `image` is 'K', the key columns alone, or 'O', the whole row.
inline std::string update(std::uint32_t oid, char image, const row& before, const row& after) {
    return 'U' + i32(oid) + image + tuple(before) + 'N' + tuple(after);
}
inline std::string remove(std::uint32_t oid, char image, const row& before) {
    return 'D' + i32(oid) + image + tuple(before);
}
inline std::string truncate(const std::vector<std::uint32_t>& oids, std::uint8_t options = 0) {
    auto bytes = 'T' + i32(static_cast<std::uint32_t>(oids.size())) + i8(options);
    for (const auto oid : oids) bytes += i32(oid);
    return bytes;
}
inline std::string message(bool is_transactional, lsn message_lsn, std::string_view prefix,
                           std::string_view content) {
    return 'M' + i8(is_transactional ? 1 : 0) + i64(message_lsn.value) + c_string(prefix) +
           i32(static_cast<std::uint32_t>(content.size())) + std::string{content};
}

} // namespace walwire::tests::pgoutput
