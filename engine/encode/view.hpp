// What a sink sees: which events, and how they are written.
//
// Sinks with equal settings share one view, so that filtering and encoding happen once per batch
// and view, by the first lane that needs it, and the others wait for it.
#pragma once

#include "base/table_pattern.hpp"
#include "batch/batch.hpp"
#include "encode/encoder.hpp"
#include "encode/notes.hpp"
#include "encode/viewed_batch.hpp"

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace walwire::engine {

// A set of event kinds, one bit each (1 << WALWIRE_INSERT, ...).
using operation_set = std::uint32_t;

// "insert", "update", "delete", "truncate", "message", "snapshot", "schema"; 0 for anything else.
operation_set parse_operation(std::string_view name);

struct view_config {
    std::vector<table_pattern> tables; // empty: every table
    std::vector<table_pattern> within; // the source's, which no sink gets more of; empty: every one
    operation_set operations = ~operation_set{0};
    bool transactions = false; // BEGIN and COMMIT too
    bool payloads = true;      // false: events alone, nothing is encoded
    encode_options encoding;
    friend bool operator==(const view_config&, const view_config&) = default;
};

class view {
public:
    explicit view(view_config config);

    const view_config& config() const { return config_; }
    std::string_view content_type() const { return encoder_->content_type(); }
    std::string_view terminator() const { return encoder_->terminator(); }

    // Filters and encodes. Any lane, one at a time, batches in stream order: what a filtered event
    // leaves owing (a SCHEMA, a BEGIN) is paid before the next event that passes. Waits for what
    // the catalogs say of the batch's tables; nullopt: told to give up, the view is as it was.
    std::optional<view_result> apply(const batch& source);

private:
    bool resolve(const batch& source);
    bool accepts(const walwire_event& event);
    bool accepts_table(const walwire_relation& relation);
    void take(const walwire_event& event, view_result& result);
    void pay_debts(const walwire_event& event, view_result& result);
    const walwire_event* without_unsent(const walwire_event& event, view_result& result);
    const walwire_event* narrow_truncate(const walwire_event& event, view_result& result);
    void encode(view_result& result, std::size_t source_bytes);
    void tell(const walwire_event& event, const conversion_notes& before);

    const view_config config_;
    const std::unique_ptr<encoder> encoder_;
    std::mutex mutex_;                                // protects everything below, and the encoder
    std::vector<described_relation> described_;       // of the batch at hand
    std::vector<const walwire_relation*> partial_;    // those of them with partial old rows
    std::unordered_set<std::uint64_t> told_replaced_; // versions whose rows were named in the log
    std::unordered_set<std::uint64_t> told_as_text_;
    std::unordered_map<std::uint64_t, bool> accepted_relations_; // by version
    std::uint64_t last_version_ = 0;
    bool last_accepted_ = false;
    std::unordered_set<std::uint64_t> shown_schemas_; // versions; forgetting one repeats its SCHEMA
    std::uint64_t last_shown_ = 0;                    // one of them
    bool is_begin_owed_ = false;
    std::uint64_t owed_begin_wal_lsn_ = 0;
};

} // namespace walwire::engine
