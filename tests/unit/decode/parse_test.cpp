// Each message field by field, and each way in which one can be what the documentation does not
// have. (That recorded messages are understood as a whole is wire_test's.)
#include "decode/parse.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>
#include <string>

namespace walwire::engine {
namespace {

using namespace std::string_literals;
using testing::HasSubstr;

// Writes what byte_reader reads.
template <class Number> std::string number(Number value) {
    std::string bytes;
    for (int shift = (static_cast<int>(sizeof value) - 1) * 8; shift >= 0; shift -= 8)
        bytes += static_cast<char>(static_cast<std::uint64_t>(value) >> shift);
    return bytes;
}
std::string i16(std::int16_t value) { return number(value); }
std::string i32(std::int32_t value) { return number(value); }
std::string i64(std::int64_t value) { return number(value); }
std::string c_string(const std::string& text) { return text + '\0'; }
std::string text(const std::string& value) {
    return "t" + i32(static_cast<std::int32_t>(value.size())) + value;
}

class parsing : public testing::Test {
protected:
    template <class Message> Message parsed(const std::string& bytes) {
        bytes_ = bytes;
        auto found = parse(bytes_, rows_, buffer_);
        if (!found) {
            ADD_FAILURE() << found.error().message;
            return {};
        }
        EXPECT_TRUE(std::holds_alternative<Message>(*found));
        return std::get<Message>(*found);
    }
    failure refused(const std::string& bytes) {
        bytes_ = bytes;
        auto found = parse(bytes_, rows_, buffer_);
        if (found) return {failure_code::io, "understood", "", ""};
        EXPECT_EQ(found.error().code, failure_code::protocol);
        EXPECT_NE(found.error().help, "");
        return found.error();
    }
    std::string id_of(const std::string& bytes) { return refused(bytes).id; }

