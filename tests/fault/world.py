"""One database under writers, one `walwire run` with three faulty sinks, and what became of it."""
import collections
import json
import pathlib
import signal
import tempfile

import sink_file
from checker import judge, truth
from load import witness
from pg import database, eventually, parameters, sql_error
from tail import daemon, plugin_file
from writers import SHARED_ROWS, TABLES, writers

# The server is told what is settled twice a second, else every 10 s; so kills meet a flush that
# moves. Whoever is too slow for it is cut off by the server, which must do no harm either.
OFTEN = "-c wal_sender_timeout=1s"
WRITERS = 4
BATCH_EVENTS = 12  # small, so that transactions are cut
GROWTH_MAX = 5.0  # s that a moment for a strike is waited for
CATCH_UP = 120.0
TRIES_MAX = 10
# Of three speeds; who has which changes with every process.
SPEEDS = (0, 2, 8)  # ms in each deliver
BENIGN = ("ok", "hold", "backwards", "hold ok ok", "ok backwards*4 hold*3")


class sink:
    """One of the three: its file, and what it is told to do in the next process."""

    def __init__(self, folder, name):
        self.name, self.file = name, pathlib.Path(folder) / f"{name}.out"
        self.script, self.delay = "ok", 0
        self.begin = 0  # where the newest process began to write
        self.has_transactions = name == "a"  # else every view would be the same

    def toml(self):
        return (f'[[sink]]\nname = "{self.name}"\nplugin = {quoted(plugin_file("faulty"))}\n'
                f"transactions = {quoted(self.has_transactions)}\n"
                f'batch = {{ max_events = {BATCH_EVENTS} }}\n'
                'retry = { min = "1ms", max = "50ms" }\n'
                f'[sink.options]\nfile = {quoted(str(self.file))}\nscript = "{self.script}"\n'
                f'delay = "{self.delay}ms"\nsync = {quoted(self.name == "b")}\n')

    def raw(self):
        return self.file.read_bytes() if self.file.exists() else b""

    def size(self):
        return self.file.stat().st_size if self.file.exists() else 0

    def unacked(self, pid):
        """How many batches of that process it was given and has not acked."""
        if not self.file.exists():
            return 0
        with open(self.file, "rb") as file:
            file.seek(self.begin)
            raw = file.read()
        known = sink_file.lives(raw[max(0, raw.rfind(b"\n#start ")):])
        return known[-1].unacked() if known and known[-1].pid == pid else 0


def quoted(value):
    """A TOML string, or a boolean: as JSON writes them."""
    return json.dumps(value)


