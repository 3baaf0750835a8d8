#include "source/catalog.hpp"

#include "base/log.hpp"
#include "source/relation_reader.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace walwire::engine {

namespace {

using namespace std::chrono_literals;
constexpr auto waiting_warning_every = 10s;
// A server that does not answer for so long is asked again on another connection.
constexpr auto answer_max = 30s;
// A commit that waits for a synchronous standby is not visible yet, and may be waiting for us.
constexpr auto visible_max = 10s;
constexpr auto visible_look = 20ms;
constexpr int changes_max = 3; // in a row, before a type is taken for uncertain

connection_config with_stop(connection_config wanted, const event_fd& stop) {
    wanted.kind = connection_kind::ordinary;
    wanted.stop = &stop;
    return wanted;
}

} // namespace

// Shared by the shape that asked and the queue. The question never changes; the rest is guarded by
// the catalog's mutex, but for `reading` and `facts`, which are the catalog thread's.
struct catalog::entry final : relation_lookup, std::enable_shared_from_this<entry> {
    entry(catalog& of, relation_question what)
        : owner{of}, question{std::move(what)}, wanted_lsn{question.commit_lsn} {}
    std::optional<relation_answer> await(lsn through) override {
        return owner.await(shared_from_this(), through);
    }

    catalog& owner;
    const relation_question question;
    types_reading reading;
    std::shared_ptr<const relation_facts> facts;
    std::optional<relation_answer> answer;
    lsn through_lsn; // the answer holds for commits up to here
    lsn wanted_lsn;  // somebody waits until it does up to here
    bool is_queued = false;

    // Types that are not made of composites are as they are for good: an OID keeps its meaning.
    bool holds(lsn through) const {
        return answer && (!answer->types->has_composites || through <= through_lsn);
    }
};

catalog::catalog(connection_config wanted, catalog_scope scope, std::function<void()> on_end)
    : wanted_{with_stop(std::move(wanted), stop_)}, scope_{std::move(scope)},
      on_end_{std::move(on_end)} {}

catalog::~catalog() { stop(); }

void catalog::start() {
    thread_ = std::jthread{[this] { run(); }};
}

std::shared_ptr<relation_lookup> catalog::ask(relation_question question) {
    auto made = std::make_shared<entry>(*this, std::move(question));
    {
        const std::lock_guard lock{mutex_};
        made->is_queued = true;
        asked_.push_back(made);
    }
    changed_.notify_all();
    return made;
}

void catalog::source_ended() {
    {
        const std::lock_guard lock{mutex_};
        is_source_over_ = true;
    }
    changed_.notify_all();
}

void catalog::stop() {
    {
        const std::lock_guard lock{mutex_};
        is_stopping_ = true;
    }
    stop_.notify();
    changed_.notify_all();
}

void catalog::join_stopped() {
    if (has_stopped_ && thread_.joinable()) thread_.join();
}

// ---- lanes --------------------------------------------------------------------------------------

std::optional<relation_answer> catalog::await(const std::shared_ptr<entry>& of, lsn through_lsn) {
    auto warn_at = std::chrono::steady_clock::now() + waiting_warning_every;
    std::unique_lock lock{mutex_};
    while (!of->holds(through_lsn)) {
        if (is_stopping_) return std::nullopt;
        of->wanted_lsn = std::max(of->wanted_lsn, through_lsn);
        if (!std::exchange(of->is_queued, true)) {
            asked_.push_back(of);
            changed_.notify_all();
        }
        if (changed_.wait_until(lock, warn_at) == std::cv_status::no_timeout) continue;
        const auto why = last_failure_;
        lock.unlock(); // whoever reads the log may have stopped reading
        warn_of_wait(*of, why);
        lock.lock();
        warn_at = std::chrono::steady_clock::now() + waiting_warning_every;
    }
    return of->answer;
}

void catalog::warn_of_wait(const entry& of, const std::string& why) {
    log::warn("catalog.waiting",
              fmt::format("rows of {} wait until the server has said what they are made of{}{}",
                          of.question.name, why.empty() ? "" : ": ", why));
}

// ---- the thread ---------------------------------------------------------------------------------

void catalog::run() {
    answer_questions();
    connection_.reset();
    has_stopped_ = true;
    on_end_();
}

void catalog::answer_questions() {
    static_cast<void>(connect()); // or else when something is asked
    while (const auto asked = next()) {
        auto done = connect();
        if (done) done = look_up(*asked);
        if (done) {
            pause_.succeeded();
            continue;
        }
        connection_.reset();
        put_behind_the_others();
        if (!pause(done.error())) return;
    }
}

result<void> catalog::connect() {
    if (connection_) return {};
    auto opened = connection::open(wanted_);
    if (!opened) return std::unexpected{opened.error()};
    connection_ = std::move(*opened);
    return {};
}

// The oldest question; it stays in the queue until it is answered. nullptr: stopped.
std::shared_ptr<catalog::entry> catalog::next() {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] {
        // Nobody waits for what only the queue knows: its stream has begun again.
        while (!asked_.empty() && asked_.front().use_count() == 1) asked_.pop_front();
        return is_stopping_ || !asked_.empty();
    });
    return is_stopping_ ? nullptr : asked_.front();
}

