// Arrays, composites and hstores, from the text that PostgreSQL's output functions write.
#include "encode/structured_value.hpp"

#include "support/json_check.hpp"
#include "support/type_sets.hpp"

#include <gtest/gtest.h>
#include <string>

namespace walwire::engine {
namespace {

using namespace tests;

// "-" for a text that is refused.
std::string json_of(std::uint32_t type, std::string_view text, bool numbers_as_strings = false) {
    value_plans plans{made_types(), numbers_as_strings};
    byte_buffer out;
    out.append("x");
    if (!append_structured(out, *plans.find(type), text)) {
        EXPECT_EQ(out.text(), "x") << "a refusal leaves nothing";
        return "-";
    }
    EXPECT_TRUE(is_json(out.text().substr(1))) << out.text();
    return std::string{out.text().substr(1)};
}

// ---- arrays -------------------------------------------------------------------------------------

TEST(structured_value, an_array_is_an_array_of_its_elements_values) {
    EXPECT_EQ(json_of(int_array, "{1,NULL,-3}"), "[1,null,-3]");
    EXPECT_EQ(json_of(bool_array, "{t,f,NULL}"), "[true,false,null]");
    EXPECT_EQ(json_of(timestamptz_array, R"({"2026-08-21 10:11:12+00",infinity})"),
              R"(["2026-08-21T10:11:12+00:00","infinity"])");
    EXPECT_EQ(json_of(json_array, R"({"{\"a\": [1, 2]}",1.50,NULL})"),
              R"([{"a": [1, 2]},1.50,null])");
}

TEST(structured_value, null_the_word_null_and_the_empty_text_are_told_apart) {
    EXPECT_EQ(json_of(text_array, R"({NULL,"NULL",null,"null","",NULLS})"),
              R"([null,"NULL","null","null","","NULLS"])");
}

TEST(structured_value, an_array_of_any_depth_keeps_its_shape) {
    EXPECT_EQ(json_of(int_array, "{}"), "[]");
    EXPECT_EQ(json_of(int_array, "{{1,2},{3,NULL}}"), "[[1,2],[3,null]]");
    EXPECT_EQ(json_of(text_array, "{{{a},{b}}}"), R"([[["a"],["b"]]])");
    EXPECT_EQ(json_of(int_array, "[5:6][-1:0]={{1,2},{3,4}}"), "[[1,2],[3,4]]");
}

TEST(structured_value, quotes_and_backslashes_are_what_they_stand_for) {
    EXPECT_EQ(json_of(text_array, R"({"a,b","{c}","q\"d","e\\f"," "})"),
              R"(["a,b","{c}","q\"d","e\\f"," "])");
    EXPECT_EQ(json_of(text_array, "{\"line\nbreak\"}"), R"(["line\nbreak"])");
}

TEST(structured_value, the_delimiter_is_the_elements_own) {
    EXPECT_EQ(json_of(box_array, "{(1,1),(0,0);(2,2),(1,1)}"),
              R"x(["(1,1),(0,0)","(2,2),(1,1)"])x");
}

TEST(structured_value, a_vector_is_an_array) {
    EXPECT_EQ(json_of(int_vector, "1 -2 3"), "[1,-2,3]");
    EXPECT_EQ(json_of(int_vector, ""), "[]");
}

TEST(structured_value, what_is_no_array_is_refused) {
    for (const auto* text :
         {"",      "1",        "{",       "}",     "{1",       "{1,",    "{,}",
          "{1,}",  "{1}}",     "{1}2",    "{\"a}", "{\"a\\",   "{a\"b}", "{a\\b}",
          "{a{b}", "[1:2]{1}", "[x]={1}", "[1:2",  "{\"a\"b}", "{}{}",   "={1}"})
        EXPECT_EQ(json_of(text_array, text), "-") << text;
}

// ---- domains ------------------------------------------------------------------------------------

TEST(structured_value, a_domain_is_as_its_base_type) {
    EXPECT_EQ(json_of(list_domain, "{1,2}"), "[1,2]");
    EXPECT_EQ(json_of(list_array, R"({"{1,2}",NULL,"{}"})"), "[[1,2],null,[]]");
    EXPECT_EQ(json_of(pair_domain, "(1,x,)"), R"({"a":1,"b \"c":"x","c":null})");
    value_plans plans{made_types(), false};
    EXPECT_EQ(plans.find(positive_domain)->form, value_form::number);
}

// ---- composites ---------------------------------------------------------------------------------

TEST(structured_value, a_composite_is_an_object_of_its_fields) {
    EXPECT_EQ(json_of(pair_type, R"((1,"a b","{x,NULL}"))"),
              R"({"a":1,"b \"c":"a b","c":["x",null]})");
    EXPECT_EQ(json_of(empty_type, "()"), "{}");
}

