// Standard output, written without ever being stuck in write(2): that would block a paused reader's
// sink for good, and interrupt() could not call it back. How, depends on what descriptor 1 is:
//   pipe, terminal   an open file description of our own, non-blocking: O_NONBLOCK on descriptor 1
//                    itself would change it for every process that shares it
//   the same, where opening it again is refused (a terminal of another user): descriptor 1, after
//                    poll(2) and in pieces for which a pipe that polls as writable has room
//   socket           sendmsg(2) with MSG_DONTWAIT
//   anything else    descriptor 1: files and /dev/null do not make their writers wait
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <sys/uio.h>
#include <walwire/plugin.hpp>

namespace walwire::standard_output {

// Owns the descriptor that wakes it, for life, and the one that it writes to, from open() to
// close(). All on the lane but wake(), which any thread may call.
class output {
public:
    using clock = std::chrono::steady_clock;

    output();
    ~output();
    output(const output&) = delete;
    output& operator=(const output&) = delete;

    void open(); // throws walwire::fatal without a standard output; forgets an earlier wake()
    void close();

    // Writes what there is room for now, from the front: 0 is none. Throws walwire::closed,
    // walwire::retry for what may pass (a full disk) and walwire::fatal.
    std::size_t write_some(std::span<const iovec> pieces);

    // Until there may be room again: true. Until wake() was called: false.
    bool wait_for_room();
    // The same with a deadline instead of wake().
    bool wait_for_room_until(clock::time_point deadline);

    void wake() noexcept;

private:
    enum class way { own, polled, socket, plain };

    bool has_room() const;
    std::optional<int> open_again() const;

    int wake_;
    int own_ = -1;
    way way_ = way::plain;
};

} // namespace walwire::standard_output
