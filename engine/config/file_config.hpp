// A configuration file as plain values with their defaults: what `walwire run` is told.
#pragma once

#include "base/table_pattern.hpp"
#include "config/reference.hpp"
#include "config/settings.hpp"

#include <optional>
#include <string>
#include <vector>

namespace walwire::engine {

// [source]
struct source_section {
    // As written, or where it is; both empty: PG* and .pgpass say it all.
    std::string dsn;
    std::optional<value_reference> dsn_reference;
    std::string password;
    std::optional<value_reference> password_reference;
    std::string slot = "walwire";
    std::string publication = "walwire";
    std::vector<table_pattern> tables; // empty: all
};

struct file_config {
    source_section source;
    engine_config engine;
    std::vector<sink_config> sinks;
};

} // namespace walwire::engine
