// The C view of one relation: what walwire_event.relation points to.
#pragma once

#include "decode/relation_cache.hpp"

#include <memory>
#include <string>
#include <vector>
#include <walwire/event.h>

namespace walwire::engine {

// Immutable; every batch that holds a row of it shares it, so pointers outlive the row.
class shape {
public:
    explicit shape(std::shared_ptr<const relation> of);
    shape(const shape&) = delete;
    shape& operator=(const shape&) = delete;

    const relation& described() const { return *relation_; }
    const walwire_relation& view() const { return view_; }

private:
    std::shared_ptr<const relation> relation_;
    std::vector<std::string> type_names_;
    std::vector<walwire_column> columns_;
    std::vector<const walwire_column*> column_pointers_;
    walwire_relation view_{};
};

inline walwire_str to_str(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view to_view(walwire_str text) {
    return text.size == 0 ? std::string_view{} : std::string_view{text.data, text.size};
}

} // namespace walwire::engine
