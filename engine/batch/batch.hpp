// An immutable group of events in commit order, shared by all lanes. Arena and the C view over it.
#pragma once

#include "base/arena.hpp"
#include "base/lsn.hpp"
#include "base/memory_budget.hpp"
#include "base/position.hpp"
#include "batch/event_list.hpp"
#include "batch/shape.hpp"

#include <memory>
#include <span>
#include <vector>
#include <walwire/event.h>

namespace walwire::engine {

// When the first `event_count` events of a batch are settled, and everything before the batch,
// everything before end_lsn is safe.
struct commit_point {
    std::size_t event_count = 0;
    lsn end_lsn;
};

// What an assembler writes, and nobody else.
struct batch_content {
    // Its memory comes from `pool` and goes back there.
    explicit batch_content(const std::shared_ptr<block_pool>& pool) : memory{pool}, events{pool} {}

    arena memory;
    event_list events;
    std::vector<commit_point> commits;
    std::vector<std::shared_ptr<const shape>> shapes; // of the rows in it: keeps them alive

    std::size_t held_bytes() const {
        return memory.held_bytes() + events.capacity() * sizeof(walwire_event) +
               commits.capacity() * sizeof(commit_point);
    }
};

// Made by the source thread, read by lanes, gone with the last of them.
class batch {
public:
    batch(batch_content content, std::shared_ptr<memory_budget> budget)
        : content_{std::move(content)}, share_{std::move(budget), content_.held_bytes()} {}

    std::span<const walwire_event> events() const { return content_.events.view(); }
    std::span<const commit_point> commits() const { return content_.commits; }
    std::span<const std::shared_ptr<const shape>> shapes() const { return content_.shapes; }
    std::size_t bytes() const { return share_.bytes(); }
    const std::shared_ptr<memory_budget>& budget() const { return share_.budget(); }

private:
    batch_content content_;
    memory_share share_;
};

inline position to_position(const walwire_position& at) {
    return {.commit_lsn = lsn{at.lsn}, .phase = at.phase, .index = at.index};
}
inline walwire_position to_c(const position& at) {
    return {.lsn = at.commit_lsn.value, .phase = at.phase, .reserved = 0, .index = at.index};
}

} // namespace walwire::engine
