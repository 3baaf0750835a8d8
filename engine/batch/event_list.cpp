#include "batch/event_list.hpp"

#include <algorithm>
#include <memory>

namespace walwire::engine {

void event_list::reserve(std::size_t count) {
    // Of a block that is larger than what was asked for, nothing is left over.
    const auto bytes = block_pool::rounded(std::max(count, size_) * sizeof(walwire_event));
    auto block = take_block(pool_, bytes);
    auto* const first = reinterpret_cast<walwire_event*>(block.get());
    std::uninitialized_copy_n(first_, size_, first);
    block_ = std::move(block);
    first_ = first;
    capacity_ = bytes / sizeof(walwire_event);
}

} // namespace walwire::engine
