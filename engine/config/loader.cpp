#include "config/loader.hpp"

#include "base/printable.hpp"
#include "config/keys.hpp"
#include "config/toml_tree.hpp"
#include "config/value_reader.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <fstream>
#include <functional>
#include <map>
#include <sys/stat.h>
#include <utility>

namespace walwire::engine {

namespace {

constexpr std::size_t options_max = 10'000;

option_form form_of(reference_kind kind) {
    switch (kind) {
    case reference_kind::env:
        return option_form::env;
    case reference_kind::file:
        return option_form::file;
    case reference_kind::credential:
        break;
    }
    return option_form::credential;
}

// One pass over the tree.
class loader {
public:
    loaded_config load(const toml_node& root) {
        read_tables(root, "the file",
                    {{"source", [this](const toml_entry& at) { read_source(at); }},
                     {"engine", [this](const toml_entry& at) { read_engine(at); }},
                     {"admin", [this](const toml_entry& at) { refuse_admin(at); }},
                     {"sink", [this](const toml_entry& at) { read_sinks(at); }}});
        if (made_.values.sinks.empty() && root.find("sink") == nullptr)
            note({.id = "config.no_sinks",
                  .message = "there is no sink, so no event would go anywhere",
                  .help = "add one:  [[sink]]  name = \"out\"  plugin = \"stdout\"",
                  .label = {},
                  .where = {}});
        check_windows();
        return std::move(made_);
    }

private:
    using table_reader = std::function<void(const toml_entry&)>;
    using table_readers = std::vector<std::pair<std::string, table_reader>>;

    void note(config_mistake one) { made_.mistakes.push_back(std::move(one)); }

    void note_unknown(const toml_entry& entry, const std::string& of,
                      const std::vector<std::string>& known) {
        note({.id = "config.unknown_key",
              .message = fmt::format("unknown key {} in {}", in_ticks(entry.key), of),
              .help = suggest(entry.key, known),
              .label = {},
              .where = entry.where});
    }

    // A table whose values are all tables.
    void read_tables(const toml_node& from, const std::string& of, const table_readers& readers) {
        std::vector<std::string> known;
        for (const auto& [name, reader] : readers) known.push_back(name);
        for (const auto& entry : from.entries) {
            const auto reader =
                std::ranges::find(readers, entry.key, [](const auto& one) { return one.first; });
            if (reader == readers.end())
                note_unknown(entry, of, known);
            else
                reader->second(entry);
        }
    }

    bool is_table(const toml_entry& entry, const std::string& help) {
        if (entry.value.kind == toml_kind::table) return true;
        note({.id = "config.type",
              .message = fmt::format("{} must be a table", in_ticks(entry.key)),
              .help = help,
              .label = fmt::format("found {}", to_string(entry.value.kind)),
              .where = entry.value.where});
        return false;
    }

    // `tables` are the keys that are no values of their own.
    template <class Section>
    void read_section(const toml_node& from, const std::string& of,
                      std::span<const config_key<Section>> keys, Section& to,
                      const table_readers& tables = {}) {
        std::vector<std::string> known;
        for (const auto& key : keys) known.emplace_back(key.about.name);
        for (const auto& [name, reader] : tables) known.push_back(name);
        for (const auto& entry : from.entries) {
            const auto key =
                std::ranges::find(keys, entry.key, [](const auto& one) { return one.about.name; });
            if (key != keys.end()) {
                read_key(*key, entry, to);
                continue;
            }
            const auto table =
                std::ranges::find(tables, entry.key, [](const auto& one) { return one.first; });
            if (table == tables.end())
                note_unknown(entry, of, known);
            else if (is_table(entry, fmt::format("write  {} = {{ ... }}", entry.key)))
                table->second(entry);
        }
        for (const auto& key : keys)
            if (key.about.is_required && from.find(key.about.name) == nullptr)
                note({.id = "config.missing",
                      .message = fmt::format("{} has no {}", of, in_ticks(key.about.name)),
                      .help = fmt::format("add  {} = \"...\"", key.about.name),
                      .label = {},
                      .where = from.where});
    }

