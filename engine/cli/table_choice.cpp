#include "cli/table_choice.hpp"

#include "base/log.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <string>

namespace walwire::engine {

namespace {

void tell(const published_tables& tables) {
    if (!tables.not_owned.empty())
        log::warn("publication.not_owned",
                  fmt::format("left out, because only their owner may publish them: {}",
                              fmt::join(tables.not_owned, ", ")));
    if (!tables.inserts_only.empty())
        log::warn(
            "publication.inserts_only",
            fmt::format("inserts and truncates only, because without a primary key or replica "
                        "identity the server would refuse the application's updates: {}",
                        fmt::join(tables.inserts_only, ", ")));
}

} // namespace

result<published_tables> find_some_tables(connection& ordinary,
                                          const std::vector<table_pattern>& patterns,
                                          std::string_view advice) {
    auto tables = find_tables(ordinary, patterns);
    if (!tables) return tables;
    tell(*tables);
    if (!tables->full.empty() || !tables->inserts_only.empty()) return tables;
    const auto* why = !tables->not_owned.empty() ? "this role owns none of the tables that match"
                      : patterns.empty()         ? "there are no tables in this database"
                                                 : "no table matches the patterns";
    return std::unexpected{failure{failure_code::environment, "publication.no_tables",
                                   fmt::format("nothing to publish: {}", why),
                                   std::string{advice}}};
}

result<void> warn_of_partial_keys(connection& ordinary, const std::string& publication) {
    const auto partial = find_partial_keys(ordinary, publication);
    if (!partial) return std::unexpected{partial.error()};
    if (!partial->empty())
        log::warn("publication.partial_key",
                  fmt::format("publication \"{}\" leaves out a column of the key, so the server "
                              "refuses the application's updates and deletes of: {}",
                              publication, fmt::join(*partial, ", ")));
    return {};
}

result<void> check_filter(connection& ordinary, const std::vector<table_pattern>& patterns,
                          const std::vector<std::string>& publications, std::string_view key) {
    if (patterns.empty()) return {};
    // What a pattern asks for and the publications do not have would be missed without a word.
    const auto missing = find_unpublished(ordinary, patterns, publications);
    if (!missing) return std::unexpected{missing.error()};
    if (!missing->empty())
        log::warn("publication.not_published",
                  fmt::format("{} names tables of which publication {} has nothing: {} (ALTER "
                              "PUBLICATION {} ADD TABLE ...)",
                              key, fmt::join(publications, ", "), fmt::join(*missing, ", "),
                              publications.front()));
    const auto is_by_root = publishes_via_root(ordinary, publications.front());
    if (!is_by_root) return std::unexpected{is_by_root.error()};
    if (*is_by_root) return {};
    const auto found = find_tables(ordinary, patterns);
    if (!found) return std::unexpected{found.error()};
    if (found->hidden_partitions.empty()) return {};
    return std::unexpected{
        failure{failure_code::usage, "publication.partitioned",
                fmt::format("{} names partitioned tables, whose rows come under the names of their "
                            "partitions: {}",
                            key, fmt::join(found->hidden_partitions, ", ")),
                fmt::format("let the publication choose the tables and leave {} out, or name the "
                            "partitions",
                            key)}};
}

} // namespace walwire::engine
