"""Does every end come in time, say why, and leave nothing behind?"""
import signal
import subprocess

import pg
from case import integration_case
from pg import eventually
from proxy import proxy, through
from tail import executable, run

SOON = 15  # seconds; each of these ends hung for longer, or for ever, when it was wrong


class endings(integration_case):
    # ---- the connection ends while a sink holds everything up

    def through_proxy(self, **more):
        port = self.db.cluster.port()
        between = proxy(int(port))
        self.addCleanup(between.close)
        return between, through(between, self.db.dsn("tcp", **more), port)

    def cut(self):
        pid = self.db.slot()["pid"]
        self.db.query(f"SELECT pg_terminate_backend({pid})")

    def test_a_lost_connection_is_noticed_while_nothing_is_read(self):
        # GIVEN a sink that keeps what it was given, and more written than memory holds
        self.table()
        slot = self.named_slot()
        sink = self.sink(mode="never_ack")
        between, dsn = self.through_proxy()
        stream = self.tail(*slot, *sink.arguments(), dsn=dsn)
        for i in range(48):
            self.rows(i * 1000, i * 1000 + 999, text="repeat('x', 1000) || i")
        stream.wait_for(lambda _: sink.count() > 100, "the window fills")
        between.cut()
        stream.wait_for(lambda t: t.stderr().count("streaming from slot") == 2, "a new connection",
                        SOON)
        # Nothing is lost or repeated by it.
        sink.tell("open")

        def drained():
            sink.tell(f"ack 1 {sink.journal.delivers()[-1]['sequence']}")
            return sink.count() == 48_000
        eventually(drained, "every row")
        self.assert_ids(sink.events(), range(48_000))
        stream.stop()

    def test_a_source_that_ended_is_told_while_a_sink_is_waited_for(self):
        self.table()
        sink = self.sink(mode="manual")
        stream = self.tail(*sink.arguments())
        self.rows(1, 1)
        stream.wait_for(lambda _: sink.count() == 1, "the row")
        self.cut()
        stream.wait_error("source.ended", SOON)
        self.assertIsNone(stream.process.poll(), stream.report())
        sink.tell("ack 1 1")
        self.assertEqual(stream.wait_exit(SOON), 3, stream.report())
        self.assertIn("a temporary slot ends with its connection", stream.stderr())

    def test_a_rewind_that_the_server_refuses_ends_it(self):
        # GIVEN a sink whose batches must come again, from a copy of the temporary slot
        made = pg.cluster.start("-c", "max_replication_slots=1")
        self.addCleanup(made.remove)
        server = made.session()
        server.execute("CREATE TABLE items (id int PRIMARY KEY, name text)")
        sink = self.sink(mode="manual")
        stream = self.tail(*sink.arguments(), dsn=made.dsn())
        server.execute("INSERT INTO items VALUES (1, 'row')")
        stream.wait_for(lambda _: sink.count() == 1, "the row")
        # WHEN there is no slot left for the copy
        sink.tell("release 1 1")
        sink.tell("fail retry")
        self.assertEqual(stream.wait_exit(SOON), 3, stream.report())
        self.assertIn("max_replication_slots", stream.stderr())
        server.close()

    def test_a_connection_that_is_no_longer_wanted_may_go(self):
        # GIVEN a temporary slot, and a sink that is still at what was read before SIGTERM
        self.table()
        sink = self.sink(mode="hang")
        stream = self.tail(*sink.arguments())
        self.rows(1, 1)
        stream.wait_for(lambda _: sink.journal.delivers(), "the deliver that hangs")
        stream.signal(signal.SIGTERM)
        stream.wait_error("engine.stopping|stopping: ")
        self.cut()
        eventually(lambda: self.db.slots() == [], "the slot has gone")
        sink.tell("open")
        self.assertEqual(stream.wait_exit(SOON), 0, stream.report())
        self.assertEqual(sink.count(), 1)

    def test_another_tail_leaves_a_copy_of_a_slot_its_publications(self):
        # GIVEN a tail that went back, so that its slot is a copy under another name
        self.table()
        sink = self.sink(mode="manual")
        stream = self.tail(*sink.arguments())
        self.rows(1, 1)
        stream.wait_for(lambda _: sink.count() == 1, "the row")
        sink.tell("release 1 1")
        sink.tell("fail retry")
        stream.wait_for(lambda _: sink.count() == 2, "the row again")
        # WHEN its lock is gone, and another one sweeps up
        self.db.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                      " WHERE application_name = 'walwire' AND backend_type = 'client backend'"
                      " AND datname = current_database()")
        kept = self.db.publications()
        self.tail("-n", 1)
        self.assertTrue(set(kept) <= set(self.db.publications()))
        # THEN the first one goes on
        self.rows(2, 2)
        stream.wait_for(lambda _: sink.count() == 3, "the next row")
        sink.tell("ack 1 3")
        stream.signal(signal.SIGTERM)
        stream.wait_exit(SOON)

    # ---- a signal while the server is busy or away

    def test_a_signal_while_the_slot_is_made_leaves_no_slot(self):
        self.table()
        writer = self.db.session()
        writer.execute("BEGIN; INSERT INTO items VALUES (1, 'open')")
        for slot in ([], ["-S", "s_" + self.db.name]):
            stream = self.tail(*slot, ready=False)
            eventually(lambda: self.db.value(
                "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'walsender'"
                " AND datname = current_database() AND wait_event_type = 'Lock'") == "1",
                "the server waits for the open transaction")
            stream.signal(signal.SIGINT)
            self.assertEqual(stream.wait_exit(SOON), 0, stream.report())
            eventually(lambda: self.db.slots() == [], "no slot is left, the transaction is open",
                       SOON)
            self.assertEqual(self.db.publications(), [])
        writer.execute("COMMIT")

    def test_a_signal_while_libpq_connects_is_heard(self):
        self.table()
        slot = self.named_slot()
        between, dsn = self.through_proxy(connect_timeout=60)
        stream = self.tail(*slot, dsn=dsn)
        self.rows(1, 1)
        stream.wait_events(1)
        between.pause()  # what accepts says nothing
        between.cut()
        stream.wait_error("connecting again")
        eventually(between.connections, "the next attempt")
        stream.stop(deadline=SOON)

    def test_a_lock_on_the_publication_does_not_keep_it(self):
        self.table()
        stream = self.tail()
        self.rows(1, 1)
        stream.wait_events(1)
        other = self.db.session()
        name = self.db.publications()[0]
        other.execute(f"BEGIN; COMMENT ON PUBLICATION {name} IS 'held'")
        stream.signal(signal.SIGTERM)
        self.assertEqual(stream.wait_exit(SOON), 0, stream.report())
        self.assertIn("publication.left_behind", stream.stderr())
        other.execute("ROLLBACK")
        # The next one sweeps up.
        self.tail().stop()
        self.assertEqual(self.db.publications(), [])

    # ---- a plugin that does not come back

    def test_a_stop_that_hangs_ends_the_process(self):
        self.table()
        sink = self.sink(mode="fatal", stop="1h")
        stream = self.tail(*sink.arguments())
        self.rows(1, 1)
        self.assertEqual(stream.wait_exit(SOON), 1, stream.report())
        self.assertRegex(stream.stderr(), r'sink "tail" did not come back.*\[sink\.hung\]')
        self.assertEqual(sink.journal.calls()[-1], "stop")
        eventually(lambda: self.db.slots() == [], "the slot goes with the process")

    # ---- nobody reads what went wrong

    def test_an_error_that_nobody_reads_has_its_exit_code(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([executable(), "tail", self.db.dsn(), "--publication", "missing"],
                                  stdout=subprocess.DEVNULL, stderr=full, check=False)
        self.assertEqual(done.returncode, 3)

    # ---- a mistake that is found before anything is made

    def test_a_mistake_in_the_sink_makes_nothing_on_the_server(self):
        self.table()
        for mistake in (["--format", "jsn"], ["--plugin", "null", "-o", "no=such"]):
            code, out, err = run("tail", self.db.dsn(), "-S", "s_" + self.db.name, *mistake)
            self.assertEqual((code, out), (2, ""), err)
            self.assertEqual((self.db.publications(), self.db.slots()), ([], []))
