#include "base/block_pool.hpp"

#include <algorithm>
#include <new>
#include <utility>

// Whoever still reads a batch that is gone is found in a spare block as on the heap.
#if __has_include(<sanitizer/asan_interface.h>)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(from, size) (static_cast<void>(from), static_cast<void>(size))
#define ASAN_UNPOISON_MEMORY_REGION(from, size) ASAN_POISON_MEMORY_REGION(from, size)
#endif

namespace walwire::engine {

namespace {

std::byte* from_heap(std::size_t size) { return static_cast<std::byte*>(::operator new(size)); }

void to_heap(std::byte* block) noexcept { ::operator delete(block); }

bool is_kept(std::size_t rounded_size) {
    return rounded_size >= block_pool::spare_size_min && rounded_size <= block_pool::spare_size_max;
}

} // namespace

block_pool::block_pool() {
    spares_.reserve(spare_bytes_max / spare_size_min); // so that keep() cannot fail
}

block_pool::~block_pool() {
    for (const auto& [block, size] : spares_) free_spare(block, size);
}

std::byte* block_pool::take(block_pool* pool, std::size_t size) {
    size = rounded(size);
    auto* spare = pool != nullptr && is_kept(size) ? pool->take_spare(size) : nullptr;
    return spare != nullptr ? spare : from_heap(size);
}

void block_pool::give_back(block_pool* pool, std::byte* block, std::size_t size) noexcept {
    size = rounded(size);
    const bool is_spare = pool != nullptr && is_kept(size) && pool->keep(block, size);
    if (!is_spare) to_heap(block);
}

std::byte* block_pool::take_spare(std::size_t size) {
    const std::scoped_lock lock{mutex_};
    const auto of_size = [size](const spare& each) { return each.size == size; };
    const auto last = std::find_if(spares_.rbegin(), spares_.rend(), of_size);
    if (last == spares_.rend()) return nullptr;
    auto* block = last->block;
    spares_.erase(std::next(last).base());
    spare_bytes_ -= size;
    least_spares_ = std::min(least_spares_, spares_.size());
    ASAN_UNPOISON_MEMORY_REGION(block, size);
    return block;
}

bool block_pool::keep(std::byte* block, std::size_t size) noexcept {
    const std::scoped_lock lock{mutex_};
    if (spare_bytes_ + size > spare_bytes_max) return false;
    ASAN_POISON_MEMORY_REGION(block, size);
    spares_.push_back({block, size});
    spare_bytes_ += size;
    return true;
}

void block_pool::free_spare(std::byte* block, std::size_t size) noexcept {
    ASAN_UNPOISON_MEMORY_REGION(block, size);
    to_heap(block);
}

void block_pool::trim() {
    const std::scoped_lock lock{mutex_};
    // The first are those that have waited longest.
    const auto kept = spares_.begin() + static_cast<std::ptrdiff_t>(least_spares_);
    for (auto each = spares_.begin(); each != kept; ++each) {
        spare_bytes_ -= each->size;
        free_spare(each->block, each->size);
    }
    spares_.erase(spares_.begin(), kept);
    least_spares_ = spares_.size();
}

std::size_t block_pool::spare_bytes() const {
    const std::scoped_lock lock{mutex_};
    return spare_bytes_;
}

} // namespace walwire::engine
