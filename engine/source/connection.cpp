#include "source/connection.hpp"

#include "source/startup_options.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <fmt/format.h>
#include <libpq-fe.h>
#include <poll.h>
#include <utility>

namespace walwire::engine {

namespace {

struct result_closer {
    void operator()(PGresult* answer) const { PQclear(answer); }
};
using owned_result = std::unique_ptr<PGresult, result_closer>;
struct conninfo_closer {
    void operator()(PQconninfoOption* list) const { PQconninfoFree(list); }
};
using owned_conninfo = std::unique_ptr<PQconninfoOption, conninfo_closer>;

std::string text_or_empty(const char* text) { return text == nullptr ? "" : text; }

// libpq ends each of its sentences with a line break, and puts a tab before a second one.
std::string one_line(std::string_view text) {
    std::string line;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto begin = std::min(text.find_first_not_of(" \t"), end);
        if (begin < end)
            line += fmt::format("{}{}", line.empty() ? "" : "; ", text.substr(begin, end - begin));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return line;
}

const char* find(const PQconninfoOption* list, std::string_view keyword) {
    for (; list != nullptr && list->keyword != nullptr; ++list)
        if (list->keyword == keyword) return list->val;
    return nullptr;
}

// What libpq would use, had we not set the parameter ourselves: the DSN, then PG* variables, then
// the service file, which libpq reads for PQconndefaults() only when PGSERVICE names it.
struct users_settings {
    std::string options;
    bool has_connect_timeout = false;
};
result<users_settings> read_users_settings(const std::string& dsn) {
    users_settings found;
    const owned_conninfo defaults{PQconndefaults()};
    const bool is_name = dsn.find('=') == std::string::npos && !dsn.starts_with("postgres://") &&
                         !dsn.starts_with("postgresql://");
    owned_conninfo given;
    if (is_name && dsn.find("://") != std::string::npos)
        return std::unexpected{failure{failure_code::usage, "pg.dsn",
                                       "the connection string is of another kind of server",
                                       "a URI begins with postgresql:// or postgres://"}};
    if (!is_name) {
        char* why = nullptr;
        given.reset(PQconninfoParse(dsn.c_str(), &why));
        if (!given) {
            auto text = one_line(text_or_empty(why));
            PQfreemem(why);
            return std::unexpected{failure{failure_code::usage, "pg.dsn",
                                           "the connection string cannot be read: " + text,
                                           "write postgresql://user@host:5432/database, or "
                                           "host=... dbname=..., or service=..."}};
        }
    }
    const auto pick = [&](std::string_view keyword) {
        const char* value = find(given.get(), keyword);
        return value != nullptr ? value : find(defaults.get(), keyword);
    };
    found.options = text_or_empty(pick("options"));
    found.has_connect_timeout = pick("connect_timeout") != nullptr;
    const char* service = find(given.get(), "service");
    if (service != nullptr && pick("options") == nullptr) {
        // A service that only the DSN names: resolved by starting an attempt that nobody waits for.
        const std::unique_ptr<PGconn, decltype(&PQfinish)> probe{PQconnectStart(dsn.c_str()),
                                                                 &PQfinish};
        const owned_conninfo resolved{PQconninfo(probe.get())};
        found.options = text_or_empty(find(resolved.get(), "options"));
    }
    return found;
}

} // namespace

struct connection::notice_hook {
    std::function<void(const notice&)> receiver;
};

void connection::closer::operator()(pg_conn* handle) const { PQfinish(handle); }

connection::connection(pg_conn* handle, const event_fd* stop)
    : handle_{handle}, hook_{std::make_unique<notice_hook>()}, stop_{stop} {
    PQsetNoticeReceiver(
        handle,
        [](void* hook, const PGresult* said) {
            const auto& receiver = static_cast<notice_hook*>(hook)->receiver;
            if (!receiver) return;
            receiver(
                {.severity = text_or_empty(PQresultErrorField(said, PG_DIAG_SEVERITY_NONLOCALIZED)),
                 .sqlstate = text_or_empty(PQresultErrorField(said, PG_DIAG_SQLSTATE)),
                 .text = text_or_empty(PQresultErrorField(said, PG_DIAG_MESSAGE_PRIMARY))});
        },
        hook_.get());
}
connection::~connection() = default;
connection::connection(connection&& other) noexcept = default;
connection& connection::operator=(connection&& other) noexcept = default;

result<connection> connection::open(const connection_config& config) {
    const auto users = read_users_settings(config.dsn);
    if (!users) return std::unexpected{users.error()};
    const auto options = startup_options(config, users->options);
    const bool is_replication = config.kind == connection_kind::replication;
    // Later entries win over what dbname expands to, so a URL that says replication= is no trouble.
    // Later entries win over what dbname expands to, so a URL that says replication= is no trouble.
    // An empty value counts as none.
    const std::array keywords{"dbname",
                              "options",
                              "client_encoding",
                              "replication",
                              "fallback_application_name",
                              "password",
                              users->has_connect_timeout ? nullptr : "connect_timeout",
                              static_cast<const char*>(nullptr)};
    const std::array values{config.dsn.c_str(),
                            options.c_str(),
                            config.is_sql_ascii ? "SQL_ASCII" : "UTF8",
                            is_replication ? "database" : "false",
                            "walwire",
                            config.password.c_str(),
                            "10",
                            static_cast<const char*>(nullptr)};
    connection made{PQconnectdbParams(keywords.data(), values.data(), 1), config.stop};
    auto* handle = made.handle();
    if (handle == nullptr || PQstatus(handle) != CONNECTION_OK)
        return std::unexpected{failure{
            failure_code::connection, "pg.connect",
            "cannot connect to PostgreSQL: " + one_line(text_or_empty(PQerrorMessage(handle))),
            "check the connection string, that the server runs, and that "
            "pg_hba.conf admits this user"}};
    PQsetnonblocking(handle, 1);
    if (made.server_version() < 140000)
        return std::unexpected{failure{failure_code::environment, "pg.version",
                                       made.describe() + " is too old",
                                       "walwire reads PostgreSQL 14 and newer"}};
    // Names in such a database may be any bytes, which the server would refuse to call UTF-8.
    if (!is_replication && made.parameter("server_encoding") == "SQL_ASCII")
        if (const auto set = made.query("SET client_encoding = 'SQL_ASCII'", "pin settings"); !set)
            return std::unexpected{set.error()};
    if (made.server_version() >= 170000)
        // Not in the startup options: a name that an older server does not know ends the
        // connection.
        if (const auto set = made.query("SET transaction_timeout = 0", "pin settings"); !set)
            return std::unexpected{set.error()};
    return made;
}

result<void> connection::wait(short events, std::string_view doing) {
    std::array<pollfd, 2> watched{{{PQsocket(handle_.get()), events, 0},
                                   {stop_ != nullptr ? stop_->descriptor() : -1, POLLIN, 0}}};
    const auto timeout = [this] {
        if (!deadline_) return -1;
        const auto left = *deadline_ - std::chrono::steady_clock::now();
        return static_cast<int>(
            std::max<std::int64_t>(std::chrono::ceil<std::chrono::milliseconds>(left).count(), 0));
    };
    int ready = 0;
    while ((ready = ::poll(watched.data(), watched.size(), timeout())) < 0)
        if (errno != EINTR) return std::unexpected{broken(doing)};
    if (ready == 0 || watched[1].revents != 0) cancel();
    if (ready == 0)
        return std::unexpected{failure{failure_code::connection, "pg.connection",
                                       fmt::format("no answer in time while trying to {}", doing),
                                       ""}};
    if (watched[1].revents != 0)
        return std::unexpected{failure{failure_code::interrupted, "source.interrupted",
                                       fmt::format("told to stop while trying to {}", doing), ""}};
    return {};
}

void connection::cancel() {
    const std::unique_ptr<PGcancel, decltype(&PQfreeCancel)> request{PQgetCancel(handle_.get()),
                                                                     &PQfreeCancel};
    std::array<char, 256> why{};
    if (request) PQcancel(request.get(), why.data(), static_cast<int>(why.size()));
}

result<std::vector<connection::row>> connection::query(const std::string& sql,
                                                       std::string_view doing) {
    if (PQsendQuery(handle_.get(), sql.c_str()) == 0) return std::unexpected{broken(doing)};
    while (const int left = PQflush(handle_.get())) {
        if (left < 0) return std::unexpected{broken(doing)};
        if (auto ready = wait(POLLOUT, doing); !ready) return std::unexpected{ready.error()};
    }
    return take_results(doing);
}

// All results of a statement must be taken before the next one, also behind an error.
result<std::vector<connection::row>> connection::take_results(std::string_view doing) {
    std::vector<row> rows;
    std::optional<failure> refused;
    for (;;) {
        while (PQisBusy(handle_.get()) != 0) {
            if (auto ready = wait(POLLIN, doing); !ready) return std::unexpected{ready.error()};
            if (PQconsumeInput(handle_.get()) == 0) return std::unexpected{broken(doing)};
        }
        const owned_result answer{PQgetResult(handle_.get())};
        if (!answer) break;
        const auto status = PQresultStatus(answer.get());
        if (status == PGRES_COPY_BOTH) break; // libpq gives this result for as long as it streams
        if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
            refused = to_failure(answer.get(), doing);
            continue;
        }
        for (int i = 0; i < PQntuples(answer.get()); ++i) {
            auto& cells = rows.emplace_back();
            for (int j = 0; j < PQnfields(answer.get()); ++j)
                cells.push_back(PQgetisnull(answer.get(), i, j) != 0
                                    ? std::nullopt
                                    : std::optional<std::string>{PQgetvalue(answer.get(), i, j)});
        }
    }
    if (refused) return std::unexpected{*std::move(refused)};
    return rows;
}

