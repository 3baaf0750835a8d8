// When the server is told what, by standby status updates (law 4).
//
// At once when a reply is requested, but unchanged at most every 100 ms: a server that stops asks
// thousands of times a second. Otherwise on a timer. Pure: whoever owns it sends. Source thread.
#pragma once

#include "base/lsn.hpp"

#include <chrono>
#include <optional>

namespace walwire::engine {

class feedback {
public:
    using clock = std::chrono::steady_clock;

    // `timeout` is the server's wal_sender_timeout; 0, which is never, counts as 30 s here.
    feedback(std::chrono::milliseconds timeout, clock::time_point now);

    void reply_requested() { is_requested_ = true; }
    // Whatever comes is an answer, also in the very instant in which it was asked for.
    void received(clock::time_point now) {
        last_received_ = now;
        asked_at_.reset();
    }

    struct decision {
        bool send = false;
        bool ask_for_reply = false; // the server was quiet for so long that it may be gone
    };
    decision decide(lsn flush_lsn, clock::time_point now) const;
    void sent(lsn flush_lsn, bool asked, clock::time_point now);

    // When decide() may have something to say, if nothing else happens.
    clock::time_point next() const;

    // Nothing came for the whole timeout, although we asked: the connection is half open.
    bool is_lost(clock::time_point now) const;

private:
    clock::duration interval_;
    clock::duration timeout_;
    clock::time_point last_sent_;
    clock::time_point last_received_;
    std::optional<clock::time_point> asked_at_; // and not answered yet
    lsn last_flush_lsn_;
    bool is_requested_ = false;
};

} // namespace walwire::engine
