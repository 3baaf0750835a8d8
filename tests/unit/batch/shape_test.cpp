// The C view of a relation, and what the catalogs add to it.
#include "batch/shape.hpp"

#include <gtest/gtest.h>

namespace walwire::engine {
namespace {

std::shared_ptr<const relation> orders(replica_identity identity) {
    auto made = std::make_shared<relation>(relation{.oid = 16'400,
                                                    .version = 12,
                                                    .schema = "shop",
                                                    .table = "orders",
                                                    .identity = identity,
                                                    .columns = {}});
    const bool is_full = identity == replica_identity::full;
    made->columns.push_back({.name = "id", .type_oid = 20, .type_modifier = -1, .is_key = true});
    made->columns.push_back(
        {.name = "note", .type_oid = 1043, .type_modifier = 24, .is_key = is_full});
    return made;
}

// Knows the answer already, or has given up.
class known_lookup final : public relation_lookup {
public:
    explicit known_lookup(std::optional<relation_facts> facts) {
        if (facts)
            answer_ = relation_answer{std::make_shared<const relation_facts>(*std::move(facts)),
                                      std::make_shared<const type_set>()};
    }
    std::optional<relation_answer> await(lsn) override { return answer_; }

private:
    std::optional<relation_answer> answer_;
};

class shapes : public testing::Test {
protected:
    const shape& make(replica_identity identity, std::shared_ptr<relation_lookup> lookup = {}) {
        made_.push_back(std::make_shared<shape>(orders(identity), version_, std::move(lookup)));
        return *made_.back();
    }
    const shape& resolved(relation_facts facts) {
        const auto& made =
            make(replica_identity::full, std::make_shared<known_lookup>(std::move(facts)));
        EXPECT_TRUE(made.resolve(lsn{1}));
        return made;
    }

    std::shared_ptr<shape_version> version_ = std::make_shared<shape_version>(12);
    std::vector<std::shared_ptr<shape>> made_;
};

const walwire_column& column(const shape& of, std::size_t at) { return *of.view().columns[at]; }
bool is_key(const shape& of, std::size_t at) {
    return (column(of, at).flags & WALWIRE_COLUMN_KEY) != 0;
}
const relation_facts plain{.type_names = {"bigint", "character varying(20)"},
                           .is_key = {true, false}};

TEST_F(shapes, show_the_relation_and_its_columns) {
    const auto& made = make(replica_identity::primary_key);
    EXPECT_EQ(made.view().size, sizeof(walwire_relation));
    EXPECT_EQ(made.view().oid, 16'400U);
    EXPECT_EQ(made.view().version, 12U);
    EXPECT_EQ(to_view(made.view().schema), "shop");
    EXPECT_EQ(to_view(made.view().table), "orders");
    ASSERT_EQ(made.view().column_count, 2U);
    EXPECT_EQ(to_view(column(made, 1).name), "note");
    EXPECT_EQ(column(made, 1).type_oid, 1043U);
    EXPECT_EQ(column(made, 1).type_modifier, 24);
}

TEST_F(shapes, without_the_catalogs_have_the_key_that_the_server_flags) {
    for (const auto identity : {replica_identity::primary_key, replica_identity::index}) {
        const auto& made = make(identity);
        ASSERT_TRUE(made.resolve(lsn{1}));
        EXPECT_TRUE(is_key(made, 0));
        EXPECT_FALSE(is_key(made, 1));
    }
    const auto& full = make(replica_identity::full);
    EXPECT_FALSE(is_key(full, 0)) << "FULL flags every column";
}

TEST_F(shapes, take_names_key_and_publication_from_the_catalogs) {
    auto facts = plain;
    facts.is_inserts_only = true;
    const auto& made = resolved(facts);
    EXPECT_EQ(to_view(column(made, 0).type_name), "bigint");
    EXPECT_EQ(to_view(column(made, 1).type_name), "character varying(20)");
    EXPECT_TRUE(is_key(made, 0));
    EXPECT_FALSE(is_key(made, 1));
    EXPECT_EQ(made.view().flags, std::uint32_t{WALWIRE_RELATION_INSERTS_ONLY});
}

TEST_F(shapes, lose_the_key_that_the_catalogs_do_not_confirm) {
    auto facts = plain;
    facts.is_key = {false, false};
    const auto& made = make(replica_identity::primary_key, std::make_shared<known_lookup>(facts));
    ASSERT_TRUE(made.resolve(lsn{1}));
    EXPECT_FALSE(is_key(made, 0));
}

TEST_F(shapes, announced_again_have_the_same_version_while_nothing_has_changed) {
    const auto first = resolved(plain).view().version;
    EXPECT_EQ(first, 12U);
    EXPECT_EQ(resolved(plain).view().version, first);
    auto changed = plain;
    changed.is_key = {false, true};
    const auto second = resolved(changed).view().version;
    EXPECT_NE(second, first);
    EXPECT_EQ(resolved(changed).view().version, second);
    EXPECT_NE(resolved(plain).view().version, first) << "a version is never used again";
}

TEST_F(shapes, give_up_with_the_catalogs) {
    const auto& made = make(replica_identity::full, std::make_shared<known_lookup>(std::nullopt));
    EXPECT_FALSE(made.resolve(lsn{1}));
}

} // namespace
} // namespace walwire::engine
