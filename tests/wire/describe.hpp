// One readable line per message, the form of the .expected files. Touches every byte that a message
// points to, which is why the fuzz targets call it as well.
#pragma once

#include "decode/message.hpp"

#include <fmt/format.h>
#include <string>

namespace walwire::tests {

class describer {
public:
    std::string operator()(const engine::begin_message& begin) const {
        return fmt::format("begin commit={} time={} xid={}", to_string(begin.commit_lsn),
                           begin.commit_time_us, begin.xid);
    }
    std::string operator()(const engine::commit_message& commit) const {
        return fmt::format("commit commit={} end={} time={}", to_string(commit.commit_lsn),
                           to_string(commit.end_lsn), commit.commit_time_us);
    }
    std::string operator()(const engine::origin_message& origin) const {
        return fmt::format("origin commit={} name={}", to_string(origin.commit_lsn),
                           quoted(origin.name));
    }
    std::string operator()(const engine::relation_message& relation) const {
        std::string columns;
        for (const auto& column : relation.columns)
            columns += fmt::format("{}{} type={} modifier={}{}", columns.empty() ? "" : ", ",
                                   quoted(column.name), column.type_oid, column.type_modifier,
                                   column.is_key ? " key" : "");
        return fmt::format("relation {} {}.{} identity={} ({})", relation.oid,
                           quoted(relation.schema), quoted(relation.table),
                           static_cast<char>(relation.identity), columns);
    }
    std::string operator()(const engine::type_message& type) const {
        return fmt::format("type {} {}.{}", type.oid, quoted(type.schema), quoted(type.name));
    }
    std::string operator()(const engine::insert_message& insert) const {
        return fmt::format("insert {} new={}", insert.relation_oid, row(insert.after));
    }
    std::string operator()(const engine::update_message& update) const {
        return fmt::format("update {}{} new={}", update.relation_oid,
                           old(update.old, update.before), row(update.after));
    }
    std::string operator()(const engine::delete_message& deleted) const {
        return fmt::format("delete {}{}", deleted.relation_oid, old(deleted.old, deleted.before));
    }
    std::string operator()(const engine::truncate_message& truncate) const {
        std::string line = "truncate";
        if (truncate.cascade) line += " cascade";
        if (truncate.restart_identity) line += " restart";
        for (const auto oid : truncate.relation_oids) line += fmt::format(" {}", oid);
        return line;
    }
    std::string operator()(const engine::logical_message& logical) const {
        return fmt::format("message {} at={} prefix={} content={}",
                           logical.transactional ? "transactional" : "at-once",
                           to_string(logical.message_lsn), quoted(logical.prefix),
                           quoted(logical.content));
    }

private:
    static std::string quoted(std::string_view bytes) {
        std::string text = "'";
        for (const char byte : bytes) {
            const bool is_plain = byte >= 0x20 && byte < 0x7F && byte != '\'' && byte != '\\';
            text += is_plain ? std::string{byte}
                             : fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
        }
        return text + "'";
    }
    static std::string value(const engine::tuple_value& of) {
        switch (of.state) {
        case engine::value_state::null:
            return "null";
        case engine::value_state::unchanged:
            return "unchanged";
        case engine::value_state::text:
            return quoted({of.data, of.size});
        }
        return "?";
    }
    static std::string row(engine::tuple values) {
        std::string text;
        for (const auto& each : values) text += (text.empty() ? "" : ", ") + value(each);
        return "(" + text + ")";
    }
    static std::string old(engine::old_image image, engine::tuple values) {
        switch (image) {
        case engine::old_image::none:
            return "";
        case engine::old_image::key:
            return " key=" + row(values);
        case engine::old_image::row:
            return " old=" + row(values);
        }
        return "?";
    }
};

inline std::string describe(const engine::message& of) { return std::visit(describer{}, of); }

} // namespace walwire::tests
