// Events for encoders, without a stream: a relation, rows, and what an encoder makes of them.
#pragma once

#include "encode/encoder.hpp"

#include <deque>
#include <string>
#include <string_view>
#include <vector>
#include <walwire/event.h>

namespace walwire::engine {

inline walwire_str str_of(std::string_view text) { return {text.data(), text.size()}; }
inline walwire_value text_value(std::string_view text) {
    return {.data = str_of(text), .state = WALWIRE_VALUE_TEXT, .flags = 0};
}
constexpr walwire_value null_value{.data = {}, .state = WALWIRE_VALUE_NULL, .flags = 0};
constexpr walwire_value unchanged_value{.data = {}, .state = WALWIRE_VALUE_UNCHANGED, .flags = 0};
constexpr walwire_value absent_value{.data = {}, .state = WALWIRE_VALUE_ABSENT, .flags = 0};

struct made_column {
    std::string_view name;
    std::uint32_t type_oid = 25;
    bool is_key = false;
};

class made_relation {
public:
    made_relation(std::uint64_t version, std::string_view table,
                  const std::vector<made_column>& columns) {
        for (const auto& column : columns) {
            auto& made = columns_.emplace_back();
            made.size = sizeof made;
            made.flags = column.is_key ? std::uint32_t{WALWIRE_COLUMN_KEY} : 0;
            made.type_oid = column.type_oid;
            made.name = str_of(column.name);
            pointers_.push_back(&made);
        }
        view.size = sizeof view;
        view.version = version;
        view.schema = str_of("public");
        view.table = str_of(table);
        view.columns = pointers_.data();
        view.column_count = pointers_.size();
    }
    void name_type(std::size_t column, std::string_view name) {
        columns_[column].type_name = str_of(name);
    }
    walwire_relation view{};

private:
    std::deque<walwire_column> columns_;
    std::vector<const walwire_column*> pointers_;
};

inline walwire_transaction made_transaction() {
    walwire_transaction made{};
    made.size = sizeof made;
    made.xid = 739;
    made.commit_lsn = 0x1545C58;
    made.commit_time_us = 1787307072345678;
    return made;
}

inline walwire_event made_event(std::uint32_t kind, const walwire_transaction* transaction) {
    walwire_event made{};
    made.size = sizeof made;
    made.kind = kind;
    made.position = {.lsn = 0x1545C58, .phase = 1, .reserved = 0, .index = 2};
    made.wal_lsn = 0x16C752F8;
    made.transaction = transaction;
    return made;
}

struct written {
    bool is_there = false;
    std::string data{}; // without the terminator
    std::string key{};
    std::uint32_t flags = 0;
    bool key_is_in_data = false;
};

// What one encoder wrote of each event, checked against the run: payloads and terminators and
// nothing else.
inline written write_event(encoder& through, const walwire_event& event) {
    byte_buffer data;
    byte_buffer keys;
    data.append("before"); // offsets count from the buffer's beginning
    keys.append("k");
    const auto made = through.encode(event, {data, keys});
    if (!made) return {.data = std::string{data.text().substr(6)}};
    written answer{.is_there = true, .flags = made->flags, .key_is_in_data = made->key_is_in_data};
    answer.data = data.text().substr(made->data_offset, made->data_size);
    const auto& holder = made->key_is_in_data ? data : keys;
    if (made->key_size != 0) answer.key = holder.text().substr(made->key_offset, made->key_size);
    if (data.text() != "before" + answer.data + std::string{through.terminator()})
        answer.data = "a run that is not its payloads: " + std::string{data.text()};
    return answer;
}

} // namespace walwire::engine
