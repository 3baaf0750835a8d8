// Puts another descriptor in the place of standard output until it goes. What a test framework
// prints meanwhile would go there too, so a test looks at its findings afterwards.
#pragma once

#include <cstdio>
#include <fcntl.h>
#include <unistd.h>

namespace walwire::test {

class redirected_stdout {
public:
    explicit redirected_stdout(int to) {
        std::fflush(stdout);
        before_ = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
        ::dup2(to, STDOUT_FILENO);
    }
    ~redirected_stdout() { restore(); }
    redirected_stdout(const redirected_stdout&) = delete;
    redirected_stdout& operator=(const redirected_stdout&) = delete;

    void restore() {
        if (before_ < 0) return;
        ::dup2(before_, STDOUT_FILENO);
        ::close(before_);
        before_ = -1;
    }

private:
    int before_ = -1;
};

} // namespace walwire::test
