#include "encode/text_dialect.hpp"

#include "batch/shape.hpp"
#include "encode/payload_writer.hpp"

namespace walwire::engine {

namespace {

// Titles, the names of members, LSNs, braces and the terminator, of whichever event has most.
constexpr std::size_t frame_bound = 128;

// As write_object does it: the first name's comma becomes the brace.
char* write_lines(char* at, const relation_plan& plan, const walwire_value* row,
                  const walwire_value* old) {
    char* const open = at;
    const auto columns = plan.columns();
    for (const auto i : plan.sorted_columns()) {
        const auto* value = known_value(row, old, i);
        if (value == nullptr) continue;
        at = columns[i].line.write(at);
        at = value->state == WALWIRE_VALUE_TEXT ? write_string(at, to_view(value->data))
                                                : write_literal(at, "null");
    }
    if (at == open)
        ++at;
    else
        *at++ = '\n';
    *open = '{';
    *at = '}';
    return at + 1;
}

} // namespace

std::optional<encoded> text_dialect::encode(const walwire_event& event, encode_output out) {
    switch (event.kind) {
    case WALWIRE_INSERT:
        return encode_row(event, "\n[INSERT]", out);
    case WALWIRE_UPDATE:
        return encode_row(event, "\n[UPDATE]", out);
    case WALWIRE_DELETE:
        return encode_row(event, "\n[DELETE]", out);
    case WALWIRE_SNAPSHOT_ROW:
        return encode_row(event, "\n[SNAPSHOT]", out);
    case WALWIRE_TRUNCATE:
        return encode_truncate(event, out.data);
    case WALWIRE_MESSAGE:
        return encode_message(event, out.data);
    case WALWIRE_GAP:
        return encode_gap(event, out.data);
    default:
        return std::nullopt;
    }
}

encoded text_dialect::encode_row(const walwire_event& event, std::string_view title,
                                 encode_output out) {
    const auto& plan = plans_.find(*event.relation);
    std::size_t bound = frame_bound + plan.table().size();
    if (event.before != nullptr) bound += object_bound(plan, event.before, nullptr);
    if (event.after != nullptr) bound += object_bound(plan, event.after, event.before);

    payload_writer payload{out.data, bound};
    char* at = write_bytes(payload.start(), title);
    at = plan.table().write(at);
    // A snapshot row is no change and has no place of its own in the WAL.
    at = write_lsn(at, event.kind == WALWIRE_SNAPSHOT_ROW ? event.position.lsn : event.wal_lsn);
    if (event.kind == WALWIRE_UPDATE) {
        if (event.before != nullptr) {
            at = write_literal(at, "\nold=");
            at = write_lines(at, plan, event.before, nullptr);
        }
        at = write_literal(at, "\nnew=");
    } else {
        at = write_literal(at, "\ndata=");
    }
    at = event.after != nullptr ? write_lines(at, plan, event.after, event.before)
                                : write_lines(at, plan, event.before, nullptr);
    auto made = payload.finish(at, terminator());

    const auto key = find_key(plan, structured_.render(plan, event));
    if (key.values == nullptr) return made;
    payload_writer keys{out.keys, key_bound(plan, key.values)};
    const auto written = keys.finish(write_key(keys.start(), plan, key.values), {});
    made.key_offset = written.data_offset;
    made.key_size = written.data_size;
    if (key.has_changed) made.flags |= WALWIRE_PAYLOAD_KEY_CHANGED;
    return made;
}

// Names outside of quotes are escaped too: nobody's table may forge a line or move a cursor.
encoded text_dialect::encode_truncate(const walwire_event& event, byte_buffer& data) {
    const auto& truncate = *event.truncate;
    std::size_t bound = frame_bound;
    for (std::size_t i = 0; i < truncate.relation_count; ++i)
        bound += bound_of(to_view(truncate.relations[i]->table));
    payload_writer payload{data, bound};
    char* at = write_literal(payload.start(), "\n[TRUNCATE] table=");
    for (std::size_t i = 0; i < truncate.relation_count; ++i) {
        if (i != 0) *at++ = ',';
        at = write_string_body(at, to_view(truncate.relations[i]->table));
    }
    at = write_literal(at, " lsn=");
    at = write_lsn(at, event.wal_lsn);
    return payload.finish(at, terminator());
}

encoded text_dialect::encode_message(const walwire_event& event, byte_buffer& data) {
    const auto prefix = to_view(event.message->prefix);
    const auto content = to_view(event.message->content);
    payload_writer payload{data, frame_bound + bound_of(prefix) + bound_of(content)};
    char* at = write_literal(payload.start(), "\n[MESSAGE] prefix=");
    at = write_string_body(at, prefix);
    at = write_literal(at, " lsn=");
    at = write_lsn(at, event.wal_lsn);
    at = write_literal(at, "\ndata=");
    at = write_string(at, content);
    return payload.finish(at, terminator());
}

encoded text_dialect::encode_gap(const walwire_event& event, byte_buffer& data) {
    const auto& gap = *event.gap;
    payload_writer payload{data,
                           frame_bound + bound_of(to_view(gap.code)) + bound_of(to_view(gap.text))};
    char* at = write_literal(payload.start(), "\n[GAP] from=");
    at = write_lsn(at, gap.from_lsn);
    at = write_literal(at, " to=");
    at = write_lsn(at, gap.to_lsn);
    at = write_literal(at, " code=");
    at = write_string_body(at, to_view(gap.code));
    at = write_literal(at, "\ntext=");
    at = write_string(at, to_view(gap.text));
    return payload.finish(at, terminator());
}

} // namespace walwire::engine
