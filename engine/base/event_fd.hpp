// An eventfd: how other threads wake one that sits in poll(2).
#pragma once

namespace walwire::engine {

class event_fd {
public:
    event_fd(); // a process that cannot have one descriptor cannot go on: asserts
    ~event_fd();
    event_fd(const event_fd&) = delete;
    event_fd& operator=(const event_fd&) = delete;

    int descriptor() const { return descriptor_; }
    void notify() const; // any thread; async-signal-safe
    void clear() const;  // the waiting thread, after poll() and before it looks at what changed

private:
    int descriptor_;
};

} // namespace walwire::engine
