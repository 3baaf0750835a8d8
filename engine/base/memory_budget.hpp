// Counts the bytes of everything alive against one limit.
//
// Taking never fails: whoever produces asks has_room() first and may overshoot by one batch, so
// that a row larger than the limit still passes. Any thread.
#pragma once

#include "base/block_pool.hpp"

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

namespace walwire::engine {

class memory_budget {
public:
    // `on_room` is called by whichever thread gives back the bytes that make room again.
    memory_budget(std::size_t limit_bytes, std::function<void()> on_room)
        : limit_bytes_{limit_bytes}, on_room_{std::move(on_room)} {}

    bool has_room() const { return used_bytes_.load(std::memory_order_acquire) < limit_bytes_; }
    std::size_t used_bytes() const { return used_bytes_.load(std::memory_order_relaxed); }

    // For those who count their memory here; what lies spare in it is nobody's and not counted.
    const std::shared_ptr<block_pool>& pool() const { return pool_; }

    void take(std::size_t bytes) { used_bytes_.fetch_add(bytes, std::memory_order_acq_rel); }
    void give_back(std::size_t bytes) {
        const auto before = used_bytes_.fetch_sub(bytes, std::memory_order_acq_rel);
        if (before >= limit_bytes_ && before - bytes < limit_bytes_) on_room_();
    }

private:
    std::size_t limit_bytes_;
    std::function<void()> on_room_;
    std::atomic<std::size_t> used_bytes_ = 0;
    std::shared_ptr<block_pool> pool_ = std::make_shared<block_pool>();
};

// A part of a budget, given back when this dies.
class memory_share {
public:
    memory_share() = default;
    memory_share(std::shared_ptr<memory_budget> budget, std::size_t bytes)
        : budget_{std::move(budget)}, bytes_{bytes} {
        if (budget_) budget_->take(bytes_);
    }
    memory_share(memory_share&& other) noexcept
        : budget_{std::move(other.budget_)}, bytes_{std::exchange(other.bytes_, 0)} {}
    memory_share& operator=(memory_share&& other) noexcept {
        std::swap(budget_, other.budget_);
        std::swap(bytes_, other.bytes_);
        return *this;
    }
    ~memory_share() {
        if (budget_) budget_->give_back(bytes_);
    }
    std::size_t bytes() const { return bytes_; }
    const std::shared_ptr<memory_budget>& budget() const { return budget_; }

private:
    std::shared_ptr<memory_budget> budget_;
    std::size_t bytes_ = 0;
};

} // namespace walwire::engine
