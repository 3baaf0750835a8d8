// Types as the catalogs would describe them, for tests of what is made of their text forms.
#pragma once

#include "source/type_info.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace walwire::tests {

// Numbers of types that no built-in type has.
enum : std::uint32_t {
    int_array = 20'001,
    text_array,
    box_array,
    pair_type, // (a int4, "b ""c" text, c text[])
    pair_array,
    nest_type, // (p pair, l pair[], t timestamptz, h hstore)
    empty_type,
    hstore_type,
    hstore_array,
    positive_domain, // over int4
    list_domain,     // over int_array
    list_array,      // of list_domain
    pair_domain,
    json_array,
    int_vector,
    bool_array,
    timestamptz_array,
};

inline engine::type_info array_of(std::uint32_t element, char delimiter = ',') {
    return {.kind = engine::type_kind::array,
            .delimiter = delimiter,
            .element_oid = element,
            .fields = {}};
}
inline engine::type_info domain_over(std::uint32_t base) {
    return {.kind = engine::type_kind::domain, .element_oid = base, .fields = {}};
}
inline engine::type_info composite(std::vector<engine::composite_field> fields) {
    return {.kind = engine::type_kind::composite, .fields = std::move(fields)};
}

inline std::shared_ptr<engine::type_set> made_types() {
    auto made = std::make_shared<engine::type_set>();
    made->has_composites = true;
    auto& types = made->types;
    types[int_array] = array_of(23);
    types[text_array] = array_of(25);
    types[box_array] = array_of(603, ';');
    types[bool_array] = array_of(16);
    types[json_array] = array_of(114);
    types[timestamptz_array] = array_of(1184);
    types[pair_type] = composite({{"a", 23}, {"b \"c", 25}, {"c", text_array}});
    types[pair_array] = array_of(pair_type);
    types[hstore_type] = {.kind = engine::type_kind::hstore, .fields = {}};
    types[hstore_array] = array_of(hstore_type);
    types[nest_type] =
        composite({{"p", pair_domain}, {"l", pair_array}, {"t", 1184}, {"h", hstore_type}});
    types[empty_type] = composite({});
    types[positive_domain] = domain_over(23);
    types[list_domain] = domain_over(int_array);
    types[list_array] = array_of(list_domain);
    types[pair_domain] = domain_over(pair_type);
    types[int_vector] = {.kind = engine::type_kind::vector, .element_oid = 21, .fields = {}};
    return made;
}

} // namespace walwire::tests
