// pgoutput messages as a server sends them, made here: rows of seven columns (int8, int4, text,
// text, numeric, timestamptz, boolean) in transactions of a thousand.
#pragma once

#include "base/memory_budget.hpp"
#include "batch/assembler.hpp"
#include "encode/viewed_batch.hpp"

#include <bit>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace walwire::engine {

inline constexpr int rows = 1000;
inline constexpr lsn row_lsn{0x1545C00};
inline constexpr lsn first_commit_lsn{0x1545C58};
inline constexpr std::int64_t commit_time_us = 1787307072345678 - 946684800000000; // since 2000

template <typename Number> void put(std::string& out, Number number) {
    number = std::byteswap(number);
    out.append(reinterpret_cast<const char*>(&number), sizeof number);
}

inline void put_column(std::string& out, std::string_view name, std::uint32_t type, bool is_key) {
    out += is_key ? '\1' : '\0';
    out += name;
    out += '\0';
    put(out, type);
    put(out, std::uint32_t{0xFFFFFFFF});
}

inline void put_value(std::string& out, std::string_view text) {
    out += 't';
    put(out, static_cast<std::uint32_t>(text.size()));
    out += text;
}

inline std::string make_begin(lsn commit_lsn) {
    std::string begin = "B";
    put(begin, commit_lsn.value);
    put(begin, commit_time_us);
    put(begin, std::uint32_t{739});
    return begin;
}

inline std::string make_relation() {
    std::string relation = "R";
    put(relation, std::uint32_t{16384});
    relation += std::string_view{"public\0orders\0d", 15};
    put(relation, std::uint16_t{7});
    put_column(relation, "id", 20, true);
    put_column(relation, "customer", 23, false);
    put_column(relation, "name", 25, false);
    put_column(relation, "note", 25, false);
    put_column(relation, "price", 1700, false);
    put_column(relation, "at", 1184, false);
    put_column(relation, "paid", 16, false);
    return relation;
}

inline std::string make_insert(int number, std::string_view note) {
    std::string row = "I";
    put(row, std::uint32_t{16384});
    row += 'N';
    put(row, std::uint16_t{7});
    put_value(row, std::to_string(1'000'000 + number));
    put_value(row, "42");
    put_value(row, "Anne Kowalski");
    put_value(row, note);
    put_value(row, "12.30");
    put_value(row, "2026-08-21 10:11:12.345678+00");
    put_value(row, "t");
    return row;
}

inline std::string make_commit(lsn commit_lsn) {
    std::string commit = "C";
    commit += '\0';
    put(commit, commit_lsn.value);
    put(commit, commit_lsn.value + 48);
    put(commit, commit_time_us);
    return commit;
}

// One transaction, a message per element.
inline std::vector<std::string> make_messages(std::string_view note) {
    std::vector<std::string> messages{make_begin(first_commit_lsn), make_relation()};
    for (int i = 0; i < rows; ++i) messages.push_back(make_insert(i, note));
    messages.push_back(make_commit(first_commit_lsn));
    return messages;
}

inline std::string digits(std::size_t size) {
    std::string text;
    for (std::size_t i = 0; i < size; ++i) text += static_cast<char>('0' + i % 10);
    return text;
}

inline std::shared_ptr<memory_budget> make_budget() {
    return std::make_shared<memory_budget>(std::size_t{1} << 40, [] {});
}

// nullptr after a failure.
inline std::shared_ptr<const batch> assemble(const std::vector<std::string>& messages,
                                             const std::shared_ptr<memory_budget>& budget) {
    assembler source{{}, budget};
    for (const auto& bytes : messages)
        if (!source.add(row_lsn, bytes)) return nullptr;
    return source.seal();
}

// What make_messages(digits(100)) begins with as lines of JSON; every line has its length.
inline constexpr std::string_view first_json =
    R"({"op":"insert","pos":"0000000001545C58-1-00000001","lsn":"0/1545C58","xid":739,)"
    R"("ts":"2026-08-21T10:11:12.345678Z","schema":"public","table":"orders",)"
    R"("key":{"id":1000000},"before":null,"after":{"id":1000000,"customer":42,)"
    R"("name":"Anne Kowalski","note":"0123456789012345678901234567890123456789)"
    R"(012345678901234567890123456789012345678901234567890123456789","price":12.30,)"
    R"("at":"2026-08-21T10:11:12.345678+00:00","paid":true}})";

// Whether a view shows one transaction of make_messages(digits(100)) as it should: `rows` lines
// like the first one, behind a line that says what the columns are where that is due.
inline bool are_lines(const view_result& seen) {
    const std::size_t before = seen.payloads.size() - rows;
    if (before > 1 || (before == 1 && seen.payloads[0].kind != WALWIRE_SCHEMA)) return false;
    const auto text = seen.data.text().substr(seen.payload_offsets[before]);
    return text.size() == (first_json.size() + 1) * rows &&
           text.substr(0, 20) == first_json.substr(0, 20);
}

} // namespace walwire::engine
