// The catalog thread: asks the server, on an ordinary connection of its own, what a Relation
// message does not say. The stream never waits for it; lanes do, at the first encode.
#pragma once

#include "base/event_fd.hpp"
#include "base/retry.hpp"
#include "source/connection.hpp"
#include "source/relation_lookup.hpp"
#include "source/type_reader.hpp"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace walwire::engine {

// What the answers depend on beside the question.
struct catalog_scope {
    std::string slot; // whose rows are described
    std::vector<std::string> publications;
    // From before anything streamed, or it would depend on luck whether the first rows are covered.
    type_baseline baseline;
};

class catalog {
public:
    // `dsn` and the pinned settings as for the stream.
    // `on_end` is called by the thread, last of all.
    catalog(connection_config wanted, catalog_scope scope, std::function<void()> on_end);
    ~catalog();

    // Main thread, with all signals blocked, which the thread inherits. Connects at once, so that
    // the first row does not have to wait for that.
    void start();

    // Source thread. What is asked is looked up in order; the answer goes with the last owner of
    // the lookup. Must not be used when the catalog is gone.
    std::shared_ptr<relation_lookup> ask(relation_question question);

    // Main thread. The stream is over: a server that cannot be asked now is not waited for.
    void source_ended();
    // Any thread. Everybody who waits is told to give up, and so is whoever asks from now on. The
    // thread ends soon, unless libpq is connecting, which cannot be interrupted.
    void stop();
    bool has_stopped() const { return has_stopped_; }
    void join_stopped(); // only a thread that is done

private:
    struct entry; // one lookup

    std::optional<relation_answer> await(const std::shared_ptr<entry>& of, lsn through_lsn);
    static void warn_of_wait(const entry& of, const std::string& why);
    void run();
    void answer_questions();
    result<void> connect();
    std::shared_ptr<entry> next();
    void put_behind_the_others();
    result<void> look_up(entry& of);
    result<std::shared_ptr<const type_set>> read_until_certain(entry& of, bool is_known);
    result<void> read_all(entry& of);
    result<bool> read_once(entry& of);
    bool nap(std::chrono::milliseconds duration);
    bool pause(const failure& why);

    const connection_config wanted_;
    const catalog_scope scope_;
    const std::function<void()> on_end_;
    event_fd stop_;

    // The catalog thread's own.
    std::optional<connection> connection_;
    retry pause_{std::chrono::milliseconds{200}, std::chrono::seconds{10}};

    std::mutex mutex_; // protects everything down to the thread, and the answers in entries
    std::condition_variable changed_;
    std::deque<std::shared_ptr<entry>> asked_;
    std::string last_failure_;
    bool is_source_over_ = false;
    bool is_stopping_ = false;
    std::atomic<bool> has_stopped_ = false;
    std::jthread thread_;
};

} // namespace walwire::engine
