// See plugin_table.hpp.
#include "host/plugin_table.hpp"

#include "base/printable.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace walwire::engine {
namespace {

constexpr std::size_t name_bytes_max = 64;
constexpr std::size_t doc_bytes_max = 1024;
constexpr std::size_t fallback_bytes_max = 4096;
constexpr std::size_t option_count_max = 256;
constexpr int table_depth_max = 4;
constexpr std::uint32_t known_option_flags =
    WALWIRE_OPTION_REQUIRED | WALWIRE_OPTION_LIST | WALWIRE_OPTION_MAP;

using mistake = std::optional<std::string>;

// At most max bytes of a C string of a stranger; empty for NULL.
std::string_view bounded(const char* text, std::size_t max) {
    return text == nullptr ? std::string_view{} : std::string_view{text, ::strnlen(text, max)};
}

bool is_name(std::string_view text, std::string_view letters) {
    return !text.empty() && text.size() < name_bytes_max &&
           text.find_first_not_of(letters) == std::string_view::npos;
}

constexpr std::string_view plugin_letters = "abcdefghijklmnopqrstuvwxyz0123456789_";
// No dot: it separates the parts of a path.
constexpr std::string_view option_letters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

// Declared ahead because tables nest.
mistake read_list(const walwire_option* listed, std::size_t count, int depth,
                  std::vector<option_spec>& into);

mistake read_fields(const walwire_option& listed, const std::string& which, int depth,
                    option_spec& spec) {
    const bool is_table = spec.kind == option_kind::table;
    if (!is_table) {
        if (listed.field_count > 0) return which + " has fields, but is no table";
        return std::nullopt;
    }
    if (listed.field_count == 0) return which + " is a table without fields";
    if (depth == table_depth_max) return which + " is a table too deep in tables";
    if (auto wrong = read_list(listed.fields, listed.field_count, depth + 1, spec.fields)) {
        return which + ": " + *wrong;
    }
    return std::nullopt;
}

mistake read_option(const walwire_option& listed, std::size_t number, int depth,
                    option_spec& spec) {
    const std::string_view name = bounded(listed.name, name_bytes_max);
    if (!is_name(name, option_letters)) {
        return "its option number " + std::to_string(number + 1) + " has the name " +
               in_quotes(name) + "; letters, digits, _ and - can be in one";
    }
    const std::string which = "its option " + in_quotes(name);
    if (listed.kind > WALWIRE_OPTION_TABLE) {
        return which + " has the unknown kind " + std::to_string(listed.kind);
    }
    if ((listed.flags & ~known_option_flags) != 0) {
        return which + " has the unknown flags " + std::to_string(listed.flags);
    }
    spec.name = name;
    spec.doc = printable(bounded(listed.doc, doc_bytes_max), doc_bytes_max);
    spec.kind = static_cast<option_kind>(listed.kind);
    spec.is_required = (listed.flags & WALWIRE_OPTION_REQUIRED) != 0;
    spec.is_list = (listed.flags & WALWIRE_OPTION_LIST) != 0;
    spec.is_map = (listed.flags & WALWIRE_OPTION_MAP) != 0;
    if (listed.fallback != nullptr) {
        spec.fallback = bounded(listed.fallback, fallback_bytes_max + 1);
        if (spec.fallback->size() > fallback_bytes_max)
            return which + " has a longer fallback than can be";
    }
    if (spec.is_list && spec.is_map) return which + " is both a list and a map";
    if (auto wrong = fallback_mistake(spec)) return which + ": " + *wrong;
    return read_fields(listed, which, depth, spec);
}

mistake read_list(const walwire_option* listed, std::size_t count, int depth,
                  std::vector<option_spec>& into) {
    if (count > 0 && listed == nullptr) return "it counts options but lists none";
    if (count > option_count_max) {
        return "it lists " + std::to_string(count) + " options, more than " +
               std::to_string(option_count_max);
    }
    for (std::size_t i = 0; i < count; ++i) {
        option_spec spec;
        if (auto wrong = read_option(listed[i], i, depth, spec)) return wrong;
        if (std::ranges::find(into, spec.name, &option_spec::name) != into.end()) {
            return "its option " + in_quotes(spec.name) + " is listed twice";
        }
        into.push_back(std::move(spec));
    }
    return std::nullopt;
}

mistake check(const walwire_plugin& table, std::string_view stem) {
    const std::string_view name = bounded(table.name, name_bytes_max);
    if (!is_name(name, plugin_letters)) {
        return "it is named " + in_quotes(name) + "; a name has small letters, digits and _";
    }
    if (name != stem) {
        return "it is named " + in_quotes(name) + " and its file " + in_quotes(stem) +
               "; the two must be the same";
    }
    if (table.create == nullptr) return "it has no create()";
    if (table.deliver == nullptr) return "it has no deliver()";
    return std::nullopt;
}

} // namespace

result<plugin_table> read_table(const walwire_plugin& exported, const std::filesystem::path& file) {
    const auto invalid = [&](const std::string& why) {
        return std::unexpected(failure{failure_code::plugin, "plugin.invalid",
                                       "the plugin " + printable(file.native(), 4096) +
                                           " is not made as walwire/abi.h says: " + why,
                                       "report this to whoever made the plugin"});
    };
    constexpr std::size_t required =
        offsetof(walwire_plugin, deliver) + sizeof(walwire_plugin::deliver);
    if (exported.size < required) {
        return invalid("its table has " + std::to_string(exported.size) + " bytes, at least " +
                       std::to_string(required) + " are needed");
    }
    auto table = std::make_unique<walwire_plugin>();
    // All that stands behind deliver is pointers: half of one is none.
    const auto size = std::min<std::size_t>(exported.size, sizeof *table);
    std::memcpy(table.get(), &exported, size - (size - required) % sizeof(void*));
    if (auto wrong = check(*table, file.stem().native())) return invalid(*wrong);
    plugin_table read;
    if (auto wrong = read_list(table->options, table->option_count, 1, read.options)) {
        return invalid(*wrong);
    }
    read.table = std::move(table);
    return read;
}

} // namespace walwire::engine
