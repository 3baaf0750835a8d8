// The calls that a lane makes into its plugin: the life of the instance, the deliveries, and what
// each answer means.
#include "dispatch/lane.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace walwire::engine {

namespace {

using namespace std::chrono_literals;
constexpr auto stop_grace_min = 1s;

} // namespace

lane::outcome lane::run_until_end() {
    for (;;) {
        auto how = run_instance();
        if (how.end != lane_end::running) return how;
        log::warn("sink.restart",
                  fmt::format("sink \"{}\" starts again: {}", name(), how.why.text));
        requeue_unsettled();
        if (auto lost = renew_instance()) return *std::move(lost);
        if (!pause(retry_.pause(how.why.retry_after))) return {lane_end::drained, {}};
    }
}

lane::outcome lane::run_instance() {
    bool is_up = false;
    const auto ask = [&] {
        auto said = instance_->start();
        is_up = said.result == verdict::ok;
        return said;
    };
    auto how = repeat("start", ask, [] { return false; });
    is_renewal_due_ = !is_up && instance_->was_interrupted();
    if (!how) how = serve();
    // A start() that was ok is stopped even if fail() came before it was back.
    if (is_up) instance_->stop(stop_grace());
    return *std::move(how);
}

// After a start() that was interrupted the instance may only be destroyed. The new one counts its
// batches from 1.
std::optional<lane::outcome> lane::renew_instance() {
    if (!std::exchange(is_renewal_due_, false)) return std::nullopt;
    if (auto made = instance_->create(); !made)
        return outcome{lane_end::failed,
                       {verdict::fatal, made.error().message, {}, made.error().id}};
    sequence_ = 0;
    const std::lock_guard lock{mutex_};
    window_.renumber(0);
    return std::nullopt;
}

// What is left of the drain, when there is one: the plugin may need it to finish what it took.
std::chrono::milliseconds lane::stop_grace() const {
    const std::lock_guard lock{mutex_};
    if (!drain_deadline_ || *drain_deadline_ == no_deadline) return stop_grace_min;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*drain_deadline_ - clock::now());
    return std::max<std::chrono::milliseconds>(left, stop_grace_min);
}

lane::outcome lane::serve() {
    for (;;) {
        switch (next_step()) {
        case step::deliver:
            if (auto how = deliver_next()) return *how;
            break;
        case step::flush: {
            is_flush_due_ = false;
            const auto ask = [this] { return instance_->flush(); };
            if (auto how = repeat("flush", ask, [] { return false; })) return *how;
            break;
        }
        case step::restart: {
            const std::lock_guard lock{mutex_};
            if (auto how = take_failure()) return *how;
            break;
        }
        case step::done:
            return {lane_end::drained, {}};
        }
    }
}

// ---- delivering ---------------------------------------------------------------------------------

std::optional<lane::outcome> lane::deliver_next() {
    take_inbox();
    auto cut = cutter_.next({.events_max = config_.batch_events_max,
                             .bytes_max = config_.batch_bytes_max,
                             .counted_max = limit_.left()});
    if (cut.is_given_up) return gave_up();
    if (!cut.events) {
        limit_.looked_behind(cut, !cutter_.is_empty());
        left_queue(cut, cut.flush_lsn);
        return std::nullopt;
    }
    limit_.delivered(*cut.events);
    const auto batch = std::make_shared<const lane_batch>(*std::move(cut.events), ++sequence_,
                                                          redelivered_through_);
    is_flush_due_ = true;
    used_bytes_ += batch->bytes();
    {
        const std::lock_guard lock{mutex_};
        window_.add(batch);
    }
    left_queue(cut, {});
    // The window may let go of the batch while deliver() still reads it: this frame keeps it alive.
    is_number_unused_ = true; // until the call begins: fail() may come first
    const auto ask = [&] {
        is_number_unused_ = false;
        delivered_through_ = std::max(delivered_through_, batch->last_position());
        return instance_->deliver(batch->view());
    };
    const auto is_done = [&] {
        const std::lock_guard lock{mutex_};
        return window_.is_acked(batch->sequence());
    };
    auto how = repeat("deliver", ask, is_done);
    // Not after a start(): one that always works and always fails later must back off too.
    if (!how) {
        retry_.succeeded();
        limit_.taken();
    }
    return how;
}

// What is queued cannot be described any more. That is an end like any other when the lane was to
// end; else the stream is over and the server away.
lane::outcome lane::gave_up() const {
    const std::lock_guard lock{mutex_};
    if (must_end_now()) return {lane_end::drained, {}};
    return {lane_end::failed,
            {verdict::fatal,
             "rows were not delivered, because the server could not be asked for their types",
             {},
             "catalog.gave_up"}};
}

// A flush that no batch carries is allowed once what was delivered before is settled.
void lane::left_queue(const cut_result& taken, lsn unclaimed_flush_lsn) {
    {
        const std::lock_guard lock{mutex_};
        inbox_.cut_off(taken.freed_events);
        window_.mark(unclaimed_flush_lsn);
        flush_lsn_ = window_.flush_lsn().value;
    }
    give_back(taken.freed_bytes);
}

// The same call until it is ok, is done by other means, or ends the instance.
std::optional<lane::outcome> lane::repeat(const char* what, const std::function<answer()>& call,
                                          const std::function<bool()>& is_done) {
    for (;;) {
        if (auto how = enter_call()) return how;
        auto said = call();
        if (auto how = leave_call()) return how;
        switch (said.result) {
        case verdict::ok:
            return std::nullopt;
        case verdict::fatal:
            return outcome{lane_end::failed, std::move(said)};
        case verdict::closed:
            return outcome{lane_end::closed, std::move(said)};
        case verdict::retry:
            break;
        }
        if (is_done()) return std::nullopt;
        const auto duration = retry_.pause(said.retry_after);
        log::warn("sink.retry", fmt::format("sink \"{}\": {} again in {} ms: {}", name(), what,
                                            duration.count(), said.text));
        if (!pause(duration)) return outcome{lane_end::drained, {}};
        if (is_done()) return std::nullopt;
    }
}

// Whoever wants a call to come back finds it in progress, or it does not begin.
std::optional<lane::outcome> lane::enter_call() {
    const std::lock_guard lock{mutex_};
    if (auto how = take_failure()) return how;
    if (must_end_now()) return outcome{lane_end::drained, {}};
    instance_->enter();
    return std::nullopt;
}

std::optional<lane::outcome> lane::leave_call() {
    instance_->leave();
    const std::lock_guard lock{mutex_};
    return take_failure();
}

// Requires the lock. What fail() said, once: a restart, or the end.
std::optional<lane::outcome> lane::take_failure() {
    if (!failure_) return std::nullopt;
    auto why = *std::exchange(failure_, std::nullopt);
    if (why.result == verdict::retry) return outcome{lane_end::running, std::move(why)};
    const auto end = why.result == verdict::closed ? lane_end::closed : lane_end::failed;
    return outcome{end, std::move(why)};
}

// False when the lane has to end instead.
bool lane::pause(std::chrono::milliseconds duration) {
    std::unique_lock lock{mutex_};
    const auto until = clock::now() + duration;
    while (clock::now() < until && !failure_ && !must_end_now()) {
        auto wake = until;
        if (drain_deadline_) wake = std::min(wake, *drain_deadline_);
        changed_.wait_until(lock, wake);
    }
    return !must_end_now();
}

} // namespace walwire::engine
