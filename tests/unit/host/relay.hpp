// A sink made of the plugin `relay`, and a receiver that remembers its events.
#pragma once

#include "host/library.hpp"
#include "host/sink.hpp"
#include "plugins/relay.h"

#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace walwire::engine {

// Any thread.
class recorded_events : public sink_events {
public:
    using range = std::pair<std::uint64_t, std::uint64_t>;

    void on_ack(std::uint64_t first, std::uint64_t last) override {
        const std::lock_guard lock{guard_};
        acks.emplace_back(first, last);
    }
    void on_release(std::uint64_t first, std::uint64_t last) override {
        const std::lock_guard lock{guard_};
        releases.emplace_back(first, last);
    }
    void on_fail(answer why) override {
        const std::lock_guard lock{guard_};
        fails.push_back(std::move(why));
    }
    void on_log(log::level level, std::string_view text) override {
        const std::lock_guard lock{guard_};
        lines.emplace_back(level, text);
    }

    // Read when no other thread is at work.
    std::vector<range> acks;
    std::vector<range> releases;
    std::vector<answer> fails;
    std::vector<std::pair<log::level, std::string>> lines;

private:
    std::mutex guard_;
};

// What the plugin does in each call, as functions of a test. Must outlive the sink.
struct script {
    std::function<bool(const walwire_host*)> create;
    std::function<void(const walwire_host*)> destroy;
    std::function<walwire_result(const walwire_host*)> start;
    std::function<walwire_result(const walwire_host*, const walwire_batch*)> deliver;
    std::function<walwire_result(const walwire_host*)> flush;
    std::function<void(const walwire_host*, std::uint32_t)> stop;
    std::function<void(const walwire_host*)> interrupt;

    script() = default;
    script(const script&) = delete;
    script& operator=(const script&) = delete;

    std::string address() const {
        return std::to_string(reinterpret_cast<std::uintptr_t>(&hooks_));
    }

private:
    static script& of(void* user) { return *static_cast<script*>(user); }

    relay_hooks hooks_{
        .user = this,
        .create = [](void* user, const walwire_host* host) -> int {
            return of(user).create ? of(user).create(host) : 1;
        },
        .destroy =
            [](void* user, const walwire_host* host) {
                if (of(user).destroy) of(user).destroy(host);
            },
        .start = [](void* user, const walwire_host* host) -> walwire_result {
            return of(user).start ? of(user).start(host) : WALWIRE_OK;
        },
        .deliver = [](void* user, const walwire_host* host,
                      const walwire_batch* batch) -> walwire_result {
            return of(user).deliver ? of(user).deliver(host, batch) : WALWIRE_OK;
        },
        .flush = [](void* user, const walwire_host* host) -> walwire_result {
            return of(user).flush ? of(user).flush(host) : WALWIRE_OK;
        },
        .stop =
            [](void* user, const walwire_host* host, std::uint32_t grace_ms) {
                if (of(user).stop) of(user).stop(host, grace_ms);
            },
        .interrupt =
            [](void* user, const walwire_host* host) {
                if (of(user).interrupt) of(user).interrupt(host);
            },
    };
};

inline std::shared_ptr<const library> load_test_plugin(const std::string& name) {
    auto loaded = load_library(WALWIRE_TEST_PLUGINS_DIR "/" + name + ".so");
    if (!loaded) ADD_FAILURE() << to_text(loaded.error());
    return loaded.value_or(nullptr);
}

inline result<std::unique_ptr<sink>> make_relay(const script& doing, sink_events& events,
                                                option_settings settings = {}) {
    const auto plugin = load_test_plugin("relay");
    settings.emplace_back("hooks", doing.address());
    auto values = options::check(plugin->name(), plugin->options(), settings);
    if (!values) return std::unexpected(values.error().front());
    return sink::create(plugin, {"orders", "json", "application/x-ndjson", "\n", {}},
                        std::move(*values), events);
}

inline walwire_batch batch_of(std::uint64_t sequence) {
    walwire_batch batch{};
    batch.size = sizeof batch;
    batch.sequence = sequence;
    return batch;
}

// A test with one scripted sink and its events.
class relay_test : public testing::Test {
protected:
    std::unique_ptr<sink> make(option_settings settings = {}) {
        auto made = make_relay(doing, events, std::move(settings));
        if (!made) ADD_FAILURE() << to_text(made.error());
        return made ? std::move(*made) : nullptr;
    }
    std::unique_ptr<sink> started() {
        auto made = make();
        EXPECT_EQ(made->start().result, verdict::ok);
        return made;
    }
    recorded_events events;
    script doing;
};

} // namespace walwire::engine
