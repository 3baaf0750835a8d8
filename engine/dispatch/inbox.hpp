// What the source has handed to a lane and the lane has not looked at yet, and which of what comes
// next the lane has already.
//
// Not thread-safe: protected by the lane's mutex.
#pragma once

#include "base/lsn.hpp"
#include "base/position.hpp"
#include "dispatch/cutter.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

namespace walwire::engine {

class inbox {
public:
    using clock = std::chrono::steady_clock;

    // The bytes that are queued more than before; nullopt: not taken, because the source has yet to
    // go back.
    std::optional<std::size_t> push(std::shared_ptr<viewed_batch> content);
    void mark(lsn flush_lsn);

    bool is_empty() const { return items_.empty(); }
    void move_to(cutter& queue);

    // Events of shared batches that are not wholly cut, before any filter, and since when the
    // oldest of them waits (or since the last cut): what lingering goes by.
    std::size_t queued_events() const { return queued_events_; }
    clock::time_point queued_since() const { return queued_since_; }
    void requeued(std::size_t events) { queued_events_ += events; }
    void cut_off(std::size_t events);

    // Forgets everything and takes nothing more until rewound(): the lane has what is settled, and
    // the rest must come from the source again.
    void refuse(std::optional<position> settled);
    bool is_refusing() const { return is_refusing_; }

    // The source begins again at or below what is settled: what the lane has is skipped, event by
    // event.
    void rewound();

private:
    std::vector<lane_item> items_;
    std::size_t queued_events_ = 0;
    clock::time_point queued_since_;
    std::optional<position> pushed_through_;
    std::optional<position> skip_through_; // set while what comes may be here already
    bool is_refusing_ = false;
};

} // namespace walwire::engine
