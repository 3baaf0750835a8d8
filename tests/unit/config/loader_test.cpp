// Text -> values: every key arrives where it belongs, and every default is what the reference says.
// What a person reads when a file is wrong: tests/config/broken.
#include "config/loader.hpp"

#include "config/keys.hpp"
#include "config/toml_tree.hpp"
#include "config/value_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace walwire::engine {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

loaded_config good(std::string_view content) {
    auto loaded = load_config(content);
    EXPECT_EQ(to_text(loaded.mistakes, "test.toml", content), "");
    return loaded;
}

constexpr std::string_view least = "[[sink]]\nname = \"a\"\nplugin = \"null\"\n";

TEST(loader, a_file_with_one_sink_has_the_defaults) {
    const auto made = good(least).values;
    EXPECT_EQ(made.source.slot, "walwire");
    EXPECT_EQ(made.source.publication, "walwire");
    EXPECT_THAT(made.source.tables, IsEmpty());
    EXPECT_EQ(made.engine.memory_bytes, 16u << 20);
    ASSERT_EQ(made.sinks.size(), 1u);
    EXPECT_EQ(made.sinks[0].format, "json");
    EXPECT_EQ(made.sinks[0].window_bytes, std::nullopt);
}

TEST(loader, every_key_arrives) {
    const auto made = good(R"(
[source]
dsn = "service=shop"
password = { env = "SECRET" }
slot = "s_1"
publication = "P"
tables = ["a.*", "b"]
snapshot = "never"

[engine]
plugins = ["/opt/walwire"]
memory = "32MiB"
drain = "1m"

[[sink]]
name = "live-1"
plugin = "/x/y.so"
format = "text"
numbers = "string"
tables = ["a.b"]
operations = ["insert", "truncate"]
transactions = true
window = "1MiB"
on_failure = "stop"
on_reject = "halt"
on_give_up = "halt"
batch = { max_events = 5, max_bytes = "2KiB", linger = "3ms" }
[sink.retry]
min = "1s"
max = "2s"
)")
                          .values;
    EXPECT_EQ(made.source.dsn, "service=shop");
    EXPECT_EQ(made.source.password_reference, (value_reference{reference_kind::env, "SECRET"}));
    EXPECT_EQ(made.source.slot, "s_1");
    EXPECT_EQ(made.source.publication, "P");
    EXPECT_THAT(made.source.tables,
                ElementsAre(*table_pattern::parse("a.*"), *table_pattern::parse("public.b")));
    EXPECT_THAT(made.engine.plugin_folders, ElementsAre("/opt/walwire"));
    EXPECT_EQ(made.engine.memory_bytes, 32u << 20);
    EXPECT_EQ(made.engine.drain, 60s);
    ASSERT_EQ(made.sinks.size(), 1u);
    const auto& sink = made.sinks[0];
    EXPECT_EQ(sink.name, "live-1");
    EXPECT_EQ(sink.plugin, "/x/y.so");
    EXPECT_EQ(sink.format, "text");
    EXPECT_TRUE(sink.numbers_as_strings);
    EXPECT_THAT(sink.tables, ElementsAre(*table_pattern::parse("a.b")));
    EXPECT_THAT(sink.operations, ElementsAre("insert", "truncate"));
    EXPECT_TRUE(sink.transactions);
    EXPECT_EQ(sink.window_bytes, 1u << 20);
    EXPECT_EQ(sink.batch_events_max, 5u);
    EXPECT_EQ(sink.batch_bytes_max, 2048u);
    EXPECT_EQ(sink.linger, 3ms);
    EXPECT_EQ(sink.retry.pause_min, 1s);
    EXPECT_EQ(sink.retry.pause_max, 2s);
}

