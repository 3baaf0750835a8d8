// Messages of one stream, in wire order, to batches of committed events.
//
//     transaction = Begin Origin? (Relation | Type | row | Truncate | Message)* Commit
//
// Protocol 1 sends a transaction whole, at its commit, so nothing is held back until the Commit: a
// large one passes through, and its commit point stands in the batch that has the Commit. Positions
// are given here, in wire order, before any filter.
#pragma once

#include "base/failure.hpp"
#include "base/memory_budget.hpp"
#include "batch/batch.hpp"
#include "decode/message.hpp"
#include "decode/relation_cache.hpp"

#include <memory>
#include <optional>
#include <unordered_map>

namespace walwire::engine {

struct assembler_config {
    lsn skip_below; // transactions with a commit LSN below it give a commit point and no events
    lsn end_at;     // nothing that commits at or after it is taken; 0/0: no end
    ask_catalog ask = {}; // none: Relation messages are all that is known of tables
};

// Between its Begin and its Commit.
struct open_transaction {
    begin_message begin;
    std::string origin;
    lsn begin_wal_lsn;
    std::uint64_t frames = 0;
    bool is_skipped = false;
    bool has_begun = false;                 // its BEGIN stands in a batch
    walwire_transaction* current = nullptr; // its copy in the open batch
};

struct known_relation {
    std::shared_ptr<const shape> described;
    std::uint64_t batch = 0; // the last batch that keeps it alive
    bool is_announced = false;
};

// Owned by the source thread. A failure leaves it unusable: the stream cannot be followed further.
class assembler {
public:
    assembler(assembler_config config, std::shared_ptr<memory_budget> budget);

    // One pgoutput message, with the WAL position of the frame that brought it.
    result<void> add(lsn wal_lsn, std::string_view bytes);

    // The stream begins again, at or before where it was: what is open is dropped. An equal shape
    // keeps its version, and is announced again.
    void restart();

    // What has been assembled since the last seal; nullptr when that is nothing. Never ends with
    // BEGIN or SCHEMA: those are written together with the event they stand before.
    std::shared_ptr<const batch> seal();

    std::size_t open_bytes() const { return content_.held_bytes(); }
    bool is_empty() const { return content_.events.size() == 0 && content_.commits.empty(); }
    // Whether everything that was received is in a batch, so that a keepalive behind it may be
    // adopted: not inside a transaction, whose Commit says more, nor behind the end, where what is
    // received is dropped.
    bool has_all_before_a_keepalive() const { return !transaction_ && !has_reached_end_; }
    bool has_reached_end() const { return has_reached_end_; }

private:
    result<void> add_other(lsn wal_lsn, std::string_view kept);
    result<void> take(lsn wal_lsn, const begin_message& begin);
    result<void> take(lsn wal_lsn, const commit_message& commit);
    result<void> take(lsn wal_lsn, const origin_message& origin);
    result<void> take(lsn wal_lsn, const relation_message& announced);
    result<void> take(lsn wal_lsn, const type_message& type);
    result<void> take(lsn wal_lsn, const insert_message& row);
    result<void> take(lsn wal_lsn, const update_message& row);
    result<void> take(lsn wal_lsn, const delete_message& row);
    result<void> take(lsn wal_lsn, const truncate_message& truncate);
    result<void> take(lsn wal_lsn, const logical_message& sent);

    bool count_frame();
    [[gnu::cold]] failure uncounted(std::string_view what) const;
    result<bool> begin_frame(std::string_view what);
    known_relation* find_relation(std::uint32_t oid);
    known_relation* find_other_relation(std::uint32_t oid);
    known_relation* begin_row(std::uint32_t relation_oid);
    [[gnu::cold]] result<void> no_row(std::uint32_t relation_oid) const;
    walwire_event& add_row(std::uint32_t kind, lsn wal_lsn, known_relation& of);
    walwire_event& add_event(std::uint32_t kind, lsn wal_lsn, const position& at);
    void make_room();
    void announce(known_relation& known);
    void use(known_relation& known);
    std::shared_ptr<const shape> make_shape(std::shared_ptr<const relation> described);
    void keep_alive(known_relation& known);
    walwire_transaction* current_transaction();
    walwire_transaction* enter_batch();
    position frame_position() const;

    assembler_config config_;
    std::shared_ptr<memory_budget> budget_;
    message_buffer buffer_;
    relation_cache relations_;
    std::unordered_map<std::uint32_t, known_relation> known_;
    struct versioned {
        std::uint64_t relation_version = 0;
        std::shared_ptr<shape_version> version;
    };
    std::unordered_map<std::uint32_t, versioned> versions_; // outlive a restart
    std::uint32_t last_oid_ = 0;
    known_relation* last_known_ = nullptr; // of last_oid_; nodes of the map do not move
    std::optional<open_transaction> transaction_;
    batch_content content_;
    std::size_t expected_events_ = 0; // as many as the last batch has
    std::uint64_t batch_number_ = 1;
    bool has_reached_end_ = false;
};

} // namespace walwire::engine
