// The plans of the relations whose rows came lately, by version.
#pragma once

#include "encode/relation_plan.hpp"

#include <cstdint>
#include <span>
#include <unordered_map>

namespace walwire::engine {

// Belongs to one encoder, and is used as it is: by one thread at a time.
class plan_cache {
public:
    explicit plan_cache(const encode_options& options) : options_{options} {}

    // Plans for all of them, with what is known of their types. What was found before is gone.
    void prepare(std::span<const described_relation> relations) {
        std::size_t columns = 0;
        for (const auto& one : relations) columns += one.relation->column_count;
        if (plans_.size() + relations.size() > relations_max || columns_ + columns > columns_max)
            clear();
        last_ = nullptr;
        for (const auto& one : relations) {
            const auto known = plans_.find(one.relation->version);
            if (known != plans_.end() && known->second.types() == one.types) continue;
            if (known != plans_.end()) {
                columns_ -= one.relation->column_count;
                plans_.erase(known);
            }
            columns_ += one.relation->column_count;
            plans_.try_emplace(one.relation->version, *one.relation, options_, one.types);
        }
    }

    // Valid until the next prepare(). Of a relation that was not prepared no types are known.
    const relation_plan& find(const walwire_relation& of) {
        if (last_ != nullptr && last_version_ == of.version) return *last_;
        auto found = plans_.find(of.version);
        if (found == plans_.end()) {
            const described_relation alone{&of, nullptr};
            prepare({&alone, 1});
            found = plans_.find(of.version);
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
    void clear() {
        plans_.clear();
        columns_ = 0;
    }

    encode_options options_;
    std::unordered_map<std::uint64_t, relation_plan> plans_;
    std::size_t columns_ = 0;
    std::uint64_t last_version_ = 0;
    const relation_plan* last_ = nullptr; // of last_version_; nodes of the map do not move
};

} // namespace walwire::engine
