// The sink of the fault tests: appends what it takes to a file or FIFO, and does at each deliver()
// what the next word of its script says. The file alone tells what happened, in order:
//
//     #start PID          start() in the process PID
//     #deliver N          deliver() of batch N has begun
//     #taken N COUNT      the lines of its COUNT payloads follow
//     #ack FIRST LAST     these are about to be acked
//
// What a killed process left of a line ends where the next #start begins.
#include "../scripted/journal.hpp"

#include <walwire/plugin.hpp>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

using walwire::scripted::open_append;
using walwire::scripted::write_all;

constexpr std::string_view known_words[] = {
    "ok",           "hold",  "backwards",   "retry",   "throw", "fail_after_write",
    "fail_blocked", "crash", "ack_unknown", "ack_old",
};
constexpr std::size_t held_max = 8;
constexpr std::size_t backwards_max = 4;

// "ok*3 retry" means ok ok ok retry.
std::vector<std::string> parse_script(const std::string& text) {
    std::vector<std::string> words;
    std::istringstream in{text};
    for (std::string word; in >> word;) {
        const auto star = word.find('*');
        const auto count = star == std::string::npos ? 1 : std::stoul(word.substr(star + 1));
        words.insert(words.end(), count, word.substr(0, star));
        if (std::ranges::find(known_words, words.back()) == std::end(known_words))
            throw walwire::fatal{"no word of a script: " + word};
    }
    if (words.empty()) throw walwire::fatal{"the script is empty"};
    return words;
}

// Threads: as plugin.hpp says; interrupt() and the thread of `fail_blocked` touch only what mutex_
// guards.
class faulty : public walwire::sink {
public:
    static constexpr walwire_option options[] = {
        walwire::option(WALWIRE_OPTION_STRING, "file", nullptr, "Where it appends what it takes.",
                        WALWIRE_OPTION_REQUIRED),
        walwire::option(WALWIRE_OPTION_STRING, "script", "ok",
                        "One word per deliver, round and round: ok, hold, backwards, retry, throw, "
                        "fail_after_write, fail_blocked, crash, ack_unknown, ack_old."),
        walwire::option(WALWIRE_OPTION_DURATION, "delay", "0s", "How long each deliver waits."),
        walwire::option(WALWIRE_OPTION_BOOLEAN, "sync", "false", "fdatasync() before each ack."),
    };

    explicit faulty(const walwire_host* host)
        : sink{host}, script_{parse_script(option("script"))},
          delay_{number<std::int64_t>("delay")}, is_synced_{flag("sync")} {}
    ~faulty() {
        if (file_ >= 0) ::close(file_);
    }

    void start() {
        {
            const std::lock_guard lock{mutex_};
            is_interrupted_ = false;
        }
        if (file_ < 0) file_ = open_append(option("file"));
        write("\n#start " + std::to_string(::getpid()) + "\n");
    }

    void deliver(walwire::batch batch) {
        const auto sequence = batch->sequence;
        write("#deliver " + std::to_string(sequence) + "\n");
        if (const auto old = std::exchange(old_, 0)) sink::ack(1, old); // of before the restart
        const auto word = script_[delivers_++ % script_.size()];
        if (wait(delay_)) throw walwire::retry{"interrupted"};
        if (word == "retry") throw walwire::retry{"not now"};
        if (word == "throw") throw std::runtime_error{"thrown"};
        if (word == "fail_blocked") fail_blocked();
        take(batch);
        if (word == "crash") std::abort();
        if (word == "fail_after_write") throw walwire::retry{"the answer is lost"};
        if (word == "ack_unknown") return sink::ack(sequence + 1000, sequence + 1000);
        if (word == "ack_old") return fail_and_ack_later(sequence);
        if (word == "hold") return hold(sequence);
        if (word == "backwards") return ack_backwards(sequence);
        ack(sequence);
    }

    void flush() {
        for (const auto sequence : std::exchange(held_, {})) ack(sequence);
        ack_backwards();
    }

    void stop(walwire::milliseconds) {
        held_.clear();
        late_.clear();
    }

    void interrupt() {
        const std::lock_guard lock{mutex_};
        is_interrupted_ = true;
        changed_.notify_all();
    }

private:
    void write(const std::string& text) const {
        if (!write_all(file_, text.data(), text.size())) throw walwire::fatal{"the file refuses"};
    }

    void take(walwire::batch batch) const {
        auto text = "#taken " + std::to_string(batch->sequence) + " " +
                    std::to_string(batch->payload_count) + "\n";
        for (const auto run : batch.runs()) text.append(walwire::view(run));
        write(text);
    }

    void ack(std::uint64_t sequence) const {
        if (is_synced_) ::fdatasync(file_); // a FIFO has nothing to sync, and says so
        const auto number = std::to_string(sequence);
        write("#ack " + number + " " + number + "\n");
        sink::ack(sequence, sequence);
    }

    void hold(std::uint64_t sequence) {
        held_.push_back(sequence);
        if (held_.size() <= held_max) return;
        ack(held_.front());
        held_.erase(held_.begin());
    }

    void ack_backwards(std::uint64_t sequence) {
        late_.push_back(sequence);
        if (late_.size() == backwards_max) ack_backwards();
    }

    // From a thread that is not the lane's.
    void ack_backwards() {
        std::thread{[this, late = std::exchange(late_, {})] {
            for (auto one = late.rbegin(); one != late.rend(); ++one) ack(*one);
        }}.join();
    }

    void fail_and_ack_later(std::uint64_t sequence) {
        old_ = sequence;
        fail(walwire::retry{"starting again", walwire::milliseconds{1}});
    }

    [[noreturn]] void fail_blocked() {
        std::thread{[this] {
            fail(walwire::retry{"failed while deliver() blocks", walwire::milliseconds{1}});
        }}.join();
        while (!wait(std::chrono::hours{1})) {
        }
        throw walwire::retry{"interrupted"};
    }

    // Whether it was interrupted meanwhile.
    bool wait(walwire::milliseconds longest) {
        std::unique_lock lock{mutex_};
        return changed_.wait_for(lock, longest, [this] { return is_interrupted_; });
    }

    std::vector<std::string> script_;
    walwire::milliseconds delay_;
    bool is_synced_;
    int file_ = -1;
    std::size_t delivers_ = 0;
    std::uint64_t old_ = 0;           // ack_old: what is acked behind the restart
    std::vector<std::uint64_t> held_; // taken by hold, not acked
    std::vector<std::uint64_t> late_; // taken by backwards, not acked

    std::mutex mutex_;
    std::condition_variable changed_;
    bool is_interrupted_ = false; // guarded by mutex_
};

} // namespace

WALWIRE_PLUGIN(faulty, "faulty", "1.0.0", "A sink for tests that fails as a script says.")
