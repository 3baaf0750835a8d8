#include "scripted.hpp"

#include <sstream>
#include <string_view>
#include <thread>
#include <unistd.h>
#include <utility>

namespace walwire::scripted {

namespace {

mode parse_mode(std::string_view word) {
    using pair = std::pair<std::string_view, mode>;
    static constexpr pair modes[] = {
        {"ok", mode::ok},
        {"cumulative", mode::cumulative},
        {"ack_late", mode::ack_late},
        {"never_ack", mode::never_ack},
        {"release", mode::release},
        {"manual", mode::manual},
        {"slow", mode::slow},
        {"retry", mode::retry},
        {"fatal", mode::fatal},
        {"closed", mode::closed},
        {"hang", mode::hang},
        {"hang_deaf", mode::hang_deaf},
        {"bad_ack", mode::bad_ack},
    };
    for (const auto& [name, value] : modes)
        if (name == word) return value;
    return mode::ok; // the host has validated the choice
}

const char* name_of(walwire_result result) {
    switch (result) {
    case WALWIRE_OK:
        return "OK";
    case WALWIRE_RETRY:
        return "RETRY";
    case WALWIRE_FATAL:
        return "FATAL";
    case WALWIRE_CLOSED:
        return "CLOSED";
    default:
        return "?";
    }
}

walwire_result parse_result(std::string_view word) {
    if (word == "retry") return WALWIRE_RETRY;
    return word == "closed" ? WALWIRE_CLOSED : WALWIRE_FATAL;
}

constexpr std::uint64_t LATE_MAX = 4;

} // namespace

scripted::scripted(const walwire_host* host)
    : host_{host}, journal_{option("journal")}, mode_{parse_mode(option("mode"))},
      after_{number("after")}, count_{number("count")}, sleep_{number("sleep")},
      stop_{number("stop")} {
    if (const auto path = option("file"); !path.empty()) file_ = open_append(path);
    journal_.write(json_line{"create"}.text("sink", host_->sink).text("dialect", host_->dialect));
}

scripted::~scripted() {
    journal_.write(json_line{"destroy"});
    commands_.reset();
    if (file_ >= 0) ::close(file_);
}

std::string scripted::option(const char* name) const {
    const char* value = host_->option(host_, name);
    return value ? value : "";
}

std::uint64_t scripted::number(const char* name) const {
    const auto text = option(name);
    return text.empty() ? 0 : std::stoull(text);
}

walwire_result scripted::start() {
    {
        const std::lock_guard lock{mutex_};
        is_interrupted_ = false;
    }
    journal_.write(json_line{"start"});
    const auto path = option("commands");
    // Once for the life of the instance: a command is obeyed once, also after a second start().
    if (!path.empty() && !commands_)
        commands_ = std::make_unique<command_file>(path, [this](const auto& c) { obey(c); });
    return WALWIRE_OK;
}

walwire_result scripted::deliver(const walwire_batch& batch) {
    journal_.write(describe("deliver", batch));
    const auto result = answer(batch);
    journal_.write(
        json_line{"answer"}.number("sequence", batch.sequence).text("result", name_of(result)));
    return result;
}

walwire_result scripted::flush() {
    journal_.write(json_line{"flush"});
    ack_backwards(); // of ack_late: what a fourth batch has not come for
    return WALWIRE_OK;
}

void scripted::stop(std::uint32_t grace_ms) {
    late_.clear();
    journal_.write(json_line{"stop"}.number("grace_ms", grace_ms));
    std::this_thread::sleep_for(stop_);
}

void scripted::interrupt() {
    journal_.write(json_line{"interrupt"});
    if (mode_ == mode::hang_deaf) return;
    const std::lock_guard lock{mutex_};
    is_interrupted_ = true;
    changed_.notify_all();
}

mode scripted::next_mode() {
    const std::uint64_t n = delivers_++;
    const std::lock_guard lock{mutex_};
    if (is_open_ || n < after_ || (count_ != 0 && n >= after_ + count_)) return mode::ok;
    return mode_;
}

walwire_result scripted::answer(const walwire_batch& batch) {
    const auto now = next_mode();
    switch (now) {
    case mode::retry:
        return refuse(batch, WALWIRE_RETRY, "scripted: not now");
    case mode::fatal:
        return refuse(batch, WALWIRE_FATAL, "scripted: never");
    case mode::closed:
        return refuse(batch, WALWIRE_CLOSED, "scripted: the reader has gone");
    case mode::hang:
    case mode::hang_deaf:
        return hang(batch);
    case mode::slow:
        if (wait(sleep_) == wake::interrupted)
            return refuse(batch, WALWIRE_RETRY, "scripted: interrupted");
        break;
    default:
        break;
    }
    if (!take(batch)) return refuse(batch, WALWIRE_FATAL, "scripted: the file refuses");
    switch (now) {
    case mode::ok:
    case mode::slow:
        ack(batch.sequence, batch.sequence);
        break;
    case mode::cumulative:
        ack(1, batch.sequence);
        break;
    case mode::bad_ack:
        ack(batch.sequence + 1000, batch.sequence + 1000);
        break;
    case mode::release:
        host_->release(host_, batch.sequence, batch.sequence);
        break;
    case mode::ack_late:
        late_.push_back(batch.sequence);
        if (late_.size() == LATE_MAX) ack_backwards();
        break;
    default:
        break; // kept: a command releases or acks it
    }
    return WALWIRE_OK;
}

walwire_result scripted::refuse(const walwire_batch&, walwire_result result, const char* text) {
    host_->set_error(host_, text, 0);
    return result;
}

walwire_result scripted::hang(const walwire_batch& batch) {
    while (wait(std::chrono::hours{1}) == wake::timed_out) {
    }
    {
        const std::lock_guard lock{mutex_};
        if (!is_open_) return refuse(batch, WALWIRE_RETRY, "scripted: interrupted");
    }
    if (!take(batch)) return refuse(batch, WALWIRE_FATAL, "scripted: the file refuses");
    ack(batch.sequence, batch.sequence);
    return WALWIRE_OK;
}

scripted::wake scripted::wait(std::chrono::milliseconds longest) {
    std::unique_lock lock{mutex_};
    changed_.wait_for(lock, longest, [this] { return is_open_ || is_interrupted_; });
    if (is_interrupted_) return wake::interrupted;
    return is_open_ ? wake::opened : wake::timed_out;
}

bool scripted::take(const walwire_batch& batch) {
    if (file_ < 0) return true;
    for (std::size_t i = 0; i < batch.run_count; ++i)
        if (!write_all(file_, batch.runs[i].data, batch.runs[i].size)) return false;
    return true;
}

void scripted::ack(std::uint64_t first, std::uint64_t last) {
    // Before the ack: whoever sees the slot move also sees why.
    journal_.write(json_line{"ack"}.number("first", first).number("last", last));
    host_->ack(host_, first, last);
}

void scripted::ack_backwards() {
    if (late_.empty()) return;
    auto batches = std::exchange(late_, {});
    std::thread{[this, &batches] {
        for (auto sequence = batches.rbegin(); sequence != batches.rend(); ++sequence)
            ack(*sequence, *sequence);
    }}.join();
}

void scripted::obey(const std::string& command) {
    std::istringstream words{command};
    std::string verb, word;
    std::uint64_t first = 0, last = 0;
    words >> verb;
    if (verb == "ack" && words >> first >> last) ack(first, last);
    if (verb == "release" && words >> first >> last) host_->release(host_, first, last);
    if (verb == "fail" && words >> word)
        host_->fail(host_, parse_result(word), "scripted: told to fail", 0);
    if (verb == "open") {
        const std::lock_guard lock{mutex_};
        is_open_ = true;
        changed_.notify_all();
    }
    journal_.write(json_line{"obeyed"}.text("command", command));
}

} // namespace walwire::scripted
