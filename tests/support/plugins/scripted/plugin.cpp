// The table of the plugin `scripted`: its options, and one guard per function, since nothing may
// be thrown across the border.
#include "scripted.hpp"

#include <exception>

using walwire::scripted::scripted;

namespace {

constexpr walwire_option option(const char* name, const char* fallback, const char* doc,
                                std::uint32_t kind) {
    return {name, fallback, doc, kind, 0, nullptr, 0};
}

constexpr walwire_option options[] = {
    option("mode",
           "ok|cumulative|ack_late|never_ack|release|manual|slow|retry|fatal|closed|hang|hang_deaf|"
           "bad_ack",
           "How deliver() behaves.", WALWIRE_OPTION_CHOICE),
    option("after", "0", "That many delivers are answered as mode ok first.",
           WALWIRE_OPTION_INTEGER),
    option("count", "0", "The mode holds for that many delivers; 0: for ever.",
           WALWIRE_OPTION_INTEGER),
    option("sleep", "0s", "How long mode slow sleeps in each deliver.", WALWIRE_OPTION_DURATION),
    option("stop", "0s", "How long stop() takes, whatever it is told.", WALWIRE_OPTION_DURATION),
    option("file", nullptr, "Appends the payloads that were taken.", WALWIRE_OPTION_STRING),
    option("journal", nullptr, "Appends one JSON line per call.", WALWIRE_OPTION_STRING),
    option("commands", nullptr,
           "A file of lines to obey: ack A B, release A B, fail retry|fatal|closed, open.",
           WALWIRE_OPTION_STRING),
};

template <class Call> walwire_result guard(const walwire_host* host, Call&& call) noexcept {
    try {
        return call();
    } catch (const std::exception& e) {
        host->log(host, WALWIRE_LOG_ERROR, e.what());
        return WALWIRE_FATAL;
    }
}

struct instance {
    const walwire_host* host;
    scripted sink;
};

instance& self(void* p) { return *static_cast<instance*>(p); }

void* create(const walwire_host* host) noexcept {
    instance* made = nullptr;
    guard(host, [&] {
        made = new instance{host, scripted{host}};
        return WALWIRE_OK;
    });
    return made;
}
void destroy(void* p) noexcept { delete &self(p); }
walwire_result start(void* p) noexcept {
    return guard(self(p).host, [&] { return self(p).sink.start(); });
}
walwire_result deliver(void* p, const walwire_batch* batch) noexcept {
    return guard(self(p).host, [&] { return self(p).sink.deliver(*batch); });
}
walwire_result flush(void* p) noexcept {
    return guard(self(p).host, [&] { return self(p).sink.flush(); });
}
void stop(void* p, std::uint32_t grace_ms) noexcept {
    guard(self(p).host, [&] {
        self(p).sink.stop(grace_ms);
        return WALWIRE_OK;
    });
}
void interrupt(void* p) noexcept {
    guard(self(p).host, [&] {
        self(p).sink.interrupt();
        return WALWIRE_OK;
    });
}

constexpr walwire_plugin make_plugin() {
    walwire_plugin p{};
    p.size = sizeof p;
    p.name = "scripted";
    p.version = "1.0.0";
    p.summary = "A sink for tests whose faults are options.";
    p.options = options;
    p.option_count = sizeof options / sizeof options[0];
    p.create = create;
    p.destroy = destroy;
    p.start = start;
    p.deliver = deliver;
    p.flush = flush;
    p.stop = stop;
    p.interrupt = interrupt;
    return p;
}

} // namespace

constinit const walwire_plugin walwire_plugin_v1 = make_plugin();
