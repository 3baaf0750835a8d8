#include "batch/assembler.hpp"

#include "batch/broken.hpp"
#include "decode/insert.hpp"
#include "decode/parse.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <fmt/format.h>
#include <limits>
#include <utility>

namespace walwire::engine {

namespace {

constexpr std::uint64_t frames_max = std::numeric_limits<std::uint32_t>::max();
// Logical messages with this prefix are walwire's own and reach no sink.
constexpr std::string_view own_prefix = "walwire.";

// A tuple already is what plugins read.
static_assert(sizeof(tuple_value) == sizeof(walwire_value));
static_assert(alignof(tuple_value) == alignof(walwire_value));
static_assert(offsetof(tuple_value, data) == offsetof(walwire_value, data.data));
static_assert(offsetof(tuple_value, size) == offsetof(walwire_value, data.size));
static_assert(offsetof(tuple_value, state) == offsetof(walwire_value, state));
static_assert(offsetof(tuple_value, flags) == offsetof(walwire_value, flags));
static_assert(std::uint32_t{WALWIRE_VALUE_NULL} == std::to_underlying(value_state::null));
static_assert(std::uint32_t{WALWIRE_VALUE_TEXT} == std::to_underlying(value_state::text));
static_assert(std::uint32_t{WALWIRE_VALUE_UNCHANGED} == std::to_underlying(value_state::unchanged));

// std::start_lifetime_as_array() of C++23, which libstdc++ does not have yet; no byte is moved.
walwire_value* to_values(tuple row) {
    return static_cast<walwire_value*>(std::memmove(row.data(), row.data(), row.size_bytes()));
}

// An old row. With a key-only one the server sends NULL for what it leaves out, and no column of an
// identity can be NULL. Which columns it is made of, the identity of a partition may say.
walwire_value* to_old_values(tuple row, old_image image) {
    auto* const values = to_values(row);
    if (image != old_image::key) return values;
    for (std::size_t i = 0; i < row.size(); ++i)
        if (values[i].state != WALWIRE_VALUE_TEXT) values[i].state = WALWIRE_VALUE_ABSENT;
    return values;
}

[[gnu::cold]] result<void> refused(const failure& found) { return std::unexpected{found}; }

bool is_row_of(const known_relation& of, tuple row) {
    return row.size() == of.described->view().column_count;
}

[[gnu::cold]] result<void> no_row_of(const known_relation& of, tuple row) {
    return std::unexpected{other_columns(of.described->described(), row.size())};
}

relation_question question_of(const relation& announced, const begin_message& in) {
    relation_question made{.oid = announced.oid,
                           .xid = in.xid,
                           .commit_lsn = in.commit_lsn,
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
    if (!is_insert(kept)) return add_other(wal_lsn, kept);
    const auto row = parse_insert(kept, content_.memory);
    if (!row) [[unlikely]]
        return refused(to_failure(row.error(), an_insert));
    return take(wal_lsn, *row);
}

result<void> assembler::add_other(lsn wal_lsn, std::string_view kept) {
    const auto parsed = parse(kept, content_.memory, buffer_);
    if (!parsed) return refused(parsed.error());
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
        auto* const current = current_transaction();
        current->end_lsn = commit.end_lsn.value;
        const position at{.commit_lsn = commit.commit_lsn, .index = transaction_->frames + 1};
        add_event(WALWIRE_COMMIT, wal_lsn, at).transaction = current;
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

// Of the frame that was counted last.
inline position assembler::frame_position() const {
    return {.commit_lsn = transaction_->begin.commit_lsn, .index = transaction_->frames};
}

// What an event of the transaction points to; asked for before the event is written, because the
// first that asks has BEGIN written: held back till then, so that no batch ends with it.
inline walwire_transaction* assembler::current_transaction() {
    return transaction_->current != nullptr ? transaction_->current : enter_batch();
}

// The C struct is copied once per batch, because batches live and die apart.
walwire_transaction* assembler::enter_batch() {
    auto* copy = content_.memory.make<walwire_transaction>();
    copy->size = sizeof *copy;
    copy->xid = transaction_->begin.xid;
    copy->commit_lsn = transaction_->begin.commit_lsn.value;
    copy->commit_time_us = transaction_->begin.commit_time_us;
    copy->origin = to_str(content_.memory.copy(transaction_->origin));
    transaction_->current = copy;
    if (!std::exchange(transaction_->has_begun, true)) {
        const position at{.commit_lsn = transaction_->begin.commit_lsn, .index = 0};
        add_event(WALWIRE_BEGIN, transaction_->begin_wal_lsn, at).transaction = copy;
    }
    return copy;
}

// False: it cannot be, see uncounted().
inline bool assembler::count_frame() {
    return transaction_ && ++transaction_->frames <= frames_max;
}

failure assembler::uncounted(std::string_view what) const {
    return transaction_ ? too_many_frames(transaction_->begin.xid) : frame_outside(what);
}

// Counts a frame; whether it is wanted.
result<bool> assembler::begin_frame(std::string_view what) {
    if (!count_frame()) return std::unexpected{uncounted(what)};
    return !transaction_->is_skipped;
}

inline walwire_event& assembler::add_event(std::uint32_t kind, lsn wal_lsn, const position& at) {
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
    if (config_.ask)
        lookup = config_.ask(
            question_of(*described, transaction_ ? transaction_->begin : begin_message{}));
    return std::make_shared<const shape>(std::move(described), version.version, std::move(lookup));
}

// A Type message names a type that is not built in; the catalog says what the row needs of it.
result<void> assembler::take(lsn, const type_message&) { return {}; }

// nullptr: no Relation message described it.
inline known_relation* assembler::find_relation(std::uint32_t oid) {
    return last_known_ != nullptr && last_oid_ == oid ? last_known_ : find_other_relation(oid);
}

known_relation* assembler::find_other_relation(std::uint32_t oid) {
    const auto found = known_.find(oid);
    if (found == known_.end()) return nullptr;
    last_oid_ = oid;
    last_known_ = &found->second;
    return last_known_;
}

inline void assembler::use(known_relation& known) {
    if (known.batch != batch_number_) keep_alive(known);
}

void assembler::keep_alive(known_relation& known) {
    known.batch = batch_number_;
    content_.shapes.push_back(known.described);
}

// ---- rows ---------------------------------------------------------------------------------------

// Whose row it is; nullptr: there is none to be made, and no_row() says why.
inline known_relation* assembler::begin_row(std::uint32_t relation_oid) {
    if (!count_frame() || transaction_->is_skipped) return nullptr;
    return find_relation(relation_oid);
}

result<void> assembler::no_row(std::uint32_t relation_oid) const {
    if (!transaction_ || transaction_->frames > frames_max)
        return std::unexpected{uncounted("a row")};
    if (transaction_->is_skipped) return {};
    return std::unexpected{undescribed_relation(relation_oid)};
}

inline walwire_event& assembler::add_row(std::uint32_t kind, lsn wal_lsn, known_relation& of) {
    const auto* const transaction = current_transaction();
    use(of);
    if (!of.is_announced) announce(of);
    auto& event = add_event(kind, wal_lsn, frame_position());
    event.transaction = transaction;
    event.relation = &of.described->view();
    return event;
}

void assembler::announce(known_relation& known) {
    known.is_announced = true;
    auto& schema = add_event(WALWIRE_SCHEMA, lsn{}, frame_position());
    schema.transaction = current_transaction();
    schema.relation = &known.described->view();
}

[[gnu::always_inline]] inline result<void> assembler::take(lsn wal_lsn, const insert_message& row) {
    auto* const known = begin_row(row.relation_oid);
    if (known == nullptr) return no_row(row.relation_oid);
    if (!is_row_of(*known, row.after)) return no_row_of(*known, row.after);
    add_row(WALWIRE_INSERT, wal_lsn, *known).after = to_values(row.after);
    return {};
}

result<void> assembler::take(lsn wal_lsn, const update_message& row) {
    auto* const known = begin_row(row.relation_oid);
    if (known == nullptr) return no_row(row.relation_oid);
    if (!is_row_of(*known, row.after)) return no_row_of(*known, row.after);
    auto& event = add_row(WALWIRE_UPDATE, wal_lsn, *known);
    auto* const after = to_values(row.after);
    event.after = after;
    if (row.old == old_image::none) return {};
    if (!is_row_of(*known, row.before)) return no_row_of(*known, row.before);
    const auto* const before = to_old_values(row.before, row.old);
    event.before = before;
    // An old tuple is sent with its TOASTed values: what did not change is known after all.
    for (std::size_t i = 0; i < row.after.size(); ++i)
        if (after[i].state == WALWIRE_VALUE_UNCHANGED && before[i].state == WALWIRE_VALUE_TEXT)
            after[i] = before[i];
    return {};
}

result<void> assembler::take(lsn wal_lsn, const delete_message& row) {
    auto* const known = begin_row(row.relation_oid);
    if (known == nullptr) return no_row(row.relation_oid);
    if (!is_row_of(*known, row.before)) return no_row_of(*known, row.before);
    add_row(WALWIRE_DELETE, wal_lsn, *known).before = to_old_values(row.before, row.old);
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
        auto* const known = find_relation(truncate.relation_oids[i]);
        if (known == nullptr)
            return std::unexpected{undescribed_relation(truncate.relation_oids[i])};
        use(*known);
        relations[i] = &known->described->view();
    }
    auto* made = content_.memory.make<walwire_truncate>();
    made->size = sizeof *made;
    if (truncate.cascade) made->flags |= WALWIRE_TRUNCATE_CASCADE;
    if (truncate.restart_identity) made->flags |= WALWIRE_TRUNCATE_RESTART_IDENTITY;
    made->relations = relations;
    made->relation_count = count;
    const auto* const transaction = current_transaction();
    auto& event = add_event(WALWIRE_TRUNCATE, wal_lsn, frame_position());
    event.transaction = transaction;
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
    const auto* const transaction = current_transaction();
    auto& event = add_event(WALWIRE_MESSAGE, wal_lsn, frame_position());
    event.transaction = transaction;
    event.message = made;
    return {};
}

} // namespace walwire::engine
