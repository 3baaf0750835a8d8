#include "batch/shape.hpp"

#include "batch/type_name.hpp"

#include <utility>

namespace walwire::engine {

shape::shape(std::shared_ptr<const relation> of) : relation_{std::move(of)} {
    // With REPLICA IDENTITY FULL the server flags every column; which of them are the key only the
    // catalog knows.
    const bool is_full = relation_->identity == replica_identity::full;
    const auto count = relation_->columns.size();
    type_names_.reserve(count);
    columns_.reserve(count);
    column_pointers_.reserve(count);
    for (const auto& column : relation_->columns) {
        type_names_.push_back(builtin_type_name(column.type_oid, column.type_modifier));
        walwire_column made{};
        made.size = sizeof made;
        made.flags = column.is_key && !is_full ? std::uint32_t{WALWIRE_COLUMN_KEY} : 0;
        made.type_oid = column.type_oid;
        made.type_modifier = column.type_modifier;
        made.name = to_str(column.name);
        made.type_name = to_str(type_names_.back());
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

} // namespace walwire::engine
