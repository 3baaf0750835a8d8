#include "encode/json_dialect.hpp"

#include "base/utf8.hpp"
#include "batch/shape.hpp"
#include "encode/json_row.hpp"
#include "encode/payload_writer.hpp"

#include <string>

namespace walwire::engine {

namespace {

// The names of members, braces, `null`s and the terminator, of whichever event has most of them.
constexpr std::size_t frame_bound = 192;

fragment opening_of(std::string_view operation) {
    return fragment{"{\"op\":\"" + std::string{operation} + "\",\"pos\":\""};
}

char* write_bool(char* at, bool value) {
    return value ? write_literal(at, "true") : write_literal(at, "false");
}

} // namespace

json_dialect::json_dialect(const encode_options& options)
    : plans_{options}, begin_{opening_of("begin")}, commit_{opening_of("commit")},
      insert_{opening_of("insert")}, update_{opening_of("update")}, delete_{opening_of("delete")},
      snapshot_{opening_of("snapshot")}, truncate_{opening_of("truncate")},
      message_{opening_of("message")}, schema_{opening_of("schema")}, gap_{opening_of("gap")} {}

std::optional<encoded> json_dialect::encode(const walwire_event& event, encode_output out) {
    position_.use(event);
    switch (event.kind) {
    case WALWIRE_INSERT:
        return encode_row(event, insert_, out.data);
    case WALWIRE_UPDATE:
        return encode_row(event, update_, out.data);
    case WALWIRE_DELETE:
        return encode_row(event, delete_, out.data);
    case WALWIRE_SNAPSHOT_ROW:
        return encode_row(event, snapshot_, out.data);
    case WALWIRE_TRUNCATE:
        return encode_truncate(event, out.data);
    case WALWIRE_MESSAGE:
        return encode_message(event, out.data);
    case WALWIRE_SCHEMA:
        return encode_schema(event, out.data);
    case WALWIRE_GAP:
        return encode_gap(event, out.data);
    case WALWIRE_BEGIN:
        return encode_boundary(event, begin_, out.data);
    case WALWIRE_COMMIT:
        return encode_boundary(event, commit_, out.data);
    default:
        return std::nullopt;
    }
}

encoded json_dialect::encode_row(const walwire_event& sent, const fragment& opening,
                                 byte_buffer& data) {
    const auto& plan = plans_.find(*sent.relation);
    const auto& event = structured_.render(plan, sent);
    const auto key = find_key(plan, event);
    std::size_t bound = frame_bound + position_.bound() + plan.table().size() + plan.row_bound();
    if (key.values != nullptr) bound += key_bound(plan, key.values);
    if (event.before != nullptr) bound += object_bound(plan, event.before, nullptr);
    if (event.after != nullptr) bound += object_bound(plan, event.after, event.before);

    payload_writer payload{data, bound};
    char* at = opening.write(payload.start());
    at = position_.write(at, event.position);
    at = plan.table().write(at);
    std::size_t key_offset = 0;
    std::size_t key_size = 0;
    if (key.values != nullptr) {
        char* const object = write_literal(at, ",\"key\":");
        at = write_key(object, plan, key.values);
        key_offset = data.size() + static_cast<std::size_t>(object - payload.start());
        key_size = static_cast<std::size_t>(at - object);
    }
    at = write_literal(at, ",\"before\":");
    at = event.before == nullptr ? write_literal(at, "null")
                                 : write_object(at, plan, event.before, nullptr);
    at = write_literal(at, ",\"after\":");
    if (event.after == nullptr) {
        at = write_literal(at, "null");
    } else {
        at = write_object(at, plan, event.after, event.before);
        at = write_unchanged(at, plan, event.after, event.before);
    }
    *at++ = '}';
    auto made = payload.finish(at, terminator());
    made.key_offset = key_offset;
    made.key_size = key_size;
    made.key_is_in_data = key_size != 0;
    if (key.has_changed) made.flags |= WALWIRE_PAYLOAD_KEY_CHANGED;
    return made;
}

encoded json_dialect::encode_truncate(const walwire_event& event, byte_buffer& data) {
    const auto& truncate = *event.truncate;
    std::size_t bound = frame_bound + position_.bound();
    for (std::size_t i = 0; i < truncate.relation_count; ++i)
        bound += bound_of(to_view(truncate.relations[i]->schema)) +
                 bound_of(to_view(truncate.relations[i]->table)) + 32;
    payload_writer payload{data, bound};
    char* at = truncate_.write(payload.start());
    at = position_.write(at, event.position);
    at = write_literal(at, ",\"tables\":[");
    for (std::size_t i = 0; i < truncate.relation_count; ++i) {
        if (i != 0) *at++ = ',';
        at = write_literal(at, "{\"schema\":");
        at = write_string(at, to_view(truncate.relations[i]->schema));
        at = write_literal(at, ",\"table\":");
        at = write_string(at, to_view(truncate.relations[i]->table));
        *at++ = '}';
    }
    at = write_literal(at, "],\"cascade\":");
    at = write_bool(at, (truncate.flags & WALWIRE_TRUNCATE_CASCADE) != 0);
    at = write_literal(at, ",\"restart_identity\":");
    at = write_bool(at, (truncate.flags & WALWIRE_TRUNCATE_RESTART_IDENTITY) != 0);
    *at++ = '}';
    return payload.finish(at, terminator());
}

encoded json_dialect::encode_message(const walwire_event& event, byte_buffer& data) {
    const auto prefix = to_view(event.message->prefix);
    const auto content = to_view(event.message->content);
    const bool is_text = is_utf8(content);
    payload_writer payload{data, frame_bound + position_.bound() + bound_of(prefix) +
                                     (is_text ? bound_of(content) : base64_bound(content.size()))};
    char* at = message_.write(payload.start());
    at = position_.write(at, event.position);
    at = write_literal(at, ",\"prefix\":");
    at = write_string(at, prefix);
    if (is_text) {
        at = write_literal(at, ",\"content\":");
        at = write_string(at, content);
    } else {
        at = write_literal(at, ",\"content_base64\":");
        at = write_base64(at, content);
    }
    at = write_literal(at, ",\"transactional\":");
    at = write_bool(at, event.message->transactional != 0);
    *at++ = '}';
    return payload.finish(at, terminator());
}

encoded json_dialect::encode_schema(const walwire_event& event, byte_buffer& data) {
    const auto& relation = *event.relation;
    const auto& table = plans_.find(relation).table();
    std::size_t bound = frame_bound + position_.bound() + table.size();
    for (std::size_t i = 0; i < relation.column_count; ++i)
        bound += bound_of(to_view(relation.columns[i]->name)) +
                 bound_of(to_view(relation.columns[i]->type_name)) + 32;
    payload_writer payload{data, bound};
    char* at = schema_.write(payload.start());
    at = position_.write(at, event.position);
    at = table.write(at);
    at = write_literal(at, ",\"columns\":[");
    for (std::size_t i = 0; i < relation.column_count; ++i) {
        const auto& column = *relation.columns[i];
        if (i != 0) *at++ = ',';
        at = write_literal(at, "{\"name\":");
        at = write_string(at, to_view(column.name));
        at = write_literal(at, ",\"type\":");
        at = write_string(at, to_view(column.type_name));
        at = write_literal(at, ",\"key\":");
        at = write_bool(at, (column.flags & WALWIRE_COLUMN_KEY) != 0);
        *at++ = '}';
    }
    *at++ = ']';
    if ((relation.flags & WALWIRE_RELATION_INSERTS_ONLY) != 0)
        at = write_literal(at, ",\"updates\":false");
    *at++ = '}';
    return payload.finish(at, terminator());
}

encoded json_dialect::encode_gap(const walwire_event& event, byte_buffer& data) {
    const auto& gap = *event.gap;
    payload_writer payload{data, frame_bound + position_.bound() + bound_of(to_view(gap.code)) +
                                     bound_of(to_view(gap.text))};
    char* at = gap_.write(payload.start());
    at = position_.write_position(at, event.position);
    at = write_literal(at, "\",\"from\":\"");
    at = write_lsn(at, gap.from_lsn);
    at = write_literal(at, "\",\"to\":\"");
    at = write_lsn(at, gap.to_lsn);
    at = write_literal(at, "\",\"code\":");
    at = write_string(at, to_view(gap.code));
    at = write_literal(at, ",\"text\":");
    at = write_string(at, to_view(gap.text));
    *at++ = '}';
    return payload.finish(at, terminator());
}

encoded json_dialect::encode_boundary(const walwire_event& event, const fragment& opening,
                                      byte_buffer& data) {
    payload_writer payload{data, frame_bound + position_.bound()};
    char* at = opening.write(payload.start());
    at = position_.write(at, event.position);
    *at++ = '}';
    return payload.finish(at, terminator());
}

} // namespace walwire::engine
