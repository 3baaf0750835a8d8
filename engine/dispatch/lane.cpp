#include "dispatch/lane.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace walwire::engine {

namespace {

using namespace std::chrono_literals;
constexpr auto stalled_warning_every = 10s;
constexpr auto stop_grace = 1s;

} // namespace

lane::lane(const sink_config& config, lane_limits limits, std::shared_ptr<view> through,
           lane_hooks hooks)
    : config_{config}, limits_{limits}, view_{std::move(through)}, hooks_{std::move(hooks)},
      retry_{config.retry.pause_min, config.retry.pause_max}, limit_{config.event_limit} {}

lane::~lane() {
    if (is_started_) stop_now();
}

result<void> lane::open(std::shared_ptr<const library> from, options values) {
    sink_settings settings;
    settings.name = config_.name;
    settings.dialect = config_.format;
    settings.content_type = view_->content_type();
    settings.terminator = view_->terminator();
    auto made = sink::create(std::move(from), std::move(settings), std::move(values), *this);
    if (!made) return std::unexpected{made.error()};
    sink_ = std::move(*made);
    return {};
}

void lane::start(event_origin origin, const position& redelivered_through) {
    sink_->set_origin(origin);
    redelivered_through_ = redelivered_through;
    is_started_ = true;
    thread_ = std::jthread{[this] { run(); }};
}

// ---- the instance -------------------------------------------------------------------------------

void lane::run() {
    for (;;) {
        const auto how = run_instance();
        if (how.end != lane_end::running) return finish(how);
        log::warn("sink.restart",
                  fmt::format("sink \"{}\" starts again: {}", name(), how.why.text));
        requeue_unsettled();
        if (!pause(retry_.pause(how.why.retry_after))) return finish({lane_end::drained, {}});
    }
}

lane::outcome lane::run_instance() {
    bool is_up = false;
    const auto ask = [&] {
        auto said = sink_->start();
        is_up = said.result == verdict::ok;
        return said;
    };
    auto how = repeat("start", ask, [] { return false; });
    if (!how) how = serve();
    // A start() that was ok is stopped even if fail() came before it was back.
    if (is_up) sink_->stop(std::chrono::duration_cast<std::chrono::milliseconds>(stop_grace));
    return *std::move(how);
}

