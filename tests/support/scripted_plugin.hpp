// A real plugin library whose calls a test writes as functions and reads back as records. Where the
// library lies is said by the folder's extra.cmake.
#pragma once

#include "base/log.hpp"
#include "support/batches.hpp"
#include "support/eventually.hpp"
#include "unit/host/relay.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace walwire::tests {

struct delivery {
    std::uint64_t sequence = 0;
    std::uint32_t flags = 0;
    std::uint64_t flush_lsn = 0;
    std::vector<std::string> events;
    const char* first_payload = nullptr; // where its bytes lie

    bool is_redelivered() const { return (flags & WALWIRE_BATCH_REDELIVERED) != 0; }
};

// The plugin of one lane. What it does is set before the lane starts; it must outlive the lane.
class scripted_plugin {
public:
    scripted_plugin() {
        engine::log::set_level(engine::log::level::error);
        hooks_.create = [this](const walwire_host* host) {
            ++creates;
            created_on = std::this_thread::get_id();
            return host_ = host, true;
        };
        hooks_.destroy = [this](const walwire_host*) {
            ++destroys;
            destroyed_on = std::this_thread::get_id();
        };
        hooks_.start = [this](const walwire_host*) {
            note("start");
            is_interrupted_ = false; // of an earlier call that was back already
            return on_start ? on_start() : WALWIRE_OK;
        };
        hooks_.deliver = [this](const walwire_host*, const walwire_batch* batch) {
            note(*batch);
            return on_deliver ? on_deliver(*batch) : WALWIRE_OK;
        };
        hooks_.flush = [this](const walwire_host*) {
            note("flush");
            return on_flush ? on_flush() : WALWIRE_OK;
        };
        hooks_.stop = [this](const walwire_host*, std::uint32_t grace_ms) {
            note("stop");
            stop_grace_ms = grace_ms;
            if (on_stop) on_stop();
        };
        hooks_.interrupt = [this](const walwire_host*) {
            note("interrupt");
            if (on_interrupt) on_interrupt();
            is_interrupted_ = true;
        };
    }

    std::function<walwire_result()> on_start;
    std::function<walwire_result(const walwire_batch&)> on_deliver;
    std::function<walwire_result()> on_flush;
    std::function<void()> on_stop;
    std::function<void()> on_interrupt;

    // What was said beside the calls.
    std::atomic<int> creates = 0;
    std::atomic<int> destroys = 0;
    std::atomic<std::uint32_t> stop_grace_ms = 0;
    std::atomic<std::thread::id> created_on;
    std::atomic<std::thread::id> destroyed_on;

    static std::shared_ptr<const engine::library> library() {
        auto loaded = engine::load_library(WALWIRE_TEST_PLUGINS_DIR "/relay.so");
        if (!loaded) ADD_FAILURE() << engine::to_text(loaded.error());
        return loaded.value_or(nullptr);
    }
    engine::options options() const {
        const auto plugin = library();
        auto made = engine::options::check(plugin->name(), plugin->options(),
                                           {{"hooks", hooks_.address()}});
        if (!made) ADD_FAILURE() << engine::to_text(made.error().front());
        return made ? std::move(*made) : engine::options{};
    }

    // What a plugin says, from any thread.
    void ack(std::uint64_t first, std::uint64_t last) const { host_->ack(host_, first, last); }
    void release(std::uint64_t first, std::uint64_t last) const {
        host_->release(host_, first, last);
    }
    void fail(walwire_result result) const { host_->fail(host_, result, "as the test says", 0); }
    void set_error(const char* text) const { host_->set_error(host_, text, 0); }
    // In a call: blocks until interrupt(). False when that never came.
    bool wait_for_interrupt() {
        return eventually([this] { return is_interrupted_.exchange(false); });
    }

    std::vector<delivery> deliveries() const {
        const std::lock_guard lock{guard_};
        return deliveries_;
    }
    std::vector<std::string> calls() const {
        const std::lock_guard lock{guard_};
        return calls_;
    }
    std::size_t count(const std::string& call) const {
        return static_cast<std::size_t>(std::ranges::count(calls(), call));
    }
    // All events of all deliveries from the given one on.
    std::vector<std::string> events(std::size_t from = 0) const {
        std::vector<std::string> all;
        const auto made = deliveries();
        for (std::size_t i = from; i < made.size(); ++i)
            all.insert(all.end(), made[i].events.begin(), made[i].events.end());
        return all;
    }
    bool has_delivered(std::size_t batches) const {
        return eventually([&] { return deliveries().size() >= batches; });
    }
    bool has_called(const std::string& call, std::size_t times = 1) const {
        return eventually([&] { return count(call) >= times; });
    }

private:
    void note(std::string call) {
        const std::lock_guard lock{guard_};
        calls_.push_back(std::move(call));
    }
    void note(const walwire_batch& batch) {
        delivery made{.sequence = batch.sequence,
                      .flags = batch.flags,
                      .flush_lsn = batch.flush_lsn,
                      .events = briefs(batch)};
        if (batch.payload_count > 0) made.first_payload = batch.payloads[0]->data.data;
        const std::lock_guard lock{guard_};
        calls_.push_back("deliver " + std::to_string(batch.sequence));
        deliveries_.push_back(std::move(made));
    }

    engine::script hooks_;
    const walwire_host* host_ = nullptr;
    std::atomic<bool> is_interrupted_ = false;
    mutable std::mutex guard_;
    std::vector<std::string> calls_;
    std::vector<delivery> deliveries_;
};

} // namespace walwire::tests
