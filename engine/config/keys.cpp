#include "config/keys.hpp"

#include "base/printable.hpp"

#include <array>
#include <fmt/format.h>
#include <utility>

namespace walwire::engine {

namespace {

constexpr std::string_view slot_letters = "abcdefghijklmnopqrstuvwxyz0123456789_";
constexpr std::string_view sink_letters = "abcdefghijklmnopqrstuvwxyz0123456789_-";
constexpr std::size_t slot_bytes_max = 63;
constexpr std::size_t sink_name_bytes_max = 63;
// P and P_inserts are made of it, and the server cuts names off after 63 bytes.
constexpr std::size_t publication_bytes_max = 63 - std::string_view{"_inserts"}.size();
constexpr std::int64_t memory_min = 1 << 20;
constexpr std::int64_t memory_max = std::int64_t{1} << 40;
constexpr std::int64_t day_ms = 24LL * 60 * 60 * 1000;

std::unexpected<failure> refused(std::string id, std::string message, std::string help) {
    return std::unexpected{
        failure{failure_code::config, std::move(id), std::move(message), std::move(help)}};
}

bool is_made_of(std::string_view text, std::string_view letters, std::size_t longest) {
    return !text.empty() && text.size() <= longest &&
           text.find_first_not_of(letters) == std::string_view::npos;
}

result<std::vector<table_pattern>> parse_tables(const std::vector<std::string>& texts) {
    std::vector<table_pattern> patterns;
    for (const auto& text : texts) {
        auto parsed = table_pattern::parse(text);
        if (!parsed)
            return refused("config.pattern", fmt::format("{} is no table pattern", in_quotes(text)),
                           "schema.table, or a table of public, with * for any characters and "
                           "double quotes around names that hold a dot or a star");
        patterns.push_back(std::move(*parsed));
    }
    return patterns;
}

constexpr auto source_table = std::to_array<config_key<source_section>>({
    {{.name = "dsn",
      .kind = key_kind::secret,
      .doc = "Where the server is: anything libpq takes, a URI or `key=value` pairs. `PG*` "
             "variables, `.pgpass` and service files fill the rest."},
     [](source_section& to, config_value&& value) -> result<void> {
         to.dsn = std::move(value.text);
         to.dsn_reference = std::move(value.reference);
         return {};
     }},
    {{.name = "password",
      .kind = key_kind::secret,
      .doc = "The password, best as a reference; `.pgpass` works as well."},
     [](source_section& to, config_value&& value) -> result<void> {
         to.password = std::move(value.text);
         to.password_reference = std::move(value.reference);
         return {};
     }},
    {{.name = "slot",
      .fallback = R"("walwire")",
      .doc = "The logical replication slot, made when missing: it keeps the WAL that no sink has "
             "acknowledged yet."},
     [](source_section& to, config_value&& value) -> result<void> {
         if (!is_made_of(value.text, slot_letters, slot_bytes_max))
             return refused("config.slot",
                            fmt::format("{} is no name for a slot", in_quotes(value.text)),
                            "1 to 63 lower case letters, digits and underscores");
         to.slot = std::move(value.text);
         return {};
     }},
    {{.name = "publication",
      .fallback = R"("walwire")",
      .doc = "Made for `tables` when missing, together with one of that name and `_inserts`, for "
             "tables without a key."},
     [](source_section& to, config_value&& value) -> result<void> {
         if (value.text.empty() || value.text.size() > publication_bytes_max)
             return refused("config.publication",
                            fmt::format("{} is no name for a publication", in_quotes(value.text)),
                            fmt::format("1 to {} bytes", publication_bytes_max));
         to.publication = std::move(value.text);
         return {};
     }},
    {{.name = "tables",
      .kind = key_kind::strings,
      .fallback = R"(["*.*"])",
      .doc = "`schema.table`, `*` for any characters; without a dot it means `public.`"},
     [](source_section& to, config_value&& value) -> result<void> {
         auto parsed = parse_tables(value.texts);
         if (!parsed) return std::unexpected{parsed.error()};
         to.tables = std::move(*parsed);
         return {};
     }},
    {{.name = "snapshot",
      .kind = key_kind::choice,
      .fallback = R"("never")",
      .doc = "Whether rows that are already there are copied first.",
      .words = "never",
      .later_words = "initial"},
     [](source_section&, config_value&&) -> result<void> { return {}; }},
    {{.name = "heartbeat",
      .kind = key_kind::duration,
      .doc = "How often a message is written, so that a slot of an idle database moves on.",
      .later = "the heartbeat"}},
});

constexpr auto engine_table = std::to_array<config_key<engine_config>>({
    {{.name = "state",
      .kind = key_kind::string,
      .doc = "The database of positions.",
      .later = "the state database"}},
    {{.name = "plugins",
      .kind = key_kind::strings,
      .doc = "Folders with plugins, the first that has one wins. Unless set, the one beside the "
             "executable or of the installation."},
     [](engine_config& to, config_value&& value) -> result<void> {
         for (const auto& folder : value.texts)
             if (!folder.starts_with('/'))
                 return refused("config.path",
                                fmt::format("{} does not begin at the root", in_quotes(folder)),
                                "write the whole path: a service has no working directory");
         to.plugin_folders = std::move(value.texts);
         return {};
     }},
    {{.name = "memory",
      .kind = key_kind::bytes,
      .fallback = R"("16MiB")",
      .doc = "All batches that are alive, rows and payloads, each counted once. One larger row may "
             "exceed it.",
      .at_least = memory_min,
      .at_most = memory_max},
     [](engine_config& to, config_value&& value) -> result<void> {
         to.memory_bytes = value.bytes;
         return {};
     }},
    {{.name = "drain",
      .kind = key_kind::duration,
      .fallback = R"("10s")",
      .doc = "On SIGTERM: how long sinks may take to acknowledge what was read.",
      .at_most = day_ms},
     [](engine_config& to, config_value&& value) -> result<void> {
         to.drain = value.duration;
         return {};
     }},
    {{.name = "catch_up",
      .kind = key_kind::integer,
      .doc = "How many sinks may be fed from copies of the slot at once.",
      .later = "feeding a sink that is behind from a copy of the slot"}},
});

constexpr auto sink_table = std::to_array<config_key<sink_config>>({
    {{.name = "name",
      .doc = "What logs, metrics and the state call it: lower case letters, digits, `_` and `-`.",
      .is_required = true},
     [](sink_config& to, config_value&& value) -> result<void> {
         if (!is_made_of(value.text, sink_letters, sink_name_bytes_max))
             return refused("config.sink_name",
                            fmt::format("{} is no name for a sink", in_quotes(value.text)),
                            "1 to 63 lower case letters, digits, underscores and dashes");
         to.name = std::move(value.text);
         return {};
     }},
    {{.name = "plugin", .doc = "A plugin's name, or its file.", .is_required = true},
     [](sink_config& to, config_value&& value) -> result<void> {
         if (value.text.empty())
             return refused("config.plugin", "`plugin` is empty",
                            "name a plugin, or the file of one");
         to.plugin = std::move(value.text);
         return {};
     }},
    {{.name = "format",
      .kind = key_kind::choice,
      .fallback = R"("json")",
      .doc = "The dialect in which events are written.",
      .words = "json|text",
      .later_words = "wal2json|wal2json-v2|debezium|cloudevents"},
     [](sink_config& to, config_value&& value) -> result<void> {
         to.format = std::move(value.text);
         return {};
     }},
    {{.name = "numbers",
      .kind = key_kind::choice,
      .fallback = R"("json")",
      .doc = "`string`: int8 and numeric as strings, for readers that would round them.",
      .words = "json|string"},
     [](sink_config& to, config_value&& value) -> result<void> {
         to.numbers_as_strings = value.text == "string";
         return {};
     }},
    {{.name = "tables",
      .kind = key_kind::strings,
      .doc = "Which of the source's tables it gets; all unless set."},
     [](sink_config& to, config_value&& value) -> result<void> {
         auto parsed = parse_tables(value.texts);
         if (!parsed) return std::unexpected{parsed.error()};
         to.tables = std::move(*parsed);
         return {};
     }},
    {{.name = "operations",
      .kind = key_kind::choices,
      .doc = "Which operations it gets; all unless set.",
      .words = "insert|update|delete|truncate|message|snapshot|schema"},
     [](sink_config& to, config_value&& value) -> result<void> {
         to.operations = std::move(value.texts);
         return {};
     }},
    {{.name = "transactions",
      .kind = key_kind::boolean,
      .fallback = "false",
      .doc = "Events for the begin and the commit of each transaction."},
     [](sink_config& to, config_value&& value) -> result<void> {
         to.transactions = value.boolean;
         return {};
     }},
    {{.name = "required",
      .kind = key_kind::boolean,
      .fallback = "true",
      .doc = "The slot keeps WAL until this sink has acknowledged it.",
      .later = "a lasting position of its own for each sink"}},
    {{.name = "window",
      .kind = key_kind::bytes,
      .doc = "How much it may have been given and not released; half of the sink's share of "
             "`memory` unless set.",
      .at_least = 1024,
      .at_most = memory_max},
     [](sink_config& to, config_value&& value) -> result<void> {
         to.window_bytes = value.bytes;
         return {};
     }},
    {{.name = "on_failure",
      .kind = key_kind::choice,
      .fallback = R"("stop")",
      .doc = "After FATAL: the daemon drains the other sinks and exits with 1.",
      .words = "stop",
      .later_words = "detach"},
     [](sink_config&, config_value&&) -> result<void> { return {}; }},
    {{.name = "on_reject",
      .kind = key_kind::choice,
      .fallback = R"("halt")",
      .doc = "What becomes of an event that the sink refuses.",
      .words = "halt",
      .later_words = "dead-letter|drop"},
     [](sink_config&, config_value&&) -> result<void> { return {}; }},
    {{.name = "on_give_up",
      .kind = key_kind::choice,
      .fallback = R"("halt")",
      .doc = "What becomes of events when `retry.give_up` has passed.",
      .words = "halt",
      .later_words = "dead-letter|drop"},
     [](sink_config&, config_value&&) -> result<void> { return {}; }},
    {{.name = "max_transaction",
      .kind = key_kind::bytes,
      .doc = "Of formats that write a transaction as one object: how large one may be.",
      .later = "a format that writes a transaction as one object"}},
    {{.name = "format_options",
      .doc = "Options of the dialect.",
      .later = "a format that has options"}},
    {{.name = "detach_after",
      .doc = "When an optional sink is let go.",
      .later = "feeding a sink that is behind from a copy of the slot"}},
});

constexpr auto batch_table = std::to_array<config_key<sink_config>>({
    {{.name = "max_events",
      .kind = key_kind::integer,
      .fallback = "1000",
      .doc = "Events in one batch at most.",
      .at_least = 1,
      .at_most = 1'000'000},
     [](sink_config& to, config_value&& value) -> result<void> {
         to.batch_events_max = static_cast<std::size_t>(value.integer);
         return {};
     }},
    {{.name = "max_bytes",
      .kind = key_kind::bytes,
      .fallback = R"("1MiB")",
      .doc = "Bytes of payload in one batch at most; one larger event goes alone.",
      .at_least = 1,
      .at_most = std::int64_t{1} << 30},
     [](sink_config& to, config_value&& value) -> result<void> {
         to.batch_bytes_max = value.bytes;
         return {};
     }},
    {{.name = "linger",
      .kind = key_kind::duration,
      .fallback = R"("0s")",
      .doc = "How long a batch that is not full waits for more.",
      .at_most = 60'000},
     [](sink_config& to, config_value&& value) -> result<void> {
         to.linger = value.duration;
         return {};
     }},
});

constexpr auto retry_table = std::to_array<config_key<sink_config>>({
    {{.name = "min",
      .kind = key_kind::duration,
      .fallback = R"("100ms")",
      .doc = "The first pause after an answer RETRY; each further one is twice as long.",
      .at_least = 1,
      .at_most = day_ms},
     [](sink_config& to, config_value&& value) -> result<void> {
         to.retry.pause_min = value.duration;
         return {};
     }},
    {{.name = "max",
      .kind = key_kind::duration,
      .fallback = R"("30s")",
      .doc = "No pause is longer.",
      .at_least = 1,
      .at_most = day_ms},
     [](sink_config& to, config_value&& value) -> result<void> {
         to.retry.pause_max = value.duration;
         return {};
     }},
    {{.name = "give_up",
      .kind = key_kind::duration,
      .fallback = R"("0s")",
      .doc = "For how long the same batch is tried; 0: for ever.",
      .later = "giving up on a batch"}},
});

} // namespace

std::vector<std::string> words_of(std::string_view bars) {
    std::vector<std::string> words;
    for (std::size_t start = 0; !bars.empty();) {
        const std::size_t bar = bars.find('|', start);
        words.emplace_back(bars.substr(start, bar - start));
        if (bar == std::string_view::npos) break;
        start = bar + 1;
    }
    return words;
}

std::span<const config_key<source_section>> source_keys() { return source_table; }
std::span<const config_key<engine_config>> engine_keys() { return engine_table; }
std::span<const config_key<sink_config>> sink_keys() { return sink_table; }
std::span<const config_key<sink_config>> sink_batch_keys() { return batch_table; }
std::span<const config_key<sink_config>> sink_retry_keys() { return retry_table; }

} // namespace walwire::engine
