#include "cli/tail_source.hpp"

#include "base/log.hpp"
#include "cli/table_choice.hpp"
#include "source/publication.hpp"
#include "source/slot.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <random>
#include <utility>

namespace walwire::engine {

namespace {

constexpr std::string_view own_prefix = "walwire_tail_";
constexpr std::size_t slot_name_bytes_max = 63;
constexpr std::string_view advice = "-t 'schema.table', with * for any characters; or name a "
                                    "publication that its owner made with --publication";

std::string random_name() {
    std::random_device entropy;
    return fmt::format("{}{:08x}", own_prefix, entropy());
}

result<connection> open_ordinary(const std::string& dsn) {
    connection_config wanted;
    wanted.dsn = dsn;
    return connection::open(wanted);
}

// Before anything is made: the server would say the same, but only after the publications.
bool is_slot_name(std::string_view name, std::size_t longest) {
    constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyz0123456789_";
    return !name.empty() && name.size() <= longest &&
           name.find_first_not_of(allowed) == std::string_view::npos;
}

} // namespace

result<tail_source> tail_source::prepare(const tail_request& request) {
    // Without a publication of its own, two are made that bear the name of the slot.
    const auto longest = request.publication ? slot_name_bytes_max : publication_name_bytes_max;
    if (request.slot && !is_slot_name(*request.slot, longest))
        return std::unexpected{
            failure{failure_code::usage, "cli.slot",
                    fmt::format("\"{}\" is no name for a slot", *request.slot),
                    fmt::format("1 to {} lower case letters, digits and underscores{}", longest,
                                request.publication ? "" : "; 63 beside --publication")}};
    auto opened = open_ordinary(request.dsn);
    if (!opened) return std::unexpected{opened.error()};
    tail_source made{request.dsn, std::move(*opened)};
    const auto facts = check_server(*made.ordinary_);
    if (!facts) return std::unexpected{facts.error()};
    made.facts_ = *facts;
    made.is_temporary_ = !request.slot;
    made.slot_ = request.slot.value_or(random_name());
    const auto used = request.publication ? made.use_named(*request.publication)
                      : request.slot      ? made.use_kept(request.tables)
                                          : made.make_own(request.tables);
    if (!used) return std::unexpected{used.error()};
    if (made.needs_filter() && !request.tables.empty())
        if (auto possible = check_filter(*made.ordinary_, request.tables, made.publications_, "-t");
            !possible)
            return std::unexpected{possible.error()};
    return made;
}

result<void> tail_source::use_named(const std::string& publication) {
    if (auto found = check_publication(*ordinary_, publication); !found) return found;
    publications_ = {publication};
    return warn_of_partial_keys(*ordinary_, publication);
}

// Two that make the same slot would replace each other's publications.
result<void> tail_source::lock_slot_name() {
    const auto locked = lock_name(*ordinary_, slot_);
    if (!locked) return std::unexpected{locked.error()};
    if (*locked) return {};
    return std::unexpected{failure{failure_code::environment, "pg.slot_active",
                                   fmt::format("another walwire is making slot \"{}\"", slot_),
                                   "stop the other one, or take another name"}};
}

// A lasting slot's own publications have its name and stay as long as it does.
result<void> tail_source::use_kept(const std::vector<table_pattern>& tables) {
    made_own_ = true;
    publications_ = publication_names(slot_);
    const auto found = read_slot(*ordinary_, slot_);
    if (!found) return std::unexpected{found.error()};
    if (!*found)
        if (auto alone = lock_slot_name(); !alone) return alone;
    const auto exists = check_publication(*ordinary_, slot_);
    if (!exists && exists.error().id != "pg.publication_missing") return exists;
    if (exists) {
        if (auto both = check_publication(*ordinary_, publications_.back()); !both || *found)
            return both;
        // Of a slot that was dropped: no WAL needs them, and they may know other tables.
        if (auto dropped = drop_publications(*ordinary_, slot_); !dropped) return dropped;
    } else if (*found)
        return std::unexpected{failure{
            failure_code::environment, "pg.publication_missing",
            fmt::format("slot \"{}\" exists, but no publication of its name", slot_),
            "name the publication it was made for with --publication: one that is made now is "
            "unknown to the WAL that the slot still holds"}};
    const auto some = find_some_tables(*ordinary_, tables, advice);
    if (!some) return std::unexpected{some.error()};
    if (auto created = create_publications(*ordinary_, slot_, *some); !created) return created;
    is_made_now_ = true;
    log::info("publication.kept",
              fmt::format("made publications {0}, which stay with the slot; when you drop it: "
                          "DROP PUBLICATION {1};",
                          fmt::join(publications_, " and "), fmt::join(publications_, ", ")));
    return {};
}

result<void> tail_source::make_own(const std::vector<table_pattern>& tables) {
    const auto orphans = drop_orphans(*ordinary_, std::string{own_prefix});
    if (!orphans) return std::unexpected{orphans.error()};
    if (!orphans->empty())
        log::info("publication.orphans", fmt::format("dropped what an earlier tail left behind: {}",
                                                     fmt::join(*orphans, ", ")));
    const auto some = find_some_tables(*ordinary_, tables, advice);
    if (!some) return std::unexpected{some.error()};
    if (const auto locked = lock_name(*ordinary_, slot_); !locked)
        return std::unexpected{locked.error()};
    if (auto created = create_publications(*ordinary_, slot_, *some); !created) return created;
    is_made_now_ = true;
    publications_ = publication_names(slot_);
    made_own_ = true;
    return {};
}

// Those of a lasting slot go too, when it was never made.
bool tail_source::is_ours_to_drop() {
    if (is_temporary_ || !is_made_now_) return is_temporary_;
    const auto found = read_slot(*ordinary_, slot_);
    return found && !*found;
}

void tail_source::clean_up(bool is_last_chance) {
    if (!ordinary_ || !std::exchange(made_own_, false)) return;
    // A server that no longer answers must not keep the process.
    const auto deadline = [] { return std::chrono::steady_clock::now() + std::chrono::seconds{2}; };
    ordinary_->set_deadline(deadline());
    if (!is_ours_to_drop()) return;
    auto dropped = drop_publications(*ordinary_, slot_);
    if (!dropped && !is_last_chance) {
        // The connection may have gone with a server that has come back since.
        auto again = open_ordinary(dsn_);
        if (again) again->set_deadline(deadline());
        if (again) dropped = drop_publications(*again, slot_);
    }
    if (!dropped)
        log::warn("publication.left_behind",
                  fmt::format("could not drop publication \"{}\" (the next tail does): {}", slot_,
                              dropped.error().message));
}

tail_source::~tail_source() { clean_up(); }

} // namespace walwire::engine
