#include "cli/config_file.hpp"

#include "config/loader.hpp"
#include "engine.hpp"

#include <algorithm>
#include <unistd.h>
#include <utility>
#include <vector>

namespace walwire::engine {

namespace {

text_place place_of(const failure& found, const sink_config& sink, const sink_places& places) {
    // The last one: of two settings of one option, that is the one too many.
    for (std::size_t i = sink.options.size(); i-- > 0;)
        if (sink.options[i].path == found.subject) return places.options[i];
    return found.subject.empty() ? places.plugin : places.sink;
}

void add_mistakes(loaded_config& loaded, reference_use references) {
    for (std::size_t i = 0; i < loaded.values.sinks.size(); ++i) {
        const auto& sink = loaded.values.sinks[i];
        if (sink.plugin.empty()) continue; // which is a mistake of its own
        for (auto& one : engine::find_mistakes(loaded.values.engine, sink, references))
            loaded.mistakes.push_back({.id = one.id,
                                       .message = one.message,
                                       .help = one.help,
                                       .label = {},
                                       .where = place_of(one, sink, loaded.sinks[i])});
    }
}

// A reference of [source] is asked for here, so that a service does not start without it.
void resolve_source(loaded_config& loaded) {
    auto& source = loaded.values.source;
    const auto take = [&](std::optional<value_reference>& from, std::string& to, const char* key) {
        if (!from) return;
        auto value = resolve(*from);
        if (value)
            to = std::move(*value);
        else
            loaded.mistakes.push_back(
                {.id = value.error().id,
                 .message = std::string{"`"} + key + "` of [source]: " + value.error().message,
                 .help = value.error().help,
                 .label = {},
                 .where = {}});
    };
    take(source.dsn_reference, source.dsn, "dsn");
    take(source.password_reference, source.password, "password");
}

} // namespace

std::string default_config_path() {
    constexpr const char* here = "walwire.toml";
    return ::access(here, F_OK) == 0 ? here : "/etc/walwire/walwire.toml";
}

std::expected<file_config, std::string> use_config_file(const std::string& path,
                                                        reference_use references) {
    const auto content = read_config_file(path);
    if (!content) return std::unexpected{to_text(content.error())};
    auto loaded = load_config(*content);
    if (references == reference_use::resolve) resolve_source(loaded);
    add_mistakes(loaded, references);
    if (!loaded.mistakes.empty())
        return std::unexpected{to_text(std::move(loaded.mistakes), path, *content)};
    return std::move(loaded.values);
}

} // namespace walwire::engine
