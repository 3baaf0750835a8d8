// Publications that hurt nobody.
//
// Publishing updates of a table without a usable replica identity makes the application's own
// UPDATE fail. So there are two: P lists the tables with one, P_inserts the others and publishes
// only their inserts and truncates. Both exist, even empty, before a slot does.
#pragma once

#include "base/table_pattern.hpp"
#include "source/connection.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace walwire::engine {

struct published_tables {
    std::vector<std::string> full;         // quoted, schema and name
    std::vector<std::string> inserts_only; // no usable identity: nobody can say which row changed
    std::vector<std::string> not_owned;    // left out: only an owner may publish a table
    std::vector<std::string> hidden_partitions; // of roots that match, without matching themselves
};

// Tables that exist and match; partitions under their root when that matches too.
result<published_tables> find_tables(connection& ordinary,
                                     const std::vector<table_pattern>& patterns);

// P and P_inserts. The server cuts names off after 63 bytes.
constexpr std::size_t publication_name_bytes_max = 63 - std::string_view{"_inserts"}.size();
std::vector<std::string> publication_names(const std::string& name);

// Makes both, in one transaction.
result<void> create_publications(connection& ordinary, const std::string& name,
                                 const published_tables& tables);
result<void> drop_publications(connection& ordinary, const std::string& name);

// Which of the tables that match the patterns none of these publications publishes.
result<std::vector<std::string>> find_unpublished(connection& ordinary,
                                                  const std::vector<table_pattern>& patterns,
                                                  const std::vector<std::string>& publications);

// Whether rows of partitions come under the name of their root.
result<bool> publishes_via_root(connection& ordinary, const std::string& name);

// Fails with pg.publication_missing when there is none of that name.
result<void> check_publication(connection& ordinary, const std::string& name);

// Tables of which the publication leaves out a column of the key, although it publishes updates or
// deletes: the server refuses those of the application, and a key in the stream is not whole.
result<std::vector<std::string>> find_partial_keys(connection& ordinary, const std::string& name);

// Takes the lock that says "whoever made the publications of this name lives", for as long as the
// connection does; false when somebody else has it.
result<bool> lock_name(connection& ordinary, const std::string& name);

// Drops what processes that died left behind: publications named `prefix` and eight hex digits,
// that nobody locks and no slot of that name uses. Returns the names dropped.
result<std::vector<std::string>> drop_orphans(connection& ordinary, const std::string& prefix);

} // namespace walwire::engine
