// System catalogs: PostgreSQL documentation, chapter 53. Names are qualified all the same, although
// search_path is pinned: a temporary schema would come before pg_catalog for tables.
#include "source/relation_reader.hpp"

#include "source/catalog_cells.hpp"
#include "source/xid.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <utility>

namespace walwire::engine {

namespace {

result<std::vector<std::string>> read_type_names(connection& ordinary,
                                                 const relation_question& of) {
    std::vector<std::uint32_t> types;
    std::vector<std::int32_t> modifiers;
    for (const auto& column : of.columns) {
        types.push_back(column.type_oid);
        modifiers.push_back(column.type_modifier);
    }
    const auto found = ordinary.query(
        fmt::format("SELECT CASE WHEN t.oid IS NULL THEN '' "
                    "ELSE pg_catalog.format_type(c.type, c.modifier) END "
                    "FROM ROWS FROM (unnest('{{{}}}'::oid[]), unnest('{{{}}}'::int4[])) "
                    "WITH ORDINALITY c(type, modifier, number) "
                    "LEFT JOIN pg_catalog.pg_type t ON t.oid = c.type ORDER BY c.number",
                    fmt::join(types, ","), fmt::join(modifiers, ",")),
        "look up the types of a table");
    if (!found) return std::unexpected{found.error()};
    std::vector<std::string> names;
    for (const auto& row : *found) names.push_back(row[0].value_or(""));
    names.resize(of.columns.size());
    return names;
}

struct found_key {
    std::vector<std::string> columns;
    std::uint32_t xid = 0; // of whoever made the index
};

// What identifies a row: with FULL the primary key, else the replica identity.
result<found_key> read_key(connection& ordinary, const relation_question& of) {
    const auto found = ordinary.query(
        fmt::format("SELECT a.attname, i.xmin FROM pg_catalog.pg_class c "
                    "JOIN pg_catalog.pg_index i ON i.indrelid = c.oid AND i.indisvalid "
                    "AND CASE c.relreplident WHEN 'i' THEN i.indisreplident "
                    "WHEN 'd' THEN i.indisprimary AND i.indimmediate ELSE i.indisprimary END "
                    "JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid "
                    "AND a.attnum = ANY ((i.indkey::int2[])[0:i.indnkeyatts - 1]) "
                    "WHERE c.oid = {}",
                    of.oid),
        "look up the key of a table");
    if (!found) return std::unexpected{found.error()};
    found_key key;
    for (const auto& row : *found) {
        key.columns.push_back(row[0].value_or(""));
        key.xid = to_number(row[1]);
    }
    return key;
}

bool is_one_of(const std::vector<std::string>& names, const std::string& name) {
    return std::ranges::find(names, name) != names.end();
}

// Which columns are the key, when all of it is known. The server's flags say it, but for two cases:
// FULL flags every column, and a column that is not published has no flag to bear.
//
// With FULL the primary key counts only if it is older than the rows: another one may not tell them
// apart. Whoever makes one keeps writers of the table out until it has committed, so a transaction
// with a smaller number than a writer's is over when that one writes.
std::vector<bool> find_key(const relation_question& of, const found_key& key) {
    const bool is_in_force = key.xid == of.xid || is_older(key.xid, of.xid);
    std::vector<bool> is_key;
    std::vector<std::string> announced;
    for (const auto& column : of.columns) {
        announced.push_back(column.name);
        is_key.push_back(of.is_full ? is_in_force && is_one_of(key.columns, column.name)
                                    : column.is_flagged);
    }
    const bool is_unpublished = !std::ranges::all_of(
        key.columns, [&](const auto& name) { return is_one_of(announced, name); });
    const auto known = static_cast<std::size_t>(std::ranges::count(is_key, true));
    if (is_unpublished && known < key.columns.size()) is_key.assign(is_key.size(), false);
    return is_key;
}

result<bool> read_partial_old_rows(connection& ordinary, const relation_question& of) {
    if (!of.is_full) return false;
    const auto found =
        ordinary.query(fmt::format("SELECT FROM pg_catalog.pg_partition_tree({}) t "
                                   "JOIN pg_catalog.pg_class c ON c.oid = t.relid "
                                   "WHERE t.isleaf AND c.relreplident <> 'f' LIMIT 1",
                                   of.oid),
                       "look up the partitions of a table");
    if (!found) return std::unexpected{found.error()};
    return !found->empty();
}

// Partitions are published with their roots, tables with their schemas (since PostgreSQL 15).
result<bool> read_inserts_only(connection& ordinary, const std::vector<std::string>& publications,
                               std::uint32_t relation_oid) {
    if (publications.empty()) return false;
    std::vector<std::string> names;
    for (const auto& name : publications) names.push_back(ordinary.quote_literal(name));
    constexpr std::string_view by_schema =
        "OR EXISTS (SELECT FROM pg_catalog.pg_publication_namespace s "
        "JOIN pg_catalog.pg_class c ON c.relnamespace = s.pnnspid "
        "JOIN published o ON o.oid = c.oid WHERE s.pnpubid = p.oid)";
    const auto found = ordinary.query(
        fmt::format("WITH published(oid) AS (SELECT {0}::oid "
                    "UNION SELECT relid FROM pg_catalog.pg_partition_ancestors({0})) "
                    "SELECT bool_or(p.pubupdate) FROM pg_catalog.pg_publication p "
                    "WHERE p.pubname IN ({1}) AND (p.puballtables OR EXISTS "
                    "(SELECT FROM pg_catalog.pg_publication_rel r JOIN published o "
                    "ON o.oid = r.prrelid WHERE r.prpubid = p.oid) {2})",
                    relation_oid, fmt::join(names, ", "),
                    ordinary.server_version() >= 150000 ? by_schema : ""),
        "look up how a table is published");
    if (!found) return std::unexpected{found.error()};
    return !found->empty() && found->front()[0] == "f";
}

} // namespace

result<facts_reading> read_relation_facts(connection& ordinary,
                                          const std::vector<std::string>& publications,
                                          const relation_question& of) {
    auto names = read_type_names(ordinary, of);
    if (!names) return std::unexpected{names.error()};
    const auto key = read_key(ordinary, of);
    if (!key) return std::unexpected{key.error()};
    const auto inserts_only = read_inserts_only(ordinary, publications, of.oid);
    if (!inserts_only) return std::unexpected{inserts_only.error()};
    const auto partial = read_partial_old_rows(ordinary, of);
    if (!partial) return std::unexpected{partial.error()};
    const auto table = ordinary.query(
        fmt::format("SELECT FROM pg_catalog.pg_class WHERE oid = {}", of.oid), "look up a table");
    if (!table) return std::unexpected{table.error()};
    const bool is_complete =
        !table->empty() && std::ranges::none_of(*names, [](const auto& it) { return it.empty(); });
    return facts_reading{.facts = {.type_names = *std::move(names),
                                   .is_key = find_key(of, *key),
                                   .is_inserts_only = *inserts_only,
                                   .has_partial_old_rows = *partial},
                         .is_complete = is_complete};
}

// Not yet begun then, or running. Numbers are compared modulo 2^32, as those in the stream are.
result<bool> is_visible(connection& ordinary, std::uint32_t xid) {
    const auto found = ordinary.query(
        "SELECT 'first', pg_catalog.pg_snapshot_xmax(s) FROM pg_catalog.pg_current_snapshot() s "
        "UNION ALL SELECT 'running', pg_catalog.pg_snapshot_xip(s) "
        "FROM pg_catalog.pg_current_snapshot() s",
        "look whether a transaction is visible");
    if (!found) return std::unexpected{found.error()};
    for (const auto& row : *found) {
        std::uint64_t number = 0;
        if (row[1]) std::from_chars(row[1]->data(), row[1]->data() + row[1]->size(), number);
        const auto at = static_cast<std::uint32_t>(number);
        if (row[0] == "first" ? !is_older(xid, at) : xid == at) return false;
    }
    return true;
}

} // namespace walwire::engine
