// See stub_host.hpp.
#include "support/stub_host.hpp"

#include <algorithm>
#include <cstring>

namespace walwire::test {

stub_host::stub_host(std::map<std::string, std::string> options, std::string terminator)
    : options_{std::move(options)}, terminator_{std::move(terminator)} {
    table_.size = sizeof table_;
    table_.minor = WALWIRE_ABI_MINOR;
    table_.data = this;
    table_.sink = "test";
    table_.dialect = "json";
    table_.content_type = "application/x-ndjson";
    table_.terminator = terminator_.c_str();
    table_.ack = [](const walwire_host* host, std::uint64_t first, std::uint64_t last) {
        const std::scoped_lock lock{of(host).mutex_};
        of(host).acks_.emplace_back(first, last);
    };
    table_.release = [](const walwire_host*, std::uint64_t, std::uint64_t) {};
    table_.set_error = [](const walwire_host* host, const char* text, std::uint32_t) {
        of(host).note(of(host).errors_, text);
    };
    table_.fail = [](const walwire_host* host, walwire_result, const char* text, std::uint32_t) {
        of(host).note(of(host).errors_, text);
    };
    table_.log = [](const walwire_host* host, std::int32_t, const char* text) {
        of(host).note(of(host).logs_, text);
    };
    table_.option = [](const walwire_host* host, const char* path) -> const char* {
        const auto found = of(host).options_.find(path);
        return found == of(host).options_.end() ? nullptr : found->second.c_str();
    };
    table_.option_count = [](const walwire_host*, const char*) { return std::size_t{0}; };
    table_.option_key = [](const walwire_host*, const char*, std::size_t) -> const char* {
        return nullptr;
    };
    table_.payload_id = [](const walwire_host*, const walwire_batch* batch, std::size_t payload,
                           char* out, std::size_t size) {
        const auto id = "evt_" + std::to_string(batch->sequence) + "_" + std::to_string(payload);
        if (size > 0) {
            const std::size_t length = std::min(id.size(), size - 1);
            std::memcpy(out, id.data(), length);
            out[length] = '\0';
        }
        return id.size();
    };
    table_.extension = [](const walwire_host*, const char*) -> const void* { return nullptr; };
}

std::vector<stub_host::range> stub_host::acks() const {
    const std::scoped_lock lock{mutex_};
    return acks_;
}

std::vector<std::string> stub_host::errors() const {
    const std::scoped_lock lock{mutex_};
    return errors_;
}

std::vector<std::string> stub_host::logs() const {
    const std::scoped_lock lock{mutex_};
    return logs_;
}

void stub_host::note(std::vector<std::string>& into, const char* text) {
    const std::scoped_lock lock{mutex_};
    into.emplace_back(text);
}

} // namespace walwire::test