lane::outcome lane::serve() {
    for (;;) {
        switch (next_step()) {
        case step::deliver:
            if (auto how = deliver_next()) return *how;
            break;
        case step::flush: {
            is_flush_due_ = false;
            const auto ask = [this] { return sink_->flush(); };
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

// Requires the lock.
bool lane::must_end_now() const {
    return is_over_ || (drain_deadline_ && clock::now() >= *drain_deadline_);
}

// Requires the lock. What to do next; nullopt: wait.
std::optional<lane::step> lane::decide() {
    if (failure_) return step::restart;
    if (must_end_now()) return step::done;
    const bool has_work = !cutter_.is_empty() || !inbox_.is_empty();
    const bool is_full = window_.held_bytes() >= limits_.window_bytes;
    const bool may_cut = !limit_.is_reached() || limit_.is_commit_awaited();
    if (has_work && !is_full && may_cut && !is_lingering()) return step::deliver;
    if (is_flush_due_) return step::flush;
    const bool is_ending = !may_cut || (drain_deadline_ && !has_work);
    if (is_ending && window_.is_settled() && !inbox_.is_refusing()) return step::done;
    return std::nullopt;
}

// Requires the lock. Whether less than a batch is queued and more may still join it.
bool lane::is_lingering() const {
    return config_.linger.count() > 0 && !drain_deadline_ && !limit_.is_reached() &&
           inbox_.queued_events() < config_.batch_events_max &&
           clock::now() < inbox_.queued_since() + config_.linger;
}

// Requires the lock.
lane::clock::time_point lane::wake_at() const {
    auto until = clock::now() + stalled_warning_every;
    if (drain_deadline_) until = std::min(until, *drain_deadline_);
    if (is_lingering()) until = std::min(until, inbox_.queued_since() + config_.linger);
    if (limit_.is_commit_awaited()) until = std::min(until, limit_.commit_until());
    return until;
}

lane::step lane::next_step() {
    std::unique_lock lock{mutex_};
    std::optional<step> decided;
    while (!(decided = decide()))
        if (changed_.wait_until(lock, wake_at()) == std::cv_status::timeout) warn_if_stalled();
    return *decided;
}

// Requires the lock.
void lane::warn_if_stalled() {
    if (window_.held_bytes() < limits_.window_bytes || drain_deadline_) return;
    log::warn("sink.stalled",
              fmt::format("sink \"{}\" holds {} bytes that it neither released nor acknowledged, "
                          "up to batch {}; the slot waits for it",
                          name(), window_.held_bytes(), window_.last_sequence()));
}

// ---- delivering ---------------------------------------------------------------------------------

std::optional<lane::outcome> lane::deliver_next() {
    take_inbox();
    auto cut = cutter_.next({.events_max = config_.batch_events_max,
                             .bytes_max = config_.batch_bytes_max,
                             .counted_max = limit_.left()});
    if (!cut.events) {
        limit_.looked_behind(cut, !cutter_.is_empty());
        left_queue(cut, cut.flush_lsn);
        return std::nullopt;
    }
    limit_.delivered(*cut.events);
    const auto batch = std::make_shared<const lane_batch>(*std::move(cut.events), ++sequence_,
                                                          redelivered_through_);
    delivered_through_ = std::max(delivered_through_, batch->last_position());
    is_flush_due_ = true;
    used_bytes_ += batch->bytes();
    {
        const std::lock_guard lock{mutex_};
        window_.add(batch);
    }
    left_queue(cut, {});
    // The window may let go of the batch while deliver() still reads it: this frame keeps it alive.
    const auto ask = [&] { return sink_->deliver(batch->view()); };
    const auto is_done = [&] {
        const std::lock_guard lock{mutex_};
        return window_.is_acked(batch->sequence());
    };
    auto how = repeat("deliver", ask, is_done);
    // Not after a start(): one that always works and always fails later must back off too.
    if (!how) retry_.succeeded();
    return how;
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
    is_in_call_ = true;
    return std::nullopt;
}

std::optional<lane::outcome> lane::leave_call() {
    const std::lock_guard lock{mutex_};
    is_in_call_ = false;
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

// The next start gets everything that is not settled again, under new sequence numbers.
void lane::requeue_unsettled() {
    redelivered_through_ = std::max(redelivered_through_, delivered_through_);
    is_flush_due_ = false;
    bool is_rewind_needed = false;
    {
        const std::lock_guard lock{mutex_};
        failure_.reset(); // a second word of an instance that has stopped
        const auto held_bytes = window_.held_bytes();
        auto left = window_.restart();
        limit_.delivered_again(left.counted);
        if (left.items && !left.items->empty()) {
            // Their bytes are counted from now on where those of the queue are.
            left.items->back().queued_bytes = held_bytes;
            for (const auto& item : *left.items)
                if (item.content) inbox_.requeued(item.content->source().events().size());
            cutter_.push_front(*std::move(left.items));
        } else if (!left.items) {
            cutter_.clear();
            inbox_.refuse(window_.settled());
            used_bytes_ = 0;
            is_rewind_needed = true;
        }
    }
    if (is_rewind_needed) hooks_.on_rewind();
    hooks_.on_room();
}

// The flush stays where it is; memory and room are for the others.
void lane::finish(const outcome& how) {
    window::unsettled held; // freed behind the lock
    {
        const std::lock_guard lock{mutex_};
        why_ = how.why;
        is_over_ = true;
        inbox_.refuse(window_.settled());
        held = window_.restart();
        used_bytes_ = 0;
        end_ = how.end;
    }
    cutter_.clear();
    changed_.notify_all();
    hooks_.on_end();
    hooks_.on_room();
}

// ---- what others call ---------------------------------------------------------------------------

void lane::take_inbox() {
    const std::lock_guard lock{mutex_};
    inbox_.move_to(cutter_);
}

void lane::give_back(std::size_t bytes) {
    if (bytes == 0) return;
    const auto before = used_bytes_.fetch_sub(bytes);
    if (before >= limits_.budget_bytes && before - bytes < limits_.budget_bytes) hooks_.on_room();
}

// A lane that has ended takes nothing more and holds the flush where it is.
void lane::push(std::shared_ptr<viewed_batch> content) {
    {
        const std::lock_guard lock{mutex_};
        if (is_over_) return;
        const auto bytes = inbox_.push(std::move(content));
        if (!bytes) return;
        used_bytes_ += *bytes;
    }
    changed_.notify_one();
}

void lane::mark(lsn flush_lsn) {
    {
        const std::lock_guard lock{mutex_};
        if (is_over_) return;
        inbox_.mark(flush_lsn);
    }
    changed_.notify_one();
}

void lane::drain(std::chrono::steady_clock::time_point deadline) {
    {
        const std::lock_guard lock{mutex_};
        drain_deadline_ = std::min(drain_deadline_.value_or(deadline), deadline);
    }
    changed_.notify_all();
}

// Without the lock, which the plugin's interrupt() may need for an ack. What makes it wanted stays
// true until the lane has come to stop(), so a call that ended meanwhile is followed by that.
void lane::interrupt_call() {
    {
        const std::lock_guard lock{mutex_};
        if (!is_in_call_ || !(failure_ || must_end_now())) return;
    }
    sink_->interrupt();
}

answer lane::why() const {
    const std::lock_guard lock{mutex_};
    return why_;
}

// ---- what the plugin says -----------------------------------------------------------------------

void lane::on_ack(std::uint64_t first, std::uint64_t last) {
    window::freed gone;
    {
        const std::lock_guard lock{mutex_};
        gone = window_.ack(first, last);
        flush_lsn_ = window_.flush_lsn().value;
    }
    std::size_t bytes = 0;
    for (const auto& batch : gone) bytes += batch->bytes();
    give_back(bytes);
    changed_.notify_one();
}

void lane::on_release(std::uint64_t first, std::uint64_t last) {
    window::freed gone;
    {
        const std::lock_guard lock{mutex_};
        gone = window_.release(first, last);
    }
    std::size_t bytes = 0;
    for (const auto& batch : gone) bytes += batch->bytes();
    give_back(bytes);
    changed_.notify_one();
}

void lane::on_fail(answer why) {
    {
        const std::lock_guard lock{mutex_};
        if (failure_) return;
        failure_ = std::move(why);
    }
    changed_.notify_all();
    hooks_.on_interrupt();
}

void lane::on_log(log::level level, std::string_view text) {
    log::write(level, "sink.log", fmt::format("sink \"{}\": {}", name(), text));
}

} // namespace walwire::engine
