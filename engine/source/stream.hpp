// The receive loop of one slot: socket -> frames -> handler, and standby status updates back.
//
// A plain poll(2) loop on the source thread over the socket and an eventfd. It never waits for a
// sink: when the handler has no room it stops reading the socket, and goes on replying.
#pragma once

#include "base/event_fd.hpp"
#include "base/failure.hpp"
#include "base/lsn.hpp"
#include "source/connection.hpp"
#include "source/copy_frame.hpp"
#include "source/feedback.hpp"
#include "source/pace.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace walwire::engine {

enum class stream_end : std::uint8_t {
    stopped,
    finished, // the end that was asked for has been reached
    rewind,   // the same slot again, from the flush
};

// What is done with a stream; all on the source thread.
class stream_handler {
public:
    virtual result<void> on_change(const wal_data& frame) = 0;
    virtual void on_keepalive(lsn wal_end_lsn) = 0;
    // Nothing more for now: whatever is gathered should go on.
    virtual void on_drained() = 0;
    virtual bool has_room() = 0;
    virtual bool is_finished() = 0;
    // Looked at after every wake-up.
    virtual std::optional<stream_end> wanted_end() = 0;
    virtual lsn flush_lsn() = 0;
    // A publication is gone: nothing behind what was received may be flushed (law 10).
    virtual void on_gap() = 0;

protected:
    ~stream_handler() = default;
};

class stream {
public:
    // Borrows all three for its own life. The connection must be streaming already, or be made to
    // before run(). `wal_sender_timeout` as the server says it.
    stream(connection& from, stream_handler& handler, const event_fd& wake,
           std::chrono::milliseconds wal_sender_timeout);
    ~stream();

    // Until the handler wants an end, or something failed.
    result<stream_end> run();

    // Behind run(), source thread: tells the server the flush, ends the copy and waits until the
    // server has read both, at most until the deadline. False: it did not answer in time.
    bool close_copy(std::chrono::steady_clock::time_point deadline);

private:
    using clock = std::chrono::steady_clock;

    result<std::size_t> drain();
    result<std::size_t> take_frames();
    result<void> take(std::string_view bytes);
    result<void> reply(clock::time_point now);
    result<void> send_status(bool ask_for_reply, clock::time_point now);
    result<void> wait(bool is_reading, clock::time_point until);
    result<std::optional<clock::time_point>> read_some(clock::time_point now);
    void note_warning(const notice& said);
    failure why_over();
    bool has_pending_tls() const;
    bool end_copy(clock::time_point deadline);

    connection& connection_;
    stream_handler& handler_;
    const event_fd& wake_;
    feedback feedback_;
    pace pace_;
    std::optional<failure> gap_;
    bool is_output_pending_ = false;
    bool has_unread_frames_ = false; // libpq holds some that there was no room for
    clock::time_point held_since_{}; // a part batch is held back; the epoch: none is
};

} // namespace walwire::engine