TEST(structured_value, a_field_that_is_null_is_not_one_that_is_empty) {
    EXPECT_EQ(json_of(pair_type, "(,,)"), R"({"a":null,"b \"c":null,"c":null})");
    EXPECT_EQ(json_of(pair_type, R"((,"",))"), R"({"a":null,"b \"c":"","c":null})");
    EXPECT_EQ(json_of(pair_type, "(,NULL,)"), R"({"a":null,"b \"c":"NULL","c":null})");
}

TEST(structured_value, doubled_quotes_and_backslashes_are_one) {
    EXPECT_EQ(json_of(pair_type, R"((1,"q""u\\o",))"), R"({"a":1,"b \"c":"q\"u\\o","c":null})");
    EXPECT_EQ(json_of(pair_type, R"((1,"""",))"), R"({"a":1,"b \"c":"\"","c":null})");
    EXPECT_EQ(json_of(pair_type, "(1,\"(a),\",)"), R"({"a":1,"b \"c":"(a),","c":null})");
}

TEST(structured_value, composites_nest_through_arrays_and_domains) {
    EXPECT_EQ(json_of(pair_array, R"x({"(1,\"a b\",\"{x}\")",NULL})x"),
              R"([{"a":1,"b \"c":"a b","c":["x"]},null])");
    EXPECT_EQ(json_of(nest_type, R"x(("(1,""a b"",)","{""(2,\\""x\\"",)""}",)x"
                                 R"x("2026-08-21 10:11:12+00","""k""=>NULL"))x"),
              R"({"p":{"a":1,"b \"c":"a b","c":null},"l":[{"a":2,"b \"c":"x","c":null}],)"
              R"("t":"2026-08-21T10:11:12+00:00","h":{"k": null}})");
}

TEST(structured_value, a_composite_of_another_number_of_fields_is_refused) {
    for (const auto* text : {"()", "(1)", "(1,x)", "(1,x,,)", "(1,x,,4)"})
        EXPECT_EQ(json_of(pair_type, text), "-") << text;
    EXPECT_EQ(json_of(empty_type, "(1)"), "-");
    EXPECT_EQ(json_of(nest_type, R"x(("(1,x)",,,))x"), "-") << "one within";
}

TEST(structured_value, what_is_no_composite_is_refused) {
    for (const auto* text : {"", "1,2,3", "(1,2,", "(1,\"2,)", "(1,2,)x", "(1,a\"b,)", "(1,a(b,)",
                             "(1,a\\b,)", "(1,\"a\"b,)", "(1,\"2\\", "x(1,2,)"})
        EXPECT_EQ(json_of(pair_type, text), "-") << text;
}

// ---- hstore
// -------------------------------------------------------------------------------------

TEST(structured_value, an_hstore_is_an_object_as_its_own_cast_writes_it) {
    EXPECT_EQ(json_of(hstore_type, R"("a"=>"1", "b c"=>NULL, "q\"\\"=>"NULL", ""=>"")"),
              R"({"a": "1", "b c": null, "q\"\\": "NULL", "": ""})");
    EXPECT_EQ(json_of(hstore_type, ""), "{}");
    EXPECT_EQ(json_of(hstore_array, R"({"\"a\"=>\"1\"",NULL,""})"), R"([{"a": "1"},null,{}])");
}

TEST(structured_value, what_is_no_hstore_is_refused) {
    for (const auto* text :
         {"a=>1", R"("a")", R"("a"=>)", R"("a"=>1)", R"("a"=>"1",)", R"("a"=>"1","b"=>"2")",
          R"("a"=>"1", )", R"("a=>"1")", R"("a"=>"1)", R"("a"=>"1"x)"})
        EXPECT_EQ(json_of(hstore_type, text), "-") << text;
}

// ---- all of them
// --------------------------------------------------------------------------------

TEST(structured_value, numbers_become_strings_at_any_depth_when_asked) {
    auto types = made_types();
    types->types[30'000] = array_of(20);
    value_plans plans{types, true};
    byte_buffer out;
    ASSERT_TRUE(append_structured(out, *plans.find(30'000), "{9007199254740993,NULL}"));
    EXPECT_EQ(out.text(), R"(["9007199254740993",null])");
}

TEST(structured_value, a_type_that_nobody_knows_is_its_text) {
    value_plans plans{nullptr, false};
    EXPECT_EQ(plans.find(pair_type)->form, value_form::string);
    EXPECT_EQ(plans.find(23)->form, value_form::number);
}

TEST(structured_value, composites_are_known_through_whatever_holds_them) {
    value_plans plans{made_types(), false};
    for (const auto type : {pair_type, pair_array, pair_domain, nest_type})
        EXPECT_TRUE(plans.find(type)->has_composite) << type;
    for (const auto type : {int_array, list_array, hstore_type, hstore_array, int_vector})
        EXPECT_FALSE(plans.find(type)->has_composite) << type;
}

} // namespace
} // namespace walwire::engine
