// How long to wait before the same call again: doubling, from a floor to a ceiling.
#pragma once

#include "config/settings.hpp"

#include <algorithm>
#include <chrono>

namespace walwire::engine {

class retry {
public:
    explicit retry(retry_config config) : config_{config}, next_{config.pause_min} {}

    // What was asked for, when something was asked for; at most the ceiling in any case.
    std::chrono::milliseconds pause(std::chrono::milliseconds asked) {
        const auto mine = next_;
        next_ = std::min(next_ * 2, config_.pause_max);
        return std::min(asked.count() > 0 ? asked : mine, config_.pause_max);
    }
    void succeeded() { next_ = config_.pause_min; }

private:
    retry_config config_;
    std::chrono::milliseconds next_;
};

} // namespace walwire::engine
