// The events of one batch, in one piece, as plugins and lanes read them.
#pragma once

#include "base/block_pool.hpp"

#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <utility>
#include <walwire/event.h>

namespace walwire::engine {

// What of a std::vector a batch needs, over a block of a pool. Grows only when it is told to, so
// that an event is written once and where it stays. One thread while it is written.
class event_list {
public:
    // nullptr: the heap.
    explicit event_list(std::shared_ptr<block_pool> pool) : pool_{std::move(pool)} {}

    std::size_t size() const { return size_; }
    std::size_t capacity() const { return capacity_; }
    std::span<const walwire_event> view() const { return {first_, size_}; }

    // Requires size() < capacity(). Valid until the next reserve().
    walwire_event& append(const walwire_event& event) {
        return *::new (first_ + size_++) walwire_event(event);
    }
    // Room for `count` or a few more; those that are in it stay.
    void reserve(std::size_t count);

private:
    static_assert(std::is_trivially_copyable_v<walwire_event>);

    std::shared_ptr<block_pool> pool_;
    pooled_block block_;
    walwire_event* first_ = nullptr; // in block_
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

} // namespace walwire::engine
