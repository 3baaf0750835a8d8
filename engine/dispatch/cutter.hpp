// What a lane still has to deliver, in order, and the cutting of batches out of it.
//
// Belongs to the lane thread alone; encoding happens here, when a batch is first looked into.
#pragma once

#include "base/lsn.hpp"
#include "base/position.hpp"
#include "dispatch/lane_batch.hpp"

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace walwire::engine {

// A shared batch (or what is left of it), or a marker: everything before it being settled,
// everything before flush_lsn is safe.
struct lane_item {
    std::shared_ptr<viewed_batch> content = {}; // nullptr: a marker
    lsn flush_lsn = {};
    std::size_t first_event = 0;
    std::size_t event_end = SIZE_MAX;          // exclusive; at most the number of events there are
    std::optional<position> skip_through = {}; // nothing at or below it is delivered again
    std::size_t queued_bytes = 0;              // given back when the item has left the queue
};

struct cut_limits {
    std::size_t events_max = 1000;
    std::size_t bytes_max = 1024 * 1024;    // of payloads, or of rows where there are none
    std::uint64_t counted_max = UINT64_MAX; // rows, truncates and messages
};

// Either events to deliver, or only a flush that what came before now allows, or neither.
struct cut_result {
    std::optional<cut> events;
    lsn flush_lsn;
    std::size_t freed_bytes = 0;  // of the items that have left
    std::size_t freed_events = 0; // of their shared batches
    bool is_given_up = false;     // what comes next could not be described: see viewed_batch
};

class cutter {
public:
    void push(lane_item item) { items_.push_back(std::move(item)); }
    // What comes again, in order, in front of everything else.
    void push_front(std::vector<lane_item> items);
    bool is_empty() const { return items_.empty(); }
    void clear() { items_.clear(); }

    // Takes from the front. Requires that it is not empty.
    cut_result next(const cut_limits& limits);

private:
    struct progress;
    bool take_from(lane_item& item, const cut_limits& limits, progress& made);

    std::deque<lane_item> items_;
};

} // namespace walwire::engine
