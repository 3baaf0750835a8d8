// System catalogs: PostgreSQL documentation, chapter 53. Names are qualified all the same, although
// search_path is pinned: a temporary schema would come before pg_catalog for tables.
#include "source/catalog_reader.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <iterator>
#include <set>
#include <utility>

namespace walwire::engine {

namespace {

// A bound, not a tuning: more types than anybody's table is made of.
constexpr std::size_t types_max = 10'000;

using rows = std::vector<connection::row>;

std::uint32_t to_number(const std::optional<std::string>& cell) {
    std::uint32_t number = 0;
    if (cell) std::from_chars(cell->data(), cell->data() + cell->size(), number);
    return number;
}

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

// Ordinary transaction numbers are compared modulo 2^32; those below 3 are older than any.
bool is_older(std::uint32_t left, std::uint32_t right) {
    constexpr std::uint32_t first_ordinary = 3;
    if (left < first_ordinary || right < first_ordinary) return left < right;
    return static_cast<std::int32_t>(left - right) < 0;
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
result<bool> read_inserts_only(connection& ordinary, const catalog_scope& scope,
                               std::uint32_t relation_oid) {
    if (scope.publications.empty()) return false;
    std::vector<std::string> names;
    for (const auto& name : scope.publications) names.push_back(ordinary.quote_literal(name));
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

// ---- types --------------------------------------------------------------------------------------

// `record` and its like have no fields of their own, and cannot be columns.
type_kind kind_of(const connection::row& row) {
    const auto category = row[1].value_or("");
    const auto output = row[2].value_or("");
    if (category == "d") return type_kind::domain;
    if (category == "c") return type_kind::composite;
    if (row[5] == "t") return type_kind::hstore;
    if (output == "array_out") return type_kind::array;
    if (output == "int2vectorout" || output == "oidvectorout") return type_kind::vector;
    return type_kind::scalar;
}

struct types_walk {
    type_set made;
    std::set<std::uint32_t> missing;   // referred to, and not read yet
    std::set<std::uint32_t> relations; // of composites
    std::set<std::uint32_t> xids;      // of changes since the composites were created

    void refer_to(std::uint32_t oid) {
        if (oid != 0 && !made.types.contains(oid)) missing.insert(oid);
    }
};

result<void> read_some_types(connection& ordinary, types_walk& walk) {
    auto wanted = std::exchange(walk.missing, {});
    // Found in the round that also found who refers to them.
    std::erase_if(wanted, [&](std::uint32_t oid) { return walk.made.types.contains(oid); });
    if (wanted.empty()) return {};
    const auto found = ordinary.query(
        fmt::format("SELECT t.oid, t.typtype, o.proname, "
                    "CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.typelem END, e.typdelim, "
                    "o.prosrc = 'hstore_out' AND o.probin LIKE '%hstore', t.typrelid "
                    "FROM pg_catalog.pg_type t JOIN pg_catalog.pg_proc o ON o.oid = t.typoutput "
                    "LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem WHERE t.oid IN ({})",
                    fmt::join(wanted, ",")),
        "look up types");
    if (!found) return std::unexpected{found.error()};
    for (const auto& row : *found) {
        type_info made{.kind = kind_of(row), .fields = {}};
        if (made.kind == type_kind::array || made.kind == type_kind::vector ||
            made.kind == type_kind::domain) {
            made.element_oid = to_number(row[3]);
            walk.refer_to(made.element_oid);
        }
        if (row[4] && !row[4]->empty()) made.delimiter = row[4]->front();
        if (made.kind == type_kind::composite) walk.relations.insert(to_number(row[6]));
        walk.made.types.emplace(to_number(row[0]), std::move(made));
    }
    return {};
}

// Attributes of dropped columns are read too: that they were dropped is a change.
result<void> read_fields(connection& ordinary, const std::set<std::uint32_t>& relations,
                         types_walk& walk) {
    const auto found = ordinary.query(
        fmt::format("SELECT t.oid, a.attname, a.atttypid, a.attisdropped, a.xmin, "
                    "a.xmin = t.xmin AND a.cmin::text = t.cmin::text "
                    "FROM pg_catalog.pg_attribute a "
                    "JOIN pg_catalog.pg_type t ON t.typrelid = a.attrelid "
                    "WHERE a.attrelid IN ({}) AND a.attnum > 0 ORDER BY a.attrelid, a.attnum",
                    fmt::join(relations, ",")),
        "look up the fields of composite types");
    if (!found) return std::unexpected{found.error()};
    for (const auto& row : *found) {
        auto& type = walk.made.types[to_number(row[0])];
        if (row[5] != "t") walk.xids.insert(to_number(row[4]));
        if (row[3] == "t") continue;
        type.fields.push_back({row[1].value_or(""), to_number(row[2])});
        walk.refer_to(type.fields.back().type_oid);
    }
    return {};
}

// The oldest transaction of which the slot may still need the catalogs: what changed them before
// was over before anything that the slot still sends began.
result<std::uint32_t> read_catalog_xmin(connection& ordinary, const std::string& slot) {
    const auto found = ordinary.query(
        fmt::format("SELECT catalog_xmin FROM pg_catalog.pg_replication_slots WHERE slot_name = {}",
                    ordinary.quote_literal(slot)),
        "look up the slot");
    if (!found) return std::unexpected{found.error()};
    return found->empty() ? 0 : to_number(found->front()[0]);
}

// From where on the composites are surely what was read.
result<lsn> find_since(connection& ordinary, const catalog_scope& scope,
                       const catalog_baseline& baseline, const types_walk& walk) {
    if (walk.xids.empty()) return lsn{};
    const auto oldest = read_catalog_xmin(ordinary, scope.slot);
    if (!oldest) return std::unexpected{oldest.error()};
    const auto is_past = [&](std::uint32_t xid) { return is_older(xid, *oldest); };
    if (std::ranges::all_of(walk.xids, is_past)) return lsn{};
    const auto was_seen = [&](std::uint32_t xid) {
        return is_past(xid) || baseline.xids.contains(xid);
    };
    if (std::ranges::all_of(walk.xids, was_seen)) return baseline.since_lsn;
    return read_wal_end(ordinary); // behind every commit that the reading could see
}

} // namespace

// Of types that were made as such, and of tables whose row type is somebody's column.
result<catalog_baseline> read_baseline(connection& ordinary) {
    const auto found =
        ordinary.query("SELECT DISTINCT a.xmin FROM pg_catalog.pg_class c "
                       "JOIN pg_catalog.pg_type t ON t.oid = c.reltype "
                       "JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 "
                       "WHERE c.relkind = 'c' OR EXISTS (SELECT FROM pg_catalog.pg_depend d "
                       "WHERE d.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass "
                       "AND d.refobjid IN (t.oid, t.typarray) AND d.deptype = 'n')",
                       "look up composite types");
    if (!found) return std::unexpected{found.error()};
    catalog_baseline made;
    for (const auto& row : *found) made.xids.insert(to_number(row[0]));
    const auto end = read_wal_end(ordinary); // behind every commit that this could see
    if (!end) return std::unexpected{end.error()};
    made.since_lsn = *end;
    return made;
}

result<facts_reading> read_relation_facts(connection& ordinary, const catalog_scope& scope,
                                          const relation_question& of) {
    auto names = read_type_names(ordinary, of);
    if (!names) return std::unexpected{names.error()};
    const auto key = read_key(ordinary, of);
    if (!key) return std::unexpected{key.error()};
    const auto inserts_only = read_inserts_only(ordinary, scope, of.oid);
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

result<types_reading> read_types(connection& ordinary, const catalog_scope& scope,
                                 const catalog_baseline& baseline, const relation_question& of) {
    types_walk walk;
    for (const auto& column : of.columns) walk.refer_to(column.type_oid);
    std::set<std::uint32_t> relations;
    while (!walk.missing.empty() && walk.made.types.size() < types_max) {
        if (auto read = read_some_types(ordinary, walk); !read)
            return std::unexpected{read.error()};
        const auto fresh = std::exchange(walk.relations, {});
        if (fresh.empty()) continue;
        if (auto read = read_fields(ordinary, fresh, walk); !read)
            return std::unexpected{read.error()};
        relations.insert(fresh.begin(), fresh.end());
    }
    types_reading made;
    if (!relations.empty()) {
        walk.made.has_composites = true;
        made.composites = fmt::format("{}", fmt::join(relations, ","));
        auto state = read_composites_state(ordinary, made.composites);
        if (!state) return std::unexpected{state.error()};
        made.state = *std::move(state);
        const auto since = find_since(ordinary, scope, baseline, walk);
        if (!since) return std::unexpected{since.error()};
        walk.made.since_lsn = *since;
    }
    made.types = std::make_shared<const type_set>(std::move(walk.made));
    return made;
}

result<lsn> read_wal_end(connection& ordinary) {
    const auto found = ordinary.query(
        "SELECT CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn() "
        "ELSE pg_catalog.pg_current_wal_insert_lsn() END",
        "ask where the WAL ends");
    if (!found) return std::unexpected{found.error()};
    if (!found->empty() && found->front()[0])
        if (const auto end = parse_lsn(*found->front()[0])) return *end;
    return std::unexpected{failure{failure_code::server, "catalog.wal_end",
                                   "the server does not say where its WAL ends", ""}};
}

result<std::string> read_composites_state(connection& ordinary, const std::string& composites) {
    const auto found = ordinary.query(
        fmt::format("SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', a.attrelid, a.attnum, "
                    "a.ctid, a.xmin), ',' ORDER BY a.attrelid, a.attnum) "
                    "FROM pg_catalog.pg_attribute a WHERE a.attrelid IN ({}) AND a.attnum > 0",
                    composites),
        "look whether composite types have changed");
    if (!found) return std::unexpected{found.error()};
    return found->empty() ? std::string{} : found->front()[0].value_or("");
}

} // namespace walwire::engine
