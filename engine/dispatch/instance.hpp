// The instance of a plugin that one lane drives: how it is made, who may interrupt a call of it,
// and which call must be back by when.
//
//     create -> ( start -> ( deliver | flush )* -> stop )* -> destroy
//
// After a start() that was interrupted only destroy() may follow, so then there is a new instance.
#pragma once

#include "base/failure.hpp"
#include "host/library.hpp"
#include "host/options.hpp"
#include "host/sink.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>

namespace walwire::engine {

class instance {
public:
    using clock = std::chrono::steady_clock;

    // What create() is given, each time.
    struct recipe {
        std::shared_ptr<const library> from;
        sink_settings settings;
        options values;
    };
    // `on_last_call` hears when a call begins that nobody can interrupt, and is to look at
    // is_overdue() at the time it is told. The events must outlive the instance.
    using last_call_hook = std::function<void(clock::time_point due)>;
    instance(recipe made_of, sink_events& events, last_call_hook on_last_call);

    // ---- the lane's thread, all of them

    result<void> create(); // as sink::create(); destroys the one before
    void destroy();
    void set_origin(event_origin origin);
    answer start() { return sink_->start(); }
    answer deliver(const walwire_batch& batch) { return sink_->deliver(batch); }
    answer flush() { return sink_->flush(); }
    void stop(std::chrono::milliseconds grace);

    // Around every call that may be interrupted. leave() returns once no interrupt() is under way,
    // so that none reaches a later call.
    void enter();
    void leave();
    bool was_interrupted() const; // the last call between the two

    // ---- any other thread

    // When a call is in progress: whoever gets true has to call interrupt() next.
    bool begin_interrupt();
    void interrupt();
    // Whether stop() or destroy() has taken longer than it may.
    bool is_overdue() const { return clock::now().time_since_epoch().count() >= due_.load(); }

private:
    void await(clock::duration at_most);

    static constexpr clock::rep never = clock::time_point::max().time_since_epoch().count();

    recipe made_of_;
    sink_events& events_;
    const last_call_hook on_last_call_;
    std::unique_ptr<sink> sink_;
    std::atomic<clock::rep> due_ = never;

    mutable std::mutex mutex_; // protects what follows
    std::condition_variable changed_;
    bool is_in_call_ = false;
    bool is_interrupting_ = false;
    bool was_interrupted_ = false;
};

} // namespace walwire::engine
