#include "encode/value_plan.hpp"

namespace walwire::engine {

const value_plan* value_plans::find(std::uint32_t type_oid) {
    const type_info* info = nullptr;
    // A domain is what it is based on, which may be a domain again.
    for (std::size_t hops = 0; types_ != nullptr && hops <= types_->types.size(); ++hops) {
        const auto found = types_->types.find(type_oid);
        info = found == types_->types.end() ? nullptr : &found->second;
        if (info == nullptr || info->kind != type_kind::domain) break;
        type_oid = info->element_oid;
    }
    auto& made = plans_[type_oid];
    if (made != nullptr) return made.get();
    made = std::make_unique<value_plan>();
    auto& plan = *made; // stays where it is while the map grows
    plan.form = form_of(type_oid, numbers_as_strings_);
    if (info != nullptr) fill(plan, *info);
    return &plan;
}

void value_plans::fill(value_plan& made, const type_info& from) {
    switch (from.kind) {
    case type_kind::scalar:
    case type_kind::domain:
        return;
    case type_kind::hstore:
        made.form = value_form::hstore;
        return;
    case type_kind::array:
    case type_kind::vector:
        made.form = from.kind == type_kind::array ? value_form::array : value_form::vector;
        made.delimiter = from.delimiter;
        made.element = find(from.element_oid);
        made.has_composite = made.element->has_composite;
        return;
    case type_kind::composite:
        made.form = value_form::composite;
        made.has_composite = true;
        for (const auto& field : from.fields)
            made.fields.push_back(
                {fragment{",\"" + string_body(field.name) + "\":"}, find(field.type_oid)});
        return;
    }
}

} // namespace walwire::engine