TEST(loader, options_become_paths_and_know_how_they_were_written) {
    const auto loaded = good(R"([[sink]]
name = "a"
plugin = "null"
[sink.options]
url = "http://x"
count = -5
gzip = true
when = 1979-05-27
words = ["a", "b"]
token = { file = "/x" }
[sink.options.headers]
X-Key = { env = "KEY" }
"X.Y" = "2"
[[sink.options.tokens]]
name = "n"
tables = ["t"]
)");
    std::vector<std::string> seen;
    for (const auto& one : loaded.values.sinks[0].options)
        seen.push_back(one.path + "=" + one.value + "/" +
                       std::to_string(static_cast<int>(one.form)));
    const auto form = [](option_form of) { return "/" + std::to_string(static_cast<int>(of)); };
    const auto text = form(option_form::string);
    EXPECT_THAT(
        seen, ElementsAre("url=http://x" + text, "count=-5" + form(option_form::integer),
                          "gzip=true" + form(option_form::boolean),
                          "when=a date or a time" + form(option_form::unusable), "words.0=a" + text,
                          "words.1=b" + text, "token=/x" + form(option_form::file),
                          "headers.X-Key=KEY" + form(option_form::env), "headers.X.Y=2" + text,
                          "tokens.0.name=n" + text, "tokens.0.tables.0=t" + text));
    ASSERT_EQ(loaded.sinks.size(), 1u);
    ASSERT_EQ(loaded.sinks[0].options.size(), seen.size());
    EXPECT_EQ(loaded.sinks[0].options[0].line, 5u);
    EXPECT_EQ(loaded.sinks[0].options[0].column, 7u);
    EXPECT_EQ(loaded.sinks[0].options[10].line, 16u);
}

TEST(loader, more_sinks_than_can_be_had) {
    std::string content;
    for (std::size_t i = 0; i < sinks_max; ++i)
        content += "[[sink]]\nname = \"s" + std::to_string(i) + "\"\nplugin = \"null\"\n";
    EXPECT_THAT(load_config(content).mistakes, IsEmpty());
    const auto found = load_config(content + std::string{least}).mistakes;
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].id, "config.too_many_sinks");
}

TEST(loader, endless_options_are_refused_once) {
    std::string content{least};
    content += "[sink.options]\nwords = [";
    for (int i = 0; i < 10'050; ++i) content += "\"\",";
    const auto found = load_config(content + "]\n").mistakes;
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].id, "config.range");
}

// The struct's default and the one that is shown must be the same.
template <class Section>
void expect_fallbacks(std::span<const config_key<Section>> keys,
                      const std::function<bool(const Section&, const Section&)>& is_same) {
    for (const auto& key : keys) {
        if (key.about.fallback.empty() || !key.about.later.empty()) continue;
        const auto text = std::string{key.about.name} + " = " + std::string{key.about.fallback};
        const auto tree = parse_toml(text);
        ASSERT_TRUE(tree) << text;
        auto value = read_value(key.about, tree->entries.front());
        ASSERT_TRUE(value) << text << ": " << value.error().message;
        Section made{};
        ASSERT_TRUE(key.assign(made, std::move(*value))) << text;
        EXPECT_TRUE(is_same(made, Section{})) << text;
    }
}

TEST(keys, the_defaults_shown_are_the_defaults_used) {
    expect_fallbacks<source_section>(source_keys(), [](const auto& made, const auto& other) {
        return made.slot == other.slot && made.publication == other.publication &&
               matches_any(made.tables, "any", "thing");
    });
    expect_fallbacks<engine_config>(engine_keys(), [](const auto& made, const auto& other) {
        return made.memory_bytes == other.memory_bytes && made.drain == other.drain;
    });
    const auto is_same_sink = [](const sink_config& made, const sink_config& other) {
        return made.format == other.format && made.numbers_as_strings == other.numbers_as_strings &&
               made.transactions == other.transactions &&
               made.batch_events_max == other.batch_events_max &&
               made.batch_bytes_max == other.batch_bytes_max && made.linger == other.linger &&
               made.retry.pause_min == other.retry.pause_min &&
               made.retry.pause_max == other.retry.pause_max;
    };
    expect_fallbacks<sink_config>(sink_keys(), is_same_sink);
    expect_fallbacks<sink_config>(sink_batch_keys(), is_same_sink);
    expect_fallbacks<sink_config>(sink_retry_keys(), is_same_sink);
}

TEST(keys, each_says_what_it_means) {
    const auto check = [](const auto& keys) {
        for (const auto& key : keys) {
            EXPECT_TRUE(key.about.doc.ends_with('.') || key.about.doc.ends_with('`'))
                << key.about.name;
            EXPECT_EQ(key.assign == nullptr, !key.about.later.empty()) << key.about.name;
        }
    };
    check(source_keys());
    check(engine_keys());
    check(sink_keys());
    check(sink_batch_keys());
    check(sink_retry_keys());
}

} // namespace
} // namespace walwire::engine
