// The C view of a relation.
#include "batch/shape.hpp"

#include <gtest/gtest.h>

namespace walwire::engine {
namespace {

relation orders(replica_identity identity) {
    relation made{.oid = 16'400,
                  .version = 12,
                  .schema = "shop",
                  .table = "orders",
                  .identity = identity,
                  .columns = {}};
    const bool is_full = identity == replica_identity::full;
    made.columns.push_back({.name = "id", .type_oid = 20, .type_modifier = -1, .is_key = true});
    made.columns.push_back(
        {.name = "note", .type_oid = 1043, .type_modifier = 24, .is_key = is_full});
    made.columns.push_back(
        {.name = "mood", .type_oid = 99'999, .type_modifier = -1, .is_key = is_full});
    return made;
}
const walwire_column& column(const shape& of, std::size_t at) { return *of.view().columns[at]; }

TEST(shape, shows_the_relation_and_its_columns) {
    const shape made{std::make_shared<relation>(orders(replica_identity::primary_key))};
    EXPECT_EQ(made.view().size, sizeof(walwire_relation));
    EXPECT_EQ(made.view().oid, 16'400U);
    EXPECT_EQ(made.view().version, 12U);
    EXPECT_EQ(to_view(made.view().schema), "shop");
    EXPECT_EQ(to_view(made.view().table), "orders");
    ASSERT_EQ(made.view().column_count, 3U);
    EXPECT_EQ(to_view(column(made, 1).name), "note");
    EXPECT_EQ(to_view(column(made, 1).type_name), "character varying(20)");
    EXPECT_EQ(column(made, 1).type_oid, 1043U);
    EXPECT_EQ(column(made, 1).type_modifier, 24);
    EXPECT_EQ(to_view(column(made, 2).type_name), "") << "not built in";
}

TEST(shape, flags_the_key_columns) {
    for (const auto identity : {replica_identity::primary_key, replica_identity::index}) {
        const shape made{std::make_shared<relation>(orders(identity))};
        EXPECT_EQ(column(made, 0).flags, std::uint32_t{WALWIRE_COLUMN_KEY});
        EXPECT_EQ(column(made, 1).flags, 0U);
    }
}

TEST(shape, with_a_full_identity_no_column_is_known_to_be_the_key) {
    const shape made{std::make_shared<relation>(orders(replica_identity::full))};
    for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(column(made, i).flags, 0U);
}

} // namespace
} // namespace walwire::engine
