// A file of one JSON object per line: what the host asked, what the sink answered. Each line is one
// write to a descriptor in append mode, so a test may read the file while it grows.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <walwire/event.h>

namespace walwire::scripted {

// One JSON object being written. Only what a journal needs: numbers, booleans, plain words.
class json_line {
public:
    explicit json_line(std::string_view call);
    json_line& number(std::string_view name, std::uint64_t value);
    json_line& boolean(std::string_view name, bool value);
    json_line& text(std::string_view name, std::string_view value); // without quotes or controls
    std::string finish() const { return text_ + "}\n"; }

private:
    std::string text_;
};

// Any thread. Lives as long as the sink.
class journal {
public:
    explicit journal(const std::string& path); // empty: nothing is written
    ~journal();
    journal(const journal&) = delete;
    journal& operator=(const journal&) = delete;

    void write(const json_line& line) const;

private:
    int file_ = -1;
};

// The fields of a batch that the tests compare.
json_line describe(std::string_view call, const walwire_batch& batch);

// Writes all bytes; false when the file refuses.
bool write_all(int file, const char* data, std::size_t size);
int open_append(const std::string& path); // -1 when it cannot be opened

} // namespace walwire::scripted
