#include "command_file.hpp"

#include <chrono>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace walwire::scripted {

command_file::command_file(const std::string& path, std::function<void(const std::string&)> run)
    : run_{std::move(run)} {
    file_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file_ >= 0) thread_ = std::thread{[this] { follow(); }};
}

command_file::~command_file() {
    {
        const std::lock_guard lock{mutex_};
        is_ending_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
    if (file_ >= 0) ::close(file_);
}

void command_file::follow() {
    using namespace std::chrono_literals;
    char buffer[4096];
    std::unique_lock lock{mutex_};
    while (!is_ending_) {
        lock.unlock();
        const ssize_t got = ::read(file_, buffer, sizeof buffer);
        if (got > 0) take(buffer, static_cast<std::size_t>(got));
        lock.lock();
        if (got <= 0) changed_.wait_for(lock, 5ms, [this] { return is_ending_; });
    }
}

void command_file::take(const char* data, std::size_t size) {
    partial_.append(data, size);
    for (std::size_t end; (end = partial_.find('\n')) != std::string::npos;) {
        const std::string line = partial_.substr(0, end);
        partial_.erase(0, end + 1);
        run_(line);
    }
}

} // namespace walwire::scripted
