// The room for one payload at the end of a buffer, and the proof that it was enough.
#pragma once

#include "base/assert.hpp"
#include "base/byte_buffer.hpp"
#include "encode/encoder.hpp"
#include "encode/json_writer.hpp"

namespace walwire::engine {

// Lives while one payload is written. `bound` is the sum of the bounds of its parts.
class payload_writer {
public:
    payload_writer(byte_buffer& data, std::size_t bound)
        : data_{data}, start_{data.reserve(bound + write_slack)}, bound_{bound} {}

    char* start() const { return start_; }

    // Ends the payload at `at` and appends the terminator, for which `bound` had room.
    encoded finish(char* at, std::string_view terminator) {
        const auto size = static_cast<std::size_t>(at - start_);
        const auto whole = static_cast<std::size_t>(write_bytes(at, terminator) - start_);
        WALWIRE_ASSERT(whole <= bound_);
        const encoded made{.data_offset = data_.size(), .data_size = size};
        data_.commit(whole);
        return made;
    }

private:
    byte_buffer& data_;
    char* start_;
    std::size_t bound_;
};

} // namespace walwire::engine
