// A sink whose faults are data: the mode says how it answers, a command file says when it acks,
// releases or fails, a journal says what the host did. Written against the C header alone, so that
// what it proves holds for every plugin.
//
// Threads: the lane calls deliver, flush, start and stop; commands come from a thread of the sink's
// own, started by start() and joined by stop(); interrupt() from a thread of the host's.
#pragma once

#include "command_file.hpp"
#include "journal.hpp"

#include <walwire/abi.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace walwire::scripted {

enum class mode {
    ok,         // write, then ack
    cumulative, // write, then ack (1, sequence)
    ack_late,   // write; every fourth deliver acks the last four, backwards, from another thread
    never_ack,  // write, keep: neither release nor ack
    release,    // write, release, never ack
    manual,     // write, keep; the command file acks, releases, fails
    slow,       // sleep inside deliver, then as ok
    retry,      // answer RETRY, nothing taken
    fatal,      // answer FATAL
    closed,     // answer CLOSED
    hang,       // do not come back until interrupted or told to open
    hang_deaf,  // the same, and interrupt() changes nothing
    bad_ack,    // write, then ack a sequence that was never delivered
};

class scripted {
public:
    explicit scripted(const walwire_host* host);
    ~scripted();
    scripted(const scripted&) = delete;
    scripted& operator=(const scripted&) = delete;

    walwire_result start();
    walwire_result deliver(const walwire_batch& batch);
    walwire_result flush();
    void stop(std::uint32_t grace_ms);
    void interrupt();

private:
    enum class wake { opened, interrupted, timed_out };

    std::string option(const char* name) const;
    std::uint64_t number(const char* name) const;
    mode next_mode();
    walwire_result answer(const walwire_batch& batch);
    walwire_result refuse(const walwire_batch& batch, walwire_result result, const char* text);
    walwire_result hang(const walwire_batch& batch);
    wake wait(std::chrono::milliseconds longest);
    bool take(const walwire_batch& batch);
    void ack(std::uint64_t first, std::uint64_t last);
    void ack_backwards();
    void obey(const std::string& command);

    const walwire_host* host_;
    journal journal_;
    mode mode_;
    std::uint64_t after_; // that many delivers are answered as ok first
    std::uint64_t count_; // the mode holds for that many delivers; 0: for ever
    std::uint64_t delivers_ = 0;
    std::chrono::milliseconds sleep_;
    std::chrono::milliseconds stop_;
    int file_ = -1;
    std::vector<std::uint64_t> late_; // ack_late: taken, not acked
    std::unique_ptr<command_file> commands_;

    std::mutex mutex_;
    std::condition_variable changed_;
    bool is_open_ = false;        // told to go on as ok; guarded by mutex_
    bool is_interrupted_ = false; // guarded by mutex_
};

} // namespace walwire::scripted
