// Names as format_type(oid, typmod) of PostgreSQL 15 gives them.
#include "batch/type_name.hpp"

#include <gtest/gtest.h>

namespace walwire::engine {
namespace {

struct expected_name {
    std::uint32_t oid;
    std::int32_t modifier;
    const char* name;
};
class type_name : public testing::TestWithParam<expected_name> {};

TEST_P(type_name, is_what_format_type_says) {
    EXPECT_EQ(builtin_type_name(GetParam().oid, GetParam().modifier), GetParam().name);
}

INSTANTIATE_TEST_SUITE_P(
    builtin, type_name,
    testing::Values(
        expected_name{16, -1, "boolean"}, expected_name{23, -1, "integer"},
        expected_name{1007, -1, "integer[]"}, expected_name{1043, -1, "character varying"},
        expected_name{1043, 24, "character varying(20)"},
        expected_name{1015, 24, "character varying(20)[]"}, expected_name{1042, -1, "bpchar"},
        expected_name{1042, 7, "character(3)"}, expected_name{1560, -1, "\"bit\""},
        expected_name{1560, 3, "bit(3)"}, expected_name{1562, 5, "bit varying(5)"},
        expected_name{1700, -1, "numeric"}, expected_name{1700, (5 << 16 | 2) + 4, "numeric(5,2)"},
        expected_name{1700, (3 << 16 | (-2 & 0x7FF)) + 4, "numeric(3,-2)"},
        expected_name{1083, 3, "time(3) without time zone"},
        expected_name{1266, 0, "time(0) with time zone"},
        expected_name{1114, 3, "timestamp(3) without time zone"},
        expected_name{1184, 0, "timestamp(0) with time zone"},
        expected_name{1184, -1, "timestamp with time zone"}, expected_name{1186, -1, "interval"},
        expected_name{1186, 0x7FFF << 16 | 3, "interval(3)"},
        expected_name{1186, (1 << 2 | 1 << 1) << 16 | 0xFFFF, "interval year to month"},
        expected_name{1186, (1 << 11 | 1 << 12) << 16 | 2, "interval minute to second(2)"},
        expected_name{18, -1, "\"char\""}, expected_name{5069, -1, "xid8"}),
    [](const auto& of) { return std::to_string(of.param.oid) + "_" + std::to_string(of.index); });

TEST(type_name, is_empty_for_what_is_not_built_in) {
    EXPECT_EQ(builtin_type_name(16'384, -1), "");
    EXPECT_EQ(builtin_type_name(0, -1), "");
}

} // namespace
} // namespace walwire::engine
