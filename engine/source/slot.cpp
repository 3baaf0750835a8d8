#include "source/slot.hpp"

#include <charconv>
#include <chrono>
#include <fmt/format.h>

namespace walwire::engine {

namespace {

template <class Number> Number to_number(const std::optional<std::string>& text) {
    Number number{};
    if (text) std::from_chars(text->data(), text->data() + text->size(), number);
    return number;
}

std::unexpected<failure> slot_failure(failure_code code, std::string id, std::string message,
                                      std::string help) {
    return std::unexpected{failure{code, std::move(id), std::move(message), std::move(help)}};
}

// A publication name inside the quoted list of an option: identifier quotes, then literal ones.
std::string name_list(connection& any, const std::vector<std::string>& names) {
    std::string list;
    for (const auto& name : names) {
        if (!list.empty()) list += ',';
        list += any.quote_identifier(name);
    }
    std::string quoted = "'";
    for (const char character : list) quoted += character == '\'' ? "''" : std::string{character};
    return quoted + "'";
}

} // namespace

result<system_identity> identify_system(connection& replication) {
    const auto rows = replication.query("IDENTIFY_SYSTEM", "identify the server");
    if (!rows) return std::unexpected{rows.error()};
    if (rows->size() != 1 || rows->front().size() < 3)
        return slot_failure(failure_code::protocol, "pg.identify_system",
                            "IDENTIFY_SYSTEM did not answer one row",
                            "is a connection pooler between walwire and the server? Connect to the "
                            "server itself");
    const auto& row = rows->front();
    const auto wal_end_lsn = parse_lsn(row[2].value_or(""));
    return system_identity{.system_identifier = to_number<std::uint64_t>(row[0]),
                           .timeline = to_number<std::uint32_t>(row[1]),
                           .wal_end_lsn = wal_end_lsn.value_or(lsn{})};
}

result<void> create_slot(connection& replication, const std::string& name, bool is_temporary) {
    const bool has_list = replication.server_version() >= 150000;
    const auto sql = fmt::format(
        "CREATE_REPLICATION_SLOT {}{} LOGICAL pgoutput {}", replication.quote_identifier(name),
        is_temporary ? " TEMPORARY" : "", has_list ? "(SNAPSHOT 'nothing')" : "NOEXPORT_SNAPSHOT");
    const auto made = replication.query(sql, fmt::format("create slot \"{}\"", name));
    if (made) return {};
    auto found = made.error();
    if (replication.last_sqlstate() == "53400") {
        found.id = "pg.slots";
        found.help =
            "raise max_replication_slots, or drop a slot that nobody uses: SELECT slot_name, "
            "active FROM pg_replication_slots;";
    }
    return std::unexpected{std::move(found)};
}

result<void> copy_slot(connection& replication, const std::string& from, const std::string& to) {
    const auto copied = replication.query(
        fmt::format("SELECT pg_catalog.pg_copy_logical_replication_slot({}, {}, true)",
                    replication.quote_literal(from), replication.quote_literal(to)),
        fmt::format("copy slot \"{}\"", from));
    if (!copied) return std::unexpected{copied.error()};
    return {};
}

result<std::optional<slot_state>> read_slot(connection& any, const std::string& name) {
    const auto rows =
        any.query(fmt::format("SELECT slot_type, plugin, database = current_database(), "
                              "confirmed_flush_lsn, active_pid, wal_status, database "
                              "FROM pg_catalog.pg_replication_slots WHERE slot_name = {}",
                              any.quote_literal(name)),
                  "look up the slot");
    if (!rows) return std::unexpected{rows.error()};
    if (rows->empty()) return std::nullopt;
    const auto& row = rows->front();
    if (row[0] != "logical" || row[1] != "pgoutput")
        return slot_failure(failure_code::environment, "pg.slot_kind",
                            fmt::format("slot \"{}\" is a {} slot of {}, not a logical one of "
                                        "pgoutput",
                                        name, row[0].value_or("?"), row[1].value_or("no plugin")),
                            "choose another name, or drop it: SELECT pg_drop_replication_slot('" +
                                name + "');");
    if (row[2] != "t")
        return slot_failure(
            failure_code::environment, "pg.slot_database",
            fmt::format("slot \"{}\" belongs to database {}", name, row[6].value_or("?")),
            "connect to that database, or choose another slot name");
    if (row[4])
        return slot_failure(
            failure_code::environment, "pg.slot_active",
            fmt::format("slot \"{}\" is in use by server process {}", name, *row[4]),
            "stop the other reader; SELECT * FROM pg_stat_replication; names it");
    if (row[5] == "lost")
        return slot_failure(
            failure_code::gap, "gap.slot_lost",
            fmt::format("the server has removed WAL that slot \"{}\" still needed", name),
            "changes are gone; drop the slot and start anew, and raise "
            "max_slot_wal_keep_size");
    return slot_state{parse_lsn(row[3].value_or("")).value_or(lsn{})};
}

result<void> start_replication(connection& replication, const std::string& slot,
                               const std::vector<std::string>& publications, lsn start_lsn) {
    return replication.start_copy(
        fmt::format("START_REPLICATION SLOT {} LOGICAL {} (proto_version '1', "
                    "publication_names {}, messages 'true')",
                    replication.quote_identifier(slot), to_string(start_lsn),
                    name_list(replication, publications)));
}

result<std::chrono::milliseconds> read_wal_sender_timeout(connection& replication) {
    // pg_settings has the number in its base unit, which SHOW would turn into "1min".
    const auto rows = replication.query(
        "SELECT setting FROM pg_catalog.pg_settings WHERE name = 'wal_sender_timeout'",
        "read wal_sender_timeout");
    if (!rows) return std::unexpected{rows.error()};
    return std::chrono::milliseconds{rows->empty() ? 0 : to_number<std::int64_t>(rows->front()[0])};
}

} // namespace walwire::engine
