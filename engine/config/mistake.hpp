// What is wrong in a configuration file, and where: for people, who then see the line itself.
//
//     error[config.type]: `max_events` must be an integer
//       --> /etc/walwire/walwire.toml:47:24
//        |
//     47 | batch = { max_events = "ten" }
//        |                        ^^^^^ found a string
//        = help: write  max_events = 10
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace walwire::engine {

// Where something stands in a file: lines and columns from 1 on, columns in characters. Line 0 is
// nowhere: something that is missing.
struct text_place {
    std::uint32_t line = 0;
    std::uint32_t column = 0;
    std::uint32_t length = 1; // characters, all in that line

    friend bool operator==(const text_place&, const text_place&) = default;
};

struct config_mistake {
    std::string id; // listed in docs/errors.md
    std::string message;
    std::string help;  // may be empty
    std::string label; // what was found there, beside the carets; may be empty
    text_place where;
};

// One report of all of them, in the order of the file, an empty line between two. Nothing in it can
// move a cursor, whatever the file holds.
std::string to_text(std::vector<config_mistake> found, std::string_view file,
                    std::string_view content);

} // namespace walwire::engine
