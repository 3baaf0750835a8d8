#include "cli/tail.hpp"

#include "base/log.hpp"
#include "cli/dotenv.hpp"
#include "cli/tail_source.hpp"
#include "engine.hpp"

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>
#include <memory>
#include <string>
#include <vector>

namespace walwire::engine {

namespace {

// As typed, before anything is looked at.
struct tail_arguments {
    std::string dsn;
    std::vector<std::string> tables;
    std::string format = "text";
    std::string slot;
    bool is_temporary = false;
    std::string publication;
    std::string skip_below;
    std::string end_at;
    std::string count;
    std::string plugin = "stdout";
    std::vector<std::string> options;
};

std::unexpected<failure> usage(std::string id, std::string message, std::string help) {
    return std::unexpected{
        failure{failure_code::usage, std::move(id), std::move(message), std::move(help)}};
}

result<lsn> parse_position(const char* option, const std::string& text) {
    if (text.empty()) return lsn{};
    if (const auto parsed = parse_lsn(text)) return *parsed;
    return usage("cli.lsn", fmt::format("{} needs a WAL position, found \"{}\"", option, text),
                 "write it as PostgreSQL does: 16/B374D848");
}

// 0: no limit, because none was given.
result<std::uint64_t> parse_count(const std::string& text) {
    if (text.empty()) return 0;
    std::uint64_t count = 0;
    const auto* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, count);
    if (error == std::errc{} && stopped == end && count > 0) return count;
    return usage("cli.count", fmt::format("-n needs a number of events, found \"{}\"", text),
                 "a whole number from 1 on; leave it out to go on until Ctrl-C");
}

result<std::vector<table_pattern>> parse_tables(const std::vector<std::string>& texts) {
    std::vector<table_pattern> patterns;
    for (const auto& text : texts) {
        auto parsed = table_pattern::parse(text);
        if (!parsed)
            return usage("cli.pattern", fmt::format("\"{}\" is no table pattern", text),
                         "schema.table, or a table of public, with * for any characters and double "
                         "quotes around names that hold a dot or a star; -t again for another one");
        patterns.push_back(std::move(*parsed));
    }
    return patterns;
}

result<sink_config> make_sink(const tail_arguments& arguments) {
    sink_config sink;
    sink.name = "tail";
    sink.plugin = arguments.plugin;
    sink.format = arguments.format;
    const auto count = parse_count(arguments.count);
    if (!count) return std::unexpected{count.error()};
    sink.event_limit = *count;
    for (const auto& text : arguments.options) {
        const auto equals = text.find('=');
        if (equals == std::string::npos || equals == 0)
            return usage("cli.option", fmt::format("-o needs path=value, found \"{}\"", text), "");
        sink.options.push_back({text.substr(0, equals), text.substr(equals + 1)});
    }
    return sink;
}

// pgstream's users have these three; they count only together, where no DSN is given.
void take_environment(tail_arguments& arguments) {
    if (!arguments.dsn.empty()) {
        for (const auto* name : {"SLOT_NAME", "PUBLICATION_NAME"})
            if (const char* value = std::getenv(name); value != nullptr && *value != '\0')
                log::warn("cli.ignored",
                          fmt::format("{} is not looked at, because a connection string is given; "
                                      "use --slot and --publication",
                                      name));
        return;
    }
    arguments.dsn = read_environment("DATABASE_URL").value_or("");
    if (arguments.slot.empty() && !arguments.is_temporary)
        arguments.slot = read_environment("SLOT_NAME").value_or("");
    if (arguments.publication.empty())
        arguments.publication = read_environment("PUBLICATION_NAME").value_or("");
}

// An unset variable of a shell is not the same as no option.
result<void> refuse_empty(const CLI::App& command, const char* option, const char* id) {
    const auto* given = command.get_option(option);
    if (given->count() == 0 || !given->as<std::string>().empty()) return {};
    return usage(id, fmt::format("{} is given an empty name", option), "name one, or leave it out");
}

// Typed side by side they contradict each other; over the environment the flag wins.
result<void> choose_slot(tail_arguments& arguments) {
    if (!arguments.is_temporary || arguments.slot.empty()) return {};
    const char* twin = std::getenv("WALWIRE_SLOT");
    if (twin == nullptr || arguments.slot != twin)
        return usage("cli.slot", "--slot and --temporary exclude each other", "leave one out");
    arguments.slot.clear();
    return {};
}

result<void> run_tail(tail_arguments arguments) {
    if (auto chosen = choose_slot(arguments); !chosen) return chosen;
    take_environment(arguments);
    run_request request;
    auto sink = make_sink(arguments);
    if (!sink) return std::unexpected{sink.error()};
    auto tables = parse_tables(arguments.tables);
    if (!tables) return std::unexpected{tables.error()};
    const auto skip_below = parse_position("-I", arguments.skip_below);
    if (!skip_below) return std::unexpected{skip_below.error()};
    const auto end_at = parse_position("-E", arguments.end_at);
    if (!end_at) return std::unexpected{end_at.error()};
    request.sinks = {std::move(*sink)};
    if (auto checked = engine::check(request.engine, request.sinks); !checked) return checked;

    tail_request wanted{.dsn = arguments.dsn, .slot = {}, .publication = {}, .tables = *tables};
    if (!arguments.slot.empty()) wanted.slot = arguments.slot;
    if (!arguments.publication.empty()) wanted.publication = arguments.publication;
    auto source = tail_source::prepare(wanted);
    if (!source) return std::unexpected{source.error()};
    if (source->needs_filter()) request.sinks.front().tables = *tables;

    request.source = {.dsn = arguments.dsn,
                      .password = {},
                      .slot = source->slot(),
                      .is_slot_temporary = arguments.slot.empty(),
                      .publications = source->publications(),
                      .skip_below = *skip_below,
                      .end_at = *end_at};
    request.facts = source->facts();
    auto ended = engine::run(request, [&] { source->clean_up(true); });
    source->clean_up();
    return ended;
}

} // namespace

