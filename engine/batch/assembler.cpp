#include "batch/assembler.hpp"

#include "batch/broken.hpp"
#include "decode/parse.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace walwire::engine {

namespace {

constexpr std::uint64_t frames_max = std::numeric_limits<std::uint32_t>::max();
// Logical messages with this prefix are walwire's own and reach no sink.
constexpr std::string_view own_prefix = "walwire.";

std::uint32_t state_of(value_state state) {
    switch (state) {
    case value_state::null:
        return WALWIRE_VALUE_NULL;
    case value_state::text:
        return WALWIRE_VALUE_TEXT;
    case value_state::unchanged:
        break;
    }
    return WALWIRE_VALUE_UNCHANGED;
}

relation_question question_of(const relation& announced) {
    relation_question made{.oid = announced.oid,
                           .name = fmt::format("{}.{}", announced.schema, announced.table),
                           .is_full = announced.identity == replica_identity::full,
                           .columns = {}};
    for (const auto& column : announced.columns)
        made.columns.push_back({column.name, column.type_oid, column.type_modifier, column.is_key});
    return made;
}

} // namespace

assembler::assembler(assembler_config config, std::shared_ptr<memory_budget> budget)
    : config_{std::move(config)}, budget_{std::move(budget)}, content_{budget_->pool()} {}

result<void> assembler::add(lsn wal_lsn, std::string_view bytes) {
    if (has_reached_end_) return {};
    // Rows point into the arena; so the message is copied first and parsed where it will stay.
    const auto kept = content_.memory.copy(bytes);
    const auto parsed = parse(kept, buffer_);
    if (!parsed) return std::unexpected{parsed.error()};
    return std::visit([&](const auto& found) { return take(wal_lsn, found); }, *parsed);
}

void assembler::restart() {
    known_.clear();
    last_known_ = nullptr;
    transaction_.reset();
    content_ = batch_content{budget_->pool()};
    ++batch_number_;
    has_reached_end_ = false;
}

std::shared_ptr<const batch> assembler::seal() {
    if (is_empty()) {
        // Messages may have left nothing but their bytes: a skipped transaction has no end.
        content_.memory = arena{budget_->pool()};
        budget_->pool()->trim(); // what the stream has no use for, when it is quiet
        return nullptr;
    }
    expected_events_ = content_.events.size();
    auto sealed = std::make_shared<const batch>(
        std::exchange(content_, batch_content{budget_->pool()}), budget_);
    ++batch_number_;
    if (transaction_) transaction_->current = nullptr; // the next batch needs a copy of its own
    return sealed;
}

// ---- the frame of a transaction -----------------------------------------------------------------

result<void> assembler::take(lsn wal_lsn, const begin_message& begin) {
    if (transaction_) return std::unexpected{begin_inside()};
    if (config_.end_at && begin.commit_lsn >= config_.end_at) {
        has_reached_end_ = true;
        return {};
    }
    transaction_.emplace();
    transaction_->begin = begin;
    transaction_->begin_wal_lsn = wal_lsn;
    transaction_->is_skipped = begin.commit_lsn < config_.skip_below;
    return {};
}

result<void> assembler::take(lsn wal_lsn, const commit_message& commit) {
    if (!transaction_) return std::unexpected{commit_outside()};
    const auto open_lsn = transaction_->begin.commit_lsn;
    if (commit.commit_lsn != open_lsn)
        return std::unexpected{commit_of_another(commit.commit_lsn, open_lsn)};
    if (!transaction_->is_skipped) {
        write_begin();
        const position at{.commit_lsn = commit.commit_lsn, .index = transaction_->frames + 1};
        add_event(WALWIRE_COMMIT, wal_lsn, at).transaction = current_transaction();
        transaction_->current->end_lsn = commit.end_lsn.value;
    }
    content_.commits.push_back({content_.events.size(), commit.end_lsn});
    transaction_.reset();
    if (config_.end_at && commit.end_lsn >= config_.end_at) has_reached_end_ = true;
    return {};
}

result<void> assembler::take(lsn, const origin_message& origin) {
    if (!transaction_) return std::unexpected{origin_outside()};
    transaction_->origin = origin.name;
    return {};
}

// The C struct is copied once per batch, because batches live and die apart.
const walwire_transaction* assembler::current_transaction() {
    if (transaction_->current == nullptr) {
        auto* copy = content_.memory.make<walwire_transaction>();
        copy->size = sizeof *copy;
        copy->xid = transaction_->begin.xid;
        copy->commit_lsn = transaction_->begin.commit_lsn.value;
        copy->commit_time_us = transaction_->begin.commit_time_us;
        copy->origin = to_str(content_.memory.copy(transaction_->origin));
        transaction_->current = copy;
    }
    return transaction_->current;
}

