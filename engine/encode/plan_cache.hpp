// The plans of the relations whose rows came lately, by version.
#pragma once

#include "encode/relation_plan.hpp"

#include <cstdint>
#include <unordered_map>

namespace walwire::engine {

// Belongs to one encoder, and is used as it is: by one thread at a time.
class plan_cache {
public:
    explicit plan_cache(const encode_options& options) : options_{options} {}

    // Valid until the next call.
    const relation_plan& find(const walwire_relation& of) {
        if (last_ != nullptr && last_version_ == of.version) return *last_;
        auto found = plans_.find(of.version);
        if (found == plans_.end()) {
            make_room(of.column_count);
            found = plans_.try_emplace(of.version, of, options_).first;
        }
        last_version_ = of.version;
        last_ = &found->second;
        return *last_;
    }
    std::size_t size() const { return plans_.size(); }

    // Versions are never used again after a change of shape, and nobody says which are gone: so all
    // are forgotten at once, and those in use are made anew. A column takes about 150 bytes.
    static constexpr std::size_t relations_max = 4096;
    static constexpr std::size_t columns_max = 65'536;

private:
    void make_room(std::size_t columns) {
        if (plans_.size() >= relations_max || columns_ + columns > columns_max) {
            plans_.clear();
            columns_ = 0;
        }
        columns_ += columns;
    }

    encode_options options_;
    std::unordered_map<std::uint64_t, relation_plan> plans_;
    std::size_t columns_ = 0;
    std::uint64_t last_version_ = 0;
    const relation_plan* last_ = nullptr; // of last_version_; nodes of the map do not move
};

} // namespace walwire::engine
