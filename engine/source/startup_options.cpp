#include "source/startup_options.hpp"

namespace walwire::engine {

namespace {

// In `options` a space ends a word and a backslash quotes (PostgreSQL documentation 34.1.2).
std::string escape(std::string_view value) {
    std::string escaped;
    for (const char character : value) {
        if (character == ' ' || character == '\\') escaped += '\\';
        escaped += character;
    }
    return escaped;
}

void set(std::string& options, std::string_view name, std::string_view value) {
    options += " -c ";
    options += name;
    options += '=';
    options += escape(value);
}

// A backslash at the very end quotes nothing, which the server forgives; followed by ours it would
// quote the space between, and swallow the first of our pins.
std::string_view without_open_quote(std::string_view options) {
    const auto last = options.find_last_not_of('\\');
    const auto backslashes = options.size() - (last == std::string_view::npos ? 0 : last + 1);
    return options.substr(0, options.size() - backslashes % 2);
}

} // namespace

std::string startup_options(const connection_config& config, std::string_view users_own) {
    std::string options;
    set(options, "wal_sender_timeout", "30s");
    options += ' ';
    options += without_open_quote(users_own);
    set(options, "DateStyle", "ISO, MDY");
    set(options, "IntervalStyle", "postgres");
    set(options, "TimeZone", "UTC");
    set(options, "bytea_output", "hex");
    set(options, "extra_float_digits", "1");
    set(options, "client_encoding", config.is_sql_ascii ? "SQL_ASCII" : "UTF8");
    set(options, "search_path", "public");
    set(options, "quote_all_identifiers", "off");
    set(options, "client_min_messages", "warning");
    if (!config.lc_monetary.empty()) set(options, "lc_monetary", config.lc_monetary);
    // They would end a walsender, too.
    for (const auto* timeout : {"statement_timeout", "lock_timeout",
                                "idle_in_transaction_session_timeout", "idle_session_timeout"})
        set(options, timeout, "0");
    if (config.kind == connection_kind::ordinary) {
        // A role that is for reading by default may still publish what it owns.
        set(options, "default_transaction_read_only", "off");
        // Or our own writes may wait for ourselves, when we are the synchronous standby.
        set(options, "synchronous_commit", "local");
    }
    return options.substr(1);
}

} // namespace walwire::engine