// Held back until something follows, so that no batch ends with it.
void assembler::write_begin() {
    if (std::exchange(transaction_->has_begun, true)) return;
    const position at{.commit_lsn = transaction_->begin.commit_lsn, .index = 0};
    add_event(WALWIRE_BEGIN, transaction_->begin_wal_lsn, at).transaction = current_transaction();
}

// Counts a frame; whether it is wanted.
result<bool> assembler::begin_frame(const char* what) {
    if (!transaction_) return std::unexpected{frame_outside(what)};
    if (++transaction_->frames > frames_max)
        return std::unexpected{too_many_frames(transaction_->begin.xid)};
    return !transaction_->is_skipped;
}

walwire_event& assembler::add_event(std::uint32_t kind, lsn wal_lsn, const position& at) {
    if (content_.events.size() == content_.events.capacity()) [[unlikely]]
        make_room();
    return content_.events.append({
        .size = sizeof(walwire_event),
        .kind = kind,
        .position = to_c(at),
        .wal_lsn = wal_lsn.value,
        .transaction = nullptr,
        .relation = nullptr,
        .before = nullptr,
        .after = nullptr,
        .truncate = nullptr,
        .message = nullptr,
        .gap = nullptr,
    });
}

// A batch that has begun to grow becomes as large as the one before, at once and not by doubling;
// one of a few rows stays small.
void assembler::make_room() {
    constexpr std::size_t first_events = 16;
    const auto size = content_.events.size();
    content_.events.reserve(size == 0 ? first_events : std::max(2 * size, expected_events_));
}

// ---- relations ----------------------------------------------------------------------------------

result<void> assembler::take(lsn, const relation_message& announced) {
    auto described = relations_.announce(announced);
    auto& known = known_[announced.oid];
    const bool is_same =
        known.described && known.described->described().version == described->version;
    // What the catalogs say may have changed even so: the server does not repeat itself for
    // nothing.
    known = {make_shape(std::move(described)), 0, is_same && known.is_announced};
    return {};
}

std::shared_ptr<const shape> assembler::make_shape(std::shared_ptr<const relation> described) {
    auto& version = versions_[described->oid];
    if (version.relation_version != described->version)
        version = {described->version, std::make_shared<shape_version>(described->version)};
    std::shared_ptr<relation_lookup> lookup;
    if (config_.ask) lookup = config_.ask(question_of(*described));
    return std::make_shared<const shape>(std::move(described), version.version, std::move(lookup));
}

// A Type message names a type that is not built in; the catalog says what the row needs of it.
result<void> assembler::take(lsn, const type_message&) { return {}; }

result<known_relation*> assembler::find_relation(std::uint32_t oid) {
    if (last_known_ != nullptr && last_oid_ == oid) return last_known_;
    const auto found = known_.find(oid);
    if (found == known_.end()) return std::unexpected{undescribed_relation(oid)};
    last_oid_ = oid;
    last_known_ = &found->second;
    return last_known_;
}

void assembler::use(known_relation& known) {
    if (std::exchange(known.batch, batch_number_) != batch_number_)
        content_.shapes.push_back(known.described);
}

// ---- rows ---------------------------------------------------------------------------------------

// nullptr: the transaction is skipped.
result<walwire_event*> assembler::begin_row(lsn wal_lsn, std::uint32_t kind,
                                            std::uint32_t relation_oid) {
    const auto wanted = begin_frame("a row");
    if (!wanted) return std::unexpected{wanted.error()};
    if (!*wanted) return nullptr;
    const auto known = find_relation(relation_oid);
    if (!known) return std::unexpected{known.error()};
    use(**known);
    write_begin();
    const position at{.commit_lsn = transaction_->begin.commit_lsn, .index = transaction_->frames};
    const auto* relation = &(*known)->described->view();
    if (!std::exchange((*known)->is_announced, true)) {
        auto& schema = add_event(WALWIRE_SCHEMA, lsn{}, at);
        schema.transaction = current_transaction();
        schema.relation = relation;
    }
    auto& event = add_event(kind, wal_lsn, at);
    event.transaction = current_transaction();
    event.relation = relation;
    return &event;
}

result<walwire_value*> assembler::make_row(const known_relation& of, tuple values,
                                           old_image image) {
    const auto& columns = of.described->described().columns;
    if (values.size() != columns.size())
        return std::unexpected{other_columns(of.described->described(), values.size())};
    auto* row = content_.memory.make_raw<walwire_value>(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        row[i] = {.data = {values[i].data, values[i].size},
                  .state = state_of(values[i].state),
                  .flags = 0};
        // In a key-only old tuple the server sends NULL for what it leaves out.
        if (image == old_image::key && !columns[i].is_key) row[i].state = WALWIRE_VALUE_ABSENT;
    }
    return row;
}

