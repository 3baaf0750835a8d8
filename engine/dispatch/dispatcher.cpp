#include "dispatch/dispatcher.hpp"

#include "host/sink.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace walwire::engine {

namespace {

std::unexpected<failure> unknown(const sink_config& config, std::string_view what,
                                 std::string_view value, std::string help) {
    return std::unexpected{failure{
        .code = failure_code::config,
        .id = "config.choice",
        .message = fmt::format("sink \"{}\": unknown {} \"{}\"", config.name, what, value),
        .help = std::move(help),
    }};
}

result<view_config> make_view_config(const sink_config& config, const library& from) {
    view_config made;
    made.tables = config.tables;
    made.within = config.within;
    made.transactions = config.transactions || from.wants_transactions();
    made.payloads = from.wants_payloads();
    const auto format = parse_dialect(config.format);
    if (!format) return unknown(config, "format", config.format, "one of: json, text");
    made.encoding = {.format = *format, .numbers_as_strings = config.numbers_as_strings};
    if (!config.operations.empty()) made.operations = 0;
    for (const auto& name : config.operations) {
        const auto operation = parse_operation(name);
        if (operation == 0)
            return unknown(config, "operation", name,
                           "any of: insert, update, delete, truncate, message, snapshot, schema");
        made.operations |= operation;
    }
    return made;
}

// Of an instance that is only to check its options.
class nobody final : public sink_events {
    void on_ack(std::uint64_t, std::uint64_t) override {}
    void on_release(std::uint64_t, std::uint64_t) override {}
    void on_fail(answer) override {}
    void on_log(log::level, std::string_view) override {}
};

} // namespace

result<void> dispatcher::check(const sink_config& config, std::shared_ptr<const library> from,
                               options values) {
    auto seen = make_view_config(config, *from);
    if (!seen) return std::unexpected{seen.error()};
    nobody listening;
    const auto made =
        sink::create(std::move(from), lane::settings_of(config, view{*std::move(seen)}),
                     std::move(values), listening);
    if (!made) return std::unexpected{made.error()};
    return {};
}

std::shared_ptr<view> dispatcher::share_view(view_config config) {
    for (const auto& known : views_)
        if (known->config() == config) return known;
    return views_.emplace_back(std::make_shared<view>(std::move(config)));
}

result<lane*> dispatcher::add(const sink_config& config, std::shared_ptr<const library> from,
                              options values, lane_hooks hooks) {
    auto seen = make_view_config(config, *from);
    if (!seen) return std::unexpected{seen.error()};
    auto limits = limits_;
    if (config.window_bytes) limits.window_bytes = *config.window_bytes;
    auto made =
        std::make_unique<lane>(config, limits, share_view(*std::move(seen)), std::move(hooks));
    if (auto opened = made->open(std::move(from), std::move(values)); !opened)
        return std::unexpected{opened.error()};
    return lanes_.emplace_back(std::move(made)).get();
}

bool dispatcher::has_room() const {
    if (!budget_->has_room()) return false;
    return std::ranges::all_of(
        lanes_, [](const auto& one) { return one->has_room() || one->end() != lane_end::running; });
}

void dispatcher::dispatch(const std::shared_ptr<const batch>& ready) {
    for (const auto& seen : views_) {
        auto content = std::make_shared<viewed_batch>(ready, seen);
        for (const auto& one : lanes_)
            if (one->through() == seen) one->push(content);
    }
}

void dispatcher::mark(lsn flush_lsn) {
    for (const auto& one : lanes_) one->mark(flush_lsn);
}

void dispatcher::finish() {
    for (const auto& one : lanes_) one->drain(lane::no_deadline);
}

void dispatcher::rewound() {
    for (const auto& one : lanes_) one->rewound();
}

} // namespace walwire::engine
