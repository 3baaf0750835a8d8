// The tables that a command publishes, and what a person should know of the choice.
#pragma once

#include "base/table_pattern.hpp"
#include "source/connection.hpp"
#include "source/publication.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace walwire::engine {

// Warns of tables that are left out or published for inserts alone. Fails with
// publication.no_tables when none is left; `advice` says how to choose others.
result<published_tables> find_some_tables(connection& ordinary,
                                          const std::vector<table_pattern>& patterns,
                                          std::string_view advice);

// Warns when the application's own updates are refused because of it.
result<void> warn_of_partial_keys(connection& ordinary, const std::string& publication);

// Where publications that are there already are filtered by patterns, which `key` names ("-t"):
// warns of tables that match and are not published. Fails with publication.partitioned when rows
// of tables that match would come under the names of their partitions, which do not.
result<void> check_filter(connection& ordinary, const std::vector<table_pattern>& patterns,
                          const std::vector<std::string>& publications, std::string_view key);

} // namespace walwire::engine
