// Rows and keys as JSON objects, written by a plan. See json_writer.hpp for the cursor.
#pragma once

#include "encode/relation_plan.hpp"

#include <walwire/event.h>

namespace walwire::engine {

// Which image of a row holds what identifies it downstream: the old one when there are two.
struct row_key {
    const walwire_value* values = nullptr; // before or after; nullptr: no key
    bool has_changed = false;              // by a difference of values, not by being sent
};
row_key find_key(const relation_plan& plan, const walwire_event& event);

// What is known of column i in `row`: its own value, or that of `old` (may be nullptr) when the
// change did not touch it. nullptr: not known, so not written.
inline const walwire_value* known_value(const walwire_value* row, const walwire_value* old,
                                        std::size_t i) {
    if (row[i].state == WALWIRE_VALUE_TEXT || row[i].state == WALWIRE_VALUE_NULL) return &row[i];
    if (row[i].state == WALWIRE_VALUE_UNCHANGED && old != nullptr &&
        old[i].state == WALWIRE_VALUE_TEXT)
        return &old[i];
    return nullptr;
}

// Room for either.
std::size_t object_bound(const relation_plan& plan, const walwire_value* row,
                         const walwire_value* old);
std::size_t key_bound(const relation_plan& plan, const walwire_value* values);

// `{"id":1,"name":null}`
char* write_object(char* at, const relation_plan& plan, const walwire_value* row,
                   const walwire_value* old);
char* write_key(char* at, const relation_plan& plan, const walwire_value* values);

// `,"unchanged":["a","b"]`, or nothing when everything is known. At most plan.row_bound() + 16.
char* write_unchanged(char* at, const relation_plan& plan, const walwire_value* row,
                      const walwire_value* old);

} // namespace walwire::engine
