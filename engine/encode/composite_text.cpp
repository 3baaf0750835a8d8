#include "encode/composite_text.hpp"

#include "encode/quoted_text.hpp"

namespace walwire::engine {

composite_reader::piece composite_reader::fail() {
    rest_ = {};
    place_ = place::start; // where an empty text is malformed again
    return piece::malformed;
}

composite_reader::piece composite_reader::next() {
    if (place_ == place::done) return rest_.empty() ? piece::end : fail();
    if (place_ == place::behind_field && rest_.starts_with(')')) {
        rest_.remove_prefix(1);
        place_ = place::done;
        return rest_.empty() ? piece::end : fail();
    }
    if (!rest_.starts_with(place_ == place::start ? '(' : ',')) return fail();
    rest_.remove_prefix(1);
    place_ = place::behind_field;
    return read_field();
}

composite_reader::piece composite_reader::read_field() {
    if (rest_.empty()) return fail();
    if (rest_.front() == ',' || rest_.front() == ')') return piece::null;
    if (rest_.front() == '"') {
        const auto found = take_quoted(rest_, unescaped_, quotes_are::doubled);
        if (!found) return fail();
        field_ = *found;
        return piece::field;
    }
    const auto end = rest_.find_first_of(",)(\"\\");
    if (end == std::string_view::npos || (rest_[end] != ',' && rest_[end] != ')')) return fail();
    field_ = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return piece::field;
}

} // namespace walwire::engine
