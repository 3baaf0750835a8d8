#include "host/option_checker.hpp"

#include "base/nearest.hpp"
#include "base/printable.hpp"
#include "config/reference.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <string.h> // explicit_bzero
#include <utility>

namespace walwire::engine {

namespace {

std::optional<reference_kind> reference_of(option_form form) {
    switch (form) {
    case option_form::env:
        return reference_kind::env;
    case option_form::file:
        return reference_kind::file;
    case option_form::credential:
        return reference_kind::credential;
    default:
        return std::nullopt;
    }
}

std::string_view shape_of(const option_spec& spec) {
    if (spec.is_list) return "a list";
    if (spec.is_map) return "a map";
    return "a table";
}

std::string_view example_of(const option_spec& spec) {
    if (spec.is_list)
        return spec.kind == option_kind::table ? "write  [{ ... }]" : "write  [\"...\"]";
    return "write  { name = \"...\" }";
}

std::string below(const std::string& path, std::string_view name) {
    return path.empty() ? std::string{name} : path + "." + std::string{name};
}

// One of a list or a map.
option_spec item_of(option_spec spec) {
    spec.is_list = false;
    spec.is_map = false;
    spec.is_required = false;
    spec.fallback = spec.kind == option_kind::choice ? spec.fallback : std::nullopt;
    return spec;
}

} // namespace

option_checker::option_checker(std::string_view plugin, const option_settings& settings,
                               reference_use references)
    : plugin_{plugin}, settings_{settings}, references_{references} {}

std::expected<options, std::vector<failure>>
option_checker::check(std::span<const option_spec> known) {
    entries all;
    for (std::size_t i = 0; i < settings_.size(); ++i)
        all.push_back({i, "." + settings_[i].path, settings_[i].value, settings_[i].form});
    check_fields(known, "", std::move(all));
    if (!found_.empty()) {
        std::vector<failure> ordered;
        for (auto& [setting, one] : found_) ordered.push_back(std::move(one));
        return std::unexpected(std::move(ordered));
    }
    for (const auto& spec : known) made_.content_->known.push_back(spec.name);
    return made_;
}

// By the next part of their paths, in the order of the settings.
std::vector<option_checker::group> option_checker::grouped(const entries& all) {
    std::vector<group> groups;
    for (const auto& one : all) {
        const auto dot = one.rest.find('.', 1);
        const auto name = one.rest.substr(1, dot - 1);
        auto found = std::ranges::find(groups, name, &group::name);
        if (found == groups.end()) found = groups.insert(groups.end(), group{name, {}});
        auto left = one;
        left.rest = dot == std::string::npos ? "" : one.rest.substr(dot);
        found->entries.push_back(std::move(left));
    }
    return groups;
}

void option_checker::check_fields(std::span<const option_spec> known, const std::string& path,
                                  entries all) {
    auto groups = grouped(all);
    for (const auto& one : groups)
        if (std::ranges::find(known, one.name, &option_spec::name) == known.end())
            for (const auto& unknown : one.entries)
                note_unknown(path, one.name + unknown.rest, known, unknown.setting);
    for (const auto& spec : known) {
        const auto found = std::ranges::find(groups, spec.name, &group::name);
        if (found == groups.end())
            unset(spec, below(path, spec.name));
        else
            check_option(spec, below(path, spec.name), std::move(found->entries));
    }
}

void option_checker::check_option(const option_spec& spec, const std::string& path, entries all) {
    if (spec.is_list)
        check_list(spec, path, without_values(spec, path, std::move(all)));
    else if (spec.is_map)
        check_map(spec, path, without_values(spec, path, std::move(all)));
    else
        check_one(spec, path, std::move(all));
}

// Of something that has parts: a value at its own path is a mistake, unless it was a table with one
// key that looks like a reference.
option_checker::entries option_checker::without_values(const option_spec& spec,
                                                       const std::string& path, entries all) {
    entries parts;
    for (auto& one : all) {
        const auto reference = reference_of(one.form);
        if (one.rest.empty() && reference && !spec.is_list) {
            one.rest = "." + std::string{to_string(*reference)};
            one.form = option_form::string;
        }
        if (one.rest.empty())
            note(path, fmt::format("is {}, not a single value", shape_of(spec)),
                 std::string{example_of(spec)}, one.setting);
        else
            parts.push_back(std::move(one));
    }
    return parts;
}

void option_checker::check_list(const option_spec& spec, const std::string& path, entries all) {
    auto groups = grouped(all);
    std::vector<std::string> keys;
    for (std::size_t i = 0; i < groups.size(); ++i) {
        const auto index = std::to_string(i);
        const auto found = std::ranges::find(groups, index, &group::name);
        if (found == groups.end()) {
            note(path, fmt::format("has no item {}, but {} items", index, groups.size()),
                 "items are counted from 0 on", groups[i].entries.front().setting);
            return;
        }
        check_one(item_of(spec), below(path, index), std::move(found->entries));
        keys.push_back(index);
    }
    made_.content_->keys[path] = std::move(keys);
}

void option_checker::check_map(const option_spec& spec, const std::string& path, entries all) {
    std::vector<std::string> keys;
    for (auto& one : all) {
        const auto key = one.rest.substr(1); // with its dots: X.Key
        if (key.contains('\0')) {
            note(path, "has a key with a NUL byte", "names end at the first of them", one.setting);
            continue;
        }
        if (std::ranges::find(keys, key) != keys.end()) {
            note(below(path, key), "is set twice", "keep one of the two", one.setting);
            continue;
        }
        keys.push_back(key);
        one.rest.clear();
        check_one(item_of(spec), below(path, key), {std::move(one)});
    }
    made_.content_->keys[path] = std::move(keys);
}

// A scalar, or a table that is no list and no map of such.
void option_checker::check_one(const option_spec& spec, const std::string& path, entries all) {
    if (spec.kind != option_kind::table) return check_scalar(spec, path, all);
    auto fields = without_values(spec, path, std::move(all));
    if (!fields.empty()) check_fields(spec.fields, path, std::move(fields));
}

void option_checker::check_scalar(const option_spec& spec, const std::string& path,
                                  const entries& all) {
    bool is_set = false;
    for (const auto& one : all) {
        if (!one.rest.empty())
            note(path, "is a single value, and has no part " + in_quotes(one.rest.substr(1)),
                 "give it a value", one.setting);
        else if (std::exchange(is_set, true))
            note(path, "is set twice", "keep one of the two", one.setting);
        else
            take(spec, path, one);
    }
}

void option_checker::take(const option_spec& spec, const std::string& path, const entry& from) {
    const auto reference = reference_of(from.form);
    if (reference && references_ == reference_use::leave) {
        made_.content_->is_partial = true;
        return;
    }
    std::string text{from.value};
    auto form = from.form;
    if (reference) {
        auto resolved = resolve({.kind = *reference, .name = text});
        if (!resolved) {
            resolved.error().subject = path;
            found_.emplace(from.setting, std::move(resolved.error()));
            return;
        }
        text = std::move(*resolved);
        form = option_form::text;
    }
    auto normalised = normalise(spec, text, form);
    ::explicit_bzero(text.data(), text.size());
    if (!normalised)
        return note(path, "cannot be used: " + normalised.error().what, normalised.error().help,
                    from.setting);
    made_.content_->values.try_emplace(path, *normalised);
    ::explicit_bzero(normalised->data(), normalised->size());
}

void option_checker::unset(const option_spec& spec, const std::string& path) {
    if (spec.is_required)
        return note(path, "is required and is not set",
                    spec.doc.empty() ? "give it a value" : "give it a value: " + spec.doc, missing);
    // A table that is not there has the defaults of its fields all the same.
    if (spec.kind == option_kind::table && !spec.is_list && !spec.is_map)
        for (const auto& field : spec.fields)
            if (!field.is_required) unset(field, below(path, field.name));
    if (const auto fallback = normalised_fallback(spec))
        made_.content_->values.try_emplace(path, *fallback);
}

void option_checker::note(const std::string& path, const std::string& what, std::string help,
                          std::size_t setting) {
    found_.emplace(setting, failure{failure_code::config, "plugin.option",
                                    fmt::format("option {} of the plugin {} {}", in_quotes(path),
                                                plugin_, what),
                                    std::move(help), path});
}

void option_checker::note_unknown(const std::string& path, std::string_view name,
                                  std::span<const option_spec> known, std::size_t setting) {
    std::vector<std::string> names;
    for (const auto& spec : known) names.push_back(spec.name);
    std::string help =
        names.empty() ? "it has no options" : fmt::format("it has {}", fmt::join(names, ", "));
    if (const auto meant = nearest(name, names)) help = "did you mean \"" + *meant + "\"?";
    found_.emplace(setting, failure{failure_code::config, "plugin.option",
                                    fmt::format("the plugin {} has no option {}", plugin_,
                                                in_quotes(below(path, name))),
                                    std::move(help), below(path, name)});
}

} // namespace walwire::engine
