// The bundled stdout, loaded from its file, writing to pipes and sockets that are full, slow, or
// gone. Findings are looked at once standard output is the test's own again.
#include "support/payload_batch.hpp"
#include "support/plugin_instance.hpp"
#include "support/redirected_stdout.hpp"
#include "support/stub_host.hpp"

#include <array>
#include <chrono>
#include <csignal>
#include <future>
#include <gtest/gtest.h>
#include <ostream>
#include <poll.h>
#include <string>
#include <sys/resource.h>
#include <sys/socket.h>
#include <thread>

namespace walwire::test {
namespace {

using namespace std::chrono_literals;
using acks = std::vector<stub_host::range>;

enum class way { pipe, pipe_not_opened_again, socket };

std::string to_string(way of) {
    if (of == way::pipe) return "pipe";
    return of == way::socket ? "socket" : "pipe_not_opened_again";
}

void PrintTo(way of, std::ostream* out) { *out << to_string(of); }

// A small channel: what is written to one end is read, without waiting, from the other.
class channel {
public:
    explicit channel(way kind) {
        std::array<int, 2> ends{};
        if (kind == way::socket) {
            ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data());
            const int smallest = 1;
            ::setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &smallest, sizeof smallest);
        } else {
            ::pipe2(ends.data(), O_CLOEXEC);
            ::fcntl(ends[1], F_SETPIPE_SZ, 4096);
        }
        ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
        reader_ = ends[0];
        writer_ = ends[1];
    }
    ~channel() {
        close_reader();
        ::close(writer_);
    }
    channel(const channel&) = delete;
    channel& operator=(const channel&) = delete;

    int writer() const { return writer_; }
    void close_reader() {
        if (reader_ >= 0) ::close(reader_);
        reader_ = -1;
    }

    // At most so much, waiting for the first byte of it; less than 1 after ten seconds without one.
    std::string read(std::size_t at_most) const {
        std::string bytes(at_most, '\0');
        pollfd readable{reader_, POLLIN, 0};
        ::poll(&readable, 1, 10'000);
        const ssize_t n = ::read(reader_, bytes.data(), bytes.size());
        bytes.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
        return bytes;
    }

    // What is there now.
    std::string drain() const {
        std::string all;
        std::array<char, 4096> buffer{};
        for (ssize_t n = 0; (n = ::read(reader_, buffer.data(), buffer.size())) > 0;)
            all.append(buffer.data(), static_cast<std::size_t>(n));
        return all;
    }

    bool becomes_full() const {
        const auto deadline = std::chrono::steady_clock::now() + 10s;
        pollfd writable{writer_, POLLOUT, 0};
        while (std::chrono::steady_clock::now() < deadline) {
            if (::poll(&writable, 1, 0) == 0) return true;
            std::this_thread::yield();
        }
        return false;
    }

private:
    int reader_ = -1;
    int writer_ = -1;
};

std::vector<std::string> lines(std::size_t count, std::size_t size, char letter) {
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < count; ++i)
        texts.push_back(std::to_string(i) + std::string(size, letter));
    return texts;
}

// The first bytes of the text up to the end of the line in which they end.
std::string whole_lines(const std::string& text, std::size_t bytes) {
    if (bytes == 0 || text[bytes - 1] == '\n') return text.substr(0, bytes);
    return text.substr(0, text.find('\n', bytes) + 1);
}

// Starting with no descriptor to spare: standard output cannot be opened again.
walwire_result start_without_descriptors(plugin_instance& sink) {
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    const rlimit none{0, before.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &none);
    const walwire_result result = sink.start();
    ::setrlimit(RLIMIT_NOFILE, &before);
    return result;
}

class stdout_plugin : public testing::Test {
protected:
    stdout_plugin() { std::signal(SIGPIPE, SIG_IGN); } // as every host does

    stub_host host_;
    plugin_instance sink_{STDOUT_PLUGIN, host_};
};

class stdout_plugin_waiting : public stdout_plugin, public testing::WithParamInterface<way> {
protected:
    walwire_result start() {
        return GetParam() == way::pipe_not_opened_again ? start_without_descriptors(sink_)
                                                        : sink_.start();
    }

    // Delivers into the channel until it is full, and interrupts. How long that call took to come
    // back is in waited_; a call that did not is let go by reading.
    walwire_result deliver_and_interrupt(const walwire_batch& batch) {
        auto call = std::async(std::launch::async, [&] { return sink_.deliver(batch); });
        was_full_ = channel_.becomes_full();
        const auto before = std::chrono::steady_clock::now();
        sink_.interrupt();
        if (call.wait_for(5s) != std::future_status::ready) channel_.close_reader();
        const walwire_result result = call.get();
        waited_ = std::chrono::steady_clock::now() - before;
        return result;
    }

