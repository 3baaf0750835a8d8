// Settings against an option list: one walk down the list, taking the settings along that belong
// to each part of it.
#pragma once

#include "host/option_value.hpp"
#include "host/options.hpp"

#include <cstddef>
#include <expected>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace walwire::engine {

// For one check; lives no longer than the settings.
class option_checker {
public:
    option_checker(std::string_view plugin, const option_settings& settings,
                   reference_use references);
    std::expected<options, std::vector<failure>> check(std::span<const option_spec> known);

private:
    // A setting, and what of its path is still to be walked, with the dot in front.
    struct entry {
        std::size_t setting;
        std::string rest;
        std::string_view value; // of the settings: a secret is not copied
        option_form form;
    };
    struct group {
        std::string name;
        std::vector<entry> entries;
    };
    using entries = std::vector<entry>;
    static constexpr std::size_t missing = static_cast<std::size_t>(-1);

    static std::vector<group> grouped(const entries& all);
    void check_fields(std::span<const option_spec> known, const std::string& path, entries all);
    void check_option(const option_spec& spec, const std::string& path, entries all);
    void check_list(const option_spec& spec, const std::string& path, entries all);
    void check_map(const option_spec& spec, const std::string& path, entries all);
    void check_one(const option_spec& spec, const std::string& path, entries all);
    void check_scalar(const option_spec& spec, const std::string& path, const entries& all);
    void take(const option_spec& spec, const std::string& path, const entry& from);
    void unset(const option_spec& spec, const std::string& path);
    entries without_values(const option_spec& spec, const std::string& path, entries all);

    void note(const std::string& path, const std::string& what, std::string help,
              std::size_t setting);
    void note_unknown(const std::string& path, std::string_view name,
                      std::span<const option_spec> known, std::size_t setting);

    const std::string plugin_;
    const option_settings& settings_;
    const reference_use references_;
    options made_;
    std::multimap<std::size_t, failure> found_; // by the setting; what is missing comes last
};

} // namespace walwire::engine
