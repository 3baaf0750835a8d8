// The C view of one relation: what walwire_event.relation points to.
#pragma once

#include "decode/relation_cache.hpp"
#include "source/relation_lookup.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <vector>
#include <walwire/event.h>

namespace walwire::engine {

// A version says which shape a row has, and names it for plugins: it is another one when anything
// that they can see is. What the catalogs say is known only on the lanes, so it is settled there.
// Belongs to one version of relation_cache, and is shared by every announcement of it.
class shape_version {
public:
    explicit shape_version(std::uint64_t first) : version_{first} {}
    // Any lane. The version of a shape with these facts.
    std::uint64_t of(const std::shared_ptr<const relation_facts>& facts);

private:
    std::mutex mutex_; // protects everything below
    std::uint64_t version_;
    std::shared_ptr<const relation_facts> facts_;
};

// One announcement of a relation. Every batch that holds a row of it shares it, so pointers outlive
// the row. Everything but the columns' key flags, their type names and the version is there from
// the start; those are settled by the first resolve(), and nothing changes after it.
class shape {
public:
    // Without a lookup the Relation message is all that is ever known.
    shape(std::shared_ptr<const relation> of, std::shared_ptr<shape_version> version,
          std::shared_ptr<relation_lookup> lookup);
    shape(const shape&) = delete;
    shape& operator=(const shape&) = delete;

    const relation& described() const { return *relation_; }
    // Before a lane has resolved it, only its address and the number of its columns may be used.
    const walwire_relation& view() const { return view_; }

    // Any lane, before it reads view() or hands it on: waits for the catalogs. What the columns'
    // types are made of, for rows that committed up to `through_lsn`; nullptr inside when nobody
    // can say. nullopt: told to give up.
    std::optional<std::shared_ptr<const type_set>> resolve(lsn through_lsn) const;
    // Behind resolve(): whether NULL in an old row may be a value that was not sent.
    bool has_partial_old_rows() const { return facts_ && facts_->has_partial_old_rows; }

private:
    void settle(const std::shared_ptr<const relation_facts>& facts) const;

    const std::shared_ptr<const relation> relation_;
    const std::shared_ptr<shape_version> version_;
    const std::shared_ptr<relation_lookup> lookup_;
    mutable std::once_flag settled_;                      // protects what is mutable below
    mutable std::shared_ptr<const relation_facts> facts_; // keeps the type names alive
    mutable std::vector<walwire_column> columns_;
    std::vector<const walwire_column*> column_pointers_;
    mutable walwire_relation view_{};
};

inline walwire_str to_str(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view to_view(walwire_str text) {
    return text.size == 0 ? std::string_view{} : std::string_view{text.data, text.size};
}

} // namespace walwire::engine
