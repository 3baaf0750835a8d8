// Recorded messages: NAME.hex and NAME.expected of this folder, which `record` writes.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <stdexcept>
#include <string>
#include <vector>

namespace walwire::tests {

struct fixture {
    std::string name;
    std::vector<std::string> messages; // bytes
    std::vector<std::string> expected; // a line for each

    // What a test framework shows of it.
    friend std::ostream& operator<<(std::ostream& to, const fixture& of) { return to << of.name; }
};

inline std::string from_hex(const std::string& digits) {
    std::string bytes;
    for (std::size_t at = 0; at + 1 < digits.size(); at += 2)
        bytes.push_back(static_cast<char>(std::stoi(digits.substr(at, 2), nullptr, 16)));
    return bytes;
}

// Lines that are neither empty nor a comment.
inline std::vector<std::string> load_lines(const std::filesystem::path& path) {
    std::ifstream file{path};
    if (!file) throw std::runtime_error{"cannot read " + path.string()};
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);)
        if (!line.empty() && line.front() != '#') lines.push_back(line);
    return lines;
}

// All of them, by name.
inline std::vector<fixture> load_fixtures() {
    std::vector<fixture> fixtures;
    for (const auto& entry : std::filesystem::directory_iterator{WALWIRE_TESTS_DIR "/wire"}) {
        auto path = entry.path();
        if (path.extension() != ".hex") continue;
        fixture loaded{.name = path.stem().string(), .messages = {}, .expected = {}};
        for (const auto& line : load_lines(path)) loaded.messages.push_back(from_hex(line));
        loaded.expected = load_lines(path.replace_extension(".expected"));
        fixtures.push_back(std::move(loaded));
    }
    std::ranges::sort(fixtures, {}, &fixture::name);
    return fixtures;
}

} // namespace walwire::tests
