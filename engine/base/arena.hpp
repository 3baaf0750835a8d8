// Memory that is taken in small pieces and given back at once: everything a batch points to.
//
// Trivially destructible things only. Not thread-safe while it is written; immutable after.
#pragma once

#include "base/block_pool.hpp"

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <type_traits>
#include <vector>

namespace walwire::engine {

class arena {
public:
    // Large blocks come from `pool` and go back to it; nullptr: the heap.
    explicit arena(std::shared_ptr<block_pool> pool = nullptr) : pool_{std::move(pool)} {}

    // Bytes held from the heap, whether used or not: what a memory limit has to count.
    std::size_t held_bytes() const { return held_bytes_; }

    template <class Type> Type* make(std::size_t count = 1) {
        static_assert(std::is_trivially_destructible_v<Type>);
        auto* first = static_cast<Type*>(take(count * sizeof(Type), alignof(Type)));
        std::uninitialized_value_construct_n(first, count);
        return first;
    }
    // As make(), for a caller that writes every element itself.
    template <class Type> Type* make_raw(std::size_t count) {
        static_assert(std::is_trivial_v<Type>);
        return static_cast<Type*>(take(count * sizeof(Type), alignof(Type)));
    }
    std::string_view copy(std::string_view bytes) {
        auto* copied = static_cast<char*>(take(bytes.size(), 1));
        if (!bytes.empty()) std::memcpy(copied, bytes.data(), bytes.size());
        return {copied, bytes.size()};
    }

private:
    // Most pieces fit; what happens to those that do not is kept out of their way.
    void* take(std::size_t size, std::size_t alignment) {
        const std::size_t start = (used_ + alignment - 1) & ~(alignment - 1);
        if (start + size > size_) [[unlikely]]
            return take_from_new_block(size);
        used_ = start + size;
        return block_ + start;
    }
    void* take_from_new_block(std::size_t size);

    std::shared_ptr<block_pool> pool_;
    std::byte* block_ = nullptr;
    std::size_t used_ = 0;
    std::size_t size_ = 0;
    std::size_t held_bytes_ = 0;
    std::size_t next_size_ = 1024;
    std::vector<pooled_block> blocks_;
};

} // namespace walwire::engine
