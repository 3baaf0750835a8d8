#include "encode/viewed_batch.hpp"

#include "encode/view.hpp"

#include <utility>

namespace walwire::engine {

std::size_t view_result::held_bytes() const {
    return events.capacity() * sizeof(events[0]) + payloads.capacity() * sizeof(payloads[0]) +
           payload_of_event.capacity() * sizeof(std::size_t) +
           payload_offsets.capacity() * sizeof(std::size_t) +
           commits.capacity() * sizeof(commits[0]) + data.capacity() + keys.capacity() +
           made.held_bytes();
}

viewed_batch::viewed_batch(std::shared_ptr<const batch> source, std::shared_ptr<view> through)
    : source_{std::move(source)}, view_{std::move(through)} {}

viewed_batch::~viewed_batch() = default;

const view_result* viewed_batch::compute() {
    const std::lock_guard lock{mutex_};
    if (!result_) {
        result_ = view_->apply(*source_);
        if (!result_) return nullptr;
        share_ = memory_share{source_->budget(), result_->held_bytes()};
    }
    return &*result_;
}

} // namespace walwire::engine
