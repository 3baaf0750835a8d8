#include "source/stream.hpp"

#include "base/log.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fmt/format.h>
#include <libpq-fe.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <thread>
#include <variant>

namespace walwire::engine {

namespace {

using namespace std::chrono_literals;
constexpr auto nap = 100us;
constexpr auto stuck_output_look = 100ms;
constexpr auto hold_max = 2ms; // how long a part batch waits for more while the stream is busy
// Frames between two looks at the room that is left: a row more or less does no harm.
constexpr std::size_t frames_per_look = 64;
constexpr const char* publication_help =
    "changes of its tables are missing from here on, and creating it again does not bring them "
    "back: decide what to do about them, then start with a new slot";

struct copy_freer {
    void operator()(char* bytes) const { PQfreemem(bytes); }
};

std::int64_t unix_now_us() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

SSL* tls_of(PGconn* handle) { return static_cast<SSL*>(PQsslStruct(handle, "OpenSSL")); }

} // namespace

stream::stream(connection& from, stream_handler& handler, const event_fd& wake,
               std::chrono::milliseconds wal_sender_timeout)
    : connection_{from}, handler_{handler}, wake_{wake},
      feedback_{wal_sender_timeout, clock::now()} {
    connection_.on_notice([this](const notice& said) { note_warning(said); });
}

stream::~stream() { connection_.on_notice(nullptr); }

failure stream::why_over() {
    auto found = connection_.copy_failure();
    if (!found)
        return {failure_code::connection, "pg.connection", "the server ended the stream", ""};
    // PostgreSQL 17 and older end it when a publication is unknown at this point of the WAL, and
    // will again at every attempt.
    if (connection_.last_sqlstate() == "42704")
        return {failure_code::gap, "gap.publication", found->message, publication_help};
    return *std::move(found);
}

// PostgreSQL 18 and newer go on without a publication that they do not find, and only say so here.
void stream::note_warning(const notice& said) {
    if (said.sqlstate != "55000") {
        log::warn("source.notice", fmt::format("the server says: {}", said.text));
        return;
    }
    if (gap_) return;
    handler_.on_gap();
    gap_ = failure{failure_code::gap, "gap.publication",
                   fmt::format("the server skips a publication: {}", said.text), publication_help};
}

result<stream_end> stream::run() {
    ::prctl(PR_SET_TIMERSLACK, 1UL); // else the kernel adds 50 us to each nap
    // Every row is a TLS record of its own; without read-ahead each costs two reads.
    if (auto* tls = tls_of(connection_.handle())) SSL_set_read_ahead(tls, 1);
    for (;;) {
        if (const auto end = handler_.wanted_end()) {
            if (*end == stream_end::finished) handler_.on_drained();
            return *end;
        }
        const auto now = clock::now();
        if (auto replied = reply(now); !replied) return std::unexpected{replied.error()};
        if (!handler_.has_room()) {
            handler_.on_drained();
            if (auto waited = wait(false, feedback_.next()); !waited)
                return std::unexpected{waited.error()};
            feedback_.received(clock::now()); // it is we who did not listen
            continue;
        }
        const auto until = read_some(now);
        if (!until) return std::unexpected{until.error()};
        if (*until)
            if (auto waited = wait(true, **until); !waited) return std::unexpected{waited.error()};
    }
}

// One round of reading. nullopt: there may be more at once; else until when to wait for it.
result<std::optional<stream::clock::time_point>> stream::read_some(clock::time_point now) {
    const auto count = drain();
    if (!count) return std::unexpected{count.error()};
    pace_.count(*count, now);
    if (*count > 0) feedback_.received(now);
    // Only now: what the server said may have waited in the socket while we did not run.
    if (*count == 0 && feedback_.is_lost(now))
        return std::unexpected{failure{failure_code::connection, "pg.half_open",
                                       "the server has been silent for the whole "
                                       "wal_sender_timeout of this connection (30 s unless its "
                                       "options say otherwise) and did not answer when asked",
                                       ""}};
    if (*count == 0 || !pace_.is_busy()) {
        handler_.on_drained();
        held_since_ = {};
        // poll() does not see what libpq has read; and the end that was asked for waits for
        // nothing.
        if (has_unread_frames_ || handler_.is_finished()) return std::nullopt;
        return std::optional{feedback_.next()};
    }
    if (held_since_ == clock::time_point{}) held_since_ = now;
    if (now - held_since_ >= hold_max) {
        handler_.on_drained();
        held_since_ = {};
    }
    std::this_thread::sleep_for(nap);
    return std::nullopt;
}

// Whether OpenSSL holds a record that nobody has taken. Part of one is pending too, but the last
// read then wanted more from the socket: asking again would only spin until that comes.
bool stream::has_pending_tls() const {
    auto* tls = tls_of(connection_.handle());
    return tls != nullptr && SSL_has_pending(tls) != 0 && SSL_want_read(tls) == 0;
}

// Reads what the socket has, once; under TLS libpq returns after each record, so until OpenSSL's
// read-ahead is empty too.
result<std::size_t> stream::drain() {
    std::size_t frames = 0;
    do {
        if (!has_unread_frames_ && PQconsumeInput(connection_.handle()) == 0) {
            auto found = connection_.copy_failure();
            if (found) return std::unexpected{*std::move(found)};
        }
        const auto taken = take_frames();
        if (!taken) return taken;
        frames += *taken;
    } while (has_pending_tls() && handler_.has_room() && !handler_.is_finished());
    return frames;
}

result<std::size_t> stream::take_frames() {
    for (std::size_t frames = 0;; ++frames) {
        has_unread_frames_ =
            frames % frames_per_look == frames_per_look - 1 && !handler_.has_room();
        if (has_unread_frames_) return frames;
        char* bytes = nullptr;
        const int size = PQgetCopyData(connection_.handle(), &bytes, 1);
        const std::unique_ptr<char, copy_freer> owned{bytes};
        if (gap_) return std::unexpected{*gap_};
        if (size == 0) return frames;
        if (size < 0) return std::unexpected{why_over()};
        if (auto taken = take({bytes, static_cast<std::size_t>(size)}); !taken)
            return std::unexpected{taken.error()};
        if (handler_.is_finished()) return frames + 1;
    }
}

result<void> stream::take(std::string_view bytes) {
    const auto frame = parse_copy_frame(bytes);
    if (!frame) return std::unexpected{frame.error()};
    if (const auto* change = std::get_if<wal_data>(&*frame)) return handler_.on_change(*change);
    const auto& alive = std::get<keepalive>(*frame);
    handler_.on_keepalive(alive.wal_end_lsn);
    if (alive.is_reply_requested) feedback_.reply_requested();
    return {};
}

// ---- replies ------------------------------------------------------------------------------------

result<void> stream::reply(clock::time_point now) {
    if (is_output_pending_) return {}; // one status at a time: the next one says more anyway
    const auto due = feedback_.decide(handler_.flush_lsn(), now);
    if (!due.send) return {};
    return send_status(due.ask_for_reply, now);
}

result<void> stream::send_status(bool ask_for_reply, clock::time_point now) {
    const auto flush_lsn = handler_.flush_lsn();
    const auto status = standby_status(flush_lsn, unix_now_us(), ask_for_reply);
    auto* handle = connection_.handle();
    if (PQputCopyData(handle, status.data(), static_cast<int>(status.size())) < 0)
        return std::unexpected{connection_.copy_failure().value_or(
            failure{failure_code::connection, "pg.connection", "cannot send a status update", ""})};
    const int left = PQflush(handle);
    if (left < 0)
        return std::unexpected{
            failure{failure_code::connection, "pg.connection", "cannot send a status update", ""}};
    is_output_pending_ = left == 1;
    feedback_.sent(flush_lsn, ask_for_reply, now);
    return {};
}

result<void> stream::wait(bool is_reading, clock::time_point until) {
    auto* handle = connection_.handle();
    // POLLRDHUP: while nothing is read, it is all there is to see of a connection that has ended.
    const auto events = (is_reading ? POLLIN : POLLRDHUP) | (is_output_pending_ ? POLLOUT : 0);
    std::array<pollfd, 2> watched{
        {{PQsocket(handle), static_cast<short>(events), 0}, {wake_.descriptor(), POLLIN, 0}}};
    // What OpenSSL holds, poll() does not see; while a status is stuck, only room for it matters.
    if (is_reading && has_pending_tls()) return {};
    if (is_output_pending_) until = std::max(until, clock::now() + stuck_output_look);
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - clock::now());
    const int timeout = static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000));
    if (::poll(watched.data(), watched.size(), timeout) < 0 && errno != EINTR)
        return std::unexpected{failure{failure_code::io, "source.poll", "poll() failed", ""}};
    if (watched[1].revents != 0) wake_.clear();
    if (!is_reading && (watched[0].revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0)
        return std::unexpected{failure{failure_code::connection, "pg.connection",
                                       "lost the connection while nothing was read from it", ""}};
    if (is_output_pending_ && (watched[0].revents & POLLOUT) != 0)
        is_output_pending_ = PQflush(handle) == 1;
    return {};
}

