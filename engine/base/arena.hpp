// Memory that is taken in small pieces and given back at once: everything a batch points to.
//
// Trivially destructible things only. Not thread-safe while it is written; immutable after.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace walwire::engine {

class arena {
public:
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
    void* take(std::size_t size, std::size_t alignment) {
        std::size_t start = (used_ + alignment - 1) & ~(alignment - 1);
        if (start + size > size_) {
            add_block(size);
            start = 0;
        }
        used_ = start + size;
        return block_ + start;
    }
    void add_block(std::size_t at_least) {
        // A batch of one row should not hold a batch's worth of memory, so blocks begin small. A
        // piece larger than a block gets one of its own and ends the current one.
        size_ = at_least > next_size_ ? at_least : next_size_;
        if (next_size_ < largest_block) next_size_ *= 2;
        blocks_.push_back(std::make_unique_for_overwrite<std::byte[]>(size_));
        block_ = blocks_.back().get();
        held_bytes_ += size_;
    }

    static constexpr std::size_t largest_block = 64 * 1024;
    std::size_t next_size_ = 1024;
    std::vector<std::unique_ptr<std::byte[]>> blocks_;
    std::byte* block_ = nullptr;
    std::size_t used_ = 0;
    std::size_t size_ = 0;
    std::size_t held_bytes_ = 0;
};

} // namespace walwire::engine
