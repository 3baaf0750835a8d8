// See nearest.hpp.
#include "base/nearest.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

namespace walwire::engine {
namespace {

// Levenshtein's distance, in which two letters that changed places are one edit: the commonest
// slip. Three rows of the table at a time.
std::size_t edits(std::string_view from, std::string_view to) {
    std::vector<std::size_t> before(to.size() + 1);
    std::vector<std::size_t> above(to.size() + 1);
    std::vector<std::size_t> row(to.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= from.size(); ++i) {
        before.swap(above);
        above.swap(row);
        row[0] = i;
        for (std::size_t j = 1; j <= to.size(); ++j) {
            const std::size_t replaced = above[j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
            row[j] = std::min({above[j] + 1, row[j - 1] + 1, replaced});
            const bool is_swap =
                i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1];
            if (is_swap) row[j] = std::min(row[j], before[j - 2] + 1);
        }
    }
    return row[to.size()];
}

} // namespace

std::optional<std::string> nearest(std::string_view written, std::span<const std::string> words) {
    // Nobody means a name by a text of that length, and the table grows with its square.
    constexpr std::size_t written_bytes_max = 256;
    if (written.size() > written_bytes_max) return std::nullopt;
    std::size_t best = std::clamp<std::size_t>(written.size() / 3, 1, 3) + 1;
    std::optional<std::string> found;
    for (const std::string& word : words) {
        // The difference in length is a lower bound.
        const std::size_t longer = std::max(word.size(), written.size());
        if (longer - std::min(word.size(), written.size()) >= best) continue;
        const std::size_t distance = edits(written, word);
        if (distance >= best) continue;
        best = distance;
        found = word;
    }
    return found;
}

} // namespace walwire::engine
