// The oracles are array_to_json_internal() and composite_to_json() in PostgreSQL's
// src/backend/utils/adt/json.c, and hstore_to_json() in contrib/hstore/hstore_io.c. They nest as
// deeply as the type does, which the catalogs bound.
#include "encode/structured_value.hpp"

#include "encode/array_text.hpp"
#include "encode/composite_text.hpp"
#include "encode/hstore_text.hpp"

namespace walwire::engine {

namespace {

bool append_value(byte_buffer& out, const value_plan& plan, std::string_view text);

void append_string(byte_buffer& out, std::string_view text) {
    char* const at = out.reserve(bound_of(text) + write_slack);
    out.commit(static_cast<std::size_t>(write_string(at, text) - at));
}

bool append_array(byte_buffer& out, const value_plan& plan, std::string_view text) {
    array_reader reader{text, plan.delimiter};
    bool is_first = true; // of its array
    const auto separate = [&] {
        if (!is_first) out.append(',');
        is_first = false;
    };
    for (;;) {
        switch (reader.next()) {
        case array_reader::piece::open:
            separate();
            out.append('[');
            is_first = true;
            break;
        case array_reader::piece::close:
            out.append(']');
            is_first = false;
            break;
        case array_reader::piece::null:
            separate();
            out.append("null");
            break;
        case array_reader::piece::element:
            separate();
            if (!append_value(out, *plan.element, reader.element())) return false;
            break;
        case array_reader::piece::end:
            return true;
        case array_reader::piece::malformed:
            return false;
        }
    }
}

// Numbers with one space between them.
bool append_vector(byte_buffer& out, const value_plan& plan, std::string_view text) {
    out.append('[');
    for (bool is_first = true; !text.empty(); is_first = false) {
        const auto end = std::min(text.find(' '), text.size());
        if (!is_first) out.append(',');
        if (!append_value(out, *plan.element, text.substr(0, end))) return false;
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    out.append(']');
    return true;
}

bool append_composite(byte_buffer& out, const value_plan& plan, std::string_view text) {
    if (plan.fields.empty()) {
        out.append("{}");
        return text == "()";
    }
    composite_reader reader{text};
    const auto open = out.size();
    for (const auto& field : plan.fields) {
        const auto piece = reader.next();
        if (piece != composite_reader::piece::field && piece != composite_reader::piece::null)
            return false;
        out.append(field.name.text());
        if (piece == composite_reader::piece::null)
            out.append("null");
        else if (!append_value(out, *field.value, reader.field()))
            return false;
    }
    out.overwrite(open, '{'); // the comma of the first name
    out.append('}');
    return reader.next() == composite_reader::piece::end;
}

// The spaces are hstore_to_json()'s.
bool append_hstore(byte_buffer& out, std::string_view text) {
    hstore_reader reader{text};
    out.append('{');
    for (bool is_first = true;; is_first = false) {
        const auto piece = reader.next();
        if (piece == hstore_reader::piece::malformed) return false;
        if (piece == hstore_reader::piece::end) break;
        if (!is_first) out.append(", ");
        append_string(out, reader.key());
        out.append(": ");
        if (reader.is_null())
            out.append("null");
        else
            append_string(out, reader.value());
    }
    out.append('}');
    return true;
}

bool append_value(byte_buffer& out, const value_plan& plan, std::string_view text) {
    switch (plan.form) {
    case value_form::array:
        return append_array(out, plan, text);
    case value_form::vector:
        return append_vector(out, plan, text);
    case value_form::composite:
        return append_composite(out, plan, text);
    case value_form::hstore:
        return append_hstore(out, text);
    default:
        break;
    }
    char* const at = out.reserve(bound_of(text) + write_slack);
    out.commit(static_cast<std::size_t>(write_value(at, plan.form, text) - at));
    return true;
}

} // namespace

bool append_structured(byte_buffer& out, const value_plan& plan, std::string_view text) {
    const auto before = out.size();
    if (append_value(out, plan, text)) return true;
    out.truncate(before);
    return false;
}

void append_as_text(byte_buffer& out, std::string_view text) { append_string(out, text); }

} // namespace walwire::engine
