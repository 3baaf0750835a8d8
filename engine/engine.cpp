#include "engine.hpp"

#include "base/log.hpp"
#include "host/sink_loader.hpp"
#include "pipeline.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>
#include <optional>
#include <unistd.h>
#include <utility>

namespace walwire::engine {

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
// What interrupt() and stop() are given to come back, beyond their own second.
constexpr auto abandon_after = 3s;
// What the source is given to say its last words, which end by themselves within a second, unless
// libpq is connecting: that cannot be interrupted.
constexpr auto source_end_max = 3s;
constexpr auto closed_warning_every = 10s;

// One report with every mistake, as the first failure's continuation.
failure merged(const std::vector<failure>& found) {
    auto whole = found.front();
    for (std::size_t i = 1; i < found.size(); ++i) whole.help += "\n" + to_text(found[i]);
    return whole;
}

// One run of the engine: what happens on the main thread, in the order it happens.
class main_loop {
public:
    main_loop(const run_request& request, const std::function<void()>& before_abandon)
        : request_{request}, before_abandon_{before_abandon}, signals_{context_, SIGINT, SIGTERM},
          deadline_{context_}, watch_{context_}, source_end_{context_},
          pipeline_{request.source, request.facts, request.engine, make_hooks()} {
        // A terminal that goes away; nohup(1) has it ignored, and then it is.
        struct sigaction before{};
        ::sigaction(SIGHUP, nullptr, &before);
        if (before.sa_handler != SIG_IGN) signals_.add(SIGHUP);
    }

    result<void> run() {
        if (auto started = start(); !started) return started;
        context_.run();
        if (failure_) return std::unexpected{*failure_};
        return {};
    }

private:
    // Threads inherit the mask of whoever makes them: every signal comes to the main thread.
    result<void> start() {
        sigset_t all;
        sigset_t mine;
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_BLOCK, &all, &mine);
        auto added = add_sinks();
        if (added) {
            await_signal();
            await_closed_lanes();
            pipeline_.start();
        }
        ::pthread_sigmask(SIG_SETMASK, &mine, nullptr);
        return added;
    }

    result<void> add_sinks() {
        for (const auto& config : request_.sinks) {
            auto loaded = load_sink(config, request_.engine.plugin_folders, reference_use::resolve);
            if (!loaded) return std::unexpected{merged(loaded.error())};
            auto added = pipeline_.add_sink(config, loaded->from, std::move(loaded->values));
            if (!added) return std::unexpected{added.error()};
        }
        return {};
    }

    // Other threads only ever post.
    pipeline_hooks make_hooks() {
        pipeline_hooks hooks;
        hooks.on_source_end = [this](std::optional<failure> why) {
            asio::post(context_, [this, why = std::move(why)] { source_ended(why); });
        };
        hooks.on_interrupt = [this](lane& wanted) {
            asio::post(context_, [&wanted] { wanted.interrupt_call(); });
        };
        hooks.on_last_call = [this](lane& of, std::chrono::steady_clock::time_point due) {
            asio::post(context_, [this, &of, due] { await_last_call(of, due); });
        };
        hooks.on_lane_end = [this] { asio::post(context_, [this] { lane_ended(); }); };
        hooks.on_catalog_end = [this] { asio::post(context_, [this] { stop_if_over(); }); };
        return hooks;
    }

    void await_signal() {
        signals_.async_wait([this](const boost::system::error_code& error, int number) {
            if (error) return;
            if (std::exchange(is_signalled_, true)) abandon(128 + number);
            drain(); // first: whoever reads the log may have stopped reading
            log::info("engine.stopping",
                      "stopping: delivering what was read (again to end at once)");
            await_signal();
        });
    }

    // A lane that ended by itself stays in the minimum, so the slot no longer moves: that is said.
    void await_closed_lanes() {
        watch_.expires_after(closed_warning_every);
        watch_.async_wait([this](const boost::system::error_code& error) {
            if (error) return;
            for (const auto& one : pipeline_.lanes())
                if (one->end() == lane_end::closed)
                    log::warn(
                        "sink.closed",
                        fmt::format("sink \"{}\" was closed by its reader; the slot keeps WAL "
                                    "for it",
                                    one->name()));
            await_closed_lanes();
        });
    }

    bool is_any_lane_running() const {
        return std::ranges::any_of(pipeline_.lanes(), &lane::is_running,
                                   [](const auto& one) -> const lane& { return *one; });
    }

    void await_last_call(lane& of, std::chrono::steady_clock::time_point due) {
        auto timer = std::make_shared<asio::steady_timer>(context_, due);
        timer->async_wait([this, &of, timer](const boost::system::error_code& error) {
            if (error || !of.is_overdue()) return;
            report_hung(of);
            abandon(1);
        });
    }

    static void report_hung(const lane& one) {
        log::error("sink.hung",
                   fmt::format("sink \"{}\" did not come back from its plugin", one.name()));
    }

