// Text of a configuration file -> plain values, and every mistake that can be seen in the text
// alone. What a plugin says of its options comes later, and finds the places here.
#pragma once

#include "config/file_config.hpp"
#include "config/mistake.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace walwire::engine {

constexpr std::size_t config_bytes_max = 1024 * 1024;
constexpr std::size_t sinks_max = 64;

struct sink_places {
    text_place sink;                 // of [[sink]]
    text_place plugin;               // the value of `plugin`
    std::vector<text_place> options; // the values, in the order of sink_config::options
};

struct loaded_config {
    file_config values; // defaults where there is a mistake
    std::vector<sink_places> sinks;
    std::vector<config_mistake> mistakes; // none: the values can be used
};

// Never fails: what is wrong is in `mistakes`. The content is UTF-8, or config.syntax says where it
// is not.
loaded_config load_config(std::string_view content);

// Fails with config.file: not there, not readable, no file, or larger than config_bytes_max.
result<std::string> read_config_file(const std::string& path);

} // namespace walwire::engine
