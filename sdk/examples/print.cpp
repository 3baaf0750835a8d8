// Prints every change behind a prefix of the user's; a closed pipe ends the sink quietly.
#include <walwire/plugin.hpp>

#include <cerrno>
#include <cstring>
#include <unistd.h>

struct print_sink : walwire::sink {
    static constexpr walwire_option options[] = {
        walwire::option(WALWIRE_OPTION_STRING, "prefix", "", "Stands before every change."),
    };
    using sink::sink;

    void deliver(walwire::batch batch) {
        std::string text;
        for (auto change : batch.payloads())
            text.append(option("prefix")).append(change.data()).append(host()->terminator);
        write_all(text);
        ack(batch); // only now: it is written
    }

    void write_all(std::string_view text) {
        while (!text.empty()) {
            const ssize_t n = ::write(STDOUT_FILENO, text.data(), text.size());
            if (n < 0 && errno == EPIPE) throw walwire::closed{};
            if (n < 0 && errno != EINTR) throw walwire::fatal{std::strerror(errno)};
            if (n > 0) text.remove_prefix(static_cast<std::size_t>(n));
        }
    }
};
WALWIRE_PLUGIN(print_sink, "print", "1.0.0", "Prints every change behind a prefix.")
