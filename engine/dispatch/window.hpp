// What an instance has been given and has not settled: sequence -> position, end LSN.
//
// Acks name exactly the batches that are durable, in any order; the settled position and the flush
// move over the contiguous part alone. A release frees a batch's memory and moves nothing.
// Not thread-safe: protected by the lane's mutex.
#pragma once

#include "base/lsn.hpp"
#include "base/position.hpp"
#include "dispatch/cutter.hpp"
#include "dispatch/interval_set.hpp"
#include "dispatch/lane_batch.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace walwire::engine {

class window {
public:
    // Batches that are released and not acked cost an entry each; above this many, every second
    // one of them is dropped: settling gets coarser, never wrong.
    static constexpr std::size_t entries_max = 65'536;

    // Before its deliver() is called, because an ack may come before that returns. Sequences
    // ascend by one.
    void add(std::shared_ptr<const lane_batch> batch);

    // A flush that is allowed once everything added so far is settled.
    void mark(lsn flush_lsn);

    // Requires first <= last <= the last one added. Batches before the current start are ignored.
    // The memory they held, for the caller to let go outside its lock.
    using freed = std::vector<std::shared_ptr<const lane_batch>>;
    freed ack(std::uint64_t first, std::uint64_t last);
    freed release(std::uint64_t first, std::uint64_t last);

    bool is_acked(std::uint64_t sequence) const { return acked_.contains(sequence); }
    bool is_settled() const { return acked_.contiguous() == last_sequence_; }
    std::size_t held_bytes() const { return held_bytes_; }
    std::uint64_t last_sequence() const { return last_sequence_; }
    lsn flush_lsn() const { return flush_lsn_; }
    std::optional<position> settled() const { return settled_; }

    // The start is over: sequences so far mean nothing any more. What was not settled, in order, as
    // items to deliver again, acked batches beyond a hole as markers; nullopt when a part of it was
    // released and so has to come from the source again.
    struct unsettled {
        std::optional<std::vector<lane_item>> items;
        std::uint64_t counted = 0; // of what will be delivered again
    };
    unsettled restart();
    // Right after restart(): the next batch is the one behind `last_sequence`. 0 for a new
    // instance.
    void renumber(std::uint64_t last_sequence);

private:
    struct entry {
        std::uint64_t sequence; // settles everything up to it
        position last;
        lsn flush_lsn; // 0/0: no transaction ended
        std::uint64_t counted;
    };
    std::optional<std::vector<lane_item>> held_again() const;
    void settle();
    void coarsen();
    void let_go(std::uint64_t first, std::uint64_t last, freed& gone);

    std::deque<entry> entries_; // not settled, ascending
    interval_set acked_;
    std::map<std::uint64_t, std::shared_ptr<const lane_batch>> held_; // not released, not acked
    std::size_t held_bytes_ = 0;
    std::uint64_t first_sequence_ = 1; // of this start
    std::uint64_t last_sequence_ = 0;
    std::size_t coarsen_at_ = entries_max; // entries; higher when too many are held to drop any
    bool is_coarse_ = false;               // entries of this start were dropped
    lsn flush_lsn_;
    std::optional<position> settled_;
};

} // namespace walwire::engine
