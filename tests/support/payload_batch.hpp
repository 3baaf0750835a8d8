// A batch of payloads for tests of a plugin, with the bytes, and the pieces of runs, that a host
// would lay out for it. Owns all that the batch points to.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>
#include <walwire/abi.h>

namespace walwire::test {

class payload_batch {
public:
    // The runs are cut every run_bytes, wherever that is: at 0 there is one.
    payload_batch(std::uint64_t sequence, const std::vector<std::string>& texts,
                  const std::string& terminator = "\n", std::size_t run_bytes = 0) {
        for (const auto& text : texts) bytes_ += text + terminator;
        payloads_.reserve(texts.size());
        std::size_t offset = 0;
        for (const auto& text : texts) {
            walwire_payload payload{};
            payload.size = sizeof payload;
            payload.kind = WALWIRE_INSERT;
            payload.data = {bytes_.data() + offset, text.size()};
            payloads_.push_back(payload);
            pointers_.push_back(&payloads_.back());
            offset += text.size() + terminator.size();
        }
        const std::size_t step = run_bytes == 0 ? bytes_.size() : run_bytes;
        for (std::size_t at = 0; at < bytes_.size(); at += step)
            runs_.push_back({bytes_.data() + at, std::min(step, bytes_.size() - at)});
        batch_.size = sizeof batch_;
        batch_.sequence = sequence;
        batch_.payloads = pointers_.data();
        batch_.payload_count = pointers_.size();
        batch_.runs = runs_.data();
        batch_.run_count = runs_.size();
    }
    payload_batch(const payload_batch&) = delete;
    payload_batch& operator=(const payload_batch&) = delete;

    const walwire_batch& get() const { return batch_; }
    const std::string& bytes() const { return bytes_; } // all runs

private:
    std::string bytes_;
    std::vector<walwire_payload> payloads_;
    std::vector<const walwire_payload*> pointers_;
    std::vector<walwire_str> runs_;
    walwire_batch batch_{};
};

} // namespace walwire::test
