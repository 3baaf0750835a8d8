// System catalogs: PostgreSQL documentation, chapter 53. Names are qualified all the same, although
// search_path is pinned: a temporary schema would come before pg_catalog for tables.
#include "source/type_reader.hpp"

#include "source/catalog_cells.hpp"
#include "source/xid.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <optional>
#include <utility>

namespace walwire::engine {

namespace {

// A bound, not a tuning: more types than anybody's table is made of.
constexpr std::size_t types_max = 10'000;

// Who made an attribute as it is. One that was frozen long ago is still shown, and after half a
// round of all numbers looks as if it lay in the future: then it counts as frozen (2).
constexpr std::string_view maker =
    "CASE WHEN pg_catalog.age(a.xmin) < 0 THEN '2' ELSE a.xmin::text END";

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
        fmt::format("SELECT t.oid, a.attname, a.atttypid, a.attisdropped, {1}, "
                    "a.xmin = t.xmin AND a.cmin::text = t.cmin::text AND a.xmax = 0 "
                    "AND t.xmax = 0 "
                    "FROM pg_catalog.pg_attribute a "
                    "JOIN pg_catalog.pg_type t ON t.typrelid = a.attrelid "
                    "WHERE a.attrelid IN ({0}) AND a.attnum > 0 ORDER BY a.attrelid, a.attnum",
                    fmt::join(relations, ","), maker),
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
result<lsn> find_since(connection& ordinary, const std::string& slot, const type_baseline& baseline,
                       const types_walk& walk) {
    if (walk.xids.empty()) return lsn{};
    const auto oldest = read_catalog_xmin(ordinary, slot);
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

// Of types that were made as such, and of tables whose row type is somebody's column.
result<type_baseline> read_baseline(connection& ordinary) {
    const auto found = ordinary.query(
        fmt::format("SELECT DISTINCT {} FROM pg_catalog.pg_class c "
                    "JOIN pg_catalog.pg_type t ON t.oid = c.reltype "
                    "JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 "
                    "WHERE c.relkind = 'c' OR EXISTS (SELECT FROM pg_catalog.pg_depend d "
                    "WHERE d.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass "
                    "AND d.refobjid IN (t.oid, t.typarray) AND d.deptype = 'n')",
                    maker),
        "look up composite types");
    if (!found) return std::unexpected{found.error()};
    type_baseline made;
    for (const auto& row : *found) made.xids.insert(to_number(row[0]));
    const auto end = read_wal_end(ordinary); // behind every commit that this could see
    if (!end) return std::unexpected{end.error()};
    made.since_lsn = *end;
    return made;
}

result<types_reading> read_types(connection& ordinary, const std::string& slot,
                                 const type_baseline& baseline, const relation_question& of) {
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
        const auto since = find_since(ordinary, slot, baseline, walk);
        if (!since) return std::unexpected{since.error()};
        walk.made.since_lsn = *since;
    }
    made.types = std::make_shared<const type_set>(std::move(walk.made));
    return made;
}

result<bool> is_any_changing(connection& ordinary, const std::string& composites) {
    const auto found = ordinary.query(
        fmt::format("SELECT FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_database d "
                    "ON d.oid = l.database WHERE d.datname = pg_catalog.current_database() "
                    "AND l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock' AND l.granted "
                    "AND l.relation IN ({}) LIMIT 1",
                    composites),
        "look whether somebody changes composite types");
    if (!found) return std::unexpected{found.error()};
    return !found->empty();
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
