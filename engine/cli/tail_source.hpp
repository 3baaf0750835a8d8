// What `tail` sets up on the server before it streams, and takes away behind it.
#pragma once

#include "base/failure.hpp"
#include "base/table_pattern.hpp"
#include "config/settings.hpp"
#include "source/connection.hpp"
#include "source/server_check.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace walwire::engine {

struct tail_request {
    std::string dsn;
    std::optional<std::string> slot; // lasting; none: a temporary one of a name nobody has
    std::optional<std::string> publication;
    std::vector<table_pattern> tables;
};

// Holds the ordinary connection, and with it the lock that keeps other tails from taking our
// publications for orphans. Main thread.
class tail_source {
public:
    // Checks the server first; then sweeps up after tails that were killed, and makes what is
    // missing. Publications of a temporary slot go when this does; those of a lasting one stay,
    // because WAL that the slot still holds cannot be decoded with younger ones.
    static result<tail_source> prepare(const tail_request& request);
    tail_source(tail_source&&) = default;
    ~tail_source();

    const server_facts& facts() const { return facts_; }
    const std::string& slot() const { return slot_; }
    const std::vector<std::string>& publications() const { return publications_; }
    // Publications made for these tables in this run are the filter already, and know partitions by
    // their roots; for any others the tables have to be filtered.
    bool needs_filter() const { return !is_made_now_; }

    // Drops the publications that go with us; once. `is_last_chance`: the process ends right after,
    // so a connection that is gone is not made anew.
    void clean_up(bool is_last_chance = false);

private:
    tail_source(std::string dsn, connection ordinary)
        : dsn_{std::move(dsn)}, ordinary_{std::make_unique<connection>(std::move(ordinary))} {}
    result<void> lock_slot_name();
    bool is_ours_to_drop();
    result<void> use_named(const std::string& publication);
    result<void> use_kept(const std::vector<table_pattern>& tables);
    result<void> make_own(const std::vector<table_pattern>& tables);

    std::string dsn_;
    std::unique_ptr<connection> ordinary_; // empty once moved from: then there is nothing to drop
    server_facts facts_;
    std::string slot_;
    std::vector<std::string> publications_;
    bool made_own_ = false;
    bool is_made_now_ = false;
    bool is_temporary_ = false;
};

} // namespace walwire::engine
