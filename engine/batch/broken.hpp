// The failures of messages that are each well formed and do not make a stream: what arrived, and
// why it cannot be there. All but one have code protocol; every one stops the pipeline.
#pragma once

#include "base/failure.hpp"
#include "base/lsn.hpp"
#include "decode/relation_cache.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace walwire::engine {

[[gnu::cold]] failure begin_inside();                          // stream.begin
[[gnu::cold]] failure commit_outside();                        // stream.commit
[[gnu::cold]] failure commit_of_another(lsn commit, lsn open); // stream.commit
[[gnu::cold]] failure origin_outside();                        // stream.origin

// `what` is the kind of message with its article: "a row".
[[gnu::cold]] failure frame_outside(std::string_view what);    // stream.outside
[[gnu::cold]] failure too_many_frames(std::uint32_t xid);      // stream.frames, code limit
[[gnu::cold]] failure undescribed_relation(std::uint32_t oid); // stream.relation
[[gnu::cold]] failure other_columns(const relation& of, std::size_t values); // stream.columns

} // namespace walwire::engine
