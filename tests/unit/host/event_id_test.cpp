// The texts that receivers keep for ever.
#include "host/event_id.hpp"

#include <gtest/gtest.h>
#include <limits>

namespace walwire::engine {
namespace {

constexpr event_origin origin{7345129001, 1};

walwire_payload payload(std::uint32_t kind, std::uint64_t lsn, std::uint64_t index,
                        std::uint32_t phase = 1, std::uint32_t part = 0) {
    walwire_payload made{};
    made.size = sizeof made;
    made.kind = kind;
    made.part = part;
    made.position = {lsn, phase, 0, index};
    return made;
}

TEST(event_id, a_row_of_the_stream_has_lsn_and_index_in_hex) {
    EXPECT_EQ(event_id(origin, payload(WALWIRE_UPDATE, 0x1545C58, 2)),
              "evt_7345129001_1_0000000001545C58-1-00000002");
    EXPECT_EQ(position_text({0xFFFFFFFFFFFFFFFF, 1, 0, 0xABCDEF}), "FFFFFFFFFFFFFFFF-1-00ABCDEF");
}

TEST(event_id, a_row_of_a_snapshot_has_table_chunk_and_row) {
    const std::uint64_t index = (std::uint64_t{4} << 48) | (std::uint64_t{10} << 24) | 23;
    EXPECT_EQ(event_id(origin, payload(WALWIRE_SNAPSHOT_ROW, 0x1545C58, index, 0)),
              "evt_7345129001_1_0000000001545C58-0-0004-00000A-000017");
}

TEST(event_id, later_parts_are_numbered) {
    EXPECT_EQ(event_id(origin, payload(WALWIRE_UPDATE, 1, 2, 1, 1)),
              "evt_7345129001_1_0000000000000001-1-00000002_1");
    EXPECT_EQ(event_id(origin, payload(WALWIRE_UPDATE, 1, 2, 1, 2)),
              "evt_7345129001_1_0000000000000001-1-00000002_2");
}

TEST(event_id, a_schema_and_a_gap_have_a_letter) {
    EXPECT_EQ(event_id(origin, payload(WALWIRE_SCHEMA, 1, 2)),
              "evt_7345129001_1_0000000000000001-1-00000002_s");
    EXPECT_EQ(event_id(origin, payload(WALWIRE_GAP, 0xFF, 0)),
              "evt_7345129001_1_00000000000000FF-1-00000000_g");
}

TEST(event_id, texts_sort_as_positions_do) {
    const walwire_position in_order[] = {
        {9, 1, 0, 1},     {10, 0, 0, 0}, {10, 0, 0, std::uint64_t{1} << 48},
        {10, 1, 0, 0},    {10, 1, 0, 9}, {10, 1, 0, 0x10},
        {0x100, 1, 0, 1},
    };
    for (std::size_t i = 1; i < std::size(in_order); ++i) {
        EXPECT_LT(position_text(in_order[i - 1]), position_text(in_order[i])) << i;
    }
}

TEST(event_id, the_longest_fits_into_96_bytes_with_its_nul) {
    constexpr auto most64 = std::numeric_limits<std::uint64_t>::max();
    constexpr auto most32 = std::numeric_limits<std::uint32_t>::max();
    const event_origin longest{most64, most32};
    EXPECT_LE(event_id(longest, payload(WALWIRE_SCHEMA, most64, most64, 0, 65535)).size(), 95u);
    EXPECT_LE(event_id(longest, payload(WALWIRE_SCHEMA, most64, most32, 1, most32)).size(), 95u);
}

} // namespace
} // namespace walwire::engine
