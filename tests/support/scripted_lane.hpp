// One lane with a scripted plugin behind it, for tests that play the source and main.
// Needs WALWIRE_TEST_PLUGINS_DIR as scripted_plugin.hpp does.
#pragma once

#include "config/settings.hpp"
#include "dispatch/lane.hpp"
#include "support/cuts.hpp"
#include "support/scripted_plugin.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace walwire::tests {

inline engine::sink_config quick_config(std::string name = "test") {
    engine::sink_config config;
    config.name = std::move(name);
    config.retry = {.pause_min = 1ms, .pause_max = 5ms};
    return config;
}
constexpr engine::lane_limits roomy{.budget_bytes = 1 << 24, .window_bytes = 1 << 23};

// One lane with its plugin, a view of rows alone, and a source that the test plays.
class scripted_lane {
public:
    explicit scripted_lane(engine::sink_config config = quick_config(),
                           engine::lane_limits limits = roomy,
                           engine::view_config seen = rows_alone())
        : view_{std::make_shared<engine::view>(std::move(seen))} {
        engine::lane_hooks hooks;
        hooks.on_room = [this] {
            ++rooms;
            if (on_room) on_room();
        };
        hooks.on_rewind = [this] { ++rewinds; };
        hooks.on_interrupt = [this] { is_interrupt_wanted_ = true; };
        hooks.on_last_call = [this](auto) { ++last_calls; };
        hooks.on_end = [this] { ++ends; };
        lane_ = std::make_unique<engine::lane>(config, limits, view_, std::move(hooks));
        source.table(1);
    }
    ~scripted_lane() {
        lane_->stop_now();
        if (is_started_) until([this] { return lane_->end() != engine::lane_end::running; });
    }

    void start(position redelivered_through = {}) {
        const auto opened = lane_->open(scripted_plugin::library(), plugin.options());
        if (!opened) FAIL() << engine::to_text(opened.error());
        is_started_ = true;
        lane_->start({.system_identifier = 1, .timeline = 1}, redelivered_through);
    }
    engine::lane* operator->() { return lane_.get(); }
    std::uint64_t flush() const { return lane_->flush_lsn().value; }

    // As eventually(), while this thread also does what main does: call interrupt_call().
    bool until(const std::function<bool()>& is_true) {
        return eventually([&] {
            if (is_interrupt_wanted_.exchange(false)) {
                lane_->interrupt_call();
                ++interrupt_calls;
            }
            return is_true();
        });
    }
    bool has_ended(engine::lane_end how) {
        return until([&] { return lane_->end() != engine::lane_end::running && ends == 1; }) &&
               lane_->end() == how;
    }

    void push(std::shared_ptr<const engine::batch> made) {
        lane_->push(std::make_shared<engine::viewed_batch>(std::move(made), view_));
    }
    // A batch of one transaction of table 1, "insert <commit_lsn>.1" ..., that ends 8 behind.
    void push(std::uint64_t commit_lsn, std::size_t rows = 1) {
        source.transaction(commit_lsn, rows);
        push(source.seal());
    }

    scripted_plugin plugin;
    test_stream source;
    std::function<void()> on_room; // set before start()
    std::atomic<int> rooms = 0;
    std::atomic<int> rewinds = 0;
    std::atomic<int> last_calls = 0; // stop() and destroy()
    std::atomic<int> ends = 0;
    std::atomic<int> interrupt_calls = 0;

private:
    std::shared_ptr<engine::view> view_;
    std::atomic<bool> is_interrupt_wanted_ = false;
    bool is_started_ = false;
    std::unique_ptr<engine::lane> lane_;
};

} // namespace walwire::tests
