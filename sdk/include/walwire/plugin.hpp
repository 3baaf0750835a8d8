// walwire/plugin.hpp - the same contract for C++20, header-only. Only abi.h crosses the boundary.
//
// A sink is a class that derives from walwire::sink and has deliver(walwire::batch). It may have
// start(), flush(), stop(milliseconds), interrupt(), and the constants options and flags. Returning
// means OK; to answer otherwise, throw walwire::retry, fatal or closed. Any other exception is
// RETRY with its text; from stop(), which has no answer, it is logged.
#pragma once

#include <walwire/abi.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <iterator>
#include <limits>
#include <optional>
#include <ranges>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

inline std::strong_ordering operator<=>(const walwire_position& a, const walwire_position& b) {
    if (auto order = a.lsn <=> b.lsn; order != 0) return order;
    if (auto order = a.phase <=> b.phase; order != 0) return order;
    return a.index <=> b.index;
}
inline bool operator==(const walwire_position& a, const walwire_position& b) {
    return a <=> b == 0;
}

namespace walwire {

using std::chrono::milliseconds;
using position = walwire_position;

inline std::string_view view(walwire_str s) {
    return s.size ? std::string_view{s.data, s.size} : std::string_view{};
}
inline std::string_view schema_of(const walwire_relation* r) { return r ? view(r->schema) : ""; }
inline std::string_view table_of(const walwire_relation* r) { return r ? view(r->table) : ""; }
inline walwire_str str(std::string_view s) { return {s.data(), s.size()}; }

// ---- answers -----------------------------------------------------------------------------------

struct failure : std::runtime_error {
    failure(walwire_result r, const std::string& text, milliseconds pause)
        : runtime_error{text}, result{r}, retry_after{pause} {}
    // Clamped: a plain cast would turn -1 into 49 days.
    std::uint32_t pause_ms() const {
        constexpr std::int64_t longest = std::numeric_limits<std::uint32_t>::max();
        return static_cast<std::uint32_t>(
            std::clamp<std::int64_t>(retry_after.count(), 0, longest));
    }
    walwire_result result;
    milliseconds retry_after;
};
struct retry : failure {
    explicit retry(const std::string& text, milliseconds after = {})
        : failure{WALWIRE_RETRY, text, after} {}
};
struct fatal : failure {
    explicit fatal(const std::string& text) : failure{WALWIRE_FATAL, text, {}} {}
};
struct closed : failure {
    closed() : failure{WALWIRE_CLOSED, "closed by the reader", {}} {}
};

// ---- data: views, as long-lived as the batch ---------------------------------------------------

// One image of a row, by column name. text() is empty for null, unchanged, absent and unknown.
class row {
public:
    row(const walwire_relation* relation, const walwire_value* values)
        : relation_{relation}, values_{values} {}
    explicit operator bool() const { return values_ != nullptr; }
    const walwire_value* find(std::string_view column) const {
        if (relation_ && values_)
            for (std::size_t i = 0; i < relation_->column_count; ++i)
                if (view(relation_->columns[i]->name) == column) return &values_[i];
        return nullptr;
    }
    std::optional<std::string_view> text(std::string_view column) const {
        const auto* value = find(column);
        if (!value || value->state != WALWIRE_VALUE_TEXT) return std::nullopt;
        return view(value->data);
    }
    template <class Number> std::optional<Number> number(std::string_view column) const {
        Number result{};
        const auto digits = text(column);
        if (!digits) return std::nullopt;
        const char* end = digits->data() + digits->size();
        const auto [stop, error] = std::from_chars(digits->data(), end, result);
        return error == std::errc{} && stop == end ? std::optional{result} : std::nullopt;
    }

private:
    const walwire_relation* relation_;
    const walwire_value* values_;
};

struct event {
    const walwire_event* raw;
    const walwire_event* operator->() const { return raw; }
    row before() const { return {raw->relation, raw->before}; }
    row after() const { return {raw->relation, raw->after}; }
    std::string_view schema() const { return schema_of(raw->relation); }
    std::string_view table() const { return table_of(raw->relation); }
};

struct payload {
    const walwire_payload* raw;
    const walwire_host* host;
    const walwire_batch* batch;
    std::size_t number;
    const walwire_payload* operator->() const { return raw; }
    std::string_view data() const { return view(raw->data); }
    std::string_view key() const { return view(raw->key); }
    std::string_view schema() const { return schema_of(raw->relation); }
    std::string_view table() const { return table_of(raw->relation); }
    std::string id() const {
        char text[96];
        return {text, host->payload_id(host, batch, number, text, sizeof text)};
    }
};

struct batch {
    const walwire_batch* raw;
    const walwire_host* host;
    const walwire_batch* operator->() const { return raw; }
    std::span<const walwire_str> runs() const { return {raw->runs, raw->run_count}; }
    auto events() const {
        return std::span{raw->events, raw->event_count} |
               std::views::transform([](const walwire_event* e) { return event{e}; });
    }
    auto payloads() const {
        const auto at = [b = *this](std::size_t i) {
            return payload{b.raw->payloads[i], b.host, b.raw, i};
        };
        return std::views::iota(std::size_t{0}, raw->payload_count) | std::views::transform(at);
    }
};

// ---- the host, seen from a sink ----------------------------------------------------------------

class sink {
public:
    explicit sink(const walwire_host* host) : host_{host} {}
    sink(const sink&) = delete;
    sink& operator=(const sink&) = delete;

protected:
    const walwire_host* host() const { return host_; }
    void ack(batch b) const { ack(b->sequence, b->sequence); }
    void ack(std::uint64_t first, std::uint64_t last) const { host_->ack(host_, first, last); }
    void release(batch b) const { host_->release(host_, b->sequence, b->sequence); }
    void fail(const failure& why) const {
        host_->fail(host_, why.result, why.what(), why.pause_ms());
    }
    void log(std::int32_t level, const std::string& text) const {
        host_->log(host_, level, text.c_str());
    }
    std::string option(const char* path) const { // empty when unset
        const char* text = host_->option(host_, path);
        return text ? text : "";
    }
    template <std::integral Number> Number number(const char* path) const { // validated by the host
        const auto text = option(path);
        Number result{};
        std::from_chars(text.data(), text.data() + text.size(), result);
        return result;
    }
    bool flag(const char* path) const { return option(path) == "true"; }
    template <class Table> const Table* extension(const char* id) const {
        return static_cast<const Table*>(host_->extension(host_, id));
    }
    template <class Table> const Table& require(const char* id) const {
        if (const auto* table = extension<Table>(id)) return *table;
        throw fatal{std::string{"this host has no "} + id};
    }

private:
    const walwire_host* host_;
};

constexpr walwire_option option(std::uint32_t kind, const char* name, const char* fallback,
                                const char* doc, std::uint32_t flags = 0) {
    return {name, fallback, doc, kind, flags, nullptr, 0};
}

// ---- the table ---------------------------------------------------------------------------------

namespace detail {

// Whether a sink has a member of that name, whatever it is: then the name is ambiguous here.
struct host_names {
    int start, flush, stop, interrupt;
};
template <class Sink> struct probe : Sink, host_names {};
template <class Sink>
concept has_start = !requires { &probe<Sink>::start; };
template <class Sink>
concept has_flush = !requires { &probe<Sink>::flush; };
template <class Sink>
concept has_stop = !requires { &probe<Sink>::stop; };
template <class Sink>
concept has_interrupt = !requires { &probe<Sink>::interrupt; };

template <class Sink> struct instance {
    const walwire_host* host;
    Sink sink;
    explicit instance(const walwire_host* h) : host{h}, sink{h} {}
};

template <class Call> walwire_result guard(const walwire_host* host, Call&& call) noexcept {
    try {
        call();
        return WALWIRE_OK;
    } catch (const failure& e) {
        host->set_error(host, e.what(), e.pause_ms());
        return e.result;
    } catch (const std::exception& e) {
        host->set_error(host, e.what(), 0);
    } catch (...) {
        host->set_error(host, "unknown exception", 0);
    }
    return WALWIRE_RETRY;
}

// For calls without an answer: there set_error() would explain nothing, or the next call's answer.
template <class Call>
void logged(const walwire_host* host, const char* threw, Call&& call) noexcept {
    try {
        call();
    } catch (const std::exception& e) {
        host->log(host, WALWIRE_LOG_ERROR, threw);
        host->log(host, WALWIRE_LOG_ERROR, e.what());
    } catch (...) {
        host->log(host, WALWIRE_LOG_ERROR, threw);
    }
}

template <class Sink> struct table {
    using self_type = instance<Sink>;
    static self_type& self(void* p) { return *static_cast<self_type*>(p); }

    static void* create(const walwire_host* host) noexcept {
        self_type* made = nullptr;
        guard(host, [&] { made = new self_type{host}; });
        return made;
    }
    static void destroy(void* p) noexcept { delete &self(p); }
    static walwire_result start(void* p) noexcept {
        return guard(self(p).host, [&] { self(p).sink.start(); });
    }
    static walwire_result deliver(void* p, const walwire_batch* raw) noexcept {
        return guard(self(p).host, [&] { self(p).sink.deliver(batch{raw, self(p).host}); });
    }
    static walwire_result flush(void* p) noexcept {
        return guard(self(p).host, [&] { self(p).sink.flush(); });
    }
    static void stop(void* p, std::uint32_t grace_ms) noexcept {
        logged(self(p).host, "stop() threw", [&] { self(p).sink.stop(milliseconds{grace_ms}); });
    }
    static void interrupt(void* p) noexcept {
        logged(self(p).host, "interrupt() threw", [&] { self(p).sink.interrupt(); });
    }
    static constexpr walwire_plugin make(const char* name, const char* version,
                                         const char* summary) {
        walwire_plugin p{};
        p.size = sizeof p;
        p.name = name;
        p.version = version;
        p.summary = summary;
        if constexpr (requires { Sink::flags; }) p.flags = Sink::flags;
        if constexpr (requires { Sink::options; }) {
            p.options = std::data(Sink::options);
            p.option_count = std::size(Sink::options);
        }
        p.create = create;
        p.destroy = destroy;
        p.deliver = deliver;
        // A member of that name is meant for the host: private, overloaded or with a wrong
        // signature it does not compile.
        if constexpr (has_start<Sink>) p.start = start;
        if constexpr (has_flush<Sink>) p.flush = flush;
        if constexpr (has_stop<Sink>) p.stop = stop;
        if constexpr (has_interrupt<Sink>) p.interrupt = interrupt;
        return p;
    }
};

} // namespace detail
} // namespace walwire

#define WALWIRE_PLUGIN(type, name, version, summary)                                               \
    constinit const walwire_plugin walwire_plugin_v1 =                                             \
        walwire::detail::table<type>::make(name, version, summary);
