// Versions are handed out from one counter for the whole process: two pipelines that meet in one
// lane never mean different shapes by the same number.
#include "decode/relation_cache.hpp"

#include <algorithm>
#include <atomic>

namespace walwire::engine {

std::uint64_t next_relation_version() {
    static std::atomic<std::uint64_t> last{0};
    return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

namespace {

bool is_same_shape(const relation& known, const relation_message& announced) {
    const auto is_same_column = [](const relation::column& left, const relation_column& right) {
        return left.name == right.name && left.type_oid == right.type_oid &&
               left.type_modifier == right.type_modifier && left.is_key == right.is_key;
    };
    return known.schema == announced.schema && known.table == announced.table &&
           known.identity == announced.identity &&
           std::ranges::equal(known.columns, announced.columns, is_same_column);
}

std::shared_ptr<const relation> own(const relation_message& announced) {
    auto owned = std::make_shared<relation>();
    owned->oid = announced.oid;
    owned->version = next_relation_version();
    owned->schema = announced.schema;
    owned->table = announced.table;
    owned->identity = announced.identity;
    owned->columns.reserve(announced.columns.size());
    for (const auto& column : announced.columns)
        owned->columns.push_back(
            {std::string{column.name}, column.type_oid, column.type_modifier, column.is_key});
    return owned;
}

} // namespace

std::shared_ptr<const relation> relation_cache::announce(const relation_message& announced) {
    auto& known = relations_[announced.oid];
    if (known == nullptr || !is_same_shape(*known, announced)) known = own(announced);
    return known;
}

const std::shared_ptr<const relation>* relation_cache::find(std::uint32_t oid) const {
    const auto found = relations_.find(oid);
    return found == relations_.end() ? nullptr : &found->second;
}

} // namespace walwire::engine
