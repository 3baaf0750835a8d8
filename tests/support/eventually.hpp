// Waiting for what other threads do: the only place of the unit tests that sleeps.
#pragma once

#include <chrono>
#include <functional>
#include <thread>

namespace walwire::tests {

using namespace std::chrono_literals;

// Until it is true, at most ten seconds; whether it was.
inline bool eventually(const std::function<bool()>& is_true) {
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (!is_true()) {
        if (std::chrono::steady_clock::now() >= deadline) return false;
        std::this_thread::sleep_for(200us);
    }
    return true;
}
// Whether it stays true for a while: long enough for another thread to break it.
inline bool stays(const std::function<bool()>& is_true) {
    const auto deadline = std::chrono::steady_clock::now() + 30ms;
    while (std::chrono::steady_clock::now() < deadline) {
        if (!is_true()) return false;
        std::this_thread::sleep_for(200us);
    }
    return true;
}

} // namespace walwire::tests
