#include "encode/structured_row.hpp"

#include "batch/shape.hpp"
#include "encode/notes.hpp"
#include "encode/structured_value.hpp"

namespace walwire::engine {

const walwire_event& structured_row::render_copy(const relation_plan& plan,
                                                 const walwire_event& event) {
    text_.clear();
    pieces_.clear();
    event_ = event;
    if (event.before != nullptr) event_.before = copy(plan, event, event.before, before_);
    if (event.after != nullptr) event_.after = copy(plan, event, event.after, after_);
    // Only now does the text stay where it is.
    for (const auto& made : pieces_) made.value->data.data = text_.data() + made.offset;
    return event_;
}

const walwire_value* structured_row::copy(const relation_plan& plan, const walwire_event& event,
                                          const walwire_value* row,
                                          std::vector<walwire_value>& into) {
    into.assign(row, row + plan.columns().size());
    for (const auto i : plan.structured_columns()) {
        const auto& structure = *plan.columns()[i].structure;
        // The server writes a row's text with the types as they were at the row's own place in the
        // WAL, which may be long before its commit.
        const bool is_known = !structure.has_composite || lsn{event.wal_lsn} >= plan.since_lsn();
        if (into[i].state == WALWIRE_VALUE_TEXT) render_value(structure, is_known, into[i]);
    }
    return into.data();
}

void structured_row::render_value(const value_plan& plan, bool is_known, walwire_value& value) {
    const auto offset = text_.size();
    const auto text = to_view(value.data);
    if (!is_known || !append_structured(text_, plan, text)) {
        ++notes().as_text;
        append_as_text(text_, text);
    }
    pieces_.push_back({&value, offset});
    value.data.size = text_.size() - offset;
}

} // namespace walwire::engine
