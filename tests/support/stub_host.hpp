// The host's half of the plugin ABI for tests of one plugin: it writes down what the plugin says.
// The table is used from any thread, as the ABI allows; state is protected by the mutex.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>
#include <walwire/abi.h>

namespace walwire::test {

class stub_host {
public:
    using range = std::pair<std::uint64_t, std::uint64_t>;

    explicit stub_host(std::map<std::string, std::string> options = {},
                       std::string terminator = "\n");
    stub_host(const stub_host&) = delete;
    stub_host& operator=(const stub_host&) = delete;

    const walwire_host* table() const { return &table_; }

    std::vector<range> acks() const;
    std::vector<std::string> errors() const; // the texts of set_error()
    std::vector<std::string> logs() const;

private:
    static stub_host& of(const walwire_host* host) { return *static_cast<stub_host*>(host->data); }
    void note(std::vector<std::string>& into, const char* text);

    const std::map<std::string, std::string> options_;
    const std::string terminator_;
    walwire_host table_{};

    mutable std::mutex mutex_;
    std::vector<range> acks_;
    std::vector<std::string> errors_;
    std::vector<std::string> logs_;
};

} // namespace walwire::test
