// How a column's values become JSON, decided once per relation: the tree of what its type is made
// of.
#pragma once

#include "encode/json_writer.hpp"
#include "encode/value.hpp"
#include "source/type_info.hpp"

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

namespace walwire::engine {

struct value_plan {
    struct field {
        fragment name; // `,"id":`
        const value_plan* value = nullptr;
    };
    value_form form = value_form::string;
    char delimiter = ',';                // of an array
    const value_plan* element = nullptr; // of an array or vector
    std::vector<field> fields;           // of a composite
    // A composite is in it somewhere: older rows may have been written with another definition.
    bool has_composite = false;
};

// Makes the plans of one relation's types and owns them. One thread.
class value_plans {
public:
    // Of types that are not in the set, only those are known that have a number for ever.
    value_plans(std::shared_ptr<const type_set> types, bool numbers_as_strings)
        : types_{std::move(types)}, numbers_as_strings_{numbers_as_strings} {}

    // Never nullptr; lives as long as this.
    const value_plan* find(std::uint32_t type_oid);

private:
    void fill(value_plan& made, const type_info& from);

    std::shared_ptr<const type_set> types_;
    bool numbers_as_strings_;
    std::unordered_map<std::uint32_t, std::unique_ptr<value_plan>> plans_; // by type
};

} // namespace walwire::engine
