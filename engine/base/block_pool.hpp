// Blocks that one batch left behind, for the next: memory that goes back to the system and comes
// again costs a page fault every 4 KiB, which is more than everything that is done with the bytes.
#pragma once

#include <bit>
#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace walwire::engine {

// Any thread. Holds at most spare_bytes_max that nobody uses, and nothing after two calls of trim()
// between which nobody took any.
class block_pool {
public:
    static constexpr std::size_t spare_size_min = 64 * 1024; // smaller ones malloc keeps as well
    static constexpr std::size_t spare_size_max = 256 * 1024;
    // Two batches: what lanes give back while one is filled.
    static constexpr std::size_t spare_bytes_max = 512 * 1024;

    block_pool();
    block_pool(const block_pool&) = delete;
    block_pool& operator=(const block_pool&) = delete;
    ~block_pool();

    // What take() takes when asked for `size`: blocks that may be kept have one of three sizes.
    static std::size_t rounded(std::size_t size) {
        if (size <= spare_size_min / 2 || size > spare_size_max) return size;
        return size <= spare_size_min ? spare_size_min : std::bit_ceil(size);
    }

    // At least `size` bytes of any content, aligned as by operator new; from the heap when `pool`
    // is nullptr or has none. To be given back with the same pool and size.
    static std::byte* take(block_pool* pool, std::size_t size);
    static void give_back(block_pool* pool, std::byte* block, std::size_t size) noexcept;

    // Frees as many as nobody has needed since the last call.
    void trim();

    std::size_t spare_bytes() const;

private:
    struct spare {
        std::byte* block;
        std::size_t size;
    };
    std::byte* take_spare(std::size_t size);
    bool keep(std::byte* block, std::size_t size) noexcept;
    static void free_spare(std::byte* block, std::size_t size) noexcept;

    mutable std::mutex mutex_;     // protects what follows
    std::vector<spare> spares_;    // the last to come goes first: a cache may still have it
    std::size_t spare_bytes_ = 0;  // their sum
    std::size_t least_spares_ = 0; // that there were since the last trim
};

// One block, which goes back when this dies; the pool is kept alive by it.
struct block_return {
    std::shared_ptr<block_pool> pool; // nullptr: the heap
    std::size_t size = 0;
    void operator()(std::byte* block) const noexcept {
        block_pool::give_back(pool.get(), block, size);
    }
};
using pooled_block = std::unique_ptr<std::byte, block_return>;

inline pooled_block take_block(std::shared_ptr<block_pool> pool, std::size_t size) {
    auto* block = block_pool::take(pool.get(), size);
    return {block, {std::move(pool), size}};
}

} // namespace walwire::engine
