#include "dispatch/cutter.hpp"

#include "batch/batch.hpp"

#include <algorithm>
#include <ranges>
#include <utility>

namespace walwire::engine {

namespace {

bool counts(std::uint32_t kind) {
    return kind != WALWIRE_BEGIN && kind != WALWIRE_COMMIT && kind != WALWIRE_SCHEMA &&
           kind != WALWIRE_GAP;
}

// Resuming behind one of these would skip the row that it stands before.
bool leads(std::uint32_t kind) { return kind == WALWIRE_BEGIN || kind == WALWIRE_SCHEMA; }

std::size_t bytes_of(const viewed_batch& content, const view_result& seen, std::size_t event) {
    if (seen.payload_of_event.empty()) return content.source().bytes() / seen.events.size();
    return seen.payload_offsets[seen.payload_of_event[event + 1]] -
           seen.payload_offsets[seen.payload_of_event[event]];
}

// The commit points of what is skipped still count.
void skip_known(lane_item& item, const view_result& seen) {
    if (!item.skip_through) return;
    while (item.first_event < item.event_end &&
           to_position(seen.events[item.first_event]->position) <= *item.skip_through)
        ++item.first_event;
}

// The highest flush that the events in [begin, end) add; commits stand in ascending order. What
// ends at `begin` belongs to the cut before, unless nothing is before.
lsn flush_of(const view_result& seen, std::size_t begin, std::size_t end) {
    const auto behind = std::ranges::upper_bound(seen.commits, end, {}, &commit_point::event_count);
    if (behind == seen.commits.begin()) return {};
    const auto& last = *std::prev(behind);
    return last.event_count > begin || begin == 0 ? last.end_lsn : lsn{};
}

} // namespace

struct cutter::progress {
    cut events;
    std::size_t bytes = 0;
    lsn flush_lsn;
};

void cutter::push_front(std::vector<lane_item> items) {
    for (auto& item : items | std::views::reverse) items_.push_front(std::move(item));
}

// Takes what fits; whether the item is used up.
bool cutter::take_from(lane_item& item, const cut_limits& limits, progress& made) {
    const auto& seen = item.content->get();
    item.event_end = std::min(item.event_end, seen.events.size());
    const auto begin = item.first_event;
    skip_known(item, seen);
    auto at = item.first_event;
    while (at < item.event_end) {
        const auto kind = seen.events[at]->kind;
        const bool is_first = made.events.event_count + (at - item.first_event) == 0;
        const bool is_led = at > item.first_event && leads(seen.events[at - 1]->kind);
        const auto bytes = bytes_of(*item.content, seen, at);
        const auto taken = made.events.event_count + (at - item.first_event);
        const bool is_full = taken >= limits.events_max || made.bytes + bytes > limits.bytes_max;
        if (is_full && !is_first && !is_led) break;
        // Its COMMIT may still join the last event that counts, and settle it.
        if (made.events.counted >= limits.counted_max && (counts(kind) || leads(kind))) break;
        made.bytes += bytes;
        made.events.counted += counts(kind) ? 1 : 0;
        ++at;
    }
    if (const auto count = at - item.first_event; count > 0) {
        made.events.slices.push_back({item.content, item.first_event, count});
        made.events.event_count += count;
    }
    item.first_event = at;
    const bool is_used_up = at == item.event_end;
    // Commits that lead the batch belong to what was cut before, whether or not anything is taken.
    if (at > begin || begin == 0 || is_used_up)
        made.flush_lsn = std::max(made.flush_lsn, flush_of(seen, begin, at));
    return is_used_up;
}

cut_result cutter::next(const cut_limits& limits) {
    progress made;
    cut_result result;
    while (!items_.empty()) {
        auto& item = items_.front();
        if (item.content && item.content->compute() == nullptr) {
            result.is_given_up = made.events.event_count == 0;
            break;
        }
        if (item.content && !take_from(item, limits, made)) break;
        // A marker behind events belongs to them; in front of events nobody waits for it.
        made.flush_lsn = std::max(made.flush_lsn, item.flush_lsn);
        result.freed_bytes += item.queued_bytes;
        if (item.content) result.freed_events += item.content->source().events().size();
        items_.pop_front();
    }
    result.flush_lsn = made.flush_lsn;
    if (made.events.event_count > 0) {
        made.events.flush_lsn = made.flush_lsn;
        result.events = std::move(made.events);
    }
    return result;
}

} // namespace walwire::engine
