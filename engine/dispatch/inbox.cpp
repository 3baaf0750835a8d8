#include "dispatch/inbox.hpp"

#include <algorithm>
#include <utility>

namespace walwire::engine {

std::optional<std::size_t> inbox::push(std::shared_ptr<viewed_batch> content) {
    if (is_refusing_) return std::nullopt;
    const auto events = content->source().events();
    const auto bytes = content->source().bytes();
    lane_item item{.content = std::move(content), .queued_bytes = bytes};
    if (!events.empty()) {
        const auto last = to_position(events.back().position);
        item.skip_through = skip_through_;
        if (skip_through_ && last > *skip_through_) skip_through_.reset();
        pushed_through_ = pushed_through_ ? std::max(*pushed_through_, last) : last;
    }
    if (queued_events_ == 0) queued_since_ = clock::now();
    queued_events_ += events.size();
    items_.push_back(std::move(item));
    return bytes;
}

// Markers gather while nothing is cut; the last of a run says all that the others did.
void inbox::mark(lsn flush_lsn) {
    if (is_refusing_) return;
    if (!items_.empty() && !items_.back().content)
        items_.back().flush_lsn = std::max(items_.back().flush_lsn, flush_lsn);
    else
        items_.push_back({.flush_lsn = flush_lsn});
}

void inbox::move_to(cutter& queue) {
    for (auto& item : items_) queue.push(std::move(item));
    items_.clear();
}

void inbox::cut_off(std::size_t events) {
    queued_events_ -= events;
    queued_since_ = clock::now();
}

void inbox::refuse(std::optional<position> settled) {
    items_.clear();
    queued_events_ = 0;
    pushed_through_ = settled;
    is_refusing_ = true;
}

void inbox::rewound() {
    is_refusing_ = false;
    skip_through_ = pushed_through_;
}

} // namespace walwire::engine
