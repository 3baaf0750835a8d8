#include "dispatch/instance.hpp"

#include <utility>

namespace walwire::engine {

namespace {

using namespace std::chrono_literals;
// What the host waits longer than stop() was told (walwire/abi.h), and what destroy() may take.
constexpr auto stop_margin = 1s;
constexpr auto destroy_max = 10s;

} // namespace

instance::instance(recipe made_of, sink_events& events, last_call_hook on_last_call)
    : made_of_{std::move(made_of)}, events_{events}, on_last_call_{std::move(on_last_call)} {}

result<void> instance::create() {
    destroy();
    auto made = sink::create(made_of_.from, made_of_.settings, made_of_.values, events_);
    if (!made) return std::unexpected{made.error()};
    sink_ = *std::move(made);
    return {};
}

void instance::destroy() {
    if (!sink_) return;
    await(destroy_max);
    sink_.reset();
    due_ = never;
}

void instance::set_origin(event_origin origin) {
    made_of_.settings.origin = origin;
    sink_->set_origin(origin);
}

void instance::stop(std::chrono::milliseconds grace) {
    await(grace + stop_margin);
    sink_->stop(grace);
    due_ = never;
}

void instance::await(clock::duration at_most) {
    const auto due = clock::now() + at_most;
    due_ = due.time_since_epoch().count();
    on_last_call_(due);
}

void instance::enter() {
    const std::lock_guard lock{mutex_};
    is_in_call_ = true;
    was_interrupted_ = false;
}

void instance::leave() {
    std::unique_lock lock{mutex_};
    is_in_call_ = false;
    changed_.wait(lock, [this] { return !is_interrupting_; });
}

bool instance::was_interrupted() const {
    const std::lock_guard lock{mutex_};
    return was_interrupted_;
}

bool instance::begin_interrupt() {
    const std::lock_guard lock{mutex_};
    if (!is_in_call_ || is_interrupting_) return false;
    is_interrupting_ = true;
    was_interrupted_ = true;
    return true;
}

// Without the lock: what the plugin does here may take as long as it likes, and may call the host.
void instance::interrupt() {
    sink_->interrupt();
    {
        const std::lock_guard lock{mutex_};
        is_interrupting_ = false;
    }
    changed_.notify_all();
}

} // namespace walwire::engine
