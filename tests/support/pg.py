"""A real PostgreSQL for tests: one cluster per run, a database per test, sessions fed by pipe.

The cluster is the one named by WALWIRE_TEST_CLUSTER (ctest's fixture starts it), else one that this
process starts and removes. `eventually` and `holds` are the only places of the suites that sleep.
"""
import atexit
import os
import pathlib
import queue
import subprocess
import tempfile
import threading
import time
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "pg"
DEADLINE = 60.0  # generous: it only bounds how long a failing test takes


class sql_error(Exception):
    """What the server said, with its SQLSTATE."""

    def __init__(self, sqlstate, message):
        super().__init__(f"{sqlstate}: {message}")
        self.sqlstate = sqlstate
        self.message = message


def eventually(check, what="the condition", deadline=DEADLINE):
    """Calls check until it answers something true, and returns that; fails after the deadline."""
    end = time.monotonic() + deadline
    while True:
        found = check()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"not within {deadline:g} s: {what}{last_words(found)}")
        time.sleep(0.01)


def last_words(found):
    return "" if found in (None, False) else f" (last seen: {found!r})"


def holds(check, what, duration):
    """Calls check all the time for a duration; fails as soon as it answers something false."""
    end = time.monotonic() + duration
    rounds = 0
    while time.monotonic() < end:
        if not check():
            raise AssertionError(f"did not hold for {duration:g} s: {what}")
        rounds += 1
        time.sleep(0.02)
    return rounds


def clean_environment(**more):
    """This process's environment without what would reach libpq or walwire by the way."""
    dropped = ("DATABASE_URL", "SLOT_NAME", "PUBLICATION_NAME")
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith(("PG", "WALWIRE_")) and name not in dropped}
    kept.update(more)
    return kept


