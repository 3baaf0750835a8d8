// See output.hpp for the four ways of writing.
#include "output.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <fcntl.h>
#include <limits>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace walwire::standard_output {
namespace {

std::string text_of(int error) {
    return "standard output: " + std::generic_category().message(error);
}

// The answer to a write that failed for another reason than want of room.
[[noreturn]] void raise(int error, bool is_terminal) {
    switch (error) {
    case EPIPE:
    case ECONNRESET:
        throw closed{};
    case EIO: // A terminal that was hung up; of anything else the data may be damaged.
        if (is_terminal) throw closed{};
        throw fatal{text_of(error)};
    case ENOSPC:
    case EDQUOT:
    case ENOBUFS:
    case ENOMEM:
        throw retry{text_of(error)};
    default:
        throw fatal{text_of(error)};
    }
}

// Opening a master again would make another terminal, and the rows would go there.
bool is_terminal_master(int fd) {
    unsigned number = 0;
    return ::ioctl(fd, TIOCGPTN, &number) == 0;
}

// The milliseconds that are left, rounded up so that the last one is not a busy loop.
int milliseconds_until(output::clock::time_point deadline) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - output::clock::now()).count();
    return static_cast<int>(std::clamp<decltype(left)>(left, 0, std::numeric_limits<int>::max()));
}

// As much of the first piece as a pipe that polls as writable takes for certain.
iovec short_piece(std::span<const iovec> pieces) {
    const auto first = std::ranges::find_if(pieces, [](const iovec& i) { return i.iov_len > 0; });
    if (first == pieces.end()) return {};
    return {first->iov_base, std::min<std::size_t>(first->iov_len, PIPE_BUF)};
}

} // namespace

output::output() : wake_{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)} {
    if (wake_ < 0) throw retry{"eventfd: " + std::generic_category().message(errno)};
}

output::~output() {
    close();
    ::close(wake_);
}

void output::open() {
    eventfd_t earlier = 0;
    ::eventfd_read(wake_, &earlier);
    close();
    struct stat status{};
    if (::fstat(STDOUT_FILENO, &status) != 0) throw fatal{text_of(errno)};
    if (S_ISSOCK(status.st_mode)) {
        way_ = way::socket;
    } else if (S_ISFIFO(status.st_mode) || ::isatty(STDOUT_FILENO) == 1) {
        own_ = open_again().value_or(-1);
        way_ = own_ < 0 ? way::polled : way::own;
    } else {
        way_ = way::plain;
    }
}

void output::close() {
    if (own_ >= 0) ::close(own_);
    own_ = -1;
}

std::optional<int> output::open_again() const {
    if (is_terminal_master(STDOUT_FILENO)) return std::nullopt;
    const int fd = ::open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    return fd < 0 ? std::nullopt : std::optional{fd};
}

std::size_t output::write_some(std::span<const iovec> pieces) {
    const auto count = static_cast<int>(pieces.size());
    ssize_t n = 0;
    do {
        if (way_ == way::own) {
            n = ::writev(own_, pieces.data(), count);
        } else if (way_ == way::polled) {
            if (!has_room()) return 0;
            const iovec piece = short_piece(pieces);
            n = ::write(STDOUT_FILENO, piece.iov_base, piece.iov_len);
        } else if (way_ == way::socket) {
            msghdr message{};
            message.msg_iov = const_cast<iovec*>(pieces.data()); // sendmsg() only reads it
            message.msg_iovlen = pieces.size();
            n = ::sendmsg(STDOUT_FILENO, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
        } else {
            n = ::writev(STDOUT_FILENO, pieces.data(), count);
        }
    } while (n < 0 && errno == EINTR);
    if (n >= 0) return static_cast<std::size_t>(n);
    if (errno == EAGAIN || errno == EWOULDBLOCK) return 0;
    const int error = errno;
    raise(error, ::isatty(STDOUT_FILENO) == 1);
}

bool output::has_room() const {
    pollfd writable{STDOUT_FILENO, POLLOUT, 0};
    return ::poll(&writable, 1, 0) == 1;
}

bool output::wait_for_room() {
    std::array<pollfd, 2> either{pollfd{own_ < 0 ? STDOUT_FILENO : own_, POLLOUT, 0},
                                 pollfd{wake_, POLLIN, 0}};
    while (::poll(either.data(), either.size(), -1) < 0 && errno == EINTR) {
    }
    return either[1].revents == 0;
}

bool output::wait_for_room_until(clock::time_point deadline) {
    pollfd writable{own_ < 0 ? STDOUT_FILENO : own_, POLLOUT, 0};
    const int ready = ::poll(&writable, 1, milliseconds_until(deadline));
    return ready > 0 || (ready < 0 && errno == EINTR && clock::now() < deadline);
}

void output::wake() noexcept { ::eventfd_write(wake_, 1); }

} // namespace walwire::standard_output
