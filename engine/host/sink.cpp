// See sink.hpp.
#include "host/sink.hpp"

#include "base/assert.hpp"
#include "host/services.hpp"

#include <algorithm>
#include <limits>
#include <walwire/abi.h>

namespace walwire::engine {
namespace {

failure refused(const sink_settings& settings, const library& from, std::string text,
                const options& values) {
    if (text.empty()) text = "it gave no reason";
    std::string message = "sink " + settings.name + ": ";
    if (const auto option = values.named_in(text)) {
        message += "the plugin " + from.name() + " refuses its option " + text;
        return {failure_code::config, "plugin.create", std::move(message),
                "change the value of " + *option, *option};
    }
    message += "the plugin " + from.name() + " cannot be used: " + text;
    return {failure_code::plugin, "plugin.create", std::move(message), {}};
}

} // namespace

std::string_view to_string(verdict of) {
    switch (of) {
    case verdict::ok:
        return "ok";
    case verdict::retry:
        return "retry";
    case verdict::fatal:
        return "fatal";
    case verdict::closed:
        return "closed";
    }
    return "unknown";
}

sink::sink(std::shared_ptr<const library> from, std::unique_ptr<services> up)
    : library_{std::move(from)}, services_{std::move(up)} {}

result<std::unique_ptr<sink>> sink::create(std::shared_ptr<const library> from,
                                           sink_settings settings, options values,
                                           sink_events& events) {
    const library& plugin = *from;
    auto up = std::make_unique<services>(settings, std::move(values), events);
    std::unique_ptr<sink> made{new sink{std::move(from), std::move(up)}};
    services& talk = *made->services_;
    talk.begin_call();
    made->self_ = plugin.table().create(talk.host());
    auto said = talk.end_call();
    if (made->self_ == nullptr) {
        return std::unexpected(refused(settings, plugin, std::move(said.text), talk.values()));
    }
    return made;
}

sink::~sink() {
    WALWIRE_ASSERT(services_->current() == services::phase::idle);
    const auto destroy = library_->table().destroy;
    if (self_ != nullptr && destroy != nullptr) destroy(self_);
}

const std::string& sink::name() const { return services_->name(); }

bool sink::has_interrupt() const { return library_->table().interrupt != nullptr; }

void sink::set_origin(event_origin origin) { services_->set_origin(origin); }

template <class Call> answer sink::ask(const char* what, Call&& call) {
    services_->begin_call();
    const walwire_result number = call();
    auto said = services_->end_call();
    const auto known = to_verdict(number);
    if (known == verdict::ok) return {};
    answer given{known.value_or(verdict::fatal), std::move(said.text),
                 std::chrono::milliseconds{said.retry_after_ms}};
    if (!known) {
        const std::string why = given.text.empty() ? "" : ": " + given.text;
        given.text = std::string{what} + "() answered " + std::to_string(number) +
                     ", which is no walwire_result" + why;
        given.id = "plugin.answer";
    } else if (given.text.empty()) {
        given.text = std::string{what} + "() gave no reason";
    }
    return given;
}

answer sink::start() {
    WALWIRE_ASSERT(services_->current() == services::phase::idle);
    // Before the call, because threads that it makes may fail or log at once.
    services_->enter(services::phase::started);
    const auto call = library_->table().start;
    if (call == nullptr) return {};
    answer given = ask("start", [&] { return call(self_); });
    if (given.result != verdict::ok) services_->enter(services::phase::idle);
    return given;
}

answer sink::deliver(const walwire_batch& batch) {
    WALWIRE_ASSERT(services_->current() == services::phase::started);
    services_->note_delivered(batch.sequence);
    return ask("deliver", [&] { return library_->table().deliver(self_, &batch); });
}

answer sink::flush() {
    WALWIRE_ASSERT(services_->current() == services::phase::started);
    const auto call = library_->table().flush;
    if (call == nullptr) return {};
    return ask("flush", [&] { return call(self_); });
}

void sink::stop(std::chrono::milliseconds grace) {
    WALWIRE_ASSERT(services_->current() == services::phase::started);
    services_->enter(services::phase::stopping);
    if (const auto call = library_->table().stop; call != nullptr) {
        constexpr std::int64_t most = std::numeric_limits<std::uint32_t>::max();
        const auto grace_ms =
            static_cast<std::uint32_t>(std::clamp<std::int64_t>(grace.count(), 0, most));
        services_->begin_call();
        call(self_, grace_ms);
        const auto said = services_->end_call();
        // stop() has no answer, and its troubles are still worth a line.
        if (!said.text.empty()) services_->say(log::level::warn, "stop(): " + said.text);
    }
    services_->enter(services::phase::idle);
}

void sink::interrupt() {
    if (const auto call = library_->table().interrupt; call != nullptr) call(self_);
}

} // namespace walwire::engine