    void lane_ended() {
        for (const auto& one : pipeline_.lanes()) {
            if (one->end() != lane_end::failed || failure_) continue;
            const auto why = one->why();
            failure_ = failure{failure_code::plugin, why.id.empty() ? "plugin.failed" : why.id,
                               fmt::format("sink \"{}\": {}", one->name(), why.text), ""};
        }
        if (failure_) drain();
        stop_if_over();
    }

    void source_ended(const std::optional<failure>& why) {
        is_source_over_ = true;
        if (why && !failure_) failure_ = *why;
        // What was read is delivered however long the reader takes; a signal ends the waiting.
        if (why && is_any_lane_running())
            log::error(
                "source.ended",
                fmt::format("{}; what was read until then is still delivered", why->message));
        pipeline_.source_ended();
        for (const auto& one : pipeline_.lanes()) one->source_ended();
        stop_if_over();
    }

    void drain() {
        if (std::exchange(is_draining_, true)) return;
        const auto until = std::chrono::steady_clock::now() + request_.engine.drain;
        pipeline_.stop_reading();
        for (const auto& one : pipeline_.lanes()) one->drain(until);
        deadline_.expires_at(until);
        deadline_.async_wait([this](const boost::system::error_code& error) {
            if (!error) interrupt_all();
        });
        stop_if_over();
    }

    void interrupt_all() {
        pipeline_.give_up_lookups();
        for (const auto& one : pipeline_.lanes()) {
            if (one->is_running())
                log::warn("sink.undelivered",
                          fmt::format("sink \"{}\" has not acknowledged all it was to have; what "
                                      "is missing comes again from a lasting slot",
                                      one->name()));
            one->interrupt_call();
        }
        deadline_.expires_after(abandon_after);
        deadline_.async_wait([this](const boost::system::error_code& error) {
            if (error) return;
            for (const auto& one : pipeline_.lanes())
                if (one->is_running()) report_hung(*one);
            if (is_any_lane_running()) abandon(1);
        });
    }

    // Lanes first, so that the last status update says all that they settled.
    void stop_if_over() {
        if (is_any_lane_running()) return;
        if (is_source_over_ && pipeline_.has_catalog_stopped()) return context_.stop();
        pipeline_.stop();
        pipeline_.give_up_lookups();
        source_end_.expires_after(source_end_max);
        source_end_.async_wait([this](const boost::system::error_code& error) {
            if (error) return;
            log::warn("source.left_behind", "the server does not answer, and is not waited for");
            abandon(failure_ ? exit_code(*failure_) : 0);
        });
    }

    [[noreturn]] void abandon(int code) {
        pipeline_.stop();
        const auto until = std::chrono::steady_clock::now() + 1s;
        while (!pipeline_.has_stopped() && std::chrono::steady_clock::now() < until) ::usleep(1000);
        pipeline_.join_stopped();
        if (failure_) std::fputs(to_text(*failure_).c_str(), stderr);
        before_abandon_();
        ::_exit(code);
    }

    const run_request& request_;
    const std::function<void()>& before_abandon_;
    asio::io_context context_{1};
    asio::signal_set signals_;
    asio::steady_timer deadline_;
    asio::steady_timer watch_;
    asio::steady_timer source_end_;
    bool is_signalled_ = false;
    bool is_draining_ = false;
    bool is_source_over_ = false;
    std::optional<failure> failure_;
    pipeline pipeline_; // last: its threads post to everything above
};

// A process can be started without descriptors 0 to 2; then a socket would become one of them, and
// what is printed would go to the server.
void hold_standard_descriptors() {
    for (;;) {
        const int opened = ::open("/dev/null", O_RDWR | O_CLOEXEC);
        if (opened > STDERR_FILENO) ::close(opened);
        if (opened < 0 || opened > STDERR_FILENO) return;
    }
}

} // namespace

void engine::prepare_process() {
    hold_standard_descriptors();
    ::signal(SIGPIPE, SIG_IGN); // a reader that went away is an EPIPE, not our death
    // libpq would send these behind the settings that are pinned, and they would win.
    for (const char* name : {"PGDATESTYLE", "PGTZ"}) ::unsetenv(name);
}

std::vector<failure> engine::find_mistakes(const engine_config& config, const sink_config& sink,
                                           reference_use references) {
    auto loaded = load_sink(sink, config.plugin_folders, references);
    if (!loaded) return loaded.error();
    if (loaded->values.is_partial()) return {}; // a plugin could not judge them
    auto usable = dispatcher::check(sink, std::move(loaded->from), std::move(loaded->values));
    if (usable) return {};
    return {usable.error()};
}

result<void> engine::check(const engine_config& config, const std::vector<sink_config>& sinks) {
    for (const auto& sink : sinks)
        if (const auto found = find_mistakes(config, sink, reference_use::resolve); !found.empty())
            return std::unexpected{merged(found)};
    return {};
}

result<void> engine::run(const run_request& request, const std::function<void()>& before_abandon) {
    main_loop loop{request, before_abandon};
    return loop.run();
}

} // namespace walwire::engine
