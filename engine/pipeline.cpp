#include "pipeline.hpp"

#include "base/log.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>
#include <utility>

namespace walwire::engine {

namespace {

using namespace std::chrono_literals;
constexpr auto close_deadline = 1s;
constexpr std::size_t batch_bytes = 256 * 1024;

connection_config connection_to(const source_config& source, const server_facts& facts) {
    connection_config wanted;
    wanted.dsn = source.dsn;
    wanted.password = source.password;
    wanted.lc_monetary = facts.lc_monetary;
    wanted.is_sql_ascii = facts.is_sql_ascii;
    return wanted;
}

lane_limits limits_of(const engine_config& engine) {
    return {.budget_bytes = engine.memory_bytes / 2, .window_bytes = engine.memory_bytes / 4};
}

} // namespace

pipeline::pipeline(source_config config, server_facts facts, engine_config engine,
                   pipeline_hooks hooks)
    : config_{std::move(config)}, facts_{std::move(facts)}, hooks_{std::move(hooks)},
      budget_{std::make_shared<memory_budget>(engine.memory_bytes,
                                              [this] {
                                                  if (is_stalled_.exchange(false)) wake_.notify();
                                              })},
      slot_{config_.slot}, catalog_{connection_to(config_, facts_),
                                    {config_.slot, config_.publications, facts_.baseline},
                                    hooks_.on_catalog_end},
      assembler_{{.skip_below = config_.skip_below,
                  .end_at = config_.end_at,
                  .ask = [this](auto question) { return catalog_.ask(std::move(question)); }},
                 budget_},
      dispatcher_{budget_, limits_of(engine)} {}

pipeline::~pipeline() {
    stop();
    catalog_.stop();
}

result<lane*> pipeline::add_sink(const sink_config& config, std::shared_ptr<const library> from,
                                 options values) {
    // The lane learns its own address only once it is made; hooks are called after that.
    const auto self = std::make_shared<lane*>(nullptr);
    lane_hooks hooks;
    hooks.on_room = [this] {
        if (is_stalled_.exchange(false)) wake_.notify();
    };
    hooks.on_rewind = [this] {
        is_rewind_wanted_ = true;
        wake_.notify();
    };
    hooks.on_interrupt = [this, self] { hooks_.on_interrupt(**self); };
    hooks.on_last_call = [this, self](auto due) { hooks_.on_last_call(**self, due); };
    hooks.on_end = hooks_.on_lane_end;
    auto made = dispatcher_.add(config, std::move(from), std::move(values), std::move(hooks));
    if (!made) return made;
    *self = *made;
    tracker_.require(**made);
    return made;
}

void pipeline::start() {
    catalog_.start();
    thread_ = std::jthread{[this] { run(); }};
}

void pipeline::stop_reading() {
    is_reading_ = false;
    wake_.notify();
}

void pipeline::give_up_lookups() { catalog_.stop(); }

void pipeline::source_ended() { catalog_.source_ended(); }

void pipeline::stop() {
    is_stopping_ = true;
    stop_.notify();
    wake_.notify();
}

void pipeline::join_stopped() {
    if (has_stopped_ && thread_.joinable()) thread_.join();
    catalog_.join_stopped();
    for (const auto& one : dispatcher_.lanes()) one->join_ended();
}

// ---- the source thread --------------------------------------------------------------------------

void pipeline::run() {
    auto ended = read();
    if (stream_ && !stream_->close_copy(std::chrono::steady_clock::now() + close_deadline))
        log::warn(
            "source.last_status",
            "the server may not have heard what was acknowledged last, which then comes again");
    stream_.reset();
    connection_.reset();
    has_stopped_ = true;
    std::optional<failure> why;
    if (!ended && ended.error().code != failure_code::interrupted) why = ended.error();
    hooks_.on_source_end(std::move(why));
}

result<void> pipeline::read() {
    if (auto connected = connect(); !connected) return connected;
    if (auto prepared = prepare_slot(); !prepared) return prepared;
    // Once more, now that nobody else reads the slot: what that one may have been given since.
    const auto now = identify_system(*connection_);
    if (!now) return std::unexpected{now.error()};
    identity_.wal_end_lsn = now->wal_end_lsn;
    start_lanes();
    for (;;) {
        auto ended = stream_until_end();
        if (ended || !is_transient(ended.error())) return ended;
        if (is_stopping_) // Nothing more was wanted of the connection.
            return std::unexpected{failure{failure_code::interrupted, "source.interrupted",
                                           ended.error().message, ""}};
        if (auto again = reconnect(ended.error()); !again) return again;
    }
}

result<void> pipeline::connect() {
    auto wanted = connection_to(config_, facts_);
    wanted.kind = connection_kind::replication;
    wanted.stop = &stop_;
    auto opened = connection::open(wanted);
    if (!opened) return std::unexpected{opened.error()};
    connection_ = std::move(*opened);
    const auto identity = identify_system(*connection_);
    if (!identity) return std::unexpected{identity.error()};
    if (identity_.system_identifier != 0 &&
        identity_.system_identifier != identity->system_identifier)
        return std::unexpected{failure{
            failure_code::gap, "gap.other_system",
            fmt::format("the server is another one now: system identifier {} instead of {}",
                        identity->system_identifier, identity_.system_identifier),
            "its changes do not continue what was read; check where the connection string leads"}};
    identity_ = *identity;
    log::info("source.connected", fmt::format("connected to {}", connection_->describe()));
    return {};
}

// The slot that streams: made when it is missing, unless it was there before.
result<void> pipeline::prepare_slot() {
    if (config_.is_slot_temporary) return create_slot(*connection_, config_.slot, true);
    const auto found = read_slot(*connection_, config_.slot);
    if (!found) return std::unexpected{found.error()};
    if (*found) return {};
    if (have_lanes_started_)
        return std::unexpected{failure{failure_code::gap, "gap.slot_missing",
                                       fmt::format("slot \"{}\" is gone", config_.slot),
                                       "somebody dropped it; changes committed since are not kept "
                                       "by the server. Start again to make a new one"}};
    if (auto made = create_slot(*connection_, config_.slot, false); !made) return made;
    log::info("source.slot_created",
              fmt::format("made slot \"{}\", which keeps WAL until it is dropped", config_.slot));
    return {};
}

void pipeline::start_lanes() {
    // Whatever an earlier run of this slot may have been given committed before this moment.
    const position now{.commit_lsn = identity_.wal_end_lsn, .phase = 0, .index = 0};
    for (const auto& one : dispatcher_.lanes())
        one->start({identity_.system_identifier, identity_.timeline}, now);
    have_lanes_started_ = true;
}

result<void> pipeline::stream_until_end() {
    for (;;) {
        const auto timeout = read_wal_sender_timeout(*connection_);
        if (!timeout) return std::unexpected{timeout.error()};
        // Before the first byte of the stream, which may be a warning that a publication is gone.
        stream_ = std::make_unique<stream>(*connection_, static_cast<stream_handler&>(*this), wake_,
                                           *timeout);
        if (auto started =
                start_replication(*connection_, slot_, config_.publications, tracker_.flush_lsn());
            !started)
            return started;
        log::info("source.streaming", fmt::format("streaming from slot \"{}\", publication {}",
                                                  slot_, fmt::join(config_.publications, ", ")));
        const auto ended = run_until_drained();
        if (!ended) return std::unexpected{ended.error()};
        if (*ended == stream_end::stopped) return {};
        if (auto back = go_back(); !back) return back;
    }
}

// At the end that was asked for, and at a gap, nothing more is read; but what came before is still
// to be delivered and settled, and the server is answered until the lanes have done so.
result<stream_end> pipeline::run_until_drained() {
    std::optional<failure> gap;
    for (;;) {
        const auto ended = stream_->run();
        const bool is_gap = !ended && ended.error().code == failure_code::gap;
        if (gap && (!ended || *ended != stream_end::finished)) return std::unexpected{*gap};
        if (is_gap)
            gap = ended.error();
        else if (!ended || *ended != stream_end::finished)
            return ended;
        is_end_reached_ = true;
        dispatcher_.finish();
    }
}

// The same changes again, from the flush. Once a walsender has ended a logical stream it ends every
// further one of its session at once, so it takes a new connection.
result<void> pipeline::go_back() {
    log::warn("source.rewind", fmt::format("streaming again from {}, because a sink let go of "
                                           "batches that it did not acknowledge",
                                           to_string(tracker_.flush_lsn())));
    if (!config_.is_slot_temporary) {
        stream_->close_copy(std::chrono::steady_clock::now() + close_deadline);
        return reconnect({});
    }
    if (auto moved = move_to_copy(); !moved) return moved;
    begin_again();
    return {};
}

// A temporary slot ends with its session; a copy, made by the next one while it still exists, goes
// on where it was confirmed.
result<void> pipeline::move_to_copy() {
    stream_.reset();
    const connection before = *std::exchange(connection_, std::nullopt);
    if (auto connected = connect(); !connected) return connected;
    const auto copy = fmt::format("{}_{}", config_.slot, ++slot_copies_);
    if (auto copied = copy_slot(*connection_, slot_, copy); !copied) return copied;
    slot_ = copy;
    return {};
}

void pipeline::begin_again() {
    assembler_.restart();
    last_keepalive_lsn_ = {};
    is_end_reached_ = false;
    dispatcher_.rewound();
}

// `why` says nothing when a sink asked for it: then at once. An attempt that settled nothing, like
// one that meets the same row again for which there is no memory, makes the next one wait longer.
result<void> pipeline::reconnect(failure why) {
    if (config_.is_slot_temporary && (is_end_reached_ || !is_reading_))
        // Nothing more was wanted of it.
        return std::unexpected{
            failure{failure_code::interrupted, "source.interrupted", std::move(why.message), ""}};
    if (config_.is_slot_temporary) {
        why.help = "a temporary slot ends with its connection, so changes committed from now on "
                   "would be missed; give a lasting one with --slot NAME to go on by itself";
        return std::unexpected{std::move(why)};
    }
    stream_.reset();
    connection_.reset();
    const auto settled = tracker_.flush_lsn();
    if (std::exchange(reconnected_at_, settled) < settled) reconnect_pause_.succeeded();
    auto duration = why.id.empty() ? 0ms : reconnect_pause_.pause(0ms);
    for (;; duration = reconnect_pause_.pause(0ms)) {
        if (!why.id.empty())
            log::warn("source.reconnect",
                      fmt::format("{}; connecting again in {} ms", why.message, duration.count()));
        if (!pause(duration))
            return std::unexpected{failure{failure_code::interrupted, "source.interrupted",
                                           std::move(why.message), ""}};
        auto connected = connect();
        if (connected) connected = prepare_slot();
        if (connected) break;
        why = connected.error();
        connection_.reset();
        // The server may not have noticed yet that our old connection is gone.
        if (!is_transient(why) && why.id != "pg.slot_active")
            return std::unexpected{std::move(why)};
    }
    begin_again();
    return {};
}

// False when told to stop meanwhile.
bool pipeline::pause(std::chrono::milliseconds duration) {
    pollfd stopped{stop_.descriptor(), POLLIN, 0};
    ::poll(&stopped, 1, static_cast<int>(duration.count()));
    return !is_stopping_;
}

// ---- what the stream asks and says --------------------------------------------------------------

result<void> pipeline::on_change(const wal_data& frame) {
    if (auto added = assembler_.add(frame.wal_lsn, frame.message); !added) return added;
    if (assembler_.open_bytes() >= batch_bytes) hand_over();
    return {};
}

void pipeline::hand_over() {
    const auto ready = assembler_.seal();
    if (!ready) return;
    if (!ready->commits().empty()) tracker_.received(ready->commits().back().end_lsn);
    dispatcher_.dispatch(ready);
}

void pipeline::on_drained() { hand_over(); }

void pipeline::on_keepalive(lsn wal_end_lsn) {
    if (!assembler_.has_all_before_a_keepalive()) return;
    hand_over();
    last_keepalive_lsn_ = wal_end_lsn;
    tracker_.received(wal_end_lsn);
    dispatcher_.mark(wal_end_lsn);
}

bool pipeline::has_room() {
    if (!is_reading_ || is_end_reached_) return false;
    if (dispatcher_.has_room()) return true;
    // Said before the second look, so that room made in between is noticed by one of the two.
    is_stalled_ = true;
    return dispatcher_.has_room();
}

bool pipeline::is_finished() {
    if (is_end_reached_) return false;
    if (assembler_.has_reached_end()) return true;
    return is_reading_ && config_.end_at && last_keepalive_lsn_ >= config_.end_at;
}

std::optional<stream_end> pipeline::wanted_end() {
    if (is_stopping_) return stream_end::stopped;
    if (is_rewind_wanted_.exchange(false)) return stream_end::rewind;
    if (is_finished()) return stream_end::finished;
    return std::nullopt;
}

lsn pipeline::flush_lsn() { return tracker_.flush_lsn(); }

void pipeline::on_gap() {
    hand_over();
    tracker_.forbid_beyond_received();
}

} // namespace walwire::engine
