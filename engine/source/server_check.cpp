#include "source/server_check.hpp"

#include <fmt/format.h>
#include <utility>

namespace walwire::engine {

result<server_facts> check_server(connection& ordinary) {
    const auto rows = ordinary.query(
        "SELECT current_setting('wal_level'), r.rolreplication OR r.rolsuper, r.rolname, "
        "d.datcollate FROM pg_catalog.pg_roles r, pg_catalog.pg_database d "
        "WHERE r.rolname = current_user AND d.datname = current_database()",
        "look at the server's settings");
    if (!rows) return std::unexpected{rows.error()};
    if (rows->empty())
        return std::unexpected{failure{failure_code::environment, "pg.replication_role",
                                       "the role of this connection is not in pg_roles", ""}};
    const auto& row = rows->front();
    if (row[0] != "logical")
        return std::unexpected{failure{
            failure_code::environment, "pg.wal_level",
            fmt::format("wal_level is \"{}\" on {}", row[0].value_or(""), ordinary.describe()),
            "ALTER SYSTEM SET wal_level = logical;  then restart PostgreSQL"}};
    if (row[1] != "t")
        return std::unexpected{
            failure{failure_code::environment, "pg.replication_role",
                    fmt::format("role \"{}\" may not use replication", row[2].value_or("")),
                    fmt::format("ALTER ROLE {} REPLICATION;",
                                ordinary.quote_identifier(row[2].value_or("")))}};
    auto baseline = read_baseline(ordinary);
    if (!baseline) return std::unexpected{baseline.error()};
    return server_facts{.lc_monetary = row[3].value_or(""),
                        .is_sql_ascii = ordinary.parameter("server_encoding") == "SQL_ASCII",
                        .baseline = *std::move(baseline)};
}

} // namespace walwire::engine
