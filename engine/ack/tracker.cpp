#include "ack/tracker.hpp"

#include <algorithm>

namespace walwire::engine {

lsn tracker::flush_lsn() {
    if (required_.empty()) return flush_lsn_;
    auto smallest = received_;
    for (const auto* one : required_) smallest = std::min(smallest, one->flush_lsn());
    flush_lsn_ = std::max(flush_lsn_, smallest);
    return flush_lsn_;
}

} // namespace walwire::engine