result<void> connection::start_copy(const std::string& command) {
    const auto started = query(command, "start streaming");
    if (!started) return std::unexpected{started.error()};
    return {};
}

std::optional<failure> connection::copy_failure() {
    const owned_result answer{PQgetResult(handle_.get())};
    if (PQstatus(handle_.get()) != CONNECTION_OK) {
        // A server that ends a walsender says why before it closes the socket.
        auto found =
            answer ? to_failure(answer.get(), "go on streaming") : broken("go on streaming");
        found.code = failure_code::connection;
        return found;
    }
    if (!answer) return std::nullopt;
    const auto status = PQresultStatus(answer.get());
    if (status == PGRES_COMMAND_OK || status == PGRES_COPY_IN || status == PGRES_TUPLES_OK)
        return std::nullopt;
    return to_failure(answer.get(), "go on streaming");
}

failure connection::broken(std::string_view doing) const {
    return {failure_code::connection, "pg.connection",
            fmt::format("lost the connection while trying to {}: {}", doing,
                        one_line(text_or_empty(PQerrorMessage(handle_.get())))),
            ""};
}

failure connection::to_failure(const PGresult* answer, std::string_view doing) {
    last_sqlstate_ = text_or_empty(PQresultErrorField(answer, PG_DIAG_SQLSTATE));
    if (last_sqlstate_.empty()) return broken(doing);
    const auto primary = text_or_empty(PQresultErrorField(answer, PG_DIAG_MESSAGE_PRIMARY));
    const auto detail = text_or_empty(PQresultErrorField(answer, PG_DIAG_MESSAGE_DETAIL));
    failure found{failure_code::server, "pg.refused",
                  fmt::format("could not {}: {} (SQLSTATE {}{}{})", doing, primary, last_sqlstate_,
                              detail.empty() ? "" : "; ", detail),
                  text_or_empty(PQresultErrorField(answer, PG_DIAG_MESSAGE_HINT))};
    // Class 57P: the server goes down or is not up yet; 08: the connection. 42501, 53400 and 55006
    // (privilege, limits, in use) are for whoever runs the server to mend.
    const std::string_view state = last_sqlstate_;
    if (state.starts_with("57P") || state.starts_with("08")) found.code = failure_code::connection;
    if (state == "42501" || state == "53400" || state == "55006" || state == "53300")
        found.code = failure_code::environment;
    return found;
}

