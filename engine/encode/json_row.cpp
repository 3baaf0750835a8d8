#include "encode/json_row.hpp"

#include "batch/shape.hpp"

#include <algorithm>

namespace walwire::engine {

row_key find_key(const relation_plan& plan, const walwire_event& event) {
    const auto* values = event.before != nullptr ? event.before : event.after;
    const auto columns = plan.key_columns();
    if (values == nullptr || columns.empty()) return {};
    row_key key{.values = values};
    for (const auto i : columns) {
        if (values[i].state != WALWIRE_VALUE_TEXT) return {};
        if (event.before == nullptr || event.after == nullptr) continue;
        const auto& now = event.after[i];
        if (now.state == WALWIRE_VALUE_UNCHANGED) continue;
        key.has_changed |=
            now.state != WALWIRE_VALUE_TEXT || to_view(now.data) != to_view(values[i].data);
    }
    return key;
}

std::size_t object_bound(const relation_plan& plan, const walwire_value* row,
                         const walwire_value* old) {
    std::size_t bound = plan.row_bound();
    const auto count = plan.columns().size();
    for (std::size_t i = 0; i < count; ++i) {
        const auto* value = known_value(row, old, i);
        if (value != nullptr) bound += bound_of(to_view(value->data));
    }
    return bound;
}

std::size_t key_bound(const relation_plan& plan, const walwire_value* values) {
    std::size_t bound = plan.row_bound();
    for (const auto i : plan.key_columns()) bound += bound_of(to_view(values[i].data));
    return bound;
}

// Every prepared name begins with a comma; the first one's becomes the brace, and no column has to
// ask whether it is the first.
char* write_object(char* at, const relation_plan& plan, const walwire_value* row,
                   const walwire_value* old) {
    char* const open = at;
    std::size_t i = 0;
    for (const auto& column : plan.columns()) {
        const auto* value = known_value(row, old, i++);
        if (value == nullptr) continue;
        at = column.name.write(at);
        at = value->state == WALWIRE_VALUE_TEXT ? write_value(at, column.form, to_view(value->data))
                                                : write_literal(at, "null");
    }
    if (at == open) ++at;
    *open = '{';
    *at = '}';
    return at + 1;
}

char* write_key(char* at, const relation_plan& plan, const walwire_value* values) {
    char* const open = at;
    const auto columns = plan.columns();
    for (const auto i : plan.key_columns()) {
        at = columns[i].name.write(at);
        at = write_value(at, columns[i].form, to_view(values[i].data));
    }
    *open = '{';
    *at = '}';
    return at + 1;
}

char* write_unchanged(char* at, const relation_plan& plan, const walwire_value* row,
                      const walwire_value* old) {
    char* const start = at;
    at = write_literal(at, ",\"unchanged\":");
    char* const open = at;
    const auto columns = plan.columns();
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (row[i].state != WALWIRE_VALUE_UNCHANGED || known_value(row, old, i) != nullptr)
            continue;
        at = columns[i].name.write(at) - 1; // without the colon
    }
    if (at == open) return start;
    *open = '[';
    *at = ']';
    return at + 1;
}

} // namespace walwire::engine
