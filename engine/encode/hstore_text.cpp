#include "encode/hstore_text.hpp"

#include "encode/quoted_text.hpp"

#include <utility>

namespace walwire::engine {

namespace {

bool skip(std::string_view& rest, std::string_view expected) {
    if (!rest.starts_with(expected)) return false;
    rest.remove_prefix(expected.size());
    return true;
}

} // namespace

hstore_reader::piece hstore_reader::fail() {
    is_broken_ = true;
    return piece::malformed;
}

hstore_reader::piece hstore_reader::next() {
    if (is_broken_) return piece::malformed;
    if (rest_.empty()) return piece::end;
    if (!std::exchange(is_first_, false) && !skip(rest_, ", ")) return fail();
    if (!rest_.starts_with('"')) return fail();
    const auto key = take_quoted(rest_, unescaped_key_, quotes_are::escaped);
    if (!key || !skip(rest_, "=>")) return fail();
    key_ = *key;
    is_null_ = skip(rest_, "NULL");
    if (is_null_) return piece::pair;
    if (!rest_.starts_with('"')) return fail();
    const auto value = take_quoted(rest_, unescaped_value_, quotes_are::escaped);
    if (!value) return fail();
    value_ = *value;
    return piece::pair;
}

} // namespace walwire::engine