std::string connection::describe() const {
    const int version = server_version();
    return fmt::format("PostgreSQL {}.{} at {}:{}, {}", version / 10000, version % 10000,
                       text_or_empty(PQhost(handle_.get())), text_or_empty(PQport(handle_.get())),
                       text_or_empty(PQdb(handle_.get())));
}

int connection::server_version() const { return PQserverVersion(handle_.get()); }

std::string connection::parameter(const char* name) const {
    return text_or_empty(PQparameterStatus(handle_.get(), name));
}

std::string connection::quote_literal(std::string_view text) {
    const std::unique_ptr<char, decltype(&PQfreemem)> quoted{
        PQescapeLiteral(handle_.get(), text.data(), text.size()), &PQfreemem};
    return text_or_empty(quoted.get());
}

std::string connection::quote_identifier(std::string_view text) {
    const std::unique_ptr<char, decltype(&PQfreemem)> quoted{
        PQescapeIdentifier(handle_.get(), text.data(), text.size()), &PQfreemem};
    return text_or_empty(quoted.get());
}

void connection::on_notice(std::function<void(const notice&)> receiver) {
    hook_->receiver = std::move(receiver);
}

std::string libpq_version() {
    const int version = PQlibVersion();
    return fmt::format("{}.{}", version / 10000, version % 10000);
}

} // namespace walwire::engine
