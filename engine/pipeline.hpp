// One slot's stages, as members in the order in which a row meets them.
#pragma once

#include "ack/tracker.hpp"
#include "base/event_fd.hpp"
#include "base/memory_budget.hpp"
#include "base/retry.hpp"
#include "batch/assembler.hpp"
#include "config/settings.hpp"
#include "dispatch/dispatcher.hpp"
#include "source/catalog.hpp"
#include "source/connection.hpp"
#include "source/server_check.hpp"
#include "source/slot.hpp"
#include "source/stream.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <thread>

namespace walwire::engine {

// Called from the source thread or a lane; none may block.
struct pipeline_hooks {
    std::function<void(std::optional<failure>)> on_source_end; // the thread is done
    std::function<void(lane&)> on_interrupt;
    std::function<void(lane&, std::chrono::steady_clock::time_point)> on_last_call;
    std::function<void()> on_lane_end;
    std::function<void()> on_catalog_end; // its thread is done
};

class pipeline final : private stream_handler {
public:
    pipeline(source_config config, server_facts facts, engine_config engine, pipeline_hooks hooks);
    ~pipeline();

    // Main thread. add_sink() and start() make threads: with all signals blocked.
    result<lane*> add_sink(const sink_config& config, std::shared_ptr<const library> from,
                           options values);
    void start();        // the source thread: connect, make the slot, stream
    void stop_reading(); // replies go on, so that the server keeps the connection while lanes drain
    void give_up_lookups(); // lanes that wait for the catalogs end instead
    void source_ended();    // nobody waits for a server that is away any more
    void stop();            // last status update, close; join with has_stopped() or the destructor
    bool has_stopped() const { return has_stopped_; }
    bool has_catalog_stopped() const { return catalog_.has_stopped(); }
    // Joins the threads that are done, for a process that ends without the others.
    void join_stopped();
    std::span<const std::unique_ptr<lane>> lanes() const { return dispatcher_.lanes(); }

private:
    result<void> on_change(const wal_data& frame) override;
    void on_keepalive(lsn wal_end_lsn) override;
    void on_drained() override;
    bool has_room() override;
    bool is_finished() override;
    std::optional<stream_end> wanted_end() override;
    lsn flush_lsn() override;
    void on_gap() override;

    void run();
    result<void> read();
    result<void> connect();
    result<void> prepare_slot();
    void start_lanes();
    result<void> stream_until_end();
    result<stream_end> run_until_drained();
    result<void> go_back();
    result<void> move_to_copy();
    result<void> reconnect(failure why);
    void begin_again();
    bool pause(std::chrono::milliseconds duration);
    void hand_over();

    const source_config config_;
    const server_facts facts_;
    const pipeline_hooks hooks_;
    const std::shared_ptr<memory_budget> budget_;
    event_fd wake_; // the receive loop
    event_fd stop_; // waits for the server's answer to a command

    std::string slot_; // in use: the configured one, or a temporary copy of it
    unsigned slot_copies_ = 0;
    std::optional<connection> connection_; // 1 source
    system_identity identity_;
    std::unique_ptr<stream> stream_;
    catalog catalog_;
    assembler assembler_;   // 3 batch, over 2 decode
    dispatcher dispatcher_; // 6 dispatch, over 4 encode and 5 host
    tracker tracker_;       // 7 ack

    retry reconnect_pause_{std::chrono::milliseconds{200}, std::chrono::seconds{10}};
    lsn reconnected_at_; // the flush when the last connection was lost
    lsn last_keepalive_lsn_;
    bool is_end_reached_ = false; // nothing more is read, unless the stream begins again
    std::atomic<bool> is_reading_ = true;
    std::atomic<bool> is_stalled_ = false;
    std::atomic<bool> is_stopping_ = false;
    std::atomic<bool> is_rewind_wanted_ = false;
    std::atomic<bool> has_stopped_ = false;
    bool have_lanes_started_ = false;
    std::jthread thread_;
};

} // namespace walwire::engine
