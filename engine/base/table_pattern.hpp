// Which tables a person means: `schema.table`, `*` for any run of characters, exact case.
//
//     pattern = part | part "." part        without a dot the schema is public
//     part    = text | '"' literal '"'      in quotes `*` and `.` are themselves, "" is one quote
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace walwire::engine {

class table_pattern {
public:
    // nullopt: an empty part, a quote that is not closed, text behind one, or a second dot.
    static std::optional<table_pattern> parse(std::string_view text);

    bool matches(std::string_view schema, std::string_view table) const;
    friend bool operator==(const table_pattern&, const table_pattern&) = default;

private:
    // The literal pieces between the stars: {"a", "b"} is a*b, {"a"} is exactly a.
    using part = std::vector<std::string>;
    static std::optional<part> parse_part(std::string_view& text);
    static bool matches_part(const part& pieces, std::string_view name);

    part schema_;
    part table_;
};

// No patterns admit every table.
bool matches_any(const std::vector<table_pattern>& patterns, std::string_view schema,
                 std::string_view table);

} // namespace walwire::engine
