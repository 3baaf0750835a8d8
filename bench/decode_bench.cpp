// How long a row takes from a pgoutput message into a batch, and through a view to a line of JSON,
// beside a memcpy of the same bytes. An event is one row of messages.hpp.
#include "encode/view.hpp"
#include "messages.hpp"

#include <benchmark/benchmark.h>
#include <cstring>

namespace walwire::engine {
namespace {

std::size_t total_size(const std::vector<std::string>& messages) {
    std::size_t size = 0;
    for (const auto& bytes : messages) size += bytes.size();
    return size;
}

void finish(benchmark::State& state, std::size_t bytes) {
    state.SetItemsProcessed(state.iterations() * rows);
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes));
}

// The least that anything can do which keeps what it was given.
void copy_same_bytes(benchmark::State& state) {
    const auto messages = make_messages(digits(100));
    std::string copied(total_size(messages), '\0');
    for (auto _ : state) {
        char* end = copied.data();
        for (const auto& bytes : messages) {
            std::memcpy(end, bytes.data(), bytes.size());
            end += bytes.size();
        }
        benchmark::DoNotOptimize(copied.data());
        benchmark::ClobberMemory();
    }
    finish(state, copied.size());
}
BENCHMARK(copy_same_bytes);

// Parse and assembler, memory taken and given back.
void decode(benchmark::State& state) {
    const auto messages = make_messages(digits(100));
    const auto budget = make_budget();
    for (auto _ : state) {
        const auto made = assemble(messages, budget);
        // Begin, schema and commit stand in the batch too.
        if (!made || made->events().size() != rows + 3) return state.SkipWithError("not decoded");
    }
    finish(state, total_size(messages));
}
BENCHMARK(decode);

// With everything a lane is handed: filtered, encoded, payloads pointed out.
void decode_and_view_json(benchmark::State& state) {
    const auto messages = make_messages(digits(100));
    const auto budget = make_budget();
    view through{view_config{}};
    for (auto _ : state) {
        const auto made = assemble(messages, budget);
        if (!made) return state.SkipWithError("not decoded");
        const auto seen = *through.apply(*made);
        if (!are_lines(seen) || seen.data.text().find(first_json) == std::string_view::npos)
            return state.SkipWithError("not the lines that were expected");
    }
    finish(state, total_size(messages));
}
BENCHMARK(decode_and_view_json);

} // namespace
} // namespace walwire::engine
