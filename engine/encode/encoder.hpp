// One dialect's way of writing an event. An encoder belongs to a view, which calls it under its own
// lock: never two calls at a time, but from whichever lane needs a batch first.
#pragma once

#include "base/byte_buffer.hpp"
#include "source/type_info.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <walwire/event.h>

namespace walwire::engine {

enum class dialect : std::uint8_t { json, text };

std::optional<dialect> parse_dialect(std::string_view name);
std::string_view to_string(dialect of);

struct encode_options {
    dialect format = dialect::json;
    bool numbers_as_strings = false; // int8 and numeric, for clients that would round them
    friend bool operator==(const encode_options&, const encode_options&) = default;
};

// Where the payloads of a batch go: all data in one run, each followed by the terminator.
struct encode_output {
    byte_buffer& data; // what plugins write
    byte_buffer& keys; // keys that are not a part of the data
};

// Where one payload lies. Offsets, because the buffers may still move.
struct encoded {
    std::size_t data_offset = 0;
    std::size_t data_size = 0; // without the terminator
    std::size_t key_offset = 0;
    std::size_t key_size = 0; // 0: no key
    bool key_is_in_data = false;
    std::uint32_t flags = 0; // WALWIRE_PAYLOAD_*
};

// A relation whose rows come next, and what its columns' types are made of.
struct described_relation {
    const walwire_relation* relation = nullptr;
    std::shared_ptr<const type_set> types; // nullptr: nobody knows
};

class encoder {
public:
    virtual ~encoder() = default;
    virtual std::string_view content_type() const = 0;
    virtual std::string_view terminator() const = 0;

    // Before the events of a batch: all relations that they name.
    virtual void prepare(std::span<const described_relation> relations) = 0;

    // Appends the payload of the event and the terminator. nullopt, and nothing appended, when the
    // dialect has none for this kind of event.
    virtual std::optional<encoded> encode(const walwire_event& event, encode_output out) = 0;
};

std::unique_ptr<encoder> make_encoder(const encode_options& options);

} // namespace walwire::engine