class world:
    def __init__(self, cluster, choose, seed, between=None):
        self.cluster, self.choose, self.between = cluster, choose, between
        self.db = database(cluster)
        self.scratch = tempfile.TemporaryDirectory(prefix="walwire-fault-")
        self.slot = "fault_" + self.db.name
        self.sinks = [sink(self.scratch.name, name) for name in "abc"]
        self.flushes = {}  # pid -> what was confirmed when it began
        self.daemon, self.ended = None, []
        self.kills = self.kills_in_flight = 0
        self.db.execute(TABLES)
        self.oracle = witness(self.db)
        self.shuffle()
        self.start()
        # Behind both slots, so that everything the tables hold was seen by both.
        self.db.execute("BEGIN;\nINSERT INTO shared SELECT i, 0, 'first'"
                        f" FROM generate_series(0, {SHARED_ROWS - 1}) i;\n"
                        f"INSERT INTO ledger VALUES (0, 0, {SHARED_ROWS});\nCOMMIT")
        self.writers = writers(lambda: self.cluster.session(self.db.name), seed, WRITERS)

    # ---- walwire

    def dsn(self):
        if self.between is None:
            return self.db.dsn(options=OFTEN)
        return self.db.dsn("tcp", options=OFTEN).replace(
            f"port={parameters(self.db.dsn('tcp'))['port']}", f"port={self.between.port}")

    def shuffle(self, scripts=BENIGN):
        """Other roles for the next process."""
        speeds = self.choose.sample(SPEEDS, len(SPEEDS))
        for one, speed in zip(self.sinks, speeds):
            one.script, one.delay = self.choose.choice(scripts), speed

    def start(self):
        """The next process: from the flush that the server has now."""
        found = eventually(self.free_slot, "the slot is free")
        path = pathlib.Path(self.scratch.name) / "walwire.toml"
        path.write_text(f'[source]\ndsn = {quoted(self.dsn())}\nslot = "{self.slot}"\n'
                        f'publication = "{self.slot}"\n[engine]\nmemory = "1MiB"\n' +
                        "".join(one.toml() for one in self.sinks), encoding="utf-8")
        for one in self.sinks:
            one.begin = one.size()
        self.daemon = daemon(path)
        self.flushes[self.daemon.pid] = found["flush"] or 0
        self.daemon.wait_ready()

    def free_slot(self):
        found = self.db.slot(self.slot) or {"pid": None, "flush": 0}
        return found if found["pid"] is None else None

    def is_running(self):
        return self.daemon.process.poll() is None

    def assert_running(self):
        if not self.is_running():
            raise AssertionError(f"walwire ended with {self.daemon.process.returncode}\n"
                                 f"{self.daemon.report()}")

    def is_stopped(self):
        stat = pathlib.Path(f"/proc/{self.daemon.pid}/stat").read_text(encoding="utf-8")
        return stat.rpartition(")")[2].split()[0] == "T"

    def in_flight(self):
        return sum(one.unacked(self.daemon.pid) for one in self.sinks)

    def kill(self):
        """kill -9 with a batch in flight, for which there may have to be more to write. Whether
        there was one, the files tell afterwards."""
        for _ in range(TRIES_MAX):
            self.assert_running()
            self.daemon.signal(signal.SIGSTOP)
            eventually(self.is_stopped, "walwire stands still")
            if self.in_flight():
                break
            self.daemon.signal(signal.SIGCONT)
            self.give(2)
            attempt(self.in_flight, "a batch that is not acked")
        self.daemon.kill()
        self.kills += 1
        self.kills_in_flight += self.in_flight() > 0
        self.forget()

    def forget(self):
        self.ended.append(self.daemon.report())
        self.daemon.close()

    def terminate_walsender(self):
        self.db.query("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots"
                      f" WHERE slot_name = '{self.slot}' AND active_pid IS NOT NULL")

    # ---- the right moment

    def wait_growth(self, count):
        """Until a sink's file has grown by that much, or that is not to be had soon."""
        one = self.choose.choice(self.sinks)
        before = one.size()
        attempt(lambda: one.size() >= before + count or not self.is_running(), "more bytes")

    def wait_flush_moved(self):
        """Until the server has heard something from this process."""
        before = self.flushes[self.daemon.pid]
        attempt(lambda: self.db.flush(self.slot) > before or not self.is_running(), "a flush")

    def give(self, transactions):
        self.writers.give(transactions)

    # ---- the end

    def finish(self):
        """Everything that was committed is settled, and walwire ends as it should."""
        self.writers.wait()
        if not self.is_running():
            self.shuffle(("ok",))
            self.start()
        end = self.db.wal_lsn()

        def settled():
            self.assert_running()
            return self.db.flush(self.slot) >= end
        try:
            eventually(settled, "everything is settled", CATCH_UP)
        except AssertionError as e:
            raise AssertionError(f"{e}\n{self.daemon.report()}") from None
        self.daemon.stop()
        self.forget()

    def judge(self):
        """A verdict per sink."""
        expected = truth.read([line for _, line in self.oracle.lines()], self.tables(),
                              self.ledger(), [(0, 0), *self.writers.committed()])
        return [judge(one.name, one.raw(), self.flushes, expected).look() for one in self.sinks]

    def ledger(self):
        return {(int(writer), int(number)): int(changes) for writer, number, changes
                in self.db.query("SELECT writer, number, changes FROM ledger")}

    def tables(self):
        return {table: collections.Counter(tuple(zip(names, row)) for row in self.db.query(
            f"SELECT {', '.join(names)} FROM {table}")) for table, names in self.columns().items()}

    def columns(self):
        found = collections.defaultdict(list)
        for table, name in self.db.query(
                "SELECT table_name, column_name FROM information_schema.columns"
                " WHERE table_schema = 'public' ORDER BY 1, ordinal_position"):
            found[table].append(name)
        return found

    def session_again(self):
        """The test's own session, behind a server that was restarted."""
        def connected():
            try:
                self.db.main = self.db.session()
                return True
            except (sql_error, OSError):
                return False
        eventually(connected, "the server answers")

    def close(self):
        self.writers.stop()
        self.daemon.close()
        if self.between is not None:
            self.between.close()
        self.db.drop()
        self.scratch.cleanup()


def attempt(check, what):
    """Waits a little; a moment that does not come is no failure."""
    try:
        eventually(check, what, GROWTH_MAX)
    except AssertionError:
        pass
