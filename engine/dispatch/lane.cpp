#include "dispatch/lane.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace walwire::engine {

namespace {

using namespace std::chrono_literals;
constexpr auto stalled_warning_every = 10s;

} // namespace

lane::lane(const sink_config& config, lane_limits limits, std::shared_ptr<view> through,
           lane_hooks hooks)
    : config_{config}, limits_{limits}, view_{std::move(through)}, hooks_{std::move(hooks)},
      retry_{config.retry.pause_min, config.retry.pause_max}, limit_{config.event_limit} {}

lane::~lane() { stop_now(); }

sink_settings lane::settings_of(const sink_config& config, const view& through) {
    return {.name = config.name,
            .dialect = config.format,
            .content_type = std::string{through.content_type()},
            .terminator = std::string{through.terminator()}};
}

result<void> lane::open(std::shared_ptr<const library> from, options values) {
    instance_.emplace(
        instance::recipe{std::move(from), settings_of(config_, *view_), std::move(values)},
        static_cast<sink_events&>(*this), hooks_.on_last_call);
    thread_ = std::jthread{[this] { run(); }};
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return opened_.has_value(); });
    return *opened_;
}

void lane::start(event_origin origin, const position& redelivered_through) {
    {
        const std::lock_guard lock{mutex_};
        start_order_ = {origin, redelivered_through};
        is_started_ = true;
    }
    changed_.notify_all();
}

// ---- the thread ---------------------------------------------------------------------------------

void lane::run() {
    auto made = instance_->create();
    const bool is_made = made.has_value();
    {
        const std::lock_guard lock{mutex_};
        opened_ = std::move(made);
    }
    changed_.notify_all();
    if (!is_made) return;
    outcome how{lane_end::drained, {}};
    if (await_start()) how = run_until_end();
    instance_->destroy();
    finish(how);
}

// False when the lane is to end before it has begun.
bool lane::await_start() {
    std::unique_lock lock{mutex_};
    while (!start_order_ && !must_end_now())
        changed_.wait_until(lock, drain_deadline_.value_or(clock::now() + 1h));
    if (must_end_now()) return false;
    instance_->set_origin(start_order_->origin);
    redelivered_through_ = start_order_->redelivered_through;
    return true;
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
    const bool is_more_to_come = inbox_.is_refusing() && !is_source_over_;
    if (is_ending && window_.is_settled() && !is_more_to_come) return step::done;
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

// Requires the lock. Nothing has happened for a while: somebody should know whom all wait for.
void lane::warn_if_stalled() {
    if (window_.is_settled()) return;
    log::warn("sink.stalled",
              fmt::format("sink \"{}\" has not acknowledged all of what it was given, up to batch "
                          "{}, and holds {} bytes of it; {} waits for it",
                          name(), window_.last_sequence(), window_.held_bytes(),
                          drain_deadline_ ? "the end" : "the slot"));
}

// The next start gets everything that is not settled again, under new sequence numbers.
void lane::requeue_unsettled() {
    redelivered_through_ = std::max(redelivered_through_, delivered_through_);
    is_flush_due_ = false;
    bool is_rewind_needed = false;
    {
        const std::lock_guard lock{mutex_};
        // A second word of an instance that has stopped; one that ends the sink stays.
        if (failure_ && failure_->result == verdict::retry) failure_.reset();
        const auto held_bytes = window_.held_bytes();
        auto left = window_.restart();
        if (std::exchange(is_number_unused_, false)) {
            --sequence_;
            window_.renumber(sequence_);
        }
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

// What makes it wanted stays true until the lane has come to stop(), so a call that ended meanwhile
// is followed by that.
void lane::interrupt_call() {
    {
        const std::lock_guard lock{mutex_};
        if (!(failure_ || must_end_now()) || !instance_->begin_interrupt()) return;
    }
    instance_->interrupt();
}

void lane::join_ended() {
    if (end_ != lane_end::running && thread_.joinable()) thread_.join();
}

void lane::rewound() {
    const std::lock_guard lock{mutex_};
    inbox_.rewound();
    if (drain_deadline_ == no_deadline) drain_deadline_.reset(); // the end comes again too
}

void lane::source_ended() {
    {
        const std::lock_guard lock{mutex_};
        is_source_over_ = true;
    }
    drain(no_deadline);
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
        const bool is_stronger =
            failure_ && failure_->result == verdict::retry && why.result != verdict::retry;
        if (failure_ && !is_stronger) return;
        failure_ = std::move(why);
    }
    changed_.notify_all();
    hooks_.on_interrupt();
}

void lane::on_log(log::level level, std::string_view text) {
    log::write(level, "sink.log", fmt::format("sink \"{}\": {}", name(), text));
}

} // namespace walwire::engine
