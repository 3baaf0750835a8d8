// One connection to the server: the owner of a PGconn, and the only place where libpq's errors
// become failures.
//
// Opened with the pinned settings in its startup options, so that ALTER ROLE and ALTER DATABASE
// cannot change a byte of the output. One thread at a time.
#pragma once

#include "base/event_fd.hpp"
#include "base/failure.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct pg_conn;
struct pg_result;

namespace walwire::engine {

enum class connection_kind { ordinary, replication };

struct connection_config {
    std::string dsn;      // URI or conninfo; PG*, .pgpass and services apply
    std::string password; // wins over the DSN's; empty: none
    connection_kind kind = connection_kind::ordinary;
    std::string lc_monetary;        // of the database; empty: not pinned
    bool is_sql_ascii = false;      // the database has no encoding: bytes are taken as they are
    const event_fd* stop = nullptr; // readable: give up waiting, with source.interrupted
};

// A warning or notice of the server.
struct notice {
    std::string severity; // "WARNING", not translated
    std::string sqlstate;
    std::string text;
};

class connection {
public:
    static result<connection> open(const connection_config& config);
    ~connection();
    connection(connection&& other) noexcept;
    connection& operator=(connection&& other) noexcept;

    // Rows of a statement; cells that are NULL are nullopt. `doing` goes into the error text:
    // "could not <doing>: <the server's own words>".
    using row = std::vector<std::optional<std::string>>;
    result<std::vector<row>> query(const std::string& sql, std::string_view doing);

    // Sends START_REPLICATION and returns once the server streams.
    result<void> start_copy(const std::string& command);

    // Of the server's last error; empty when there was none, or the connection broke.
    const std::string& last_sqlstate() const { return last_sqlstate_; }

    // The server's name and version for people: "PostgreSQL 15.18 at /run/postgresql:5432, shop".
    std::string describe() const;
    int server_version() const;                    // 150018
    std::string parameter(const char* name) const; // reported by the server; empty if it is not
    std::string quote_literal(std::string_view text);
    std::string quote_identifier(std::string_view text);

    void on_notice(std::function<void(const notice&)> receiver);
    pg_conn* handle() const { return handle_.get(); }

    // Why PQgetCopyData said that the stream is over: the server's error, or a broken connection;
    // nullopt when the server ended it in good order.
    std::optional<failure> copy_failure();

    // Statements fail with pg.connection once it has passed.
    void set_deadline(std::chrono::steady_clock::time_point deadline) { deadline_ = deadline; }

private:
    // Waits until the socket is ready (POLLIN, POLLOUT), or fails when told to stop. A statement
    // that is given up is cancelled: a server that waits for a lock or for somebody's transaction
    // does not notice that nobody waits for the answer any more.
    result<void> wait(short events, std::string_view doing);
    void cancel();
    explicit connection(pg_conn* handle, const event_fd* stop);
    result<std::vector<row>> take_results(std::string_view doing);
    failure to_failure(const pg_result* answer, std::string_view doing);
    failure broken(std::string_view doing) const;

    struct closer {
        void operator()(pg_conn* handle) const;
    };
    struct notice_hook;
    std::unique_ptr<pg_conn, closer> handle_;
    std::unique_ptr<notice_hook> hook_;
    const event_fd* stop_ = nullptr;
    std::string last_sqlstate_;
    std::optional<std::chrono::steady_clock::time_point> deadline_;
};

std::string libpq_version(); // "15.18", of the library in use

} // namespace walwire::engine
