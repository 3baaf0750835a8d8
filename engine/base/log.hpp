// Lines for people and for whatever collects them, on stderr: stdout belongs to events.
//
// Never row data or secrets. Any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace walwire::engine::log {

enum class level : std::uint8_t { debug, info, warn, error };

// Below this nothing is written. Before other threads start.
void set_level(level lowest);

// `event` is a stable code, "source.streaming"; `text` what a person reads.
void write(level at, std::string_view event, std::string_view text);

inline void debug(std::string_view event, std::string_view text) {
    write(level::debug, event, text);
}
inline void info(std::string_view event, std::string_view text) { write(level::info, event, text); }
inline void warn(std::string_view event, std::string_view text) { write(level::warn, event, text); }
inline void error(std::string_view event, std::string_view text) {
    write(level::error, event, text);
}

} // namespace walwire::engine::log
