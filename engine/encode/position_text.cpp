#include "encode/position_text.hpp"

#include "batch/shape.hpp"

#include <chrono>

namespace walwire::engine {

namespace {

char* write_padded(char* at, std::uint64_t number, unsigned digits) {
    for (unsigned i = digits; i-- > 0; number /= 10) at[i] = static_cast<char>('0' + number % 10);
    return at + digits;
}

} // namespace

char* write_time(char* at, std::int64_t time_us) {
    using namespace std::chrono;
    // Floored, so that times before 1970 have no negative parts.
    const auto seconds_since = floor<seconds>(microseconds{time_us});
    const auto days_since = floor<days>(seconds_since);
    const year_month_day date{sys_days{days_since}};
    const auto in_day = static_cast<std::uint64_t>((seconds_since - days_since).count());
    // Computed from the remainder: seconds_since in microseconds may not fit any more.
    const auto remainder = time_us % 1'000'000;
    const auto micros =
        static_cast<std::uint64_t>(remainder < 0 ? remainder + 1'000'000 : remainder);
    // std::chrono's years have 16 bits. No server's clock is beyond them; a broken one must only
    // not break the line.
    auto year = static_cast<int>(date.year());
    if (year < 0) *at++ = '-', year = -year;
    at = year > 9999 ? write_decimal(at, static_cast<std::uint64_t>(year))
                     : write_padded(at, static_cast<std::uint64_t>(year), 4);
    *at++ = '-';
    at = write_padded(at, static_cast<unsigned>(date.month()), 2);
    *at++ = '-';
    at = write_padded(at, static_cast<unsigned>(date.day()), 2);
    *at++ = 'T';
    at = write_padded(at, in_day / 3600, 2);
    *at++ = ':';
    at = write_padded(at, in_day / 60 % 60, 2);
    *at++ = ':';
    at = write_padded(at, in_day % 60, 2);
    *at++ = '.';
    at = write_padded(at, micros, 6);
    *at++ = 'Z';
    return at;
}

void position_text::use(const walwire_event& event) {
    facts now{.position_lsn = event.position.lsn,
              .lsn = event.position.lsn,
              .phase = event.position.phase};
    std::string_view origin;
    if (event.transaction != nullptr) {
        now.lsn = event.transaction->commit_lsn;
        now.commit_time_us = event.transaction->commit_time_us;
        now.xid = event.transaction->xid;
        now.has_transaction = true;
        origin = to_view(event.transaction->origin);
    } else if (event.kind == WALWIRE_MESSAGE && event.wal_lsn != 0) {
        now.lsn = event.wal_lsn; // no commit: where the message itself is
    }
    if (is_rendered_ && now == facts_ && origin == origin_) return;
    facts_ = now;
    origin_ = origin;
    render(origin);
}

void position_text::render(std::string_view origin) {
    std::string text(256 + bound_of(origin) + write_slack, '\0');
    char* at = write_hex(text.data(), facts_.position_lsn, 16);
    *at++ = '-';
    at = write_decimal(at, facts_.phase);
    *at++ = '-';
    before_ = fragment{{text.data(), at}};

    at = write_literal(text.data(), "\",\"lsn\":\"");
    at = write_lsn(at, facts_.lsn);
    *at++ = '"';
    if (facts_.has_transaction) {
        at = write_literal(at, ",\"xid\":");
        at = write_decimal(at, facts_.xid);
        at = write_literal(at, ",\"ts\":\"");
        at = write_time(at, facts_.commit_time_us);
        *at++ = '"';
    }
    if (!origin.empty()) {
        at = write_literal(at, ",\"origin\":");
        at = write_string(at, origin);
    }
    after_ = fragment{{text.data(), at}};
    is_rendered_ = true;
}

char* position_text::write_position(char* at, const walwire_position& position) const {
    at = before_.write(at);
    if (position.phase != 0) return write_hex(at, position.index, 8);
    at = write_hex(at, position.index >> 48, 4); // table, chunk and row of the snapshot's plan
    *at++ = '-';
    at = write_hex(at, position.index >> 24 & 0xFFFFFF, 6);
    *at++ = '-';
    return write_hex(at, position.index & 0xFFFFFF, 6);
}

char* position_text::write(char* at, const walwire_position& position) const {
    return after_.write(write_position(at, position));
}

} // namespace walwire::engine
