// What the server has said of tables, and when a shape is a new one.
#include "decode/relation_cache.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace walwire::engine {
namespace {

struct described {
    std::vector<relation_column> columns{{"id", 23, -1, true}, {"note", 1043, 12, false}};
    relation_message message{16384, "shop", "orders", replica_identity::primary_key, columns};
};

TEST(relation_cache, knows_only_what_was_announced) {
    relation_cache cache;
    EXPECT_EQ(cache.find(16384), nullptr);
    const auto announced = cache.announce(described{}.message);
    ASSERT_NE(cache.find(16384), nullptr);
    EXPECT_EQ(*cache.find(16384), announced);
    EXPECT_EQ(cache.find(16385), nullptr);
}

TEST(relation_cache, owns_a_copy_of_all_that_was_said) {
    relation_cache cache;
    std::shared_ptr<const relation> known;
    {
        // GIVEN a message whose bytes are gone after it was announced
        const std::string schema = "shop", table = "orders", id = "id", note = "note";
        const std::vector<relation_column> columns{{id, 23, -1, true}, {note, 1043, 12, false}};
        known = cache.announce({16384, schema, table, replica_identity::full, columns});
    }
    EXPECT_EQ(known->oid, 16384u);
    EXPECT_NE(known->version, 0u);
    EXPECT_EQ(known->schema, "shop");
    EXPECT_EQ(known->table, "orders");
    EXPECT_EQ(known->identity, replica_identity::full);
    EXPECT_THAT(known->columns, testing::ElementsAre(relation::column{"id", 23, -1, true},
                                                     relation::column{"note", 1043, 12, false}));
}

TEST(relation_cache, keeps_the_version_of_a_shape_that_is_said_again) {
    relation_cache cache;
    const auto first = cache.announce(described{}.message);
    EXPECT_EQ(cache.announce(described{}.message), first);
}

TEST(relation_cache, gives_a_new_version_for_every_part_that_can_differ) {
    std::vector<described> changed(10);
    changed[0].message.schema = "store";
    changed[1].message.table = "order";
    changed[2].message.identity = replica_identity::full;
    changed[3].columns[0].name = "nr";
    changed[4].columns[0].type_oid = 20;
    changed[5].columns[1].type_modifier = 13;
    changed[6].columns[1].is_key = true;
    changed[7].columns.pop_back();
    changed[8].columns.push_back({"more", 25, -1, false});
    std::swap(changed[9].columns[0], changed[9].columns[1]);

    for (std::size_t at = 0; at < changed.size(); ++at) {
        // GIVEN a table that was described
        relation_cache cache;
        const auto before = cache.announce(described{}.message);
        // WHEN it is described otherwise
        changed[at].message.columns = changed[at].columns;
        const auto after = cache.announce(changed[at].message);
        // THEN the new shape is found, and those who hold the old one still have it
        EXPECT_GT(after->version, before->version) << at;
        EXPECT_EQ(*cache.find(16384), after) << at;
        EXPECT_EQ(before->columns.size(), 2u) << at;
        EXPECT_EQ(before->table, "orders") << at;
    }
}

TEST(relation_cache, gives_versions_that_are_unique_in_the_process) {
    relation_cache one;
    relation_cache other;
    const auto in_one = one.announce(described{}.message);
    const auto in_other = other.announce(described{}.message);
    EXPECT_NE(in_one->version, in_other->version);
}

} // namespace
} // namespace walwire::engine
