// Which sequence numbers have been acked: the contiguous part as one number, and what lies beyond
// its holes as ranges that never touch.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>

namespace walwire::engine {

class interval_set {
public:
    // Everything up to `contiguous` is taken as there.
    explicit interval_set(std::uint64_t contiguous = 0) : contiguous_{contiguous} {}

    std::uint64_t contiguous() const { return contiguous_; }
    std::size_t range_count() const { return ranges_.size(); }

    bool contains(std::uint64_t number) const {
        if (number <= contiguous_) return true;
        const auto after = ranges_.upper_bound(number);
        return after != ranges_.begin() && std::prev(after)->second >= number;
    }

    // Requires first <= last. What is there already is no error.
    void add(std::uint64_t first, std::uint64_t last) {
        if (last <= contiguous_) return;
        first = std::max(first, contiguous_ + 1);
        auto next = ranges_.upper_bound(first);
        if (next != ranges_.begin() && std::prev(next)->second + 1 >= first) {
            --next;
            first = next->first;
            last = std::max(last, next->second);
        }
        while (next != ranges_.end() && next->first <= last + 1) {
            last = std::max(last, next->second);
            next = ranges_.erase(next);
        }
        if (first == contiguous_ + 1)
            contiguous_ = last;
        else
            ranges_.emplace(first, last);
    }

private:
    std::uint64_t contiguous_;
    std::map<std::uint64_t, std::uint64_t> ranges_; // first -> last, above contiguous_ + 1
};

} // namespace walwire::engine
