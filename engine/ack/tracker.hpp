// What the server may be told: the smallest flush of all required lanes (laws 2 and 3).
//
// Markers travel through the lanes like batches, so a lane's flush already says that everything
// before a keepalive is settled; what is left to do here is the minimum.
#pragma once

#include "base/lsn.hpp"
#include "dispatch/lane.hpp"

#include <algorithm>
#include <vector>

namespace walwire::engine {

// Lanes are added before the source thread starts; then it belongs to that thread.
class tracker {
public:
    // A lane that ends stays in the minimum: what it did not settle must not be forgotten.
    void require(const lane& required) { required_.push_back(&required); }

    // From now on nothing behind what was received so far may be flushed, whatever comes (law 10).
    void forbid_beyond_received() { is_sealed_ = true; }
    void received(lsn end_lsn) {
        if (!is_sealed_) received_ = std::max(received_, end_lsn);
    }

    // Never goes back, never exceeds what was received; 0/0 while nothing is settled.
    lsn flush_lsn();

private:
    std::vector<const lane*> required_;
    lsn received_;
    bool is_sealed_ = false;
    lsn flush_lsn_;
};

} // namespace walwire::engine
