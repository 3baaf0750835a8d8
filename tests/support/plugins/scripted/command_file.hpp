// A file to which a test appends lines, read by a thread of the sink's own: so a test can ack,
// release or fail at a moment of its choosing, from a thread that is not the lane's.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace walwire::scripted {

class command_file {
public:
    // `run` is called on the thread of this object, once per complete line.
    command_file(const std::string& path, std::function<void(const std::string&)> run);
    ~command_file();
    command_file(const command_file&) = delete;
    command_file& operator=(const command_file&) = delete;

private:
    void follow();
    void take(const char* data, std::size_t size);

    std::function<void(const std::string&)> run_;
    int file_ = -1;
    std::string partial_; // of the thread alone

    std::mutex mutex_;
    std::condition_variable changed_;
    bool is_ending_ = false; // guarded by mutex_
    std::thread thread_;
};

} // namespace walwire::scripted
