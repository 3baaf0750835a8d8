// Is this server ready? Asked on the ordinary connection before anything is changed.
#pragma once

#include "source/connection.hpp"
#include "source/type_reader.hpp"

#include <string>

namespace walwire::engine {

// What has to be known of the database before anything streams.
struct server_facts {
    std::string lc_monetary;   // the database's collation
    bool is_sql_ascii = false; // the database has no encoding
    type_baseline baseline;    // of composite types
};

// Fails with pg.wal_level or pg.replication_role, and the SQL that mends it.
result<server_facts> check_server(connection& ordinary);

} // namespace walwire::engine