class cluster:
    """A running PostgreSQL in a directory of its own."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.dsn_texts = {}

    @staticmethod
    def start(*arguments):
        directory = tempfile.mkdtemp(prefix="walwire-pg-", dir="/tmp")
        made = cluster(directory)
        made.run("start", *arguments)
        return made

    def run(self, command, *arguments):
        done = subprocess.run([SCRIPT, command, self.directory, *arguments], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                              env=clean_environment())
        if done.returncode != 0:
            raise AssertionError(f"scripts/pg {command}: {done.returncode}: {done.stderr}")
        return done.stdout.strip()

    def remove(self):
        self.run("stop", "--remove")

    def dsn(self, database="postgres", kind="unix", **more):
        """A conninfo text; kind is unix, tcp or tls; further parameters are appended and win."""
        if kind not in self.dsn_texts:
            option = [] if kind == "unix" else ["--" + kind]
            self.dsn_texts[kind] = self.run("dsn", *option, "@db@")
        text = self.dsn_texts[kind].replace("@db@", database)
        return text + "".join(f" {name}={quoted_parameter(value)}" for name, value in more.items())

    def port(self):
        return parameters(self.dsn())["port"]

    def session(self, database="postgres", **more):
        return session(self.dsn(database, **more))


def quoted_parameter(value):
    escaped = str(value).replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def parameters(conninfo):
    """The parameters of a conninfo made by scripts/pg, none of which holds a blank."""
    return dict(word.split("=", 1) for word in conninfo.split())


def uri(conninfo, **more):
    """The same place as a URI: what people have in DATABASE_URL."""
    found = parameters(conninfo)
    host = found.pop("host").replace("/", "%2F")
    text = f"postgresql://{found.pop('user')}@{host}:{found.pop('port')}/{found.pop('dbname')}"
    found.update(more)
    arguments = "&".join(f"{name}={value}" for name, value in found.items())
    return text + ("?" + arguments if arguments else "")


class session:
    """One connection that stays open: a psql fed by pipe. Not for several threads at once."""

    FIELD = "\x1f"
    NULL = "\x1e"

    def __init__(self, dsn):
        self.marker = "done-" + uuid.uuid4().hex
        command = ["psql", "-X", "-q", "-A", "-t", "-F", self.FIELD, "-P", "null=" + self.NULL,
                   "-v", "ON_ERROR_STOP=0", "-d", dsn]
        self.process = subprocess.Popen(command, text=True, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        env=clean_environment(PGCONNECT_TIMEOUT="20"))
        self.lines = queue.Queue()
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()
        self.query("SET client_min_messages = error")  # a notice would look like a row
        self.backend_pid = int(self.value("SELECT pg_backend_pid()"))

    def read(self):
        for line in self.process.stdout:
            self.lines.put(line.rstrip("\n"))
        self.lines.put(None)

    def send(self, sql):
        """Begins a statement without waiting for its end; finish() waits."""
        self.process.stdin.write(
            "\\set LAST_ERROR_SQLSTATE 00000\n"
            f"{sql}\n;\n"
            f"\\echo '{self.marker}' :LAST_ERROR_SQLSTATE :LAST_ERROR_MESSAGE\n")
        self.process.stdin.flush()

    def finish(self, deadline=DEADLINE):
        """The rows of what was sent, as tuples of texts; raises sql_error."""
        rows, end = [], time.monotonic() + deadline
        while True:
            try:
                line = self.lines.get(timeout=max(0.0, end - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"a statement did not end within {deadline:g} s") from None
            if line is None:
                raise sql_error("08006", "\n".join(rows) or "the connection has ended")
            if line.startswith(self.marker):
                sqlstate, _, message = line[len(self.marker) + 1:].partition(" ")
                if sqlstate != "00000":
                    raise sql_error(sqlstate, message)
                return [tuple(None if field == self.NULL else field
                              for field in row.split(self.FIELD)) for row in rows]
            rows.append(line)

    def query(self, sql):
        self.send(sql)
        return self.finish()

    execute = query

    def value(self, sql):
        rows = self.query(sql)
        if len(rows) != 1 or len(rows[0]) != 1:
            raise AssertionError(f"expected one value: {rows!r} of {sql}")
        return rows[0][0]

    def close(self):
        if self.process.poll() is None:
            self.process.stdin.close()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.thread.join(5)
        self.process.stdout.close()


def lsn(text):
    """An LSN as a number that can be compared."""
    high, low = text.split("/")
    return (int(high, 16) << 32) | int(low, 16)


class database:
    """A fresh database with what a test asks about it; drop() ends whatever still uses it.

    The options are those of CREATE DATABASE: another encoding needs TEMPLATE template0 as well.
    """

    def __init__(self, of_cluster, options=""):
        self.cluster = of_cluster
        self.name = "t_" + uuid.uuid4().hex[:12]
        self.sessions = []
        with_server(of_cluster, f"CREATE DATABASE {self.name} {options}")
        self.main = self.session()

    def session(self, **more):
        made = self.cluster.session(self.name, **more)
        self.sessions.append(made)
        return made

    def dsn(self, kind="unix", **more):
        return self.cluster.dsn(self.name, kind, **more)

    def execute(self, sql):
        return self.main.execute(sql)

    query = execute

    def value(self, sql):
        return self.main.value(sql)

    def wal_lsn(self):
        return lsn(self.value("SELECT pg_current_wal_lsn()"))

    def slots(self):
        return [row[0] for row in self.query(
            "SELECT slot_name FROM pg_replication_slots WHERE database = current_database()"
            " ORDER BY 1")]

    def slot(self, name=None):
        """The one slot of this database (or the one named) as a dict; None when there is none."""
        where = f"slot_name = '{name}'" if name else "database = current_database()"
        rows = self.query("SELECT slot_name, temporary, active_pid, confirmed_flush_lsn,"
                          f" restart_lsn FROM pg_replication_slots WHERE {where}")
        if not rows:
            return None
        if len(rows) > 1:
            raise AssertionError(f"several slots: {rows!r}")
        found = rows[0]
        return {"name": found[0], "temporary": found[1] == "t", "pid": found[2] and int(found[2]),
                "flush": found[3] and lsn(found[3]), "restart": found[4] and lsn(found[4])}

    def flush(self, name=None):
        """The slot's confirmed_flush_lsn as a number."""
        found = self.slot(name)
        if found is None:
            raise AssertionError("there is no slot")
        return found["flush"]

    def make_slot(self, name):
        self.execute(f"SELECT pg_create_logical_replication_slot('{name}', 'pgoutput')")

    def publications(self):
        return [row[0] for row in self.query("SELECT pubname FROM pg_publication ORDER BY 1")]

    def drop(self):
        for open_session in self.sessions:
            open_session.close()
        server = self.cluster.session()
        try:
            self.drop_slots(server)
            server.execute(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")
        finally:
            server.close()

    def drop_slots(self, server):
        def gone():
            server.query("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots"
                         f" WHERE database = '{self.name}' AND active_pid IS NOT NULL")
            for name, in server.query("SELECT slot_name FROM pg_replication_slots WHERE database ="
                                      f" '{self.name}' AND active_pid IS NULL AND NOT temporary"):
                try:
                    server.query(f"SELECT pg_drop_replication_slot('{name}')")
                except sql_error:
                    return False  # somebody took it in between; again
            return server.value("SELECT count(*) FROM pg_replication_slots"
                                f" WHERE database = '{self.name}'") == "0"
        eventually(gone, "no slot is left in the test's database", 20)


def with_server(of_cluster, sql):
    server = of_cluster.session()
    try:
        return server.execute(sql)
    finally:
        server.close()


_shared = []


def shared_cluster():
    """The cluster of this test run."""
    if not _shared:
        given = os.environ.get("WALWIRE_TEST_CLUSTER")
        if given:
            _shared.append(cluster(given))
        else:
            _shared.append(cluster.start("--tls"))
            atexit.register(_shared[0].remove)
    return _shared[0]
