#include "encode/view.hpp"

#include "base/log.hpp"
#include "base/printable.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <string>
#include <utility>

namespace walwire::engine {

namespace {

constexpr operation_set bit(std::uint32_t kind) { return operation_set{1} << kind; }
// A bound, not a tuning: a view forgets what it knows of relations and learns it again.
constexpr std::size_t remembered_relations_max = 65'536;
constexpr std::size_t name_max = 64; // bytes of a name in the log; PostgreSQL has no longer ones

} // namespace

operation_set parse_operation(std::string_view name) {
    if (name == "insert") return bit(WALWIRE_INSERT);
    if (name == "update") return bit(WALWIRE_UPDATE);
    if (name == "delete") return bit(WALWIRE_DELETE);
    if (name == "truncate") return bit(WALWIRE_TRUNCATE);
    if (name == "message") return bit(WALWIRE_MESSAGE);
    if (name == "snapshot") return bit(WALWIRE_SNAPSHOT_ROW);
    if (name == "schema") return bit(WALWIRE_SCHEMA);
    return 0;
}

view::view(view_config config)
    : config_{std::move(config)}, encoder_{make_encoder(config_.encoding)} {}

std::optional<view_result> view::apply(const batch& source) {
    const std::lock_guard lock{mutex_};
    if (!resolve(source)) return std::nullopt;
    view_result result;
    result.events.reserve(source.events().size());
    auto commit = source.commits().begin();
    std::size_t seen = 0;
    const auto take_commits = [&] {
        for (; commit != source.commits().end() && commit->event_count <= seen; ++commit)
            result.commits.push_back({result.events.size(), commit->end_lsn});
    };
    for (const auto& event : source.events()) {
        take_commits();
        take(event, result);
        ++seen;
    }
    take_commits();
    if (config_.payloads && !result.events.empty()) encode(result, source.bytes());
    return result;
}

// Everything below reads relations as the catalogs complete them.
bool view::resolve(const batch& source) {
    described_.clear();
    partial_.clear();
    if (source.shapes().empty()) return true;
    const lsn last{source.events().back().position.lsn}; // they stand in commit order
    for (const auto& one : source.shapes()) {
        auto types = one->resolve(last);
        if (!types) return false;
        described_.push_back({&one->view(), *std::move(types)});
        if (one->has_partial_old_rows()) partial_.push_back(&one->view());
    }
    encoder_->prepare(described_);
    return true;
}

bool view::accepts_table(const walwire_relation& relation) {
    if (config_.tables.empty() && config_.within.empty()) return true;
    if (relation.version == last_version_) return last_accepted_;
    if (accepted_relations_.size() >= remembered_relations_max) accepted_relations_.clear();
    const auto [known, is_new] = accepted_relations_.try_emplace(relation.version, false);
    if (is_new) {
        const auto schema = to_view(relation.schema);
        const auto table = to_view(relation.table);
        known->second = matches_any(config_.tables, schema, table) &&
                        matches_any(config_.within, schema, table);
    }
    last_version_ = relation.version;
    last_accepted_ = known->second;
    return last_accepted_;
}

bool view::accepts(const walwire_event& event) {
    if (event.kind == WALWIRE_GAP) return true; // nobody may filter out that something is gone
    if ((config_.operations & bit(event.kind)) == 0) return false;
    return event.relation == nullptr || accepts_table(*event.relation);
}

void view::take(const walwire_event& event, view_result& result) {
    switch (event.kind) {
    case WALWIRE_BEGIN:
        is_begin_owed_ = config_.transactions;
        owed_begin_wal_lsn_ = event.wal_lsn;
        return;
    case WALWIRE_COMMIT:
        // Of a transaction that left nothing in this view there is no BEGIN and no COMMIT either.
        if (config_.transactions && !std::exchange(is_begin_owed_, false))
            result.events.push_back(&event);
        return;
    case WALWIRE_SCHEMA:
        shown_schemas_.erase(event.relation->version);
        last_shown_ = 0;
        return;
    case WALWIRE_TRUNCATE:
        if (!accepts(event)) return;
        if (const auto* narrowed = narrow_truncate(event, result)) {
            pay_debts(event, result);
            result.events.push_back(narrowed);
        }
        return;
    default:
        if (!accepts(event)) return;
        pay_debts(event, result);
        result.events.push_back(partial_.empty() ? &event : without_unsent(event, result));
    }
}

// BEGIN and SCHEMA stand before the first event that passes, with the position that they have
// there.
void view::pay_debts(const walwire_event& event, view_result& result) {
    if (is_begin_owed_ && event.transaction != nullptr) {
        is_begin_owed_ = false;
        auto* begin = result.made.make<walwire_event>();
        begin->size = sizeof *begin;
        begin->kind = WALWIRE_BEGIN;
        begin->position = {
            .lsn = event.transaction->commit_lsn, .phase = 1, .reserved = 0, .index = 0};
        begin->wal_lsn = owed_begin_wal_lsn_;
        begin->transaction = event.transaction;
        result.events.push_back(begin);
    }
    if (event.relation == nullptr || (config_.operations & bit(WALWIRE_SCHEMA)) == 0) return;
    if (std::exchange(last_shown_, event.relation->version) == event.relation->version) return;
    if (shown_schemas_.size() >= remembered_relations_max) shown_schemas_.clear();
    if (!shown_schemas_.insert(event.relation->version).second) return;
    auto* schema = result.made.make<walwire_event>();
    schema->size = sizeof *schema;
    schema->kind = WALWIRE_SCHEMA;
    schema->position = event.position;
    schema->transaction = event.transaction;
    schema->relation = event.relation;
    result.events.push_back(schema);
}

// A copy without the NULLs in its old row that stand for what was not sent, if it may have some.
const walwire_event* view::without_unsent(const walwire_event& event, view_result& result) {
    if (event.before == nullptr || std::ranges::find(partial_, event.relation) == partial_.end())
        return &event;
    const auto& relation = *event.relation;
    auto* before = result.made.make_raw<walwire_value>(relation.column_count);
    for (std::size_t i = 0; i < relation.column_count; ++i) {
        before[i] = event.before[i];
        if (before[i].state == WALWIRE_VALUE_NULL) before[i].state = WALWIRE_VALUE_ABSENT;
    }
    auto* copy = result.made.make<walwire_event>();
    *copy = event;
    copy->before = before;
    return copy;
}

// The event itself when every table passes, a narrower copy when some do, nullptr when none does.
const walwire_event* view::narrow_truncate(const walwire_event& event, view_result& result) {
    const auto& whole = *event.truncate;
    std::vector<const walwire_relation*> kept;
    for (std::size_t i = 0; i < whole.relation_count; ++i)
        if (accepts_table(*whole.relations[i])) kept.push_back(whole.relations[i]);
    if (kept.size() == whole.relation_count) return &event;
    if (kept.empty()) return nullptr;
    auto* relations = result.made.make_raw<const walwire_relation*>(kept.size());
    std::ranges::copy(kept, relations);
    auto* narrower = result.made.make<walwire_truncate>();
    *narrower = whole;
    narrower->relations = relations;
    narrower->relation_count = kept.size();
    auto* copy = result.made.make<walwire_event>();
    *copy = event;
    copy->truncate = narrower;
    return copy;
}

void view::encode(view_result& result, std::size_t source_bytes) {
    // JSON is about as long as the rows it comes from; growing later costs a copy, no more.
    static_cast<void>(result.data.reserve(source_bytes));
    std::vector<encoded> made;
    made.reserve(result.events.size());
    std::vector<std::uint32_t> event_of;
    event_of.reserve(result.events.size());
    result.payload_of_event.reserve(result.events.size() + 1);
    for (std::size_t i = 0; i < result.events.size(); ++i) {
        result.payload_of_event.push_back(made.size());
        const auto before = notes();
        const auto one = encoder_->encode(*result.events[i], {result.data, result.keys});
        if (notes() != before) tell(*result.events[i], before);
        if (!one) continue;
        made.push_back(*one);
        event_of.push_back(static_cast<std::uint32_t>(i));
    }
    result.payload_of_event.push_back(made.size());
    // Only now do the buffers stay where they are.
    result.payloads.reserve(made.size());
    result.payload_offsets.reserve(made.size() + 1);
    for (std::size_t i = 0; i < made.size(); ++i) {
        const auto& event = *result.events[event_of[i]];
        const auto* keys = made[i].key_is_in_data ? result.data.data() : result.keys.data();
        walwire_payload payload{};
        payload.size = sizeof payload;
        payload.kind = event.kind;
        payload.flags = made[i].flags;
        payload.data = {result.data.data() + made[i].data_offset, made[i].data_size};
        if (made[i].key_size != 0) payload.key = {keys + made[i].key_offset, made[i].key_size};
        payload.relation = event.relation;
        payload.position = event.position;
        payload.first_event = event_of[i];
        payload.event_count = 1;
        result.payloads.push_back(payload);
        result.payload_offsets.push_back(made[i].data_offset);
    }
    result.payload_offsets.push_back(result.data.size());
}

// Once per shape of a table: whoever reads the log should know which, not how often.
void view::tell(const walwire_event& event, const conversion_notes& before) {
    const auto of =
        event.relation == nullptr
            ? std::string{"a message"}
            : fmt::format("table {}.{}", printable(to_view(event.relation->schema), name_max),
                          printable(to_view(event.relation->table), name_max));
    const auto version = event.relation == nullptr ? 0 : event.relation->version;
    const auto is_first = [&](auto& told) {
        if (told.size() >= remembered_relations_max) told.clear();
        return told.insert(version).second;
    };
    if (notes().replaced != before.replaced && is_first(told_replaced_))
        log::warn("value.not_utf8",
                  fmt::format(
                      "{} holds bytes that are not UTF-8; each such sequence becomes U+FFFD", of));
    if (notes().as_text != before.as_text && is_first(told_as_text_))
        log::warn("value.as_text",
                  fmt::format("{} has a composite value whose type may have changed since it was "
                              "written; such values are sent as their text",
                              of));
}

} // namespace walwire::engine
