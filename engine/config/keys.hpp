// Every key that a configuration file may have, section by section, in the order in which people
// write them.
#pragma once

#include "config/file_config.hpp"
#include "config/key.hpp"

#include <span>

namespace walwire::engine {

std::span<const config_key<source_section>> source_keys();
std::span<const config_key<engine_config>> engine_keys();
std::span<const config_key<sink_config>> sink_keys();       // but for its tables:
std::span<const config_key<sink_config>> sink_batch_keys(); // `batch`
std::span<const config_key<sink_config>> sink_retry_keys(); // `retry`

} // namespace walwire::engine
