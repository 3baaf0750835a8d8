// "End after that many events", without asking for the last of them again next time.
//
// The Commit that settles the last event may lie in a batch behind it. It is on its way already,
// for the server sends a transaction whole; so the lane waits for it, but not long: when more of
// the same transaction follows instead, the transaction is not settled, and comes again.
//
// Not thread-safe: belongs to the lane thread.
#pragma once

#include "dispatch/cutter.hpp"

#include <chrono>
#include <cstdint>
#include <limits>

namespace walwire::engine {

class event_limit {
public:
    using clock = std::chrono::steady_clock;

    // 0: no limit.
    explicit event_limit(std::uint64_t events_max) : events_max_{events_max} {}

    std::uint64_t left() const {
        return events_max_ == 0 ? std::numeric_limits<std::uint64_t>::max()
                                : events_max_ - counted_;
    }
    // Nothing more is delivered.
    bool is_reached() const { return left() == 0; }
    bool is_commit_awaited() const { return clock::now() < commit_until_; }
    clock::time_point commit_until() const { return commit_until_; }

    void delivered(const cut& events) {
        counted_ += events.counted;
        // The flush may be that of a transaction before the last event's.
        const auto& end = events.slices.back();
        const auto* last = end.content->get().events[end.first_event + end.event_count - 1];
        is_covered_ = last->position.lsn < events.flush_lsn.value;
    }
    // deliver() has come back: not before, for it may take longer than the Commit may.
    void taken() {
        if (is_reached() && !is_covered_) commit_until_ = clock::now() + commit_wait;
    }
    // What stood behind the last event: its Commit, or, when something is left in the queue, more
    // of its transaction.
    void looked_behind(const cut_result& found, bool is_anything_left) {
        if (found.flush_lsn || is_anything_left) commit_until_ = {};
    }
    void delivered_again(std::uint64_t counted) {
        counted_ -= counted;
        commit_until_ = {};
    }

private:
    static constexpr std::chrono::seconds commit_wait{1};

    std::uint64_t events_max_;
    std::uint64_t counted_ = 0;
    bool is_covered_ = true;           // the last event, by the flush that came with it
    clock::time_point commit_until_{}; // the epoch: not awaited
};

} // namespace walwire::engine