    template <class Section>
    void read_key(const config_key<Section>& key, const toml_entry& entry, Section& to) {
        auto value = read_value(key.about, entry);
        if (!value) return note(std::move(value.error()));
        if (auto assigned = key.assign(to, std::move(*value)); !assigned)
            note({.id = assigned.error().id,
                  .message = assigned.error().message,
                  .help = assigned.error().help,
                  .label = {},
                  .where = entry.value.where});
    }

    void read_source(const toml_entry& at) {
        if (is_table(at, "write  [source]"))
            read_section(at.value, "[source]", source_keys(), made_.values.source);
    }

    void read_engine(const toml_entry& at) {
        if (is_table(at, "write  [engine]"))
            read_section(at.value, "[engine]", engine_keys(), made_.values.engine);
    }

    void refuse_admin(const toml_entry& at) {
        note({.id = "config.not_built",
              .message = "[admin] cannot be set yet",
              .help = "leave it out: this walwire is without the HTTP server for operators",
              .label = {},
              .where = at.where});
    }

    void read_sinks(const toml_entry& at) {
        const auto is_one = [](const toml_node& item) { return item.kind == toml_kind::table; };
        if (at.value.kind != toml_kind::array || !std::ranges::all_of(at.value.items, is_one)) {
            note({.id = "config.type",
                  .message = "`sink` must be an array of tables",
                  .help = "write  [[sink]]  above the keys of each sink",
                  .label = fmt::format("found {}", to_string(at.value.kind)),
                  .where = at.value.where});
            return;
        }
        if (at.value.items.size() > sinks_max)
            return note({.id = "config.too_many_sinks",
                         .message = fmt::format("{} sinks; at most {} can be had",
                                                at.value.items.size(), sinks_max),
                         .help = "run another walwire, with a slot of its own, for the others",
                         .label = {},
                         .where = at.value.items[sinks_max].where});
        for (const auto& item : at.value.items) read_sink(item);
    }

    void read_sink(const toml_node& from) {
        sink_config made;
        sink_places places{.sink = from.where, .plugin = from.where, .options = {}};
        const auto* name = from.find("name");
        const auto of = name != nullptr && name->value.kind == toml_kind::string
                            ? fmt::format("sink {}", in_quotes(name->value.text))
                            : std::string{"[[sink]]"};
        read_section(from, of, sink_keys(), made,
                     {{"batch",
                       [&](const toml_entry& at) {
                           read_section(at.value, "`batch` of " + of, sink_batch_keys(), made);
                       }},
                      {"retry",
                       [&](const toml_entry& at) {
                           read_section(at.value, "`retry` of " + of, sink_retry_keys(), made);
                           check_retry(at, made.retry);
                       }},
                      {"options", [&](const toml_entry& at) {
                           for (const auto& option : at.value.entries)
                               read_option(option.key, option.value, made, places);
                       }}});
        if (const auto* plugin = from.find("plugin")) places.plugin = plugin->value.where;
        if (name != nullptr && !made.name.empty()) check_name(made.name, name->value.where);
        made_.values.sinks.push_back(std::move(made));
        made_.sinks.push_back(std::move(places));
    }

    void check_name(const std::string& name, const text_place& where) {
        const auto [first, is_new] = names_.try_emplace(name, where);
        if (is_new) return;
        note({.id = "config.duplicate",
              .message = fmt::format("two sinks have the name {}", in_quotes(name)),
              .help = fmt::format("the first is in line {}; positions are kept by name, so each "
                                  "needs one of its own",
                                  first->second.line),
              .label = {},
              .where = where});
    }

    void check_retry(const toml_entry& at, const retry_config& retry) {
        if (retry.pause_min <= retry.pause_max) return;
        note({.id = "config.range",
              .message = fmt::format("`min` of `retry` is {} ms, more than `max`, which is {} ms",
                                     retry.pause_min.count(), retry.pause_max.count()),
              .help = {},
              .label = {},
              .where = at.where});
    }

