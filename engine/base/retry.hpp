// How long to wait before the same call again: doubling, from a floor to a ceiling.
#pragma once

#include <algorithm>
#include <chrono>

namespace walwire::engine {

class retry {
public:
    using milliseconds = std::chrono::milliseconds;

    retry(milliseconds pause_min, milliseconds pause_max)
        : pause_min_{pause_min}, pause_max_{pause_max}, next_{pause_min} {}

    // What was asked for, when something was asked for; at most the ceiling in any case.
    milliseconds pause(milliseconds asked) {
        const auto mine = next_;
        next_ = std::min(next_ * 2, pause_max_);
        return std::min(asked.count() > 0 ? asked : mine, pause_max_);
    }
    void succeeded() { next_ = pause_min_; }

private:
    milliseconds pause_min_;
    milliseconds pause_max_;
    milliseconds next_;
};

} // namespace walwire::engine
