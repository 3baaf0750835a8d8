// One shared batch as one view has it: computed once, by the first lane that asks.
#pragma once

#include "base/arena.hpp"
#include "base/assert.hpp"
#include "base/byte_buffer.hpp"
#include "base/memory_budget.hpp"
#include "batch/batch.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <vector>
#include <walwire/event.h>

namespace walwire::engine {

class view;

// Pointers go to the batch, to `made`, and to the text of `data` and `keys`.
struct view_result {
    std::vector<const walwire_event*> events;
    std::vector<walwire_payload> payloads;     // first_event counts within this result
    std::vector<std::size_t> payload_of_event; // the first payload at or after event i; one more
    std::vector<std::size_t> payload_offsets;  // where payload i begins in data; one more: the end
    std::vector<commit_point> commits;         // event_count counts within this result
    byte_buffer data;
    byte_buffer keys;
    arena made; // events that the view itself had to make

    std::size_t held_bytes() const;
};

// Shared by the lanes of one view, and gone with the last of them. Keeps the batch alive.
class viewed_batch {
public:
    viewed_batch(std::shared_ptr<const batch> source, std::shared_ptr<view> through);
    ~viewed_batch();

    const batch& source() const { return *source_; }

    // Any lane; the first one computes it, the others wait. nullptr: told to give up waiting for
    // the catalogs.
    const view_result* compute();
    // Of what was computed.
    const view_result& get() const {
        WALWIRE_ASSERT(result_.has_value());
        return *result_;
    }

private:
    const std::shared_ptr<const batch> source_;
    const std::shared_ptr<view> view_;
    std::mutex mutex_; // protects everything below until it is computed; then nothing changes
    std::optional<view_result> result_;
    memory_share share_;
};

} // namespace walwire::engine
