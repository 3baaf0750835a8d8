// What an instance of a plugin can say: an answer to a call, or an event at any time.
#pragma once

#include "base/log.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace walwire::engine {

enum class verdict : std::uint8_t {
    ok,
    retry,  // nothing was taken; the identical call again after a pause
    fatal,  // this configuration can never work: the sink's on_failure decides
    closed, // the reader has gone and nothing is wrong: the sink ends quietly
};

std::string_view to_string(verdict of);

struct answer {
    verdict result = verdict::ok;
    std::string text;                         // why, one line; never empty unless ok
    std::chrono::milliseconds retry_after{0}; // 0: the host's own backoff
    std::string id = {};                      // "plugin.bad_ack", or empty: the plugin's own words
};

// The receiver of an instance's events, which must outlive the sink. Every function may be called
// on any thread, also while a call of the lane is in progress on another one and with the plugin's
// locks held: it neither blocks nor calls the sink, but wakes whoever does.
class sink_events {
public:
    // Batches first to last, 1 <= first <= last <= the highest sequence delivered. Also before
    // deliver() has returned, again, and for batches of an earlier start: sort those out.
    // Never after stop() has returned.
    virtual void on_ack(std::uint64_t first, std::uint64_t last) = 0;
    virtual void on_release(std::uint64_t first, std::uint64_t last) = 0;

    // The instance as a whole cannot go on; never ok. May come again: the first counts. Never once
    // stop() was called.
    virtual void on_fail(answer why) = 0;

    // One line without control characters, valid UTF-8, valid during the call only.
    virtual void on_log(log::level level, std::string_view text) = 0;

protected:
    ~sink_events() = default;
};

} // namespace walwire::engine
