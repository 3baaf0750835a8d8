// Batches made the way the engine makes them: messages through an assembler. And short texts for
// events, so that a test can say what it expects in one line.
#pragma once

#include "base/memory_budget.hpp"
#include "batch/assembler.hpp"
#include "support/messages.hpp"

#include <cstddef>
#include <cstdint>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace walwire::tests {

using engine::lsn;
using engine::position;

inline std::string kind_name(std::uint32_t kind) {
    static constexpr const char* names[] = {"?",        "begin",  "commit",   "insert",
                                            "update",   "delete", "truncate", "message",
                                            "snapshot", "schema", "gap"};
    return kind < std::size(names) ? names[kind] : "?";
}

// "insert 100.1": the kind, and the position's commit LSN and index.
inline std::string brief(const walwire_event& event) {
    return kind_name(event.kind) + " " + std::to_string(event.position.lsn) + "." +
           std::to_string(event.position.index);
}

template <class Events> std::vector<std::string> briefs(const Events& events) {
    std::vector<std::string> texts;
    for (const auto& event : events) {
        if constexpr (requires { event.kind; })
            texts.push_back(brief(event));
        else
            texts.push_back(brief(*event));
    }
    return texts;
}
inline std::vector<std::string> briefs(const walwire_batch& batch) {
    return briefs(std::vector(batch.events, batch.events + batch.event_count));
}

// A server in short: tables have one text column "v" and the columns' row is {"x"} unless said.
class test_stream {
public:
    explicit test_stream(engine::assembler_config config = {}, std::size_t memory = SIZE_MAX)
        : budget_{std::make_shared<engine::memory_budget>(memory, [] {})},
          assembler_{config, budget_} {}

    engine::assembler& assembler() { return assembler_; }
    engine::memory_budget& budget() { return *budget_; }

    engine::result<void> try_add(const std::string& bytes, lsn wal_lsn = {}) {
        return assembler_.add(wal_lsn, bytes);
    }
    // Messages that must be taken.
    test_stream& add(const std::string& bytes, lsn wal_lsn = {}) {
        const auto added = try_add(bytes, wal_lsn);
        if (!added) ADD_FAILURE() << engine::to_text(added.error());
        return *this;
    }
    test_stream& table(std::uint32_t oid, std::string_view name = "t") {
        return add(pgoutput::relation(oid, name, {{.name = "v"}}));
    }
    test_stream& begin(std::uint64_t commit_lsn) { return add(pgoutput::begin(lsn{commit_lsn})); }
    test_stream& insert(std::uint32_t oid = 1, const std::string& value = "x") {
        return add(pgoutput::insert(oid, {value}));
    }
    test_stream& commit(std::uint64_t commit_lsn, std::uint64_t end_lsn) {
        return add(pgoutput::commit(lsn{commit_lsn}, lsn{end_lsn}));
    }
    // `rows` inserts into table 1; its Commit ends at commit_lsn + 8.
    test_stream& transaction(std::uint64_t commit_lsn, std::size_t rows = 1) {
        begin(commit_lsn);
        for (std::size_t i = 0; i < rows; ++i) insert();
        return commit(commit_lsn, commit_lsn + 8);
    }
    std::shared_ptr<const engine::batch> seal() { return assembler_.seal(); }

private:
    std::shared_ptr<engine::memory_budget> budget_;
    engine::assembler assembler_;
};

} // namespace walwire::tests
