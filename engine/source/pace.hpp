// Whether the stream is busy, and so worth a nap before the next read.
//
// A walsender sends each row with a system call of its own and is woken, like us, for each; letting
// rows gather for 100 us saves both sides most of it. On a quiet stream a nap would only add to the
// latency of the next row. Busy means 64 messages per millisecond over the last 10 ms; a rule that
// looked at one drain alone took bursts for load.
#pragma once

#include <chrono>
#include <cstdint>

namespace walwire::engine {

class pace {
public:
    using clock = std::chrono::steady_clock;

    void count(std::uint64_t messages, clock::time_point now) {
        counted_ += messages;
        const auto elapsed = now - since_;
        if (elapsed < period) return;
        const auto milliseconds = std::chrono::duration<double, std::milli>{elapsed}.count();
        is_busy_ = static_cast<double>(counted_) >= busy_per_millisecond * milliseconds;
        counted_ = 0;
        since_ = now;
    }
    bool is_busy() const { return is_busy_; }

private:
    static constexpr std::chrono::milliseconds period{10};
    static constexpr double busy_per_millisecond = 64;

    clock::time_point since_{};
    std::uint64_t counted_ = 0;
    bool is_busy_ = false;
};

} // namespace walwire::engine
