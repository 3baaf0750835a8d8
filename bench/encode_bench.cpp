// How long a row of a batch takes to a payload, per dialect and kind of text. An event is one row
// of messages.hpp.
//
// Every benchmark compares what it wrote with a known first line and the length of all of it, so
// that none can become faster by writing less.
#include "base/byte_buffer.hpp"
#include "encode/encoder.hpp"
#include "messages.hpp"

#include <benchmark/benchmark.h>
#include <string>
#include <string_view>

namespace walwire::engine {
namespace {

// How many events were written.
int encode_all(encoder& through, const batch& source, byte_buffer& data, byte_buffer& keys) {
    int written = 0;
    for (const auto& event : source.events()) {
        if (event.kind != WALWIRE_INSERT) continue;
        if (through.encode(event, {data, keys})) ++written;
    }
    return written;
}

bool is_right(const byte_buffer& data, int written, std::string_view first, std::size_t size) {
    return written == rows && data.text().starts_with(first) && data.size() == size;
}

void finish(benchmark::State& state, std::size_t bytes) {
    state.SetItemsProcessed(state.iterations() * rows);
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes));
}

// `note` is the long text, written as `note_json`.
void encode(benchmark::State& state, dialect format, const std::string& note,
            std::size_t line_size) {
    const auto made = assemble(make_messages(note), make_budget());
    if (!made) return state.SkipWithError("not decoded");
    const auto through = make_encoder({.format = format});
    byte_buffer data;
    byte_buffer keys;
    for (auto _ : state) {
        data.clear();
        keys.clear();
        const int written = encode_all(*through, *made, data, keys);
        const auto first = format == dialect::json ? first_json.substr(0, 200) : "\n[INSERT] ";
        if (!is_right(data, written, first, line_size * rows))
            return state.SkipWithError("not the lines that were expected");
    }
    finish(state, data.size());
}

constexpr std::size_t without_note = first_json.size() + 1 - 100;
constexpr std::string_view text_shape = R"(
[INSERT] table=orders lsn=0/1545C00
data={
  "at": "2026-08-21 10:11:12.345678+00",
  "customer": "42",
  "id": "1000000",
  "name": "Anne Kowalski",
  "note": "",
  "paid": "t",
  "price": "12.30"
}
)";
std::string repeated(std::string_view text, std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i) all += text;
    return all;
}

BENCHMARK_CAPTURE(encode, json, dialect::json, digits(100), without_note + 100);
BENCHMARK_CAPTURE(encode, json_4kib, dialect::json, digits(4096), without_note + 4096);
BENCHMARK_CAPTURE(encode, json_cyrillic, dialect::json, repeated("д", 50), without_note + 100);
BENCHMARK_CAPTURE(encode, json_quotes, dialect::json, repeated("012345678\"", 10),
                  without_note + 110);
BENCHMARK_CAPTURE(encode, text, dialect::text, digits(100), text_shape.size() + 100);

} // namespace
} // namespace walwire::engine
