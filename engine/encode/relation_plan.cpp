#include "encode/relation_plan.hpp"

#include "batch/shape.hpp"

#include <algorithm>
#include <numeric>
#include <string>

namespace walwire::engine {

namespace {

std::string body_of(walwire_str text) {
    std::string body(bound_of(to_view(text)) + write_slack, '\0');
    const char* const end = write_string_body(body.data(), to_view(text));
    body.resize(static_cast<std::size_t>(end - body.data()));
    return body;
}

} // namespace

relation_plan::relation_plan(const walwire_relation& of, const encode_options& options) {
    const bool is_text = options.format == dialect::text;
    table_ = fragment{is_text ? " table=" + body_of(of.table) + " lsn="
                              : ",\"schema\":\"" + body_of(of.schema) + "\",\"table\":\"" +
                                    body_of(of.table) + '"'};
    columns_.reserve(of.column_count);
    for (std::uint32_t i = 0; i < of.column_count; ++i) {
        const auto& column = *of.columns[i];
        const auto name = body_of(column.name);
        auto& made = columns_.emplace_back();
        made.name = fragment{",\"" + name + "\":"};
        if (is_text) made.line = fragment{",\n  \"" + name + "\": "};
        made.form = form_of(column.type_oid, options.numbers_as_strings);
        if ((column.flags & WALWIRE_COLUMN_KEY) != 0) key_columns_.push_back(i);
        row_bound_ += std::max(made.name.size(), made.line.size()) + sizeof "null";
    }
    if (!is_text) return;
    sorted_columns_.resize(of.column_count);
    std::iota(sorted_columns_.begin(), sorted_columns_.end(), 0u);
    std::ranges::sort(sorted_columns_, {},
                      [&](std::uint32_t i) { return to_view(of.columns[i]->name); });
}

} // namespace walwire::engine
