#include "journal.hpp"

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace walwire::scripted {

json_line::json_line(std::string_view call) { text_ = "{\"call\":\"" + std::string{call} + "\""; }

json_line& json_line::number(std::string_view name, std::uint64_t value) {
    text_ += ",\"" + std::string{name} + "\":" + std::to_string(value);
    return *this;
}

json_line& json_line::boolean(std::string_view name, bool value) {
    text_ += ",\"" + std::string{name} + "\":" + (value ? "true" : "false");
    return *this;
}

json_line& json_line::text(std::string_view name, std::string_view value) {
    text_ += ",\"" + std::string{name} + "\":\"" + std::string{value} + "\"";
    return *this;
}

journal::journal(const std::string& path) {
    if (!path.empty()) file_ = open_append(path);
}

journal::~journal() {
    if (file_ >= 0) ::close(file_);
}

void journal::write(const json_line& line) const {
    const std::string text = line.finish();
    if (file_ >= 0) write_all(file_, text.data(), text.size());
}

json_line describe(std::string_view call, const walwire_batch& batch) {
    std::uint64_t bytes = 0;
    for (std::size_t i = 0; i < batch.run_count; ++i) bytes += batch.runs[i].size;
    json_line line{call};
    line.number("sequence", batch.sequence)
        .boolean("redelivered", (batch.flags & WALWIRE_BATCH_REDELIVERED) != 0)
        .number("flags", batch.flags)
        .number("flush_lsn", batch.flush_lsn)
        .number("commit_lsn", batch.position.lsn)
        .number("index", batch.position.index)
        .number("event_count", batch.event_count)
        .number("payload_count", batch.payload_count)
        .number("bytes", bytes);
    return line;
}

int open_append(const std::string& path) {
    return ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

bool write_all(int file, const char* data, std::size_t size) {
    while (size > 0) {
        const ssize_t written = ::write(file, data, size);
        if (written < 0 && errno != EINTR) return false;
        if (written <= 0) continue;
        data += written;
        size -= static_cast<std::size_t>(written);
    }
    return true;
}

} // namespace walwire::scripted