    channel channel_{GetParam()};
    bool was_full_ = false;
    std::chrono::steady_clock::duration waited_{};
};

TEST_F(stdout_plugin, writes_all_runs_in_order_and_acks_the_batch) {
    // GIVEN a batch in runs that end anywhere
    const payload_batch batch{7, {"{\"a\":1}", "", "{\"a\":22}"}, "\n", 3};
    channel out{way::pipe};
    redirected_stdout redirected{out.writer()};
    // WHEN it is delivered
    const auto started = sink_.start();
    const auto delivered = sink_.deliver(batch.get());
    const auto written = out.drain();
    redirected.restore();
    // THEN
    EXPECT_EQ(started, WALWIRE_OK);
    EXPECT_EQ(delivered, WALWIRE_OK);
    EXPECT_EQ(written, "{\"a\":1}\n\n{\"a\":22}\n");
    EXPECT_EQ(host_.acks(), (acks{{7, 7}}));
}

TEST_F(stdout_plugin, writes_more_runs_than_one_writev_takes) {
    const payload_batch batch{1, {std::string(3000, 'x')}, "\n", 1};
    channel out{way::pipe};
    redirected_stdout redirected{out.writer()};
    sink_.start();
    const auto delivered = sink_.deliver(batch.get());
    const auto written = out.drain();
    redirected.restore();
    EXPECT_EQ(delivered, WALWIRE_OK);
    EXPECT_EQ(written, batch.bytes());
    EXPECT_EQ(host_.acks(), (acks{{1, 1}}));
}

TEST_F(stdout_plugin, leaves_the_flags_that_others_share_alone) {
    channel out{way::pipe};
    redirected_stdout redirected{out.writer()};
    sink_.start();
    const int flags = ::fcntl(STDOUT_FILENO, F_GETFL);
    redirected.restore();
    EXPECT_EQ(flags & O_NONBLOCK, 0);
}

TEST_F(stdout_plugin, a_full_disk_is_retry_with_its_reason) {
    const payload_batch batch{1, {"row"}};
    const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
    redirected_stdout redirected{full};
    sink_.start();
    const auto delivered = sink_.deliver(batch.get());
    redirected.restore();
    ::close(full);
    EXPECT_EQ(delivered, WALWIRE_RETRY);
    EXPECT_EQ(host_.errors(),
              (std::vector<std::string>{"standard output: No space left on device"}));
    EXPECT_TRUE(host_.acks().empty());
}

TEST_F(stdout_plugin, a_standard_output_that_cannot_be_written_is_fatal) {
    const payload_batch batch{1, {"row"}};
    const int read_only = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    redirected_stdout redirected{read_only};
    sink_.start();
    const auto delivered = sink_.deliver(batch.get());
    redirected.restore();
    ::close(read_only);
    EXPECT_EQ(delivered, WALWIRE_FATAL);
    EXPECT_TRUE(host_.acks().empty());
}

TEST_P(stdout_plugin_waiting, a_reader_that_has_gone_is_closed_without_an_ack) {
    const payload_batch batch{1, {"row"}};
    channel_.close_reader();
    redirected_stdout redirected{channel_.writer()};
    start();
    const auto delivered = sink_.deliver(batch.get());
    redirected.restore();
    EXPECT_EQ(delivered, WALWIRE_CLOSED);
    EXPECT_TRUE(host_.acks().empty());
}

TEST_P(stdout_plugin_waiting, a_slow_reader_gets_everything_and_no_ack_comes_before) {
    const payload_batch batch{1, lines(200, 1000, 'x'), "\n", 1500};
    redirected_stdout redirected{channel_.writer()};
    start(); // before the reader: without descriptors to spare its poll(2) would fail, too
    // GIVEN a reader that takes little at a time
    std::string read;
    bool acked_early = false;
    std::thread reader{[&] {
        while (read.size() < batch.bytes().size()) {
            // Behind the reader lie at most the bytes that the channel holds, less than 64 KiB.
            const bool unwritten = read.size() + 65536 < batch.bytes().size();
            if (unwritten && !host_.acks().empty()) acked_early = true;
            const auto some = channel_.read(300);
            if (some.empty()) break;
            read += some;
        }
        channel_.close_reader(); // lets a call go that still waits
    }};
    // WHEN
    const auto delivered = sink_.deliver(batch.get());
    reader.join();
    redirected.restore();
    // THEN
    EXPECT_EQ(delivered, WALWIRE_OK);
    EXPECT_EQ(read, batch.bytes());
    EXPECT_FALSE(acked_early);
    EXPECT_EQ(host_.acks(), (acks{{1, 1}}));
}

