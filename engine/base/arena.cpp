#include "base/arena.hpp"

namespace walwire::engine {

namespace {

constexpr std::size_t largest_block = block_pool::spare_size_min;

} // namespace

void* arena::take_from_new_block(std::size_t size) {
    // A batch of one row should not hold a batch's worth of memory, so blocks begin small. A piece
    // larger than a block gets one of its own and ends the current one.
    size_ = std::max(size, next_size_);
    next_size_ = std::min(next_size_ * 4, largest_block);
    blocks_.push_back(take_block(pool_, size_));
    block_ = blocks_.back().get();
    held_bytes_ += size_;
    used_ = size;
    return block_;
}

} // namespace walwire::engine
