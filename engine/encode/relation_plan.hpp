// What can be written of a relation before its rows come: names as text, and each column's way.
#pragma once

#include "encode/encoder.hpp"
#include "encode/json_writer.hpp"
#include "encode/value_plan.hpp"

#include <cstdint>
#include <span>
#include <vector>
#include <walwire/event.h>

namespace walwire::engine {

struct column_plan {
    fragment name; // `,"id":`
    fragment line; // `,\n  "id": `; text only
    value_form form = value_form::string;
    const value_plan* structure = nullptr; // of a column that structured_row renders
};

// Belongs to one version of a relation and one encoder. Keeps no pointer into the relation.
class relation_plan {
public:
    // `types`: of the columns; nullptr when nothing is known of them.
    relation_plan(const walwire_relation& of, const encode_options& options,
                  std::shared_ptr<const type_set> types);

    std::span<const column_plan> columns() const { return columns_; }
    // Indexes of the columns that identify a row, in the order of the columns.
    std::span<const std::uint32_t> key_columns() const { return key_columns_; }
    // Indexes of all columns, sorted by the bytes of their names; text only.
    std::span<const std::uint32_t> sorted_columns() const { return sorted_columns_; }
    // Indexes of the columns with a structure. In text only a key has to become JSON.
    std::span<const std::uint32_t> structured_columns() const { return structured_columns_; }
    // Composites of rows that were written before it may have had another definition.
    lsn since_lsn() const { return types_ ? types_->since_lsn : lsn{}; }
    const std::shared_ptr<const type_set>& types() const { return types_; }
    // json `,"schema":"public","table":"users"`; text ` table=users lsn=`.
    const fragment& table() const { return table_; }
    // Room for one row without its values: the names, and `null` for each.
    std::size_t row_bound() const { return row_bound_; }

private:
    std::shared_ptr<const type_set> types_;
    value_plans values_;
    std::vector<column_plan> columns_;
    std::vector<std::uint32_t> key_columns_;
    std::vector<std::uint32_t> structured_columns_;
    std::vector<std::uint32_t> sorted_columns_;
    fragment table_;
    std::size_t row_bound_ = 8;
};

} // namespace walwire::engine
