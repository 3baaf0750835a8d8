// For people at a terminal: a blank line, `[INSERT] table=users lsn=0/16C752F8`, and the row,
// sorted by column, every value as PostgreSQL prints it. The shape of mujib77/pgstream.
#pragma once

#include "encode/encoder.hpp"
#include "encode/json_row.hpp"
#include "encode/plan_cache.hpp"
#include "encode/structured_row.hpp"

namespace walwire::engine {

class text_dialect final : public encoder {
public:
    explicit text_dialect(const encode_options& options) : plans_{options} {}

    std::string_view content_type() const override { return "text/plain; charset=utf-8"; }
    std::string_view terminator() const override { return "\n"; }
    void prepare(std::span<const described_relation> relations) override {
        plans_.prepare(relations);
    }
    std::optional<encoded> encode(const walwire_event& event, encode_output out) override;

private:
    encoded encode_row(const walwire_event& event, std::string_view title, encode_output out);
    encoded encode_truncate(const walwire_event& event, byte_buffer& data);
    encoded encode_message(const walwire_event& event, byte_buffer& data);
    encoded encode_gap(const walwire_event& event, byte_buffer& data);

    plan_cache plans_;
    structured_row structured_;
};

} // namespace walwire::engine
