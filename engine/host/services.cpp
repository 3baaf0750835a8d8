// See services.hpp.
#include "host/services.hpp"

#include "base/assert.hpp"
#include "base/printable.hpp"

#include <algorithm>
#include <cstring>

namespace walwire::engine {
namespace {

constexpr std::size_t text_bytes_max = 4096;

std::string cleaned(const char* text) {
    if (text == nullptr) return {};
    return printable({text, ::strnlen(text, text_bytes_max + 1)}, text_bytes_max);
}

log::level to_level(std::int32_t level) {
    if (level <= WALWIRE_LOG_DEBUG) return log::level::debug;
    if (level == WALWIRE_LOG_INFO) return log::level::info;
    if (level == WALWIRE_LOG_WARN) return log::level::warn;
    return log::level::error;
}

} // namespace

services::services(sink_settings settings, options values, sink_events& events)
    : settings_{std::move(settings)}, values_{std::move(values)}, events_{events},
      host_{make_table(*this)} {}

walwire_host services::make_table(services& self) {
    walwire_host table{};
    table.size = sizeof table;
    table.minor = WALWIRE_ABI_MINOR;
    table.data = &self;
    table.sink = self.settings_.name.c_str();
    table.dialect = self.settings_.dialect.c_str();
    table.content_type = self.settings_.content_type.c_str();
    table.terminator = self.settings_.terminator.c_str();
    table.ack = [](const walwire_host* host, std::uint64_t first, std::uint64_t last) {
        of(host).settle(range_kind::ack, first, last);
    };
    table.release = [](const walwire_host* host, std::uint64_t first, std::uint64_t last) {
        of(host).settle(range_kind::release, first, last);
    };
    table.set_error = [](const walwire_host* host, const char* text, std::uint32_t pause_ms) {
        of(host).set_error(text, pause_ms);
    };
    table.fail = [](const walwire_host* host, walwire_result result, const char* text,
                    std::uint32_t pause_ms) { of(host).fail(result, text, pause_ms); };
    table.log = [](const walwire_host* host, std::int32_t level, const char* text) {
        of(host).say(to_level(level), cleaned(text));
    };
    table.option = [](const walwire_host* host, const char* path) {
        return path == nullptr ? nullptr : of(host).values_.find(path);
    };
    table.option_count = [](const walwire_host* host, const char* path) {
        return path == nullptr ? std::size_t{0} : of(host).values_.count(path);
    };
    table.option_key = [](const walwire_host* host, const char* path, std::size_t at) {
        return path == nullptr ? nullptr : of(host).values_.key(path, at);
    };
    table.payload_id = [](const walwire_host* host, const walwire_batch* batch, std::size_t payload,
                          char* out, std::size_t size) {
        return of(host).payload_id(batch, payload, out, size);
    };
    // This host has no extensions yet, which NULL says.
    table.extension = [](const walwire_host*, const char*) -> const void* { return nullptr; };
    return table;
}

void services::enter(phase next) {
    const std::lock_guard lock{gate_};
    phase_ = next;
}

void services::set_origin(event_origin origin) {
    WALWIRE_ASSERT(phase_ == phase::idle); // payload_id() reads it without a lock
    settings_.origin = origin;
}

void services::note_delivered(std::uint64_t sequence) {
    const std::lock_guard lock{gate_};
    WALWIRE_ASSERT(sequence >= delivered_ && sequence > 0);
    delivered_ = sequence;
}

void services::begin_call() {
    WALWIRE_ASSERT(caller_.load() == std::thread::id{}); // never two calls at a time
    said_ = {};
    caller_ = std::this_thread::get_id();
}

services::call_error services::end_call() {
    caller_ = std::thread::id{};
    return std::exchange(said_, {});
}

void services::say(log::level level, std::string_view text) const { events_.on_log(level, text); }

void services::settle(range_kind kind, std::uint64_t first, std::uint64_t last) {
    const std::lock_guard lock{gate_};
    if (phase_ == phase::idle) return;
    if (first == 0 || first > last || last > delivered_) {
        const std::string what = kind == range_kind::ack ? "it acked" : "it released";
        const std::string why = what + " the batches " + std::to_string(first) + " to " +
                                std::to_string(last) + ", and the last one delivered is " +
                                std::to_string(delivered_);
        if (phase_ == phase::started) {
            events_.on_fail({verdict::fatal, why, {}, "plugin.bad_ack"});
        } else {
            say(log::level::warn, "in stop(): " + why);
        }
        return;
    }
    if (kind == range_kind::ack)
        events_.on_ack(first, last);
    else
        events_.on_release(first, last);
}

void services::set_error(const char* text, std::uint32_t retry_after_ms) {
    if (caller_.load() != std::this_thread::get_id()) {
        say(log::level::warn, "set_error() outside a call is ignored: " + cleaned(text));
        return;
    }
    said_ = {cleaned(text), retry_after_ms};
}

void services::fail(walwire_result result, const char* text, std::uint32_t retry_after_ms) {
    answer why{verdict::fatal, cleaned(text), std::chrono::milliseconds{retry_after_ms}};
    if (why.text.empty()) why.text = "it failed and gave no reason";
    const auto known = to_verdict(result);
    if (known && *known != verdict::ok) {
        why.result = *known;
    } else {
        why.text = "it failed with " + std::to_string(result) +
                   ", which is no walwire_result of a failure: " + why.text;
        why.id = "plugin.answer";
    }
    const std::lock_guard lock{gate_};
    if (phase_ == phase::started) events_.on_fail(std::move(why));
}

std::size_t services::payload_id(const walwire_batch* batch, std::size_t payload, char* out,
                                 std::size_t size) const {
    std::string id;
    if (batch != nullptr && payload < batch->payload_count) {
        id = event_id(settings_.origin, *batch->payloads[payload]);
    }
    if (out != nullptr && size > 0) {
        const std::size_t copied = std::min(id.size(), size - 1);
        std::memcpy(out, id.data(), copied);
        out[copied] = '\0';
    }
    return id.size();
}

std::optional<verdict> to_verdict(walwire_result result) {
    switch (result) {
    case WALWIRE_OK:
        return verdict::ok;
    case WALWIRE_RETRY:
        return verdict::retry;
    case WALWIRE_FATAL:
        return verdict::fatal;
    case WALWIRE_CLOSED:
        return verdict::closed;
    default:
        return std::nullopt;
    }
}

} // namespace walwire::engine
