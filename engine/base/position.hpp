// Names one event and orders it among all others. Never compared with a flush, which is an end LSN:
// a commit LSN can equal the end LSN before it.
#pragma once

#include "base/lsn.hpp"

namespace walwire::engine {

struct position {
    lsn commit_lsn;
    std::uint32_t phase = 1; // 0 snapshot, 1 stream
    std::uint64_t index = 0; // frames of the transaction in wire order, from 1; 0 is its BEGIN

    friend constexpr auto operator<=>(const position&, const position&) = default;
};

} // namespace walwire::engine
