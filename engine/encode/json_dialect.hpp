// One event, one line:
// {"op":"update","pos":"...","lsn":...,"key":{...},"before":null,"after":{...}}
//
// op, pos, lsn, xid, ts, origin; then schema, table, key, before, after, unchanged | tables,
// cascade, restart_identity | prefix, content, transactional | columns, updates. A gap has op, pos,
// from, to, code, text.
#pragma once

#include "encode/encoder.hpp"
#include "encode/json_writer.hpp"
#include "encode/plan_cache.hpp"
#include "encode/position_text.hpp"
#include "encode/structured_row.hpp"

namespace walwire::engine {

class json_dialect final : public encoder {
public:
    explicit json_dialect(const encode_options& options);

    std::string_view content_type() const override { return "application/x-ndjson"; }
    std::string_view terminator() const override { return "\n"; }
    void prepare(std::span<const described_relation> relations) override {
        plans_.prepare(relations);
    }
    std::optional<encoded> encode(const walwire_event& event, encode_output out) override;

private:
    encoded encode_row(const walwire_event& sent, const fragment& opening, byte_buffer& data);
    encoded encode_truncate(const walwire_event& event, byte_buffer& data);
    encoded encode_message(const walwire_event& event, byte_buffer& data);
    encoded encode_schema(const walwire_event& event, byte_buffer& data);
    encoded encode_gap(const walwire_event& event, byte_buffer& data);
    encoded encode_boundary(const walwire_event& event, const fragment& opening, byte_buffer& data);

    plan_cache plans_;
    structured_row structured_;
    position_text position_;
    // `{"op":"insert","pos":"`
    fragment begin_;
    fragment commit_;
    fragment insert_;
    fragment update_;
    fragment delete_;
    fragment snapshot_;
    fragment truncate_;
    fragment message_;
    fragment schema_;
    fragment gap_;
};

} // namespace walwire::engine
