// Any text as a configuration file, and the report of what is wrong with it.
#include "config/loader.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view content{reinterpret_cast<const char*>(data), size};
    const auto loaded = walwire::engine::load_config(content);
    const auto report = walwire::engine::to_text(loaded.mistakes, "fuzz.toml", content);
    // A place for every option, and nothing in a report that moves a cursor.
    if (loaded.sinks.size() != loaded.values.sinks.size()) std::abort();
    for (std::size_t i = 0; i < loaded.sinks.size(); ++i)
        if (loaded.sinks[i].options.size() != loaded.values.sinks[i].options.size()) std::abort();
    for (const char byte : report)
        if (static_cast<unsigned char>(byte) < ' ' && byte != '\n') std::abort();
    return 0;
}
