// The only user of spdlog: its headers cost seconds of compile time.
#include "base/log.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/ansicolor_sink.h>

#include <memory>
#include <string>

namespace walwire::engine::log {

namespace {

spdlog::logger& logger() {
    // Never destroyed: plugin threads may log while the process ends.
    static auto* const made = [] {
        auto sink = std::make_shared<spdlog::sinks::ansicolor_stderr_sink_mt>();
        auto* const logger = new spdlog::logger{"walwire", std::move(sink)};
        logger->set_pattern("%v");
        logger->flush_on(spdlog::level::trace);
        return logger;
    }();
    return *made;
}

spdlog::level::level_enum to_spdlog(level at) {
    switch (at) {
    case level::debug:
        return spdlog::level::debug;
    case level::info:
        return spdlog::level::info;
    case level::warn:
        return spdlog::level::warn;
    case level::error:
        break;
    }
    return spdlog::level::err;
}

std::string_view prefix(level at) {
    switch (at) {
    case level::warn:
        return "warning: ";
    case level::error:
        return "error: ";
    default:
        return "";
    }
}

} // namespace

void set_level(level lowest) { logger().set_level(to_spdlog(lowest)); }

void write(level at, std::string_view event, std::string_view text) {
    if (at <= level::info)
        logger().log(to_spdlog(at), "walwire: {}", text);
    else
        logger().log(to_spdlog(at), "walwire: {}{} [{}]", prefix(at), text, event);
}

} // namespace walwire::engine::log
