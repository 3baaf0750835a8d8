// One instance of a plugin, seen from the lane that drives it:
//
//   create -> ( start -> ( deliver | flush )* -> stop )* -> destroy
//
// Calls go down through the plugin's table; what comes up meanwhile, and between calls, goes to
// sink_events (services.hpp). Creating one checks its options and opens nothing, so a command that
// only checks a configuration creates sinks and destroys them.
#pragma once

#include "base/failure.hpp"
#include "host/event_id.hpp"
#include "host/library.hpp"
#include "host/options.hpp"
#include "host/sink_events.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <walwire/event.h>

namespace walwire::engine {

class services;

struct sink_settings {
    std::string name;
    std::string dialect;      // "json"
    std::string content_type; // "application/x-ndjson"
    std::string terminator;   // what follows each payload in runs
    event_origin origin = {}; // or later, with set_origin()
};

// All calls come from one thread at a time, the lane's; only interrupt() may come from another.
// They may block as long as the plugin does.
class sink {
public:
    // Fails with plugin.create in the plugin's own words (a config failure when they begin with an
    // option's path and a colon). The events must outlive the sink.
    static result<std::unique_ptr<sink>> create(std::shared_ptr<const library> from,
                                                sink_settings settings, options values,
                                                sink_events& events);
    // Destroys the instance. Requires that the last start() that was ok has been stopped.
    ~sink();
    sink(const sink&) = delete;
    sink& operator=(const sink&) = delete;

    const std::string& name() const;
    const library& from() const { return *library_; }
    bool wants_payloads() const { return library_->wants_payloads(); }
    bool wants_transactions() const { return library_->wants_transactions(); }
    bool has_interrupt() const;

    // Names the events of what will be delivered. Requires that the sink is not started.
    void set_origin(event_origin origin);

    // A sink is started when this is ok. What a plugin leaves out is ok.
    answer start();

    // Require a started sink. The batch, and all it points to, must stay readable as walwire/abi.h
    // says: until it is released or acked, or this did not answer ok, or stop() has returned.
    answer deliver(const walwire_batch& batch);
    answer flush();

    // Requires a started sink. Acks count until the plugin's stop() returns; once this has
    // returned, no event but on_log() comes until the next start().
    void stop(std::chrono::milliseconds grace);

    // From any other thread while a call of the lane is in progress or about to begin: makes it
    // return within a second, if the plugin can. Requires that the sink is not destroyed meanwhile.
    void interrupt();

private:
    sink(std::shared_ptr<const library> from, std::unique_ptr<services> up);
    template <class Call> answer ask(const char* what, Call&& call);

    std::shared_ptr<const library> library_;
    std::unique_ptr<services> services_;
    void* self_ = nullptr; // the plugin's own
};

} // namespace walwire::engine
