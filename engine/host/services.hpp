// What a plugin can call: the table of host functions of one instance and the state behind it.
//
// Everything that comes in here is hostile: ranges are checked, texts are bounded and cleaned.
#pragma once

#include "host/event_id.hpp"
#include "host/options.hpp"
#include "host/sink.hpp"
#include "host/sink_events.hpp"

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <walwire/abi.h>

namespace walwire::engine {

// Host functions run on any thread; the rest belongs to the lane.
class services {
public:
    enum class phase : std::uint8_t {
        idle,     // acks, releases and fail() have no effect
        started,  // from before the plugin's start() on
        stopping, // in the plugin's stop(): fail() has no effect
    };

    services(sink_settings settings, options values, sink_events& events);

    const walwire_host* host() const { return &host_; }
    const std::string& name() const { return settings_.name; }
    const options& values() const { return values_; }
    phase current() const { return phase_; }

    // Once this has returned, no event that the new phase forbids is in progress any more.
    void enter(phase next);
    void set_origin(event_origin origin);

    // A batch the plugin may ack from now on, also before its deliver() returns.
    void note_delivered(std::uint64_t sequence);

    // A call is in progress on this thread: set_error() counts. end_call() gives what it said.
    void begin_call();
    struct call_error {
        std::string text;
        std::uint32_t retry_after_ms = 0;
    };
    call_error end_call();

    void say(log::level level, std::string_view text) const;

private:
    enum class range_kind : std::uint8_t { ack, release };

    void settle(range_kind kind, std::uint64_t first, std::uint64_t last);
    void set_error(const char* text, std::uint32_t retry_after_ms);
    void fail(walwire_result result, const char* text, std::uint32_t retry_after_ms);
    std::size_t payload_id(const walwire_batch* batch, std::size_t payload, char* out,
                           std::size_t size) const;

    static services& of(const walwire_host* host) { return *static_cast<services*>(host->data); }
    static walwire_host make_table(services& self);

    sink_settings settings_;
    const options values_;
    sink_events& events_;

    // Held while an event other than on_log() is told, so that stop() can be its end.
    std::mutex gate_;
    std::atomic<phase> phase_ = phase::idle; // written under gate_
    std::uint64_t delivered_ = 0;            // highest sequence; protected by gate_

    // The thread whose call is in progress, and what it said: that thread's alone.
    std::atomic<std::thread::id> caller_;
    call_error said_;

    walwire_host host_;
};

// nullopt for a number that is no walwire_result, which counts as fatal.
std::optional<verdict> to_verdict(walwire_result result);

} // namespace walwire::engine
