// Prints every change, and acks a batch once all of it is written. A closed pipe ends the sink
// quietly; a full one makes it wait, until room, until interrupt().
//
// Invariant: what the reader sees is whole payloads, each followed by its terminator, whatever is
// interrupted or refused in between.
//   * RETRY repeats the call with the same sequence: it goes on where the writing ended.
//   * stop() makes the host cut new batches, with sequences never used before, of what was not
//     acked. They begin with whole payloads, so the rest of the payload that was cut off is kept,
//     and goes out before anything else: in stop() as far as its grace lasts, else when the
//     instance is given the next batch. The reader may see payloads again, as after every restart,
//     but never a torn one. Only if the process ends while the reader does not read, the last
//     payload stays torn.
#include "output.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string>

namespace walwire::standard_output {
namespace {

// 4 KiB of stack; a batch has a handful of runs.
using vector = std::array<iovec, 256>;

// Points the vector at what lies in the pieces from offset on, and returns the part of it in use.
std::span<const iovec> gather(std::span<const walwire_str> pieces, std::size_t offset,
                              vector& into) {
    std::size_t count = 0;
    for (const walwire_str& piece : pieces) {
        if (count == into.size()) break;
        if (offset < piece.size) {
            into[count++] = {const_cast<char*>(piece.data + offset), piece.size - offset};
            offset = 0;
        } else {
            offset -= piece.size;
        }
    }
    return {into.data(), count};
}

std::size_t size_of(std::span<const walwire_str> pieces) {
    std::size_t size = 0;
    for (const walwire_str& piece : pieces) size += piece.size;
    return size;
}

std::string copy(std::span<const walwire_str> pieces, std::size_t from, std::size_t to) {
    std::string bytes;
    std::size_t at = 0;
    for (const walwire_str& piece : pieces) {
        const auto begin = std::max(from, at);
        const auto end = std::min(to, at + piece.size);
        if (begin < end) bytes.append(view(piece).substr(begin - at, end - begin));
        at += piece.size;
    }
    return bytes;
}

} // namespace

class stdout_sink : public sink {
public:
    using sink::sink;

    void start() { output_.open(); }

    void deliver(batch batch) {
        if (batch->sequence != sequence_) {
            finish_payload();
            sequence_ = batch->sequence;
            written_ = 0;
        }
        cut_off_.clear();
        try {
            write(batch.runs());
        } catch (const retry&) {
            cut_off_ = rest_of_payload(batch);
            throw;
        }
        ack(batch); // only now: it is written
    }

    void stop(milliseconds grace) {
        const auto deadline = output::clock::now() + grace;
        try {
            do {
                write_cut_off();
            } while (!cut_off_.empty() && output_.wait_for_room_until(deadline));
        } catch (const closed&) {
            cut_off_.clear();
        }
        if (!cut_off_.empty())
            log(WALWIRE_LOG_WARN, "the reader took only a part of the last change");
        output_.close();
    }

    void interrupt() { output_.wake(); }

private:
    // Waits for room; throws retry when it is interrupted while there is none.
    void wait() {
        if (!output_.wait_for_room())
            throw retry{"interrupted: the reader of standard output waits"};
    }

    void write(std::span<const walwire_str> runs) {
        vector pieces;
        const std::size_t size = size_of(runs);
        while (written_ < size) {
            const std::size_t n = output_.write_some(gather(runs, written_, pieces));
            written_ += n;
            if (n == 0) wait();
        }
    }

    void write_cut_off() {
        if (cut_off_.empty()) return;
        const iovec piece{cut_off_.data(), cut_off_.size()};
        cut_off_.erase(0, output_.write_some({&piece, 1}));
    }

    void finish_payload() {
        while (!cut_off_.empty()) {
            const std::size_t before = cut_off_.size();
            write_cut_off();
            if (cut_off_.size() == before) wait();
        }
    }

    // What of the payload begun is not written yet, with its terminator; empty between payloads.
    std::string rest_of_payload(batch batch) const {
        const std::size_t terminator = std::strlen(host()->terminator);
        std::size_t end = 0;
        for (auto payload : batch.payloads()) {
            if (end >= written_) break;
            end += payload.data().size() + terminator;
        }
        return copy(batch.runs(), written_, end);
    }

    output output_;
    std::uint64_t sequence_ = 0; // of the batch that was begun, 0: none
    std::size_t written_ = 0;    // bytes of it
    std::string cut_off_;        // the rest of the payload in which the writing ended
};

} // namespace walwire::standard_output

WALWIRE_PLUGIN(walwire::standard_output::stdout_sink, "stdout", "1.0.0", "Prints every change.")
