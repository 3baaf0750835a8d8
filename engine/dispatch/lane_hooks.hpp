// What a lane is made with, and how it tells the others.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace walwire::engine {

enum class lane_end : std::uint8_t {
    running,
    drained, // told to stop, or its event limit was reached
    closed,  // the reader went away and nothing is wrong
    failed,  // FATAL, a bad ack, an answer that is none
};

struct lane_limits {
    std::size_t budget_bytes; // queued and in flight; the source stops when it is used up
    std::size_t window_bytes; // in flight, not released
};

// How a lane tells the others. Called from any thread, without the lane's lock; none may block.
struct lane_hooks {
    std::function<void()> on_room;      // push() has room again
    std::function<void()> on_rewind;    // what was released unacked must come from the flush again
    std::function<void()> on_interrupt; // somebody must call interrupt_call()
    std::function<void(std::chrono::steady_clock::time_point)> on_last_call; // see is_overdue()
    std::function<void()> on_end;                                            // end() has an answer
};

} // namespace walwire::engine
