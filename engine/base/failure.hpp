// What can be expected to go wrong. Bugs are WALWIRE_ASSERT's; foreign errors become a failure in
// the one file that touches the foreign library.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <utility>

namespace walwire::engine {

enum class failure_code : std::uint8_t {
    usage,       // the command line
    config,      // a value that cannot be used
    environment, // something outside must be set up first: permission, wal_level, a missing slot
    connection,  // the server cannot be reached, or has gone; again may help
    server,      // the server answered with an error that will come again
    protocol,    // bytes that are not pgoutput as documented
    gap,         // changes are gone: a person must decide
    plugin,      // a library that cannot be used, or an instance that gave up
    io,          // a file or a descriptor of our own
    limit,       // a documented bound was reached
    interrupted, // we were told to stop
};

struct failure {
    failure_code code = failure_code::io;
    std::string id;      // stable dotted name, "pg.wal_level"; all are listed in docs/errors.md
    std::string message; // what, which, why; lower case
    std::string help;    // the mend; may be empty
    std::string subject = {}; // the path of the option that it is about; usually empty
};

template <class Value> using result = std::expected<Value, failure>;

// Whether the identical attempt may succeed later. This alone decides retries.
bool is_transient(const failure& found);

// 0 ok, 1 runtime failure, 2 usage or configuration, 3 environment, 5 a gap.
int exit_code(const failure& found);

// "error[pg.wal_level]: ...\n  = help: ...\n", the form every command prints.
std::string to_text(const failure& found);

} // namespace walwire::engine
