// What count.sh runs under callgrind: `count_driver decode|json EVENTS`. One assembler reads a
// stream of transactions; with `json` a view writes every batch. Does nothing that depends on time.
#include "encode/view.hpp"
#include "messages.hpp"

#include <cstdio>
#include <cstdlib>

namespace walwire::engine {
namespace {

// A batch per transaction; false when a row was lost or its line is not the expected one.
bool stream(int transactions, bool is_encoding) {
    auto messages = make_messages(digits(100));
    assembler source{{}, make_budget()};
    view through{view_config{}};
    for (int number = 0; number < transactions; ++number) {
        const lsn commit_lsn{first_commit_lsn.value + static_cast<std::uint64_t>(number) * 0x100};
        messages.front() = make_begin(commit_lsn);
        messages.back() = make_commit(commit_lsn);
        for (const auto& bytes : messages)
            if (!source.add(row_lsn, bytes)) return false;
        const auto made = source.seal();
        if (!made || made->commits().size() != 1 || made->events().size() < rows + 2) return false;
        if (number == 0) messages.erase(messages.begin() + 1); // a relation is announced once
        if (!is_encoding) continue;
        const auto seen = *through.apply(*made);
        if (!are_lines(seen)) return false;
        if (number == 0 && seen.data.text().find(first_json) == std::string_view::npos)
            return false;
    }
    return true;
}

int run(std::string_view what, const char* events) {
    const int transactions = std::atoi(events) / rows;
    if (transactions < 1 || (what != "decode" && what != "json")) return 2;
    if (stream(transactions, what == "json")) return 0;
    std::fputs("count_driver: rows were lost or written wrongly\n", stderr);
    return 1;
}

} // namespace
} // namespace walwire::engine

int main(int count, char** arguments) {
    return count == 3 ? walwire::engine::run(arguments[1], arguments[2]) : 2;
}
