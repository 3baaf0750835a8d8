#include "batch/shape.hpp"

#include <utility>

namespace walwire::engine {

std::uint64_t shape_version::of(const std::shared_ptr<const relation_facts>& facts) {
    const std::lock_guard lock{mutex_};
    if (facts_ && *facts_ != *facts) version_ = next_relation_version();
    facts_ = facts;
    return version_;
}

shape::shape(std::shared_ptr<const relation> of, std::shared_ptr<shape_version> version,
             std::shared_ptr<relation_lookup> lookup)
    : relation_{std::move(of)}, version_{std::move(version)}, lookup_{std::move(lookup)} {
    // With REPLICA IDENTITY FULL the server flags every column; which of them are the key only the
    // catalog knows.
    const bool is_full = relation_->identity == replica_identity::full;
    const auto count = relation_->columns.size();
    columns_.reserve(count);
    column_pointers_.reserve(count);
    for (const auto& column : relation_->columns) {
        walwire_column made{};
        made.size = sizeof made;
        made.flags = column.is_key && !is_full ? std::uint32_t{WALWIRE_COLUMN_KEY} : 0;
        made.type_oid = column.type_oid;
        made.type_modifier = column.type_modifier;
        made.name = to_str(column.name);
        columns_.push_back(made);
    }
    for (const auto& column : columns_) column_pointers_.push_back(&column);
    view_.size = sizeof view_;
    view_.oid = relation_->oid;
    view_.version = relation_->version;
    view_.schema = to_str(relation_->schema);
    view_.table = to_str(relation_->table);
    view_.columns = column_pointers_.data();
    view_.column_count = count;
}

std::optional<std::shared_ptr<const type_set>> shape::resolve(lsn through_lsn) const {
    if (!lookup_) return nullptr;
    auto found = lookup_->await(through_lsn);
    if (!found) return std::nullopt;
    std::call_once(settled_, [&] { settle(found->facts); });
    return std::move(found->types);
}

void shape::settle(const std::shared_ptr<const relation_facts>& facts) const {
    facts_ = facts;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        columns_[i].type_name = to_str(facts->type_names[i]);
        columns_[i].flags = facts->is_key[i] ? std::uint32_t{WALWIRE_COLUMN_KEY} : 0;
    }
    if (facts->is_inserts_only) view_.flags |= WALWIRE_RELATION_INSERTS_ONLY;
    view_.version = version_->of(facts);
}

} // namespace walwire::engine