    // [engine] may stand below the sinks.
    void check_windows() {
        const auto share = made_.values.engine.memory_bytes / 2;
        for (std::size_t i = 0; i < made_.values.sinks.size(); ++i) {
            const auto& sink = made_.values.sinks[i];
            if (sink.window_bytes.value_or(0) <= share) continue;
            note({.id = "config.range",
                  .message = fmt::format("`window` of sink {} is more than a sink may hold, which "
                                         "is half of `memory`: {} bytes",
                                         in_quotes(sink.name), share),
                  .help = "make `memory` of [engine] larger, or `window` smaller",
                  .label = {},
                  .where = made_.sinks[i].sink});
        }
    }

    // A tree of options -> paths: "tokens.0.secret".
    void read_option(const std::string& path, const toml_node& value, sink_config& to,
                     sink_places& places) {
        if (to.options.size() >= options_max) {
            if (!std::exchange(has_too_many_options_, true))
                note({.id = "config.range",
                      .message = fmt::format("more than {} options", options_max),
                      .help = {},
                      .label = {},
                      .where = value.where});
            return;
        }
        if (value.kind == toml_kind::array) {
            for (std::size_t i = 0; i < value.items.size(); ++i)
                read_option(path + "." + std::to_string(i), value.items[i], to, places);
        } else if (const auto reference = as_reference(value)) {
            take(path, reference->name, form_of(reference->kind), value, to, places);
        } else if (value.kind == toml_kind::table) {
            for (const auto& [key, where, below] : value.entries)
                read_option(path + "." + key, below, to, places);
        } else {
            take_scalar(path, value, to, places);
        }
    }

    static void take_scalar(const std::string& path, const toml_node& value, sink_config& to,
                            sink_places& places) {
        switch (value.kind) {
        case toml_kind::string:
            return take(path, value.text, option_form::string, value, to, places);
        case toml_kind::integer:
            return take(path, std::to_string(value.integer), option_form::integer, value, to,
                        places);
        case toml_kind::boolean:
            return take(path, value.boolean ? "true" : "false", option_form::boolean, value, to,
                        places);
        default:
            return take(path, std::string{to_string(value.kind)}, option_form::unusable, value, to,
                        places);
        }
    }

    static void take(const std::string& path, std::string value, option_form form,
                     const toml_node& at, sink_config& to, sink_places& places) {
        to.options.push_back({path, std::move(value), form});
        places.options.push_back(at.where);
    }

    loaded_config made_;
    std::map<std::string, text_place> names_;
    bool has_too_many_options_ = false;
};

} // namespace

loaded_config load_config(std::string_view content) {
    const auto root = parse_toml(content);
    if (root) return loader{}.load(*root);
    loaded_config nothing;
    nothing.mistakes.push_back(root.error());
    return nothing;
}

result<std::string> read_config_file(const std::string& path) {
    const auto unusable = [&path](const std::string& why, std::string help) {
        return std::unexpected{failure{failure_code::config, "config.file",
                                       fmt::format("cannot use {}: {}", in_quotes(path), why),
                                       std::move(help)}};
    };
    struct stat about{};
    if (::stat(path.c_str(), &about) != 0)
        return unusable(std::strerror(errno), "name a configuration with -c FILE");
    if (!S_ISREG(about.st_mode)) return unusable("it is no file", "");
    std::ifstream file{path, std::ios::binary};
    std::string content(config_bytes_max + 1, '\0');
    file.read(content.data(), static_cast<std::streamsize>(content.size()));
    if (file.bad() || !file.is_open())
        return unusable(std::strerror(errno), "it must be readable by the user walwire runs as");
    content.resize(static_cast<std::size_t>(file.gcount()));
    if (content.size() > config_bytes_max)
        return unusable(fmt::format("it has more than {} bytes", config_bytes_max), "");
    return content;
}

} // namespace walwire::engine
