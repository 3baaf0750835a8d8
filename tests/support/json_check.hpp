// Whether a text is one JSON value (RFC 8259) in valid UTF-8, on one line. Written from the grammar
// alone, and shares nothing with the writer that it judges.
#pragma once

#include <cstddef>
#include <string_view>

namespace walwire::tests {

class json_check {
public:
    explicit json_check(std::string_view text) : rest_{text} {}
    bool is_value() { return value(0) && rest_.empty(); }

private:
    static constexpr int depth_max = 10'000;

    bool take(char wanted) {
        if (!rest_.starts_with(wanted)) return false;
        rest_.remove_prefix(1);
        return true;
    }
    bool take(std::string_view wanted) {
        if (!rest_.starts_with(wanted)) return false;
        rest_.remove_prefix(wanted.size());
        return true;
    }
    void spaces() {
        while (take(' ') || take('\t')) {
        }
    }
    bool value(int depth) {
        if (depth > depth_max) return false;
        spaces();
        bool is_one = false;
        if (rest_.starts_with('{'))
            is_one = members('{', '}', depth, true);
        else if (rest_.starts_with('['))
            is_one = members('[', ']', depth, false);
        else if (rest_.starts_with('"'))
            is_one = string();
        else
            is_one = take("true") || take("false") || take("null") || number();
        spaces();
        return is_one;
    }
    bool members(char open, char close, int depth, bool are_named) {
        take(open);
        spaces();
        if (take(close)) return true;
        do {
            spaces();
            if (are_named) {
                if (!string()) return false;
                spaces();
                if (!take(':')) return false;
            }
            if (!value(depth + 1)) return false;
        } while (take(','));
        return take(close);
    }
    bool digits() {
        std::size_t count = 0;
        while (!rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9') {
            rest_.remove_prefix(1);
            ++count;
        }
        return count > 0;
    }
    bool number() {
        take('-');
        if (!take('0') && !digits()) return false;
        if (take('.') && !digits()) return false;
        if (take('e') || take('E')) {
            if (!take('+')) take('-');
            if (!digits()) return false;
        }
        return true;
    }
    bool string() {
        if (!take('"')) return false;
        while (!rest_.empty()) {
            if (take('"')) return true;
            if (take('\\')) {
                if (!escape()) return false;
            } else if (!character()) {
                return false;
            }
        }
        return false;
    }
    bool escape() {
        constexpr std::string_view plain = "\"\\/bfnrt";
        if (rest_.empty()) return false;
        const char kind = rest_[0];
        rest_.remove_prefix(1);
        if (plain.find(kind) != std::string_view::npos) return true;
        if (kind != 'u' || rest_.size() < 4) return false;
        const auto code = rest_.substr(0, 4);
        rest_.remove_prefix(4);
        return code.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
    }
    // One code point, by the ranges of Unicode 15, table 3-7.
    bool character() {
        const auto at = [this](std::size_t i) -> unsigned {
            return i < rest_.size() ? static_cast<unsigned char>(rest_[i]) : 0;
        };
        const auto follows = [&](std::size_t i) { return at(i) >= 0x80 && at(i) <= 0xBF; };
        const unsigned lead = at(0);
        std::size_t size = 0;
        if (lead >= 0x20 && lead < 0x80)
            size = 1;
        else if (lead >= 0xC2 && lead <= 0xDF && follows(1))
            size = 2;
        else if (lead >= 0xE0 && lead <= 0xEF && follows(1) && follows(2) &&
                 !(lead == 0xE0 && at(1) < 0xA0) && !(lead == 0xED && at(1) > 0x9F))
            size = 3;
        else if (lead >= 0xF0 && lead <= 0xF4 && follows(1) && follows(2) && follows(3) &&
                 !(lead == 0xF0 && at(1) < 0x90) && !(lead == 0xF4 && at(1) > 0x8F))
            size = 4;
        rest_.remove_prefix(size);
        return size > 0;
    }

    std::string_view rest_;
};

inline bool is_json(std::string_view text) { return json_check{text}.is_value(); }

} // namespace walwire::tests
