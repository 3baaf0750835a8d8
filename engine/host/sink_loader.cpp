#include "host/sink_loader.hpp"

#include <filesystem>
#include <utility>

namespace walwire::engine {

std::expected<loaded_sink, std::vector<failure>> load_sink(const sink_config& config,
                                                           const std::vector<std::string>& folders,
                                                           reference_use references) {
    const auto searched = folders.empty()
                              ? default_plugin_directories()
                              : std::vector<std::filesystem::path>{folders.begin(), folders.end()};
    const auto file = find_plugin(config.plugin, searched);
    if (!file) return std::unexpected{std::vector{file.error()}};
    auto loaded = load_library(*file);
    if (!loaded) return std::unexpected{std::vector{loaded.error()}};
    auto values =
        options::check((*loaded)->name(), (*loaded)->options(), config.options, references);
    if (!values) return std::unexpected{std::move(values.error())};
    return loaded_sink{std::move(*loaded), std::move(*values)};
}

} // namespace walwire::engine
