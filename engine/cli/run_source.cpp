#include "cli/run_source.hpp"

#include "base/log.hpp"
#include "cli/table_choice.hpp"
#include "source/slot.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace walwire::engine {

namespace {

constexpr std::string_view advice =
    "choose others with `tables` of [source], or let their owner make the publication";

result<bool> is_there(connection& ordinary, const std::string& publication) {
    const auto found = check_publication(ordinary, publication);
    if (found) return true;
    if (found.error().id == "pg.publication_missing") return false;
    return std::unexpected{found.error()};
}

result<void> make(connection& ordinary, const source_section& config) {
    const auto locked = lock_name(ordinary, config.publication);
    if (!locked) return std::unexpected{locked.error()};
    if (!*locked)
        return std::unexpected{
            failure{failure_code::environment, "pg.slot_active",
                    fmt::format("another walwire is making publication \"{}\"", config.publication),
                    "stop the other one, or take another name"}};
    const auto some = find_some_tables(ordinary, config.tables, advice);
    if (!some) return std::unexpected{some.error()};
    if (auto made = create_publications(ordinary, config.publication, *some); !made) return made;
    log::info("publication.kept",
              fmt::format("made publications {}, which stay with slot \"{}\"",
                          fmt::join(publication_names(config.publication), " and "), config.slot));
    return {};
}

// Publications of ours are made right before their slot.
void warn_of_missing_slot(const source_section& config) {
    log::warn("source.slot_anew",
              fmt::format("there is no slot \"{}\", but its publications are there: if it was "
                          "dropped, changes that were committed since reach no sink",
                          config.slot));
}

// P and P_inserts are ours; P alone is somebody's own, and then there is no other.
result<std::vector<std::string>> choose(connection& ordinary, const source_section& config) {
    const auto both = publication_names(config.publication);
    const auto has_first = is_there(ordinary, both.front());
    if (!has_first) return std::unexpected{has_first.error()};
    const auto has_second = is_there(ordinary, both.back());
    if (!has_second) return std::unexpected{has_second.error()};
    const auto slot = read_slot(ordinary, config.slot);
    if (!slot) return std::unexpected{slot.error()};
    if (*has_first) {
        if (auto told = warn_of_partial_keys(ordinary, config.publication); !told)
            return std::unexpected{told.error()};
        if (*has_second && !*slot) warn_of_missing_slot(config);
        return *has_second ? both : std::vector{config.publication};
    }
    if (*slot || *has_second)
        return std::unexpected{failure{
            failure_code::environment, "pg.publication_missing",
            fmt::format("{} exists, but publication \"{}\" does not",
                        *slot ? fmt::format("slot \"{}\"", config.slot)
                              : fmt::format("publication \"{}\"", both.back()),
                        config.publication),
            *slot ? "name the publication it was made for: one that is made now is unknown to the "
                    "WAL that the slot still holds"
                  : fmt::format("DROP PUBLICATION {}; then start again",
                                ordinary.quote_identifier(both.back()))}};
    if (auto made = make(ordinary, config); !made) return std::unexpected{made.error()};
    return both;
}

} // namespace

result<run_source> prepare_run_source(const source_section& config) {
    connection_config wanted;
    wanted.dsn = config.dsn;
    wanted.password = config.password;
    auto ordinary = connection::open(wanted);
    if (!ordinary) return std::unexpected{ordinary.error()};
    auto facts = check_server(*ordinary);
    if (!facts) return std::unexpected{facts.error()};
    auto publications = choose(*ordinary, config);
    if (!publications) return std::unexpected{publications.error()};
    // Publications of ours are to have every table that is meant, also when none is named.
    auto tables = config.tables;
    if (tables.empty() && publications->size() > 1) tables = {*table_pattern::parse("*.*")};
    if (auto usable = check_filter(*ordinary, tables, *publications, "`tables`"); !usable)
        return std::unexpected{usable.error()};
    return run_source{std::move(*facts), std::move(*publications)};
}

} // namespace walwire::engine
