// What one deliver() call is given: a run of events of one view, cut out of one or more shared
// batches, under a sequence number of the instance.
#pragma once

#include "base/lsn.hpp"
#include "base/position.hpp"
#include "encode/viewed_batch.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>
#include <walwire/event.h>

namespace walwire::engine {

// A range of the events of one viewed batch.
struct slice {
    std::shared_ptr<viewed_batch> content;
    std::size_t first_event = 0;
    std::size_t event_count = 0;
};

// Everything the lane knows of a batch before it has a number.
struct cut {
    std::vector<slice> slices;
    std::size_t event_count = 0;
    std::uint64_t counted = 0; // rows, truncates and messages: what a limit on events counts
    lsn flush_lsn;             // 0/0: no transaction ends in it
};

// Immutable. Keeps the shared batches it was cut from alive; lives until the plugin releases it.
class lane_batch {
public:
    lane_batch(cut from, std::uint64_t sequence, const position& redelivered_through);
    lane_batch(const lane_batch&) = delete;
    lane_batch& operator=(const lane_batch&) = delete;

    const walwire_batch& view() const { return view_; }
    std::uint64_t sequence() const { return view_.sequence; }
    position first_position() const;
    position last_position() const;
    lsn flush_lsn() const { return from_.flush_lsn; }
    std::uint64_t counted() const { return from_.counted; }
    const cut& origin() const { return from_; }
    std::size_t bytes() const { return bytes_; } // its part of the shared batches

private:
    void gather(const slice& part);

    cut from_;
    std::size_t bytes_ = 0;
    std::vector<const walwire_event*> events_;
    std::vector<walwire_payload> payloads_;
    std::vector<const walwire_payload*> payload_pointers_;
    std::vector<walwire_str> runs_;
    walwire_batch view_{};
};

} // namespace walwire::engine
