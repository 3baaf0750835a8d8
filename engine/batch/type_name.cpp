// The table is what `SELECT oid, typarray, format_type(oid, NULL) FROM pg_type` says of
// pg_catalog's base, range and multirange types in PostgreSQL 15; the modifiers follow each type's
// typmodout.
#include "batch/type_name.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <string_view>

namespace walwire::engine {

namespace {

struct builtin_type {
    std::uint32_t oid;
    std::uint32_t array_oid;
    std::string_view name;
};
constexpr std::array builtin_types = std::to_array<builtin_type>({
    {16, 1000, "boolean"},
    {17, 1001, "bytea"},
    {18, 1002, "\"char\""},
    {19, 1003, "name"},
    {20, 1016, "bigint"},
    {21, 1005, "smallint"},
    {22, 1006, "int2vector"},
    {23, 1007, "integer"},
    {24, 1008, "regproc"},
    {25, 1009, "text"},
    {26, 1028, "oid"},
    {27, 1010, "tid"},
    {28, 1011, "xid"},
    {29, 1012, "cid"},
    {30, 1013, "oidvector"},
    {114, 199, "json"},
    {142, 143, "xml"},
    {194, 0, "pg_node_tree"}, // this and others without an array: the server's own
    {600, 1017, "point"},
    {601, 1018, "lseg"},
    {602, 1019, "path"},
    {603, 1020, "box"},
    {604, 1027, "polygon"},
    {628, 629, "line"},
    {650, 651, "cidr"},
    {700, 1021, "real"},
    {701, 1022, "double precision"},
    {718, 719, "circle"},
    {774, 775, "macaddr8"},
    {790, 791, "money"},
    {829, 1040, "macaddr"},
    {869, 1041, "inet"},
    {1033, 1034, "aclitem"},
    {1042, 1014, "character"},
    {1043, 1015, "character varying"},
    {1082, 1182, "date"},
    {1083, 1183, "time without time zone"},
    {1114, 1115, "timestamp without time zone"},
    {1184, 1185, "timestamp with time zone"},
    {1186, 1187, "interval"},
    {1266, 1270, "time with time zone"},
    {1560, 1561, "bit"},
    {1562, 1563, "bit varying"},
    {1700, 1231, "numeric"},
    {1790, 2201, "refcursor"},
    {2202, 2207, "regprocedure"},
    {2203, 2208, "regoper"},
    {2204, 2209, "regoperator"},
    {2205, 2210, "regclass"},
    {2206, 2211, "regtype"},
    {2950, 2951, "uuid"},
    {2970, 2949, "txid_snapshot"},
    {3220, 3221, "pg_lsn"},
    {3361, 0, "pg_ndistinct"},
    {3402, 0, "pg_dependencies"},
    {3614, 3643, "tsvector"},
    {3615, 3645, "tsquery"},
    {3642, 3644, "gtsvector"},
    {3734, 3735, "regconfig"},
    {3769, 3770, "regdictionary"},
    {3802, 3807, "jsonb"},
    {3904, 3905, "int4range"},
    {3906, 3907, "numrange"},
    {3908, 3909, "tsrange"},
    {3910, 3911, "tstzrange"},
    {3912, 3913, "daterange"},
    {3926, 3927, "int8range"},
    {4072, 4073, "jsonpath"},
    {4089, 4090, "regnamespace"},
    {4096, 4097, "regrole"},
    {4191, 4192, "regcollation"},
    {4451, 6150, "int4multirange"},
    {4532, 6151, "nummultirange"},
    {4533, 6152, "tsmultirange"},
    {4534, 6153, "tstzmultirange"},
    {4535, 6155, "datemultirange"},
    {4536, 6157, "int8multirange"},
    {4600, 0, "pg_brin_bloom_summary"},
    {4601, 0, "pg_brin_minmax_multi_summary"},
    {5017, 0, "pg_mcv_list"},
    {5038, 5039, "pg_snapshot"},
    {5069, 271, "xid8"},
});

// Interval modifiers: the fields in the high half (bits as in utils/datetime.h), 0x7FFF for all;
// the precision in the low half, 0xFFFF for none.
std::string interval_modifier(std::int32_t modifier) {
    struct fields_name {
        std::int32_t fields;
        std::string_view name;
    };
    static constexpr std::array names = std::to_array<fields_name>({
        {1 << 2, " year"},
        {1 << 1, " month"},
        {1 << 3, " day"},
        {1 << 10, " hour"},
        {1 << 11, " minute"},
        {1 << 12, " second"},
        {1 << 2 | 1 << 1, " year to month"},
        {1 << 3 | 1 << 10, " day to hour"},
        {1 << 3 | 1 << 10 | 1 << 11, " day to minute"},
        {1 << 3 | 1 << 10 | 1 << 11 | 1 << 12, " day to second"},
        {1 << 10 | 1 << 11, " hour to minute"},
        {1 << 10 | 1 << 11 | 1 << 12, " hour to second"},
        {1 << 11 | 1 << 12, " minute to second"},
    });
    const auto fields = modifier >> 16 & 0x7FFF;
    const auto precision = modifier & 0xFFFF;
    const auto* found = std::ranges::find(names, fields, &fields_name::fields);
    std::string text{found == names.end() ? std::string_view{} : found->name};
    if (precision != 0xFFFF) text += fmt::format("({})", precision);
    return text;
}

std::string with_modifier(const builtin_type& type, std::int32_t modifier) {
    switch (type.oid) {
    case 1042: // bpchar: "character" means character(1), so without a length it has its own name
        return modifier < 0 ? "bpchar" : fmt::format("character({})", modifier - 4);
    case 1560: // bit
        return modifier < 0 ? "\"bit\"" : fmt::format("bit({})", modifier);
    default:
        break;
    }
    if (modifier < 0) return std::string{type.name};
    switch (type.oid) {
    case 1043: // varchar
        return fmt::format("{}({})", type.name, modifier - 4);
    case 1562: // varbit
        return fmt::format("{}({})", type.name, modifier);
    case 1083: // time
        return fmt::format("time({}) without time zone", modifier);
    case 1266: // timetz
        return fmt::format("time({}) with time zone", modifier);
    case 1114: // timestamp
        return fmt::format("timestamp({}) without time zone", modifier);
    case 1184: // timestamptz
        return fmt::format("timestamp({}) with time zone", modifier);
    case 1186:
        return fmt::format("{}{}", type.name, interval_modifier(modifier));
    case 1700: { // numeric: precision, and a scale of eleven signed bits
        const auto packed = modifier - 4;
        const auto scale = ((packed & 0x7FF) ^ 1024) - 1024;
        return fmt::format("numeric({},{})", packed >> 16 & 0xFFFF, scale);
    }
    default:
        return std::string{type.name};
    }
}

} // namespace

std::string builtin_type_name(std::uint32_t type_oid, std::int32_t type_modifier) {
    if (type_oid == 0) return {}; // stands for "no array" below
    for (const auto& type : builtin_types) {
        if (type.oid == type_oid) return with_modifier(type, type_modifier);
        if (type.array_oid == type_oid) return with_modifier(type, type_modifier) + "[]";
    }
    return {};
}

} // namespace walwire::engine