// ---- the end ------------------------------------------------------------------------------------

bool stream::close_copy(std::chrono::steady_clock::time_point deadline) {
    auto* handle = connection_.handle();
    if (PQstatus(handle) != CONNECTION_OK) return false;
    if (!send_status(false, clock::now()) || PQputCopyEnd(handle, nullptr) < 0) return false;
    // What is still on its way is read and dropped: none of it is settled, so all of it comes
    // again.
    while (clock::now() < deadline) {
        is_output_pending_ = PQflush(handle) == 1;
        char* bytes = nullptr;
        const int size = PQgetCopyData(handle, &bytes, 1);
        const std::unique_ptr<char, copy_freer> owned{bytes};
        if (size > 0) continue;
        if (size < 0) return end_copy(deadline);
        if (!wait(true, std::min(deadline, clock::now() + 100ms))) return false;
        if (PQconsumeInput(handle) == 0) return false;
    }
    return false;
}

// Takes the results behind the copy; whether the connection is ready for another command.
bool stream::end_copy(clock::time_point deadline) {
    auto* handle = connection_.handle();
    for (;;) {
        while (PQisBusy(handle) != 0) {
            if (clock::now() >= deadline) return false;
            if (!wait(true, std::min(deadline, clock::now() + 100ms))) return false;
            if (PQconsumeInput(handle) == 0) return false;
        }
        PGresult* const answer = PQgetResult(handle);
        if (answer == nullptr) return PQstatus(handle) == CONNECTION_OK;
        PQclear(answer);
    }
}

} // namespace walwire::engine
