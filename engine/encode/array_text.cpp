#include "encode/array_text.hpp"

#include "encode/quoted_text.hpp"

namespace walwire::engine {

array_reader::piece array_reader::fail() {
    rest_ = {};
    place_ = place::start; // where an empty text is malformed again
    return piece::malformed;
}

array_reader::piece array_reader::next() {
    switch (place_) {
    case place::start:
        if (!skip_bounds() || !rest_.starts_with('{')) return fail();
        return read_item();
    case place::item_or_close:
        if (rest_.starts_with('}')) return close();
        return read_item();
    case place::item:
        return read_item();
    case place::behind_item:
        if (rest_.starts_with('}')) return close();
        if (!rest_.starts_with(delimiter_)) return fail();
        rest_.remove_prefix(1);
        return read_item();
    case place::done:
        break;
    }
    return rest_.empty() ? piece::end : fail();
}

// "[0:2][-1:0]=" in front of arrays whose indexes do not begin with 1.
bool array_reader::skip_bounds() {
    if (!rest_.starts_with('[')) return true;
    const auto end = rest_.find_first_not_of("[]:-+0123456789");
    if (end == std::string_view::npos || rest_[end] != '=') return false;
    rest_.remove_prefix(end + 1);
    return true;
}

array_reader::piece array_reader::close() {
    rest_.remove_prefix(1);
    place_ = --depth_ == 0 ? place::done : place::behind_item;
    return piece::close;
}

array_reader::piece array_reader::read_item() {
    if (rest_.empty()) return fail();
    if (rest_.front() == '{') {
        rest_.remove_prefix(1);
        ++depth_;
        place_ = place::item_or_close;
        return piece::open;
    }
    place_ = place::behind_item;
    return rest_.front() == '"' ? read_quoted() : read_bare();
}

array_reader::piece array_reader::read_quoted() {
    const auto found = take_quoted(rest_, unescaped_, quotes_are::escaped);
    if (!found) return fail();
    element_ = *found;
    return piece::element;
}

array_reader::piece array_reader::read_bare() {
    std::size_t size = 0;
    while (size < rest_.size() && rest_[size] != delimiter_ && rest_[size] != '}') {
        if (rest_[size] == '"' || rest_[size] == '\\' || rest_[size] == '{') return fail();
        ++size;
    }
    if (size == 0 || size == rest_.size()) return fail();
    element_ = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return element_ == "NULL" ? piece::null : piece::element;
}

} // namespace walwire::engine
