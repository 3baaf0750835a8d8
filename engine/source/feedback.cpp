#include "source/feedback.hpp"

#include <algorithm>

namespace walwire::engine {

namespace {

using namespace std::chrono_literals;
constexpr auto interval_max = 10s;
constexpr auto timeout_when_off = 30s;
constexpr auto unchanged_pause = 100ms;

} // namespace

feedback::feedback(std::chrono::milliseconds timeout, clock::time_point now)
    : timeout_{timeout.count() > 0 ? timeout : std::chrono::milliseconds{timeout_when_off}},
      last_sent_{now}, last_received_{now} {
    interval_ = std::min<clock::duration>(interval_max, timeout_ / 2);
}

feedback::decision feedback::decide(lsn flush_lsn, clock::time_point now) const {
    const bool is_quiet = now - last_received_ >= timeout_ / 2 && !asked_at_;
    if (is_quiet) return {.send = true, .ask_for_reply = true};
    if (now - last_sent_ >= interval_) return {.send = true};
    if (!is_requested_) return {};
    return {.send = flush_lsn != last_flush_lsn_ || now - last_sent_ >= unchanged_pause};
}

void feedback::sent(lsn flush_lsn, bool asked, clock::time_point now) {
    last_sent_ = now;
    last_flush_lsn_ = flush_lsn;
    is_requested_ = false;
    if (asked) asked_at_ = now;
}

feedback::clock::time_point feedback::next() const {
    auto due = last_sent_ + interval_;
    if (is_requested_) due = std::min(due, last_sent_ + unchanged_pause);
    if (!asked_at_)
        due = std::min(due, last_received_ + timeout_ / 2);
    else
        due = std::min(due, std::max(last_received_ + timeout_, *asked_at_ + timeout_ / 2));
    return due;
}

bool feedback::is_lost(clock::time_point now) const {
    // We may have asked late, having been stopped or starved: the answer needs its time too.
    return asked_at_ && now - last_received_ >= timeout_ && now - *asked_at_ >= timeout_ / 2;
}

} // namespace walwire::engine
