#include "source/publication.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace walwire::engine {

namespace {

// Whether the server could name the old row of an UPDATE of `c`: FULL, a valid replica index, or a
// primary key that is not deferrable; none of them with a generated column, which is not published
// (18 refuses the UPDATE then, older servers send NULL for it).
constexpr std::string_view usable_identity = R"(
    CASE c.relreplident
    WHEN 'n' THEN false
    WHEN 'f' THEN NOT EXISTS (SELECT FROM pg_catalog.pg_attribute a
        WHERE a.attrelid = c.oid AND a.attgenerated <> '' AND NOT a.attisdropped)
    ELSE EXISTS (SELECT FROM pg_catalog.pg_index i
        WHERE i.indrelid = c.oid AND i.indisvalid AND i.indimmediate
          AND CASE c.relreplident WHEN 'd' THEN i.indisprimary ELSE i.indisreplident END
          AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute a
              WHERE a.attrelid = c.oid AND a.attnum = ANY (i.indkey::int2[])
                AND a.attgenerated <> ''))
    END)";

std::string list_sql() {
    return fmt::format(R"(
WITH identified AS (SELECT c.oid, {} AS usable FROM pg_catalog.pg_class c
                    WHERE c.relkind IN ('r', 'p'))
SELECT n.nspname, c.relname, c.relkind, pg_catalog.pg_has_role(c.relowner, 'USAGE'),
       i.usable AND NOT EXISTS (
           SELECT FROM pg_catalog.pg_partition_tree(c.oid) t JOIN identified l ON l.oid = t.relid
           WHERE t.isleaf AND NOT l.usable),
       r.nspname, r.relname
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN identified i ON i.oid = c.oid
LEFT JOIN LATERAL (
    SELECT rn.nspname, rc.relname FROM pg_catalog.pg_class rc
    JOIN pg_catalog.pg_namespace rn ON rn.oid = rc.relnamespace
    WHERE rc.oid = pg_catalog.pg_partition_root(c.oid) AND c.relispartition) r ON true
WHERE c.relkind IN ('r', 'p') AND c.relpersistence = 'p' AND c.oid >= 16384
  AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
ORDER BY 1, 2)",
                       usable_identity);
}

std::string create_sql(connection& ordinary, const std::string& name,
                       const std::vector<std::string>& tables, std::string_view with) {
    auto sql = fmt::format("CREATE PUBLICATION {}", ordinary.quote_identifier(name));
    if (!tables.empty()) sql += fmt::format(" FOR TABLE {}", fmt::join(tables, ", "));
    return sql + std::string{with};
}

std::string inserts_name(const std::string& name) { return name + "_inserts"; }

} // namespace

result<published_tables> find_tables(connection& ordinary,
                                     const std::vector<table_pattern>& patterns) {
    const auto rows = ordinary.query(list_sql(), "list the tables");
    if (!rows) return std::unexpected{rows.error()};
    published_tables found;
    for (const auto& row : *rows) {
        const auto& schema = *row[0];
        const auto& table = *row[1];
        const bool is_under_match = row[5] && matches_any(patterns, *row[5], *row[6]);
        if (!matches_any(patterns, schema, table)) {
            if (is_under_match) found.hidden_partitions.push_back(schema + "." + table);
            continue;
        }
        if (is_under_match) continue; // published by its root
        const auto quoted = fmt::format("{}.{}", ordinary.quote_identifier(schema),
                                        ordinary.quote_identifier(table));
        if (row[3] != "t") {
            found.not_owned.push_back(quoted);
            continue;
        }
        // ONLY, or the children of an inheritance parent would come along unexamined.
        auto listed = row[2] == "p" ? quoted : "ONLY " + quoted;
        (row[4] == "t" ? found.full : found.inserts_only).push_back(std::move(listed));
    }
    return found;
}

std::vector<std::string> publication_names(const std::string& name) {
    return {name, inserts_name(name)};
}

result<void> create_publications(connection& ordinary, const std::string& name,
                                 const published_tables& tables) {
    // One message, so one transaction.
    const auto sql = create_sql(ordinary, name, tables.full, "") + "; " +
                     create_sql(ordinary, inserts_name(name), tables.inserts_only,
                                " WITH (publish = 'insert, truncate')");
    if (const auto made = ordinary.query(sql, fmt::format("create publication \"{}\"", name));
        !made) {
        auto found = made.error();
        if (found.help.empty() && ordinary.last_sqlstate() == "42501")
            found.help = "the role needs CREATE on the database and must own the tables; or let an "
                         "owner create a publication and name it with --publication";
        return std::unexpected{std::move(found)};
    }
    return {};
}

result<void> drop_publications(connection& ordinary, const std::string& name) {
    const auto sql =
        fmt::format("DROP PUBLICATION IF EXISTS {}, {}", ordinary.quote_identifier(name),
                    ordinary.quote_identifier(inserts_name(name)));
    const auto dropped = ordinary.query(sql, fmt::format("drop publication \"{}\"", name));
    if (!dropped) return std::unexpected{dropped.error()};
    return {};
}

