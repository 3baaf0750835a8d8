#include "dispatch/lane_batch.hpp"

#include "base/assert.hpp"
#include "batch/batch.hpp"

#include <utility>

namespace walwire::engine {

lane_batch::lane_batch(cut from, std::uint64_t sequence, const position& redelivered_through)
    : from_{std::move(from)} {
    WALWIRE_ASSERT(from_.event_count > 0);
    std::size_t payloads = 0;
    for (const auto& part : from_.slices) {
        const auto& whole = part.content->get();
        if (!whole.payload_of_event.empty())
            payloads += whole.payload_of_event[part.first_event + part.event_count] -
                        whole.payload_of_event[part.first_event];
        const auto all_bytes = part.content->source().bytes() + whole.held_bytes();
        bytes_ += all_bytes * part.event_count / whole.events.size();
    }
    events_.reserve(from_.event_count);
    payloads_.reserve(payloads);
    for (const auto& part : from_.slices) gather(part);
    payload_pointers_.reserve(payloads_.size());
    for (const auto& payload : payloads_) payload_pointers_.push_back(&payload);

    view_.size = sizeof view_;
    view_.sequence = sequence;
    view_.flush_lsn = from_.flush_lsn.value;
    view_.position = events_.back()->position;
    if (first_position() <= redelivered_through) view_.flags |= WALWIRE_BATCH_REDELIVERED;
    view_.events = events_.data();
    view_.event_count = events_.size();
    view_.payloads = payload_pointers_.data();
    view_.payload_count = payload_pointers_.size();
    view_.runs = runs_.data();
    view_.run_count = runs_.size();
}

void lane_batch::gather(const slice& part) {
    const auto& whole = part.content->get();
    const auto events_before = events_.size();
    const auto first = whole.events.begin() + static_cast<std::ptrdiff_t>(part.first_event);
    events_.insert(events_.end(), first, first + static_cast<std::ptrdiff_t>(part.event_count));
    if (whole.payload_of_event.empty()) return;
    const auto begin = whole.payload_of_event[part.first_event];
    const auto end = whole.payload_of_event[part.first_event + part.event_count];
    if (begin == end) return;
    for (auto i = begin; i < end; ++i) {
        auto& copy = payloads_.emplace_back(whole.payloads[i]);
        copy.first_event =
            static_cast<std::uint32_t>(copy.first_event - part.first_event + events_before);
    }
    const auto offset = whole.payload_offsets[begin];
    runs_.push_back({whole.data.data() + offset, whole.payload_offsets[end] - offset});
}

position lane_batch::first_position() const { return to_position(events_.front()->position); }
position lane_batch::last_position() const { return to_position(view_.position); }

} // namespace walwire::engine
