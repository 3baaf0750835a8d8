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

// Whether the row of a catalog is older than transaction `xid`, as SQL. Whoever made it may have
// been frozen since: then the number is still shown, and after half a round of all numbers looks as
// if it lay in the future.
std::string older_than(std::string_view row, std::uint32_t xid) {
    return fmt::format("NOT pg_catalog.age({}.xmin) BETWEEN 0 AND pg_catalog.age('{}'::xid)", row,
                       xid);
}

// A column as it is now, which may not be as it was when the rows were written.
struct found_column {
    std::string name;
    bool is_key = false; // with FULL of the primary key, else of the replica identity
    bool is_older = false;
    bool is_index_older = false; // of a key's
};

result<std::vector<found_column>> read_columns(connection& ordinary, const relation_question& of) {
    const auto found = ordinary.query(
        fmt::format("SELECT a.attname, a.attnum = ANY ((i.indkey::int2[])[0:i.indnkeyatts - 1]), "
                    "{}, {} FROM pg_catalog.pg_class c "
                    "JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 "
                    "AND NOT a.attisdropped "
                    "LEFT JOIN pg_catalog.pg_index i ON i.indrelid = c.oid AND i.indisvalid "
                    "AND CASE c.relreplident WHEN 'i' THEN i.indisreplident "
                    "WHEN 'd' THEN i.indisprimary AND i.indimmediate ELSE i.indisprimary END "
                    "WHERE c.oid = {}",
                    older_than("a", of.xid), older_than("i", of.xid), of.oid),
        "look up the key of a table");
    if (!found) return std::unexpected{found.error()};
    std::vector<found_column> columns;
    for (const auto& row : *found)
        columns.push_back({.name = row[0].value_or(""),
                           .is_key = row[1] == "t",
                           .is_older = row[2] == "t",
                           .is_index_older = row[3] == "t"});
    return columns;
}

bool is_announced(const relation_question& of, const std::string& name) {
    return std::ranges::find(of.columns, name, &relation_question::column::name) !=
           of.columns.end();
}

// FULL flags every column, so the primary key is looked for. It counts only if it and its columns
// are older than the rows: another one may not tell them apart, and names may have been swapped.
// Whoever makes one keeps writers of the table out from then until it has committed, so one with a
// smaller number than a writer's is over when that one writes, unless it had its number already
// when it was still waiting for them: such writers cannot be told from later ones.
std::vector<bool> find_primary_key(const relation_question& of,
                                   const std::vector<found_column>& columns) {
    std::vector<bool> is_key(of.columns.size(), false);
    for (const auto& column : columns) {
        if (!column.is_key) continue;
        const auto at =
            std::ranges::find(of.columns, column.name, &relation_question::column::name);
        if (at == of.columns.end() || !column.is_older || !column.is_index_older)
            return std::vector<bool>(of.columns.size(), false);
        is_key[static_cast<std::size_t>(at - of.columns.begin())] = true;
    }
    return is_key;
}

// Otherwise the server has flagged the key of that time; but a column that is not published has no
// flag to bear, and then the rest does not tell rows apart. An index that is older than the rows
// says how many columns it has; else each column of that time that is not published may be in it.
std::vector<bool> find_flagged_key(const relation_question& of,
                                   const std::vector<found_column>& columns) {
    std::vector<bool> is_key;
    for (const auto& column : of.columns) is_key.push_back(column.is_flagged);
    const auto is_known = [](const found_column& column) {
        return column.is_key && column.is_index_older;
    };
    const auto known = std::ranges::count_if(columns, is_known);
    const auto is_missing = [&](const found_column& column) {
        return column.is_older && !is_announced(of, column.name);
    };
    const bool is_whole = known > 0 ? std::ranges::count(is_key, true) >= known
                                    : std::ranges::none_of(columns, is_missing);
    if (!is_whole) is_key.assign(is_key.size(), false);
    return is_key;
}

// Under a root, each leaf has an identity of its own, and the server sends what that one says.
struct leaf_identities {
    bool has_other_key = false; // some log another index than the root's
    bool is_all_full = true;    // all log whole rows, and surely did when the rows were written
};

