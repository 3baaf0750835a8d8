// What the engine is told, as plain values with their defaults. Units are in the names; where a
// value came from (command line, file) is not known here.
#pragma once

#include "base/lsn.hpp"
#include "base/table_pattern.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace walwire::engine {

struct source_config {
    std::string dsn;      // anything libpq takes
    std::string password; // wins over the DSN's; empty: none
    std::string slot;
    bool is_slot_temporary = false;
    std::vector<std::string> publications;
    lsn skip_below; // transactions with a commit LSN below it reach no sink; 0/0: none
    lsn end_at;     // end after the last transaction with a commit LSN below it; 0/0: never
};

struct retry_config {
    std::chrono::milliseconds pause_min{100};
    std::chrono::milliseconds pause_max{30'000};
};

// How the value of a plugin's option was written: text of the command line can be anything, a file
// knows kinds. A reference has a name as its value.
enum class option_form : std::uint8_t {
    text,
    string,
    integer,
    boolean,
    unusable, // a date, a fraction
    env,
    file,
    credential,
};

struct option_setting {
    std::string path; // "headers.X-Key", "tokens.0.secret"
    std::string value;
    option_form form = option_form::text;
};

struct sink_config {
    std::string name;
    std::string plugin; // a name, or a file
    std::vector<option_setting> options;
    std::string format = "json";
    bool numbers_as_strings = false;
    bool transactions = false;
    std::vector<table_pattern> tables;   // empty: all of the source's
    std::vector<table_pattern> within;   // the source's; empty: all that are published
    std::vector<std::string> operations; // empty: all
    std::size_t batch_events_max = 1000;
    std::size_t batch_bytes_max = 1024 * 1024;
    std::chrono::milliseconds linger{0};
    std::optional<std::size_t> window_bytes; // none: half of the lane's budget
    retry_config retry;
    std::uint64_t event_limit = 0; // end after that many events; 0: never
};

struct engine_config {
    std::size_t memory_bytes = 16 * 1024 * 1024; // all batches alive; one larger row may exceed it
    std::chrono::milliseconds drain{10'000};     // on SIGTERM
    std::vector<std::string> plugin_folders;     // empty: those of the installation
};

} // namespace walwire::engine
