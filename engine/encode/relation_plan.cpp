#include "encode/relation_plan.hpp"

#include "batch/shape.hpp"

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>

namespace walwire::engine {

relation_plan::relation_plan(const walwire_relation& of, const encode_options& options,
                             std::shared_ptr<const type_set> types)
    : types_{std::move(types)}, values_{types_, options.numbers_as_strings} {
    const bool is_text = options.format == dialect::text;
    table_ = fragment{is_text ? " table=" + string_body(to_view(of.table)) + " lsn="
                              : ",\"schema\":\"" + string_body(to_view(of.schema)) +
                                    "\",\"table\":\"" + string_body(to_view(of.table)) + '"'};
    columns_.reserve(of.column_count);
    for (std::uint32_t i = 0; i < of.column_count; ++i) {
        const auto& column = *of.columns[i];
        const auto name = string_body(to_view(column.name));
        auto& made = columns_.emplace_back();
        made.name = fragment{",\"" + name + "\":"};
        if (is_text) made.line = fragment{",\n  \"" + name + "\": "};
        const bool is_key = (column.flags & WALWIRE_COLUMN_KEY) != 0;
        const auto* value = values_.find(column.type_oid);
        made.form = value->form;
        if (is_structured(value->form)) {
            made.form = value_form::rendered;
            made.structure = value;
            if (is_key || !is_text) structured_columns_.push_back(i);
        }
        if (is_key) key_columns_.push_back(i);
        row_bound_ += std::max(made.name.size(), made.line.size()) + sizeof "null";
    }
    if (!is_text) return;
    sorted_columns_.resize(of.column_count);
    std::iota(sorted_columns_.begin(), sorted_columns_.end(), 0u);
    std::ranges::sort(sorted_columns_, {},
                      [&](std::uint32_t i) { return to_view(of.columns[i]->name); });
}

} // namespace walwire::engine