TEST_P(stdout_plugin_waiting, interrupt_calls_it_back_from_a_paused_reader_with_retry) {
    const payload_batch batch{1, lines(100, 1000, 'x')};
    redirected_stdout redirected{channel_.writer()};
    start();
    const auto delivered = deliver_and_interrupt(batch.get());
    redirected.restore();
    EXPECT_TRUE(was_full_);
    EXPECT_EQ(delivered, WALWIRE_RETRY);
    EXPECT_LT(waited_, 1s);
    EXPECT_TRUE(host_.acks().empty());
}

TEST_P(stdout_plugin_waiting, the_identical_call_goes_on_where_the_last_one_stopped) {
    // GIVEN a batch of which a part is written
    const payload_batch batch{1, lines(100, 1000, 'x'), "\n", 700};
    redirected_stdout redirected{channel_.writer()};
    start();
    auto delivered = deliver_and_interrupt(batch.get());
    // WHEN the call is repeated, each time that there is room again
    std::string read = channel_.drain();
    int repeated = 0;
    for (; delivered == WALWIRE_RETRY && repeated < 1000; ++repeated) {
        delivered = sink_.deliver(batch.get());
        read += channel_.drain();
    }
    redirected.restore();
    // THEN nothing is written twice
    EXPECT_GT(repeated, 1);
    EXPECT_EQ(delivered, WALWIRE_OK);
    EXPECT_EQ(read, batch.bytes());
    EXPECT_EQ(host_.acks(), (acks{{1, 1}}));
}

TEST_P(stdout_plugin_waiting,
       after_stop_and_start_the_line_begun_is_finished_before_anything_else) {
    // GIVEN an instance that was interrupted within a line, and stopped without time to finish it
    const payload_batch first{1, lines(100, 1000, 'x')};
    const payload_batch second{2, lines(3, 100, 'y')};
    redirected_stdout redirected{channel_.writer()};
    start();
    const auto interrupted = deliver_and_interrupt(first.get());
    sink_.stop(0);
    const std::string before = channel_.drain();
    // WHEN it is started and given another batch
    const auto started = start();
    const std::string expected =
        whole_lines(first.bytes(), before.size()).substr(before.size()) + second.bytes();
    auto call = std::async(std::launch::async, [&] { return sink_.deliver(second.get()); });
    std::string after;
    while (after.size() < expected.size()) {
        const auto some = channel_.read(4096);
        if (some.empty()) break;
        after += some;
    }
    channel_.close_reader(); // lets a call go that still waits
    const auto delivered = call.get();
    redirected.restore();
    // THEN no line is torn
    EXPECT_EQ(interrupted, WALWIRE_RETRY);
    EXPECT_EQ(started, WALWIRE_OK);
    EXPECT_EQ(delivered, WALWIRE_OK);
    EXPECT_EQ(after, expected);
    EXPECT_EQ(host_.acks(), (acks{{2, 2}}));
}

TEST_P(stdout_plugin_waiting, stop_finishes_the_line_begun_within_its_grace) {
    // GIVEN an instance that was interrupted within a line
    const payload_batch batch{1, lines(100, 1000, 'x')};
    redirected_stdout redirected{channel_.writer()};
    start();
    const auto interrupted = deliver_and_interrupt(batch.get());
    // WHEN the reader goes on
    std::string read;
    std::thread stopping{[&] { sink_.stop(10'000); }};
    while (read.empty() || read.back() != '\n') {
        const auto some = channel_.read(65536);
        if (some.empty()) break;
        read += some;
    }
    stopping.join();
    read += channel_.drain();
    redirected.restore();
    // THEN
    EXPECT_EQ(interrupted, WALWIRE_RETRY);
    EXPECT_EQ(read, whole_lines(batch.bytes(), read.size()));
    EXPECT_LT(read.size(), batch.bytes().size());
    EXPECT_TRUE(host_.logs().empty());
}

TEST_P(stdout_plugin_waiting, a_reader_that_stays_away_does_not_hold_up_stop) {
    const payload_batch batch{1, lines(100, 1000, 'x')};
    redirected_stdout redirected{channel_.writer()};
    start();
    deliver_and_interrupt(batch.get());
    const auto before = std::chrono::steady_clock::now();
    sink_.stop(50);
    const auto took = std::chrono::steady_clock::now() - before;
    redirected.restore();
    EXPECT_GE(took, 50ms);
    EXPECT_LT(took, 1050ms); // when the host gives it up
    EXPECT_EQ(host_.logs(),
              (std::vector<std::string>{"the reader took only a part of the last change"}));
}

INSTANTIATE_TEST_SUITE_P(, stdout_plugin_waiting,
                         testing::Values(way::pipe, way::pipe_not_opened_again, way::socket),
                         [](const auto& tested) { return to_string(tested.param); });

} // namespace
} // namespace walwire::test