result<leaf_identities> read_leaves(connection& ordinary, const relation_question& of) {
    const auto found = ordinary.query(
        fmt::format("SELECT c.relreplident = 'f' AND {}, i.indexrelid IS NOT NULL "
                    "AND NOT EXISTS (SELECT FROM pg_catalog.pg_partition_ancestors(i.indexrelid) a "
                    "JOIN pg_catalog.pg_index r ON r.indexrelid = a.relid "
                    "JOIN pg_catalog.pg_class o ON o.oid = r.indrelid "
                    "WHERE o.oid = {} AND CASE o.relreplident WHEN 'i' THEN r.indisreplident "
                    "ELSE r.indisprimary END) "
                    "FROM pg_catalog.pg_partition_tree({}) t "
                    "JOIN pg_catalog.pg_class c ON c.oid = t.relid "
                    "LEFT JOIN pg_catalog.pg_index i ON i.indrelid = c.oid "
                    "AND CASE c.relreplident WHEN 'i' THEN i.indisreplident "
                    "WHEN 'd' THEN i.indisprimary ELSE false END "
                    "WHERE t.isleaf",
                    older_than("c", of.xid), of.oid, of.oid),
        "look up the partitions of a table");
    if (!found) return std::unexpected{found.error()};
    leaf_identities made;
    for (const auto& row : *found) {
        made.is_all_full = made.is_all_full && row[0] == "t";
        made.has_other_key = made.has_other_key || row[1] == "t";
    }
    // Without a leaf there is nobody to ask; and one may have been detached, or dropped, since.
    if (found->empty()) made.is_all_full = false;
    return made;
}

// Whether a table that is no partition, and does not log whole rows, was changed after the rows
// were written: it may have been detached.
result<bool> has_detached(connection& ordinary, const relation_question& of) {
    const auto found =
        ordinary.query(fmt::format("SELECT FROM pg_catalog.pg_class c WHERE c.relkind = 'r' "
                                   "AND c.relpersistence <> 't' AND NOT c.relispartition AND "
                                   "c.relreplident <> 'f' AND NOT ({}) LIMIT 1",
                                   older_than("c", of.xid)),
                       "look for partitions that a table had");
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

// What is different for a root whose leaves are published under its name.
result<void> ask_leaves(connection& ordinary, const relation_question& of, relation_facts& facts) {
    const auto leaves = read_leaves(ordinary, of);
    if (!leaves) return std::unexpected{leaves.error()};
    // A delete would come without the root's key, and an update of it unseen.
    if (leaves->has_other_key) facts.is_key.assign(facts.is_key.size(), false);
    if (!of.is_full) return {};
    const auto detached = leaves->is_all_full ? has_detached(ordinary, of) : true;
    if (!detached) return std::unexpected{detached.error()};
    facts.has_partial_old_rows = !leaves->is_all_full || *detached;
    return {};
}

} // namespace

result<facts_reading> read_relation_facts(connection& ordinary,
                                          const std::vector<std::string>& publications,
                                          const relation_question& of) {
    auto names = read_type_names(ordinary, of);
    if (!names) return std::unexpected{names.error()};
    const auto inserts_only = read_inserts_only(ordinary, publications, of.oid);
    if (!inserts_only) return std::unexpected{inserts_only.error()};
    const auto columns = read_columns(ordinary, of);
    if (!columns) return std::unexpected{columns.error()};
    const auto kind = ordinary.query(
        fmt::format("SELECT relkind FROM pg_catalog.pg_class WHERE oid = {}", of.oid),
        "look up a table");
    if (!kind) return std::unexpected{kind.error()};
    relation_facts facts{.type_names = *std::move(names),
                         .is_key = of.is_full ? find_primary_key(of, *columns)
                                              : find_flagged_key(of, *columns),
                         .is_inserts_only = *inserts_only,
                         .has_partial_old_rows = false};
    if (!kind->empty() && kind->front()[0] == "p")
        if (auto asked = ask_leaves(ordinary, of, facts); !asked)
            return std::unexpected{asked.error()};
    const bool is_complete =
        !kind->empty() &&
        std::ranges::none_of(facts.type_names, [](const auto& it) { return it.empty(); });
    return facts_reading{.facts = std::move(facts), .is_complete = is_complete};
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
