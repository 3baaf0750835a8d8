#include "dispatch/window.hpp"

#include "base/assert.hpp"

#include <algorithm>
#include <utility>

namespace walwire::engine {

void window::add(std::shared_ptr<const lane_batch> batch) {
    WALWIRE_ASSERT(batch->sequence() == last_sequence_ + 1);
    last_sequence_ = batch->sequence();
    if (entries_.size() >= coarsen_at_) {
        coarsen();
        coarsen_at_ = std::max(entries_max, 2 * entries_.size());
    }
    entries_.push_back(
        {last_sequence_, batch->last_position(), batch->flush_lsn(), batch->counted()});
    held_bytes_ += batch->bytes();
    held_.emplace(last_sequence_, std::move(batch));
}

void window::mark(lsn flush_lsn) {
    auto& allowed = entries_.empty() ? flush_lsn_ : entries_.back().flush_lsn;
    allowed = std::max(allowed, flush_lsn);
}

window::freed window::ack(std::uint64_t first, std::uint64_t last) {
    WALWIRE_ASSERT(first <= last && last <= last_sequence_);
    freed gone;
    if (last < first_sequence_) return gone;
    first = std::max(first, first_sequence_);
    acked_.add(first, last);
    let_go(first, last, gone);
    settle();
    return gone;
}

window::freed window::release(std::uint64_t first, std::uint64_t last) {
    WALWIRE_ASSERT(first <= last && last <= last_sequence_);
    freed gone;
    if (last >= first_sequence_) let_go(std::max(first, first_sequence_), last, gone);
    return gone;
}

void window::let_go(std::uint64_t first, std::uint64_t last, freed& gone) {
    const auto begin = held_.lower_bound(first);
    auto end = begin;
    for (; end != held_.end() && end->first <= last; ++end) {
        held_bytes_ -= end->second->bytes();
        gone.push_back(std::move(end->second));
    }
    held_.erase(begin, end);
}

void window::settle() {
    while (!entries_.empty() && entries_.front().sequence <= acked_.contiguous()) {
        settled_ = entries_.front().last;
        flush_lsn_ = std::max(flush_lsn_, entries_.front().flush_lsn);
        entries_.pop_front();
    }
}

// An entry that is dropped is settled with the one behind it, whose position and flush are higher;
// a flush of its own it hands on, unless the one behind has a later one.
void window::coarsen() {
    std::deque<entry> kept;
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        const bool is_droppable =
            i % 2 == 0 && i + 1 < entries_.size() && !held_.contains(entries_[i].sequence);
        if (is_droppable) {
            auto& behind = entries_[i + 1].flush_lsn;
            behind = std::max(behind, entries_[i].flush_lsn);
            entries_[i + 1].counted += entries_[i].counted;
            is_coarse_ = true;
        } else {
            kept.push_back(entries_[i]);
        }
    }
    entries_ = std::move(kept);
}

// Acked batches beyond a hole are not given again: a marker stands where they stood.
std::optional<std::vector<lane_item>> window::held_again() const {
    // An entry may stand for dropped ones too, and those were released.
    if (is_coarse_ && !entries_.empty()) return std::nullopt;
    std::vector<lane_item> again;
    for (const auto& open : entries_) {
        const auto held = held_.find(open.sequence);
        if (held != held_.end()) {
            for (const auto& part : held->second->origin().slices)
                again.push_back({.content = part.content,
                                 .first_event = part.first_event,
                                 .event_end = part.first_event + part.event_count});
        } else if (!acked_.contains(open.sequence)) {
            return std::nullopt;
        }
        if (open.flush_lsn) again.push_back({.flush_lsn = open.flush_lsn});
    }
    return again;
}

window::unsettled window::restart() {
    unsettled left{.items = held_again()};
    for (const auto& open : entries_)
        if (!left.items || held_.contains(open.sequence)) left.counted += open.counted;
    entries_.clear();
    held_.clear();
    held_bytes_ = 0;
    first_sequence_ = last_sequence_ + 1;
    acked_ = interval_set{last_sequence_};
    is_coarse_ = false;
    return left;
}

void window::renumber(std::uint64_t last_sequence) {
    WALWIRE_ASSERT(entries_.empty() && held_.empty());
    last_sequence_ = last_sequence;
    first_sequence_ = last_sequence_ + 1;
    acked_ = interval_set{last_sequence_};
}

} // namespace walwire::engine
