// Names of built-in types as format_type() prints them, without asking the server.
#pragma once

#include <cstdint>
#include <string>

namespace walwire::engine {

// "character varying(20)", "numeric(5,2)", "integer[]"; empty when the type is not built in, so
// that its name has to come from the catalog. Modifier -1: none.
std::string builtin_type_name(std::uint32_t type_oid, std::int32_t type_modifier);

} // namespace walwire::engine
