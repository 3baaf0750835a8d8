// Lane batches for tests of what stands behind the cutter, and the view they are seen through.
#pragma once

#include "dispatch/cutter.hpp"
#include "dispatch/lane_batch.hpp"
#include "encode/view.hpp"
#include "support/batches.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace walwire::tests {

// Rows alone, as a sink sees them that asks for nothing: no BEGIN, no COMMIT, no payloads.
inline engine::view_config rows_alone() {
    engine::view_config config;
    config.operations = engine::operation_set{1} << WALWIRE_INSERT;
    config.payloads = false;
    return config;
}

inline std::shared_ptr<engine::viewed_batch> see(std::shared_ptr<const engine::batch> made,
                                                 engine::view_config config = rows_alone()) {
    return std::make_shared<engine::viewed_batch>(
        std::move(made), std::make_shared<engine::view>(std::move(config)));
}

// One-row transactions 100, 200, ... with one lane batch each: sequence 1 ends at 108, 2 at 208.
class numbered_batches {
public:
    numbered_batches() { stream_.table(1); }

    std::shared_ptr<const engine::lane_batch> next() {
        const auto commit_lsn = ++sequence_ * 100;
        stream_.transaction(commit_lsn);
        engine::cut cut;
        cut.slices.push_back({see(stream_.seal()), 0, 1});
        cut.slices.back().content->compute();
        cut.event_count = 1;
        cut.counted = 1;
        cut.flush_lsn = lsn{commit_lsn + 8};
        return std::make_shared<const engine::lane_batch>(std::move(cut), sequence_, position{});
    }

private:
    test_stream stream_;
    std::uint64_t sequence_ = 0;
};

} // namespace walwire::tests
