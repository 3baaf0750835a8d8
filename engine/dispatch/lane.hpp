// One sink's thread, queue and in-flight window: plugin code runs here and nowhere else, but for
// interrupt().
//
//     source -> push() -> inbox -> cutter -> deliver() -> window -> ack -> flush_lsn()
//
// The thread lives from open() on: create() and destroy() are the lane's too. The instance runs
// start -> (deliver | flush)* -> stop, again after every RETRY of fail(), until the lane ends:
// drained, closed by its reader, or failed.
#pragma once

#include "base/log.hpp"
#include "base/retry.hpp"
#include "config/settings.hpp"
#include "dispatch/cutter.hpp"
#include "dispatch/event_limit.hpp"
#include "dispatch/inbox.hpp"
#include "dispatch/instance.hpp"
#include "dispatch/lane_hooks.hpp"
#include "dispatch/window.hpp"
#include "encode/view.hpp"
#include "host/library.hpp"
#include "host/sink_events.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace walwire::engine {

class lane final : private sink_events {
public:
    lane(const sink_config& config, lane_limits limits, std::shared_ptr<view> through,
         lane_hooks hooks);
    ~lane();

    // What the instance is told of the sink, of its view and of its settings.
    static sink_settings settings_of(const sink_config& config, const view& through);

    // Main thread, first of all and once: makes the lane's thread, which creates the instance,
    // which checks its options. With all signals blocked, which the thread inherits.
    result<void> open(std::shared_ptr<const library> from, options values);
    // Source thread, once it knows the server.
    void start(event_origin origin, const position& redelivered_through);

    static constexpr auto no_deadline = std::chrono::steady_clock::time_point::max();
    // Main or source thread. drain(): deliver what is queued, wait for acks until the deadline,
    // end. stop_now(): the deadline is now.
    void drain(std::chrono::steady_clock::time_point deadline);
    void stop_now() { drain(clock::now()); }
    // The source will never come back: delivers what is here, however long it takes, and ends.
    void source_ended();
    void join_ended();     // one that runs, or waits for its start, is left alone
    void interrupt_call(); // only if a call is in progress that should come back
    // Whether the plugin's stop() or destroy() has taken longer than it may; on_last_call says when
    // to look.
    bool is_overdue() const { return instance_->is_overdue(); }

    // Source thread.
    bool has_room() const { return used_bytes_.load() < limits_.budget_bytes; }
    void push(std::shared_ptr<viewed_batch> content);
    void mark(lsn flush_lsn);
    // What is pushed from now on begins at or below flush_lsn(): what the lane has it skips.
    void rewound();

    // Any thread.
    const std::string& name() const { return config_.name; }
    const std::shared_ptr<view>& through() const { return view_; }
    lsn flush_lsn() const { return lsn{flush_lsn_.load()}; }
    lane_end end() const { return end_.load(); }
    bool is_running() const { return is_started_ && end_ == lane_end::running; }
    answer why() const; // of a lane that has ended

private:
    enum class step : std::uint8_t { deliver, flush, restart, done };
    struct outcome {
        lane_end end = lane_end::running; // running: start again after the pause
        answer why = {};
    };
    using clock = std::chrono::steady_clock;

    void on_ack(std::uint64_t first, std::uint64_t last) override;
    void on_release(std::uint64_t first, std::uint64_t last) override;
    void on_fail(answer why) override;
    void on_log(log::level level, std::string_view text) override;

    void run();
    bool await_start();
    outcome run_until_end();
    outcome run_instance();
    std::optional<outcome> renew_instance();
    std::chrono::milliseconds stop_grace() const;
    outcome serve();
    step next_step();
    std::optional<step> decide();
    bool is_lingering() const;
    clock::time_point wake_at() const;
    void warn_if_stalled();
    std::optional<outcome> deliver_next();
    outcome gave_up() const;
    void left_queue(const cut_result& taken, lsn unclaimed_flush_lsn);
    std::optional<outcome> repeat(const char* what, const std::function<answer()>& call,
                                  const std::function<bool()>& is_done);
    std::optional<outcome> enter_call();
    std::optional<outcome> leave_call();
    std::optional<outcome> take_failure();
    bool pause(std::chrono::milliseconds duration);
    void take_inbox();
    void give_back(std::size_t bytes);
    void requeue_unsettled();
    void finish(const outcome& how);
    bool must_end_now() const;

    const sink_config config_;
    const lane_limits limits_;
    const std::shared_ptr<view> view_;
    const lane_hooks hooks_;
    std::optional<instance> instance_; // made by open()

    // The lane thread's own.
    cutter cutter_;
    retry retry_;
    std::uint64_t sequence_ = 0;
    event_limit limit_;
    bool is_flush_due_ = false;     // something was delivered since the last flush()
    bool is_renewal_due_ = false;   // the last start() was interrupted
    bool is_number_unused_ = false; // sequence_ was counted, and its deliver() never called
    position redelivered_through_;
    position delivered_through_;

    mutable std::mutex mutex_; // protects everything down to the atomics
    std::condition_variable changed_;
    inbox inbox_;
    window window_;
    std::optional<answer> failure_; // of on_fail()
    std::optional<clock::time_point> drain_deadline_;
    std::optional<result<void>> opened_; // what open() waits for
    struct start_order {
        event_origin origin;
        position redelivered_through;
    };
    std::optional<start_order> start_order_;
    bool is_source_over_ = false;
    bool is_over_ = false;
    answer why_;

    std::atomic<std::size_t> used_bytes_ = 0;
    std::atomic<std::uint64_t> flush_lsn_ = 0;
    std::atomic<bool> is_started_ = false;
    std::atomic<lane_end> end_ = lane_end::running;
    std::jthread thread_;
};

} // namespace walwire::engine
