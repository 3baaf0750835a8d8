"""Does the connection live through whatever takes long, and does the slot move when it should?"""
import contextlib
import pathlib
import signal
import subprocess

import pg
from case import integration_case, seconds
from pg import eventually, holds
from proxy import proxy


class liveness(integration_case):
    def test_79_a_transaction_that_takes_longer_than_three_timeouts(self):
        # GIVEN a server that gives up after 2 s, and a sink that needs over 6 s for one transaction
        self.table()
        sink = self.sink(mode="slow", sleep="180ms")
        stream = self.tail(*sink.arguments(), dsn=self.db.dsn(options="-c wal_sender_timeout=2s"))
        walsender = self.db.slot()["pid"]
        self.rows(1, 40_000, text="repeat('x', 1000) || i")
        stream.wait_for(lambda _: sink.journal.delivers(), "the first part")
        commit = sink.journal.delivers()[0]["commit_lsn"]
        # THEN the server is answered and told nothing while it goes on
        flushes = []

        def going_on():
            slot = self.db.slot()
            flushes.append(slot["flush"])
            return slot["pid"] == walsender and slot["flush"] <= commit
        while sink.count() < 30_000:
            holds(going_on, "the walsender lives, the transaction is not settled", 0.2)
            self.assertIsNone(stream.process.poll(), stream.report())
        self.assertGreater(len(flushes), 10)
        stream.wait_for(lambda _: sink.count() == 40_000, "all of it")
        self.wait_flush(commit + 1)
        inside = sink.journal.delivers()[:-1]
        # a keepalive from before it may still be among them
        self.assertEqual([d["flush_lsn"] for d in inside if d["flush_lsn"] > commit], [])
        self.assert_ids(sink.events(), range(1, 40_001))
        stream.stop()

    def test_79_a_transaction_that_stays_open_longer_than_three_timeouts(self):
        self.table()
        self.table("other")
        stream = self.tail("-t", "items", dsn=self.db.dsn(options="-c wal_sender_timeout=2s"))
        walsender = self.db.slot()["pid"]
        writer = self.db.session()
        writer.execute("BEGIN")
        writer.execute("INSERT INTO items VALUES (1, 'early')")
        number = [0]

        def busy():
            number[0] += 1
            self.rows(number[0], number[0], table="other")  # keepalives in the middle of it
            return not stream.events() and self.db.slot()["pid"] == walsender
        holds(busy, "the connection lives and nothing is seen", 6.5)
        writer.execute("INSERT INTO items VALUES (2, 'late')")
        writer.execute("COMMIT")
        self.assert_ids(stream.wait_events(2), [1, 2])
        stream.stop()

    def test_an_idle_stream_lives_through_many_timeouts(self):
        # Neither side has anything to say but whether it is there; the answer to that may come in
        # the same moment in which it was asked for.
        self.table()
        timeout = self.db.dsn(options="-c wal_sender_timeout=1s")
        streams = [self.tail(dsn=timeout) for _ in range(4)]
        holds(lambda: all(s.process.poll() is None for s in streams), "they stream", seconds(8, 90))
        self.rows(1, 1)
        for stream in streams:
            self.assert_ids(stream.wait_events(1), [1])
            stream.stop()

    def test_83_without_a_timeout_the_slot_still_advances(self):
        self.table()
        self.table("other")
        stream = self.tail("-t", "items", dsn=self.db.dsn(options="-c wal_sender_timeout=0"))
        self.rows(1, 1)
        stream.wait_events(1)
        self.wait_flush(self.db.wal_lsn(), what="the slot follows a row", deadline=40)
        self.rows(1, 100, table="other")
        self.wait_flush(self.db.wal_lsn(), what="the slot follows idle WAL", deadline=40)
        stream.stop()

    def test_an_idle_connection_outlives_its_timeout(self):
        self.table()
        stream = self.tail(dsn=self.db.dsn(options="-c wal_sender_timeout=2s"))
        walsender = self.db.slot()["pid"]
        holds(lambda: self.db.slot()["pid"] == walsender, "the walsender lives", seconds(6, 30))
        self.rows(1, 1)
        self.assert_ids(stream.wait_events(1), [1])
        stream.stop()

    def test_the_users_own_name_of_the_application_is_kept(self):
        self.table()
        name = "of_" + self.db.name
        self.tail(dsn=self.db.dsn(application_name=name))
        self.assertEqual(
            self.db.query("SELECT count(*) > 0 FROM pg_stat_replication WHERE application_name ="
                          f" '{name}'"), [("t",)])

    def test_97_stopped_and_continued_under_load(self):
        # SIGSTOP and SIGCONT cut system calls short at any place.
        self.table()
        stream = self.tail()
        writer = self.db.session()
        writer.send("DO $$ BEGIN FOR i IN 1..300 LOOP INSERT INTO items SELECT i * 100 + k,"
                    " repeat('x', 500) FROM generate_series(0, 99) k; COMMIT; END LOOP; END $$")
        stops = []

        def stopped():
            stream.signal(signal.SIGSTOP)
            holds(lambda: True, "", 0.03)
            stream.signal(signal.SIGCONT)
            stops.append(len(stream.lines))
            holds(lambda: True, "", 0.03)
            return len(stream.lines) >= 30_000
        pg.eventually(stopped, "every row, with stops")
        writer.finish()
        self.assert_ids(stream.wait_events(30_000), range(100, 30_100))
        self.assertGreater(len(stops), 2)
        self.wait_flush(self.db.wal_lsn())
        stream.stop()

    def through_proxy(self, sizes, kind):
        between = proxy(int(self.db.cluster.port()), sizes)
        self.addCleanup(between.close)
        base = self.db.dsn(kind, options="-c wal_sender_timeout=2s")
        return between, base.replace(f"port={self.db.cluster.port()}", f"port={between.port}")

    def test_97_frames_in_pieces(self):
        self.table()
        between, dsn = self.through_proxy((1, 7, 2, 64, 5, 31, 3), "tcp")
        stream = self.tail(dsn=dsn)
        for i in range(20):
            self.rows(i * 100 + 1, i * 100 + 100)
        self.assert_ids(stream.wait_events(2000), range(1, 2001))
        self.assertGreater(between.pieces, 2000)  # more pieces than messages
        self.wait_flush(self.db.wal_lsn())
        stream.stop()

    def test_97_tls_records_in_pieces(self):
        self.table()
        between, dsn = self.through_proxy((1, 13, 200, 5, 1000), "tls")
        stream = self.tail(dsn=dsn)
        for i in range(20):
            self.rows(i * 500 + 1, i * 500 + 500)
        self.assert_ids(stream.wait_events(10_000), range(1, 10_001))
        self.assertGreater(between.pieces, 1000)
        self.wait_flush(self.db.wal_lsn())
        stream.stop()

    def test_97_a_network_that_stands_still_for_a_while(self):
        # Shorter than the timeout: half a frame waits in the middle, nothing is given up.
        self.table()
        between, dsn = self.through_proxy((1024,), "tcp")
        stream = self.tail(dsn=dsn.replace("wal_sender_timeout=2s", "wal_sender_timeout=10s"))
        walsender = self.db.slot()["pid"]
        self.rows(0, 0)  # the table is known: while the network stands still nobody can ask
        stream.wait_events(1)
        writer = self.db.session()
        between.pause_after(1_000_000)
        writer.send("INSERT INTO items SELECT i, repeat('x', 500) FROM generate_series(1, 20000) i")
        stream.wait_for(lambda t: len(t.lines) > 100 and between.is_paused(), "a part of it")
        holds(lambda: stream.process.poll() is None, "walwire waits", 1.5)
        between.go_on()
        writer.finish()
        self.assert_ids(stream.wait_events(20_001), range(20_001))
        self.assertEqual(self.db.slot()["pid"], walsender)
        stream.stop()

    def test_97_a_send_buffer_that_is_full_for_a_while(self):
        self.table()
        stream = self.tail(dsn=self.db.dsn(options="-c wal_sender_timeout=1s"))
        walsender = self.db.slot()["pid"]
        # WHEN the kernel takes none of a status update, again and again
        refused = 5
        with self.faults(stream, f"sendto:error=EAGAIN:when=1..{refused}") as calls:
            eventually(lambda: calls().count("(INJECTED)") == refused, "the faults")
            # THEN it is sent when there is room, on the same connection, and rows come meanwhile
            eventually(lambda: "= 39" in calls(), "a status update, whole")
        self.rows(1, 100)
        self.assert_ids(stream.wait_events(100), range(1, 101))
        self.wait_flush(self.db.wal_lsn())
        self.assertEqual(self.db.slot()["pid"], walsender)
        stream.stop()

    @contextlib.contextmanager
    def faults(self, stream, injection):
        """Makes system calls of a tail fail (strace -e inject=); gives what it has seen so far."""
        seen = pathlib.Path(self.scratch.name) / "strace.out"
        tracer = subprocess.Popen(["strace", "-f", "-o", seen, "-e", f"inject={injection}",
                                   "-e", f"trace={injection.split(':')[0]}", "-p",
                                   str(stream.pid)], stderr=subprocess.DEVNULL)
        try:
            yield lambda: seen.read_text() if seen.exists() else ""
        finally:
            tracer.terminate()
            tracer.wait()

    def test_a_server_that_shuts_down_is_not_held_up(self):
        # A walsender waits for our flush for ever unless we answer and leave.
        other = pg.cluster.start()
        self.addCleanup(other.remove)
        server = other.session()
        server.execute("CREATE TABLE items (id int PRIMARY KEY)")
        stream = self.tail(dsn=other.dsn())
        server.execute("INSERT INTO items VALUES (1)")
        stream.wait_events(1)
        server.close()
        before = pg.time.monotonic()
        other.run("stop", "--fast")
        print(f"the server stopped within {pg.time.monotonic() - before:.1f} s")
        self.assertLess(pg.time.monotonic() - before, 30)
        self.assert_ids(stream.events(), [1])
