// What the catalogs say of the types behind a table's columns: as much as it takes to read their
// text forms.
#pragma once

#include "base/lsn.hpp"

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace walwire::engine {

enum class type_kind : std::uint8_t {
    scalar, // base types, enums, ranges: their text says it all
    array,  // {1,2,NULL}
    vector, // int2vector and oidvector: 1 2 3
    domain, // as its base type
    composite,
    hstore,
};

struct composite_field {
    std::string name;
    std::uint32_t type_oid = 0;
};

struct type_info {
    type_kind kind = type_kind::scalar;
    char delimiter = ',';                // between the elements of an array
    std::uint32_t element_oid = 0;       // of an array or vector; of a domain: its base type
    std::vector<composite_field> fields; // of a composite, in order, without dropped ones
};

// The types of one table's columns and everything that they are made of, as the catalogs had them
// when they were read. Immutable.
//
// A composite type may change without any message in the stream. So its description holds only for
// rows whose own WAL LSN is at or after `since_lsn`; older ones may have been written with another.
struct type_set {
    std::unordered_map<std::uint32_t, type_info> types; // of other types nothing is known: text
    bool has_composites = false;
    lsn since_lsn; // 0/0: as far as there are rows
};

} // namespace walwire::engine
