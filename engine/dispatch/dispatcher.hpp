// Hands every batch and marker of one stream to every lane, in the same order.
#pragma once

#include "base/memory_budget.hpp"
#include "batch/batch.hpp"
#include "config/settings.hpp"
#include "dispatch/lane.hpp"
#include "encode/view.hpp"

#include <memory>
#include <span>
#include <vector>

namespace walwire::engine {

// Owns the lanes and the views they share. Lanes are added on the main thread before the source
// thread starts; after that the set does not change.
class dispatcher {
public:
    dispatcher(std::shared_ptr<memory_budget> budget, lane_limits limits)
        : budget_{std::move(budget)}, limits_{limits} {}

    // Everything that add() would refuse, without a lane: creates the instance and destroys it on
    // the caller's thread.
    static result<void> check(const sink_config& config, std::shared_ptr<const library> from,
                              options values);

    // Creates the instance, which checks its options. Fails with config.* for the sink's own
    // settings, otherwise as sink::create() does.
    result<lane*> add(const sink_config& config, std::shared_ptr<const library> from,
                      options values, lane_hooks hooks);
    std::span<const std::unique_ptr<lane>> lanes() const { return lanes_; }

    // Source thread. A lane that has ended takes nothing and blocks nobody.
    bool has_room() const;
    void dispatch(const std::shared_ptr<const batch>& ready);
    void mark(lsn flush_lsn);
    void rewound();
    void finish(); // nothing more comes, unless the source goes back: lanes end once all is settled

private:
    std::shared_ptr<view> share_view(view_config config);

    const std::shared_ptr<memory_budget> budget_;
    const lane_limits limits_;
    std::vector<std::shared_ptr<view>> views_;
    std::vector<std::unique_ptr<lane>> lanes_;
};

} // namespace walwire::engine