result<void> check_publication(connection& ordinary, const std::string& name) {
    const auto rows = ordinary.query("SELECT pubname FROM pg_catalog.pg_publication ORDER BY 1",
                                     "look up the publication");
    if (!rows) return std::unexpected{rows.error()};
    std::vector<std::string> names;
    for (const auto& row : *rows) names.push_back(row[0].value_or(""));
    if (std::ranges::find(names, name) != names.end()) return {};
    return std::unexpected{failure{
        failure_code::environment, "pg.publication_missing",
        fmt::format("there is no publication \"{}\" in this database; there {}", name,
                    names.empty() ? "are none" : fmt::format("are: {}", fmt::join(names, ", "))),
        fmt::format("CREATE PUBLICATION {} FOR TABLE ...;  or leave --publication out and one is "
                    "made for as long as walwire runs",
                    ordinary.quote_identifier(name))}};
}

result<std::vector<std::string>> find_unpublished(connection& ordinary,
                                                  const std::vector<table_pattern>& patterns,
                                                  const std::vector<std::string>& publications) {
    std::string names;
    for (const auto& name : publications)
        names += (names.empty() ? "" : ", ") + ordinary.quote_literal(name);
    // A partition counts as published with any ancestor, and an ancestor with all its leaves.
    const auto rows = ordinary.query(
        fmt::format("WITH published AS (SELECT c.oid FROM pg_catalog.pg_publication_tables p "
                    "JOIN pg_catalog.pg_namespace n ON n.nspname = p.schemaname "
                    "JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid "
                    "AND c.relname = p.tablename WHERE p.pubname IN ({})) "
                    "SELECT n.nspname, c.relname FROM pg_catalog.pg_class c "
                    "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
                    "WHERE c.relkind IN ('r', 'p') AND c.relpersistence = 'p' AND c.oid >= 16384 "
                    "AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_' "
                    "AND c.oid NOT IN (SELECT oid FROM published) "
                    "AND NOT EXISTS (SELECT FROM pg_catalog.pg_partition_tree(c.oid) t "
                    "JOIN published ON published.oid = t.relid) ORDER BY 1, 2",
                    names),
        "compare the tables with the publication");
    if (!rows) return std::unexpected{rows.error()};
    std::vector<std::string> found;
    for (const auto& row : *rows)
        if (matches_any(patterns, *row[0], *row[1])) found.push_back(*row[0] + "." + *row[1]);
    return found;
}

result<bool> publishes_via_root(connection& ordinary, const std::string& name) {
    const auto rows = ordinary.query(
        fmt::format("SELECT pubviaroot FROM pg_catalog.pg_publication WHERE pubname = {}",
                    ordinary.quote_literal(name)),
        "look at the publication");
    if (!rows) return std::unexpected{rows.error()};
    return !rows->empty() && rows->front()[0] == "t";
}

result<std::vector<std::string>> find_partial_keys(connection& ordinary, const std::string& name) {
    std::vector<std::string> found;
    if (ordinary.server_version() < 150000) return found; // no column lists
    const auto rows =
        ordinary.query(fmt::format("SELECT c.oid::regclass FROM pg_catalog.pg_publication p "
                                   "JOIN pg_catalog.pg_publication_rel r ON r.prpubid = p.oid "
                                   "JOIN pg_catalog.pg_class c ON c.oid = r.prrelid "
                                   "JOIN pg_catalog.pg_index i ON i.indrelid = c.oid "
                                   "WHERE p.pubname = {} AND (p.pubupdate OR p.pubdelete) "
                                   "AND CASE c.relreplident WHEN 'd' THEN i.indisprimary "
                                   "WHEN 'i' THEN i.indisreplident ELSE false END "
                                   "AND NOT i.indkey::int2[] <@ r.prattrs::int2[] ORDER BY 1",
                                   ordinary.quote_literal(name)),
                       "look at the publication's columns");
    if (!rows) return std::unexpected{rows.error()};
    for (const auto& row : *rows) found.push_back(row[0].value_or(""));
    return found;
}

result<bool> lock_name(connection& ordinary, const std::string& name) {
    const auto rows = ordinary.query(
        fmt::format("SELECT pg_catalog.pg_try_advisory_lock(pg_catalog.hashtext('walwire'), "
                    "pg_catalog.hashtext({}))",
                    ordinary.quote_literal(name)),
        "lock the name of the publication");
    if (!rows) return std::unexpected{rows.error()};
    return rows->front()[0] == "t";
}

result<std::vector<std::string>> drop_orphans(connection& ordinary, const std::string& prefix) {
    const auto rows = ordinary.query(
        fmt::format("SELECT DISTINCT pg_catalog.regexp_replace(p.pubname, '_inserts$', '') "
                    "FROM pg_catalog.pg_publication p "
                    "WHERE p.pubname ~ {} AND pg_catalog.pg_has_role(p.pubowner, 'USAGE') "
                    "AND NOT EXISTS (SELECT FROM pg_catalog.pg_replication_slots s WHERE "
                    "s.slot_name ~ ('^' || pg_catalog.regexp_replace(p.pubname, '_inserts$', '') "
                    "|| '(_[0-9]+)?$'))", // a copy of the slot, made to go back, has a number
                    ordinary.quote_literal("^" + prefix + "[0-9a-f]{8}(_inserts)?$")),
        "look for publications left behind");
    if (!rows) return std::unexpected{rows.error()};
    std::vector<std::string> dropped;
    for (const auto& row : *rows) {
        const auto& name = row[0].value();
        const auto locked = lock_name(ordinary, name);
        if (!locked) return std::unexpected{locked.error()};
        if (!*locked) continue;
        if (auto gone = drop_publications(ordinary, name); !gone)
            return std::unexpected{gone.error()};
        dropped.push_back(name);
    }
    return dropped;
}

} // namespace walwire::engine
