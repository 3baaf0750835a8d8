// The oracle is datum_to_json() in PostgreSQL's src/backend/utils/adt/json.c.
#include "encode/value.hpp"

#include <algorithm>

namespace walwire::engine {

namespace {

enum : std::uint32_t { // pg_type.dat; these numbers never change
    bool_oid = 16,
    int8_oid = 20,
    int2_oid = 21,
    int4_oid = 23,
    json_oid = 114,
    float4_oid = 700,
    float8_oid = 701,
    timestamp_oid = 1114,
    timestamptz_oid = 1184,
    numeric_oid = 1700,
    jsonb_oid = 3802,
};

bool is_digit(char character) { return character >= '0' && character <= '9'; }

// RFC 8259, section 6. The server asks the same before it leaves the quotes away.
bool is_json_number(std::string_view text) {
    const char* at = text.data();
    const char* const end = at + text.size();
    const auto skip_digits = [&] {
        const char* const first = at;
        while (at != end && is_digit(*at)) ++at;
        return at != first;
    };
    if (at != end && *at == '-') ++at;
    const bool is_zero_first = at != end && *at == '0';
    const char* const integer = at;
    if (!skip_digits()) return false;
    if (is_zero_first && at - integer > 1) return false;
    if (at == end) return true;
    if (*at == '.') {
        ++at;
        if (!skip_digits()) return false;
    }
    if (at != end && (*at == 'e' || *at == 'E')) {
        ++at;
        if (at != end && (*at == '+' || *at == '-')) ++at;
        if (!skip_digits()) return false;
    }
    return at == end;
}

// Whether all eight bytes are digits: the high half of each is 3, and stays it when 6 is added.
bool are_digits(std::uint64_t bytes) {
    constexpr std::uint64_t halves = word::ones * 0xF0;
    constexpr std::uint64_t threes = word::ones * 0x30;
    return (((bytes & halves) ^ threes) | (((bytes + word::ones * 0x06) & halves) ^ threes)) == 0;
}

// Copies text of one to two words in two parts that overlap; whether all of it is digits.
template <typename Word> bool write_digits(char* at, std::string_view text) {
    Word head{};
    Word tail{};
    const auto last = text.size() - sizeof tail;
    std::memcpy(&head, text.data(), sizeof head);
    std::memcpy(&tail, text.data() + last, sizeof tail);
    std::memcpy(at, &head, sizeof head);
    std::memcpy(at + last, &tail, sizeof tail);
    constexpr std::uint64_t filler =
        sizeof(Word) == 8 ? 0 : (word::ones * '0') << (sizeof(Word) * 8 % 64);
    return are_digits(head | filler) && are_digits(tail | filler);
}

// The numbers that most columns hold: positive integers of at most 16 digits. False, and nothing
// said of `at`, when it is another one.
bool write_usual_number(char* at, std::string_view text) {
    const auto size = text.size();
    if (size == 1) return *at = text.front(), is_digit(text.front());
    if (size == 0 || size > 16 || text.front() == '0') return false;
    if (size >= 8) return write_digits<std::uint64_t>(at, text);
    if (size >= 4) return write_digits<std::uint32_t>(at, text);
    return write_digits<std::uint16_t>(at, text);
}

char* write_number(char* at, std::string_view text) {
    if (write_usual_number(at, text)) return at + text.size();
    return is_json_number(text) ? write_bytes(at, text) : write_string(at, text);
}

char* write_boolean(char* at, std::string_view text) {
    if (text == "t") return write_literal(at, "true");
    if (text == "f") return write_literal(at, "false");
    return write_string(at, text);
}

// "2026-08-21 10:11:12.345678" and "0044-03-15 12:00:00 BC"; infinities have no space.
char* write_timestamp(char* at, std::string_view text) {
    constexpr std::size_t usual = 10; // years have four digits
    const auto space = text.size() > usual && text[usual] == ' ' ? usual : text.find(' ');
    char* const end = write_string(at, text);
    // Escapes, which no server sends, would have moved it.
    const bool is_unmoved = end == at + text.size() + 2;
    if (space != std::string_view::npos && is_unmoved) at[1 + space] = 'T';
    return end;
}

// "2026-08-21 10:11:12+00" and "0044-03-15 12:00:00+00 BC". to_json() gives every zone minutes.
char* write_timestamptz(char* at, std::string_view text) {
    constexpr std::string_view era = " BC";
    const bool has_era = text.ends_with(era);
    if (has_era) text.remove_suffix(era.size());
    char* end = write_timestamp(at, text) - 1; // the quote comes again
    const auto size = text.size();
    if (size >= 3 && (text[size - 3] == '+' || text[size - 3] == '-'))
        end = write_literal(end, ":00");
    if (has_era) end = write_literal(end, " BC");
    *end = '"';
    return end + 1;
}

} // namespace

value_form form_of(std::uint32_t type_oid, bool numbers_as_strings) {
    switch (type_oid) {
    case bool_oid:
        return value_form::boolean;
    case int8_oid:
    case numeric_oid:
        return numbers_as_strings ? value_form::string : value_form::number;
    case int2_oid:
    case int4_oid:
    case float4_oid:
    case float8_oid:
        return value_form::number;
    case json_oid:
    case jsonb_oid:
        return value_form::json;
    case timestamp_oid:
        return value_form::timestamp;
    case timestamptz_oid:
        return value_form::timestamptz;
    default: // dates too: their ISO form is their text
        return value_form::string;
    }
}

char* write_value(char* at, value_form form, std::string_view text) {
    switch (form) {
    case value_form::number:
        return write_number(at, text);
    case value_form::boolean:
        return write_boolean(at, text);
    case value_form::json:
        return write_verbatim(at, text);
    case value_form::timestamp:
        return write_timestamp(at, text);
    case value_form::timestamptz:
        return write_timestamptz(at, text);
    case value_form::rendered:
        return write_bytes(at, text);
    case value_form::string:
    case value_form::array:
    case value_form::vector:
    case value_form::composite:
    case value_form::hstore:
        break;
    }
    return write_string(at, text);
}

} // namespace walwire::engine