result<void> assembler::take(lsn wal_lsn, const insert_message& row) {
    const auto event = begin_row(wal_lsn, WALWIRE_INSERT, row.relation_oid);
    if (!event) return std::unexpected{event.error()};
    if (*event == nullptr) return {};
    const auto after = make_row(*last_known_, row.after, old_image::none);
    if (!after) return std::unexpected{after.error()};
    (*event)->after = *after;
    return {};
}

result<void> assembler::take(lsn wal_lsn, const update_message& row) {
    const auto event = begin_row(wal_lsn, WALWIRE_UPDATE, row.relation_oid);
    if (!event) return std::unexpected{event.error()};
    if (*event == nullptr) return {};
    const auto after = make_row(*last_known_, row.after, old_image::none);
    if (!after) return std::unexpected{after.error()};
    (*event)->after = *after;
    if (row.old == old_image::none) return {};
    const auto before = make_row(*last_known_, row.before, row.old);
    if (!before) return std::unexpected{before.error()};
    (*event)->before = *before;
    // An old tuple is sent with its TOASTed values: what did not change is known after all.
    for (std::size_t i = 0; i < row.after.size(); ++i)
        if ((*after)[i].state == WALWIRE_VALUE_UNCHANGED &&
            (*before)[i].state == WALWIRE_VALUE_TEXT)
            (*after)[i] = (*before)[i];
    return {};
}

result<void> assembler::take(lsn wal_lsn, const delete_message& row) {
    const auto event = begin_row(wal_lsn, WALWIRE_DELETE, row.relation_oid);
    if (!event) return std::unexpected{event.error()};
    if (*event == nullptr) return {};
    const auto before = make_row(*last_known_, row.before, row.old);
    if (!before) return std::unexpected{before.error()};
    (*event)->before = *before;
    return {};
}

// ---- the rest -----------------------------------------------------------------------------------

result<void> assembler::take(lsn wal_lsn, const truncate_message& truncate) {
    const auto wanted = begin_frame("a Truncate");
    if (!wanted) return std::unexpected{wanted.error()};
    if (!*wanted) return {};
    const auto count = truncate.relation_oids.size();
    auto* relations = content_.memory.make_raw<const walwire_relation*>(count);
    for (std::size_t i = 0; i < count; ++i) {
        const auto known = find_relation(truncate.relation_oids[i]);
        if (!known) return std::unexpected{known.error()};
        use(**known);
        relations[i] = &(*known)->described->view();
    }
    auto* made = content_.memory.make<walwire_truncate>();
    made->size = sizeof *made;
    if (truncate.cascade) made->flags |= WALWIRE_TRUNCATE_CASCADE;
    if (truncate.restart_identity) made->flags |= WALWIRE_TRUNCATE_RESTART_IDENTITY;
    made->relations = relations;
    made->relation_count = count;
    write_begin();
    const position at{.commit_lsn = transaction_->begin.commit_lsn, .index = transaction_->frames};
    auto& event = add_event(WALWIRE_TRUNCATE, wal_lsn, at);
    event.transaction = current_transaction();
    event.truncate = made;
    return {};
}

result<void> assembler::take(lsn wal_lsn, const logical_message& sent) {
    // The server gives the end of the message's record, which the commit record behind it may
    // share as its LSN; the record's last byte nothing else can have.
    const position outside{.commit_lsn = lsn{sent.message_lsn.value - 1}, .index = 0};
    if (sent.transactional) {
        const auto wanted = begin_frame("a transactional message");
        if (!wanted) return std::unexpected{wanted.error()};
        if (!*wanted) return {};
    } else if (config_.end_at && outside.commit_lsn >= config_.end_at) {
        has_reached_end_ = true;
        return {};
    } else if (outside.commit_lsn < config_.skip_below) {
        return {};
    }
    if (sent.prefix.starts_with(own_prefix)) return {};
    auto* made = content_.memory.make<walwire_message>();
    made->size = sizeof *made;
    made->transactional = sent.transactional ? 1 : 0;
    made->prefix = to_str(sent.prefix);
    made->content = to_str(sent.content);
    if (!sent.transactional) {
        add_event(WALWIRE_MESSAGE, wal_lsn, outside).message = made;
        return {};
    }
    write_begin();
    const position at{.commit_lsn = transaction_->begin.commit_lsn, .index = transaction_->frames};
    auto& event = add_event(WALWIRE_MESSAGE, wal_lsn, at);
    event.transaction = current_transaction();
    event.message = made;
    return {};
}

} // namespace walwire::engine