void add_tail(CLI::App& app, int& exit_code) {
    auto* command = app.add_subcommand(
        "tail", "Prints committed changes as they happen. Leaves nothing behind on the server "
                "unless a slot is named.");
    auto arguments = std::make_shared<tail_arguments>();
    command
        ->add_option(
            "dsn", arguments->dsn,
            "Anything libpq takes; PG* variables fill the rest. Without one, DATABASE_URL, "
            "SLOT_NAME and PUBLICATION_NAME of the environment or of .env count")
        ->envname("WALWIRE_DSN");
    command
        ->add_option("-t,--table", arguments->tables,
                     "schema.table, * for any characters; may be repeated")
        ->envname("WALWIRE_TABLE")
        ->allow_extra_args(false);
    command->add_option("--format", arguments->format, "text or json")
        ->envname("WALWIRE_FORMAT")
        ->capture_default_str();
    command
        ->add_option("-S,--slot", arguments->slot,
                     "A lasting slot: made when missing, kept, continued")
        ->envname("WALWIRE_SLOT");
    command
        ->add_flag("--temporary", arguments->is_temporary,
                   "A temporary slot, whatever the environment says")
        ->envname("WALWIRE_TEMPORARY");
    command->add_option("--publication", arguments->publication, "One that exists")
        ->envname("WALWIRE_PUBLICATION");
    command
        ->add_option("-I,--startpos", arguments->skip_below,
                     "Skip transactions with a commit LSN below this")
        ->envname("WALWIRE_STARTPOS");
    command
        ->add_option("-E,--endpos", arguments->end_at,
                     "End after the last transaction with a commit LSN below this")
        ->envname("WALWIRE_ENDPOS");
    command->add_option("-n,--count", arguments->count, "End after that many events")
        ->envname("WALWIRE_COUNT");
    command->add_option("--plugin", arguments->plugin, "A plugin's name, or its file")
        ->envname("WALWIRE_PLUGIN")
        ->capture_default_str();
    command->add_option("-o,--option", arguments->options, "An option of the plugin, path=value")
        ->envname("WALWIRE_OPTION")
        ->allow_extra_args(false);
    command->callback([arguments, command, &exit_code] {
        auto ended = refuse_empty(*command, "--slot", "cli.slot");
        if (ended) ended = refuse_empty(*command, "--publication", "cli.publication");
        if (ended) ended = run_tail(*arguments);
        if (ended) return;
        // Not by fmt::print(), which throws when nobody reads stderr any more.
        std::fputs(to_text(ended.error()).c_str(), stderr);
        exit_code = walwire::engine::exit_code(ended.error());
    });
}

} // namespace walwire::engine