    std::string bytes_;
    arena rows_;
    message_buffer buffer_;
};

TEST_F(parsing, begin_has_its_commit_and_a_unix_time) {
    const auto begin = parsed<begin_message>("B" + i64(0x16'B374D848) + i64(1) + i32(-2));
    EXPECT_EQ(begin.commit_lsn, lsn{0x16'B374D848});
    EXPECT_EQ(begin.commit_time_us, 946'684'800'000'001);
    EXPECT_EQ(begin.xid, 0xFFFFFFFEu);
}

TEST_F(parsing, commit_has_both_lsns_and_a_unix_time) {
    const auto commit =
        parsed<commit_message>("C\0"s + i64(5) + i64(6) + i64(-946'684'800'000'000));
    EXPECT_EQ(commit.commit_lsn, lsn{5});
    EXPECT_EQ(commit.end_lsn, lsn{6});
    EXPECT_EQ(commit.commit_time_us, 0);
}

TEST_F(parsing, commit_has_no_flags) {
    for (int flags = 1; flags < 256; ++flags)
        EXPECT_EQ(id_of("C"s + static_cast<char>(flags) + i64(5) + i64(6) + i64(0)),
                  "decode.unknown_flag");
}

TEST_F(parsing, times_that_do_not_fit_are_refused_and_the_last_that_fits_is_not) {
    constexpr auto last = std::numeric_limits<std::int64_t>::max() - 946'684'800'000'000;
    EXPECT_EQ(parsed<begin_message>("B" + i64(1) + i64(last) + i32(1)).commit_time_us,
              std::numeric_limits<std::int64_t>::max());
    EXPECT_EQ(id_of("B" + i64(1) + i64(last + 1) + i32(1)), "decode.out_of_range");
    EXPECT_EQ(id_of("C\0"s + i64(5) + i64(6) + i64(last + 1)), "decode.out_of_range");
}

TEST_F(parsing, origin_has_its_place_there_and_its_name) {
    const auto origin = parsed<origin_message>("O" + i64(7) + c_string("upstream"));
    EXPECT_EQ(origin.commit_lsn, lsn{7});
    EXPECT_EQ(origin.name, "upstream");
}

TEST_F(parsing, relation_has_its_columns_in_order) {
    const auto relation = parsed<relation_message>("R" + i32(16384) + c_string("shop") +
                                                   c_string("orders") + "i" + i16(2) +            //
                                                   "\x01"s + c_string("id") + i32(23) + i32(-1) + //
                                                   "\0"s + c_string("note") + i32(1043) + i32(12));
    EXPECT_EQ(relation.oid, 16384u);
    EXPECT_EQ(relation.schema, "shop");
    EXPECT_EQ(relation.table, "orders");
    EXPECT_EQ(relation.identity, replica_identity::index);
    ASSERT_EQ(relation.columns.size(), 2u);
    EXPECT_EQ(relation.columns[0].name, "id");
    EXPECT_TRUE(relation.columns[0].is_key);
    EXPECT_EQ(relation.columns[0].type_modifier, -1);
    EXPECT_EQ(relation.columns[1].name, "note");
    EXPECT_FALSE(relation.columns[1].is_key);
    EXPECT_EQ(relation.columns[1].type_oid, 1043u);
    EXPECT_EQ(relation.columns[1].type_modifier, 12);
}

TEST_F(parsing, an_empty_schema_means_pg_catalog) {
    EXPECT_EQ(
        parsed<relation_message>("R" + i32(1) + c_string("") + c_string("t") + "d" + i16(0)).schema,
        "pg_catalog");
    EXPECT_EQ(parsed<type_message>("Y" + i32(1) + c_string("") + c_string("int4")).schema,
              "pg_catalog");
}

TEST_F(parsing, relation_has_one_of_four_replica_identities) {
    for (int identity = 0; identity < 256; ++identity) {
        const auto bytes =
            "R" + i32(1) + c_string("s") + c_string("t") + static_cast<char>(identity) + i16(0);
        if ("dnfi"s.find(static_cast<char>(identity)) != std::string::npos)
            EXPECT_EQ(parsed<relation_message>(bytes).identity,
                      static_cast<replica_identity>(identity));
        else
            EXPECT_EQ(id_of(bytes), "decode.unknown_identity") << identity;
    }
}

TEST_F(parsing, a_column_has_the_key_flag_or_none) {
    for (int flags = 2; flags < 256; ++flags)
        EXPECT_EQ(id_of("R" + i32(1) + c_string("s") + c_string("t") + "d" + i16(1) +
                        static_cast<char>(flags) + c_string("c") + i32(23) + i32(-1)),
                  "decode.unknown_flag");
}

TEST_F(parsing, type_has_its_name) {
    const auto type = parsed<type_message>("Y" + i32(99) + c_string("public") + c_string("mood"));
    EXPECT_EQ(type.oid, 99u);
    EXPECT_EQ(type.schema, "public");
    EXPECT_EQ(type.name, "mood");
}

TEST_F(parsing, insert_has_values_of_every_state) {
    const auto insert =
        parsed<insert_message>("I" + i32(16384) + "N" + i16(4) + text("one") + "nu" + text(""));
    EXPECT_EQ(insert.relation_oid, 16384u);
    ASSERT_EQ(insert.after.size(), 4u);
    EXPECT_EQ(insert.after[0].state, value_state::text);
    EXPECT_EQ((std::string_view{insert.after[0].data, insert.after[0].size}), "one");
    EXPECT_EQ(insert.after[1].state, value_state::null);
    EXPECT_EQ(insert.after[2].state, value_state::unchanged);
    EXPECT_EQ(insert.after[3].state, value_state::text);
    EXPECT_EQ(insert.after[3].size, 0u);
}

TEST_F(parsing, update_has_its_old_key_or_row_or_neither) {
    const auto after = "N" + i16(1) + text("new");
    auto update = parsed<update_message>("U" + i32(1) + after);
    EXPECT_EQ(update.old, old_image::none);
    EXPECT_TRUE(update.before.empty());
    EXPECT_EQ(update.after.size(), 1u);

    for (const char kind : {'K', 'O'}) {
        update = parsed<update_message>("U" + i32(1) + kind + i16(2) + text("old") + "n" + after);
        EXPECT_EQ(update.old, static_cast<old_image>(kind));
        ASSERT_EQ(update.before.size(), 2u);
        EXPECT_EQ((std::string_view{update.before[0].data, update.before[0].size}), "old");
        ASSERT_EQ(update.after.size(), 1u);
        EXPECT_EQ((std::string_view{update.after[0].data, update.after[0].size}), "new");
    }
}

TEST_F(parsing, delete_has_its_old_key_or_row) {
    for (const char kind : {'K', 'O'}) {
        const auto deleted = parsed<delete_message>("D" + i32(3) + kind + i16(1) + text("old"));
        EXPECT_EQ(deleted.relation_oid, 3u);
        EXPECT_EQ(deleted.old, static_cast<old_image>(kind));
        EXPECT_EQ(deleted.before.size(), 1u);
    }
}

TEST_F(parsing, rows_have_no_tuples_but_the_documented) {
    const auto row = i16(1) + "n";
    const auto expect = [&](const std::string& before, const std::string& known,
                            const std::string& after) {
        for (int at = 0; at < 256; ++at) {
            const auto kind = static_cast<char>(at);
            if (known.find(kind) != std::string::npos) continue;
            EXPECT_EQ(id_of(before + kind + after), "decode.unknown_tuple") << before[0] << at;
        }
    };
    expect("I" + i32(1), "N", row);
    expect("U" + i32(1), "NKO", row);
    expect("U" + i32(1) + "K" + row, "N", row);
    expect("D" + i32(1), "KO", row);
}

TEST_F(parsing, values_are_text_and_never_binary) {
    for (int at = 0; at < 256; ++at) {
        const auto kind = static_cast<char>(at);
        if (kind == 'n' || kind == 'u' || kind == 't') continue;
        const auto found = refused("I" + i32(1) + "N" + i16(2) + "n" + kind + i32(1) + "x");
        EXPECT_EQ(found.id, "decode.unknown_value");
        EXPECT_THAT(found.message, HasSubstr("an Insert message"));
        EXPECT_THAT(found.message, HasSubstr("column 2"));
    }
    EXPECT_THAT(refused("D" + i32(1) + "K" + i16(1) + "b" + i32(1) + "x").message,
                HasSubstr("a Delete message has a value of kind 'b' (0x62)"));
}

TEST_F(parsing, truncate_has_two_flags_and_its_tables) {
    for (int flags = 0; flags < 4; ++flags) {
        const auto truncate = parsed<truncate_message>("T" + i32(2) + static_cast<char>(flags) +
                                                       i32(16384) + i32(-1));
        EXPECT_EQ(truncate.cascade, (flags & 1) != 0);
        EXPECT_EQ(truncate.restart_identity, (flags & 2) != 0);
        EXPECT_THAT(truncate.relation_oids, testing::ElementsAre(16384u, 0xFFFFFFFFu));
    }
    for (int flags = 4; flags < 256; ++flags)
        EXPECT_EQ(id_of("T" + i32(1) + static_cast<char>(flags) + i32(1)), "decode.unknown_flag");
}

TEST_F(parsing, message_has_any_bytes_as_content) {
    const auto content = "\0\xff'\n"s;
    const auto logical =
        parsed<logical_message>("M\x01" + i64(9) + c_string("prefix") + i32(4) + content);
    EXPECT_TRUE(logical.transactional);
    EXPECT_EQ(logical.message_lsn, lsn{9});
    EXPECT_EQ(logical.prefix, "prefix");
    EXPECT_EQ(logical.content, content);
    EXPECT_FALSE(parsed<logical_message>("M\0"s + i64(9) + c_string("") + i32(0)).transactional);
    for (int flags = 2; flags < 256; ++flags)
        EXPECT_EQ(id_of("M"s + static_cast<char>(flags) + i64(9) + c_string("") + i32(0)),
                  "decode.unknown_flag");
}

TEST_F(parsing, there_is_no_other_kind_of_message) {
    for (int at = 0; at < 256; ++at) {
        const auto kind = static_cast<char>(at);
        if ("BCORYIUDTM"s.find(kind) != std::string::npos) continue;
        EXPECT_EQ(id_of(kind + std::string(64, '\0')), "decode.unknown_message") << at;
    }
    EXPECT_THAT(refused("S" + i32(1)).message, HasSubstr("'S' (0x53)"));
    EXPECT_THAT(refused("\x01"s).message, HasSubstr("byte 0x01"));
    EXPECT_EQ(id_of(""), "decode.short");
}

TEST_F(parsing, counts_and_lengths_are_not_negative) {
    const auto least = std::numeric_limits<std::int32_t>::min();
    EXPECT_EQ(id_of("I" + i32(1) + "N" + i16(-1)), "decode.negative_length");
    EXPECT_EQ(id_of("I" + i32(1) + "N" + i16(1) + "t" + i32(-1)), "decode.negative_length");
    EXPECT_EQ(id_of("R" + i32(1) + c_string("s") + c_string("t") + "d" + i16(-1)),
              "decode.negative_length");
    EXPECT_EQ(id_of("T" + i32(least) + "\0"s), "decode.negative_length");
    EXPECT_EQ(id_of("M\0"s + i64(9) + c_string("p") + i32(least)), "decode.negative_length");
    EXPECT_THAT(refused("I" + i32(1) + "N" + i16(-1)).message, HasSubstr("-1 columns"));
}

TEST_F(parsing, counts_that_cannot_be_true_allocate_nothing) {
    const auto most = std::numeric_limits<std::int32_t>::max();
    EXPECT_EQ(id_of("I" + i32(1) + "N" + i16(32767) + "n"), "decode.short");
    EXPECT_EQ(id_of("U" + i32(1) + "O" + i16(32767) + "n"), "decode.short");
    EXPECT_EQ(id_of("R" + i32(1) + c_string("s") + c_string("t") + "d" + i16(32767) +
                    std::string(20, '\0')),
              "decode.short");
    EXPECT_EQ(id_of("T" + i32(most) + "\0"s + i32(1)), "decode.short");
    EXPECT_EQ(rows_.held_bytes(), 0u);
    EXPECT_EQ(buffer_.columns.capacity(), 0u);
    EXPECT_EQ(buffer_.relation_oids.capacity(), 0u);
}

TEST_F(parsing, a_row_stays_where_it_was_written) {
    // GIVEN a row, and the bytes of a second behind it in the same arena
    const auto first = "I" + i32(1) + "N" + i16(3) + text("a") + "n" + text("c");
    const auto row = parse(first, rows_, buffer_);
    ASSERT_TRUE(row);
    const auto wide = std::get<insert_message>(*row).after;

    // WHEN others are written
    EXPECT_EQ(parsed<insert_message>("I" + i32(2) + "N" + i16(1) + "u").after.size(), 1u);
    EXPECT_EQ(parsed<insert_message>("I" + i32(2) + "N" + i16(0)).after.size(), 0u);

    // THEN it is what it was
    ASSERT_EQ(wide.size(), 3u);
    EXPECT_EQ((std::string_view{wide[0].data, wide[0].size}), "a");
    EXPECT_EQ(wide[0].flags, 0u);
    EXPECT_EQ(wide[1].state, value_state::null);
    EXPECT_EQ(wide[1].flags, 0u);
    EXPECT_EQ((std::string_view{wide[2].data, wide[2].size}), "c");
}

TEST_F(parsing, a_text_is_short_or_negative_wherever_it_stands) {
    // GIVEN columns behind which there is enough for the shortest value, or not even that
    for (const auto* behind : {"", "n", "nnnnnnnn"}) {
        const auto row = [&](const std::string& value) {
            const auto columns = std::string_view{behind}.size() + 2;
            return "I" + i32(1) + "N" + i16(static_cast<std::int16_t>(columns)) + text("whole") +
                   value + behind;
        };
        EXPECT_EQ(id_of(row("t" + i32(-1))), "decode.negative_length");
        EXPECT_THAT(refused(row("t" + i32(std::numeric_limits<std::int32_t>::min()))).message,
                    HasSubstr("-2147483648 bytes in a value"));
        EXPECT_EQ(id_of(row("t" + i32(9))), "decode.short");
        EXPECT_EQ(id_of(row("t" + i32(std::numeric_limits<std::int32_t>::max()))), "decode.short");
    }
    EXPECT_EQ(id_of("I" + i32(1) + "N" + i16(1) + "t"), "decode.short");
    EXPECT_EQ(id_of("I" + i32(1) + "N" + i16(1) + "t\0\0\0"s), "decode.short");
}

TEST_F(parsing, failures_of_each_row_message_name_it) {
    const std::string_view names[] = {"an Insert", "an Update", "a Delete"};
    const std::string heads[] = {"I" + i32(1) + "N", "U" + i32(1) + "N", "D" + i32(1) + "O"};
    for (std::size_t at = 0; at < std::size(heads); ++at) {
        const auto expect = [&](const std::string& row, const std::string& said) {
            EXPECT_EQ(refused(heads[at] + row).message, std::string{names[at]} + said);
        };
        expect(i16(1), " message ends before its last field");
        expect(i16(2) + "n", " message ends before its last field");
        expect(i16(1) + "nxy", " message has 2 more bytes after its last field");
        expect(i16(-2), " message says -2 columns");
        expect(i16(1) + "t" + i32(-3), " message says -3 bytes in a value");
        expect(i16(2) + "nb", " message has a value of kind 'b' (0x62) in column 2, "
                              "asked for are n, u, t");
    }
    EXPECT_EQ(refused("I" + i32(1) + "K").message,
              "an Insert message has 'K' (0x4b) where a tuple it may have begins");
}

} // namespace
} // namespace walwire::engine
