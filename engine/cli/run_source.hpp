// What `run` sets up on the server before it streams: publications that stay as long as the slot.
#pragma once

#include "base/failure.hpp"
#include "config/file_config.hpp"
#include "source/connection.hpp"
#include "source/server_check.hpp"

#include <string>
#include <vector>

namespace walwire::engine {

struct run_source {
    server_facts facts;
    std::vector<std::string> publications;
};

// Main thread. Checks the server, and makes what is missing when the slot is still to be made: WAL
// that a slot holds already cannot be decoded with younger publications.
result<run_source> prepare_run_source(const source_section& config);

} // namespace walwire::engine