// What one question meets must not keep all others waiting.
void catalog::put_behind_the_others() {
    const std::lock_guard lock{mutex_};
    std::ranges::rotate(asked_, asked_.begin() + 1);
}

result<void> catalog::look_up(entry& of) {
    connection_->set_deadline(std::chrono::steady_clock::now() + answer_max);
    // Before the catalogs: what committed until here is in what they say.
    const auto wal_end = read_wal_end(*connection_);
    if (!wal_end) return std::unexpected{wal_end.error()};
    bool is_known = false;
    lsn wanted;
    {
        const std::lock_guard lock{mutex_};
        is_known = of.answer.has_value();
        wanted = of.wanted_lsn;
    }
    if (*wal_end < wanted)
        return std::unexpected{failure{
            failure_code::connection, "catalog.behind",
            fmt::format("the server's WAL ends at {}, before the rows at {}: this is another "
                        "server, or one that follows",
                        to_string(*wal_end), to_string(wanted)),
            ""}};
    const auto types = read_until_certain(of, is_known);
    if (!types) return std::unexpected{types.error()};
    {
        const std::lock_guard lock{mutex_};
        // The facts are those of the announcement: a table that changes is announced again.
        of.answer = relation_answer{of.answer ? of.answer->facts : of.facts, *types};
        of.through_lsn = *wal_end;
        of.is_queued = false;
        asked_.pop_front();
        last_failure_.clear();
    }
    changed_.notify_all();
    return {};
}

// The types, and that nobody was changing them when they were read. A change that has written its
// commit is in the WAL before anybody can see it.
result<std::shared_ptr<const type_set>> catalog::read_until_certain(entry& of, bool is_known) {
    for (int attempt = 0; attempt < changes_max; ++attempt) {
        if (!std::exchange(is_known, true))
            if (auto read = read_all(of); !read) return std::unexpected{read.error()};
        if (of.reading.composites.empty()) return of.reading.types;
        const auto is_changing = is_any_changing(*connection_, of.reading.composites);
        if (!is_changing) return std::unexpected{is_changing.error()};
        if (*is_changing) break;
        const auto state = read_composites_state(*connection_, of.reading.composites);
        if (!state) return std::unexpected{state.error()};
        if (*state == of.reading.state) return of.reading.types;
        is_known = false;
    }
    // Of what is in the WAL by now nobody can say.
    const auto wal_end = read_wal_end(*connection_);
    if (!wal_end) return std::unexpected{wal_end.error()};
    auto uncertain = std::make_shared<type_set>(*of.reading.types);
    uncertain->since_lsn = *wal_end;
    return uncertain;
}

// What is not there was dropped, or nobody can see it yet: that is asked before it is read again.
result<void> catalog::read_all(entry& of) {
    const auto until = std::chrono::steady_clock::now() + visible_max;
    for (bool was_visible = false;;) {
        const auto is_complete = read_once(of);
        if (!is_complete) return std::unexpected{is_complete.error()};
        if (*is_complete || was_visible || std::chrono::steady_clock::now() > until) return {};
        const auto visible = is_visible(*connection_, of.question.xid);
        if (!visible) return std::unexpected{visible.error()};
        was_visible = *visible;
        if (!was_visible && !nap(visible_look)) return {};
    }
}

// In one snapshot, or a type could change between two statements. A failure leaves the transaction
// to the end of the connection. False when something is missing.
result<bool> catalog::read_once(entry& of) {
    constexpr std::string_view doing = "look up a table";
    const auto begun =
        connection_->query("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY", doing);
    if (!begun) return std::unexpected{begun.error()};
    auto found = read_relation_facts(*connection_, scope_.publications, of.question);
    if (!found) return std::unexpected{found.error()};
    auto reading = read_types(*connection_, scope_.slot, scope_.baseline, of.question);
    if (!reading) return std::unexpected{reading.error()};
    const auto ended = connection_->query("COMMIT", doing);
    if (!ended) return std::unexpected{ended.error()};
    of.reading = *std::move(reading);
    of.facts = std::make_shared<const relation_facts>(std::move(found->facts));
    return found->is_complete;
}

// False when told to stop meanwhile.
bool catalog::nap(std::chrono::milliseconds duration) {
    std::unique_lock lock{mutex_};
    changed_.wait_for(lock, duration, [this] { return is_stopping_; });
    return !is_stopping_;
}

// False when there is nobody left who would wait.
bool catalog::pause(const failure& why) {
    std::unique_lock lock{mutex_};
    last_failure_ = why.message;
    const auto until = std::chrono::steady_clock::now() + pause_.pause(0ms);
    while (!is_stopping_ && !is_source_over_)
        if (changed_.wait_until(lock, until) == std::cv_status::timeout) return true;
    const bool is_given_up = !std::exchange(is_stopping_, true);
    changed_.notify_all();
    lock.unlock();
    if (is_given_up)
        log::error("catalog.gave_up", fmt::format("the stream is over, and what is left of it "
                                                  "cannot be described: {}",
                                                  why.message));
    return false;
}

} // namespace walwire::engine
