"""Does a lasting slot go on through every cut, each row once and in order, and is the rest told?"""
import resource

import frames
import pg
from case import integration_case
from fold import difference, fold
from load import load, witness
from pg import eventually, holds
from proxy import injecting_proxy, proxy, through

WIDE = "repeat('x', 500) || i"
MIB = 1 << 20
OFTEN = "-c wal_sender_timeout=2s"  # else the slot is told every 10 s


class reconnect(integration_case):
    def cut_by_server(self):
        """Terminates the walsender, whose place another one has taken when it is back."""
        old = eventually(lambda: (self.db.slot() or {}).get("pid"), "a walsender")
        self.db.query(f"SELECT pg_terminate_backend({old})")
        return old

    def behind_proxy(self, *arguments, sizes=(65536,), **more):
        self.between = proxy(int(self.db.cluster.port()), sizes)
        self.addCleanup(self.between.close)
        dsn = self.db.dsn("tcp", gssencmode="disable", **{"options": OFTEN, **more})
        return self.tail(*arguments, dsn=through(self.between, dsn, self.db.cluster.port()))

    def assert_once(self, stream, expected):
        """Whole lines, every row exactly once, in order."""
        seen = fold(("\n".join(stream.lines) + "\n").encode())
        self.assertEqual(seen.pieces, [])
        self.assertEqual(seen.repeated, [])
        found = seen.changes()
        if found != expected:
            self.fail(difference(expected, found))

    def wait_settled(self, stream):
        """All that is committed by now is printed, and the slot says so."""
        self.rows(2_000_000_000, 2_000_000_000)
        stream.wait_for(lambda t: '"id":2000000000' in (t.lines or [""])[-1], "the last row", 90)
        self.wait_flush(self.db.wal_lsn(), self.slot[1])

    # ---- where it is cut

    def test_a_cut_in_the_middle_of_a_large_transaction(self):
        self.table()
        self.slot = self.named_slot()
        stream = self.behind_proxy(*self.slot)
        self.rows(-1, -1)  # the table is known: while the network stands still nobody can ask
        stream.wait_events(1)
        writer = self.db.session()
        self.between.pause_after(3_000_000)  # of 22 MB: more than all buffers hold stays behind
        writer.send(f"INSERT INTO items SELECT i, {WIDE} FROM generate_series(1, 40000) i")
        stream.wait_for(lambda t: len(t.lines) > 2000 and self.between.is_paused(), "a part of it")
        # A walsender that is told to end still waits for room to say so: it is told first, and gets
        # the room then.
        self.cut_by_server()
        self.assertLess(len(stream.lines), 40_000)
        self.between.go_on()
        writer.finish()
        self.assert_ids(stream.wait_events(40_001)[1:], range(1, 40_001))
        self.assertRegex(stream.stderr(), "connecting again")
        self.wait_flush(self.db.wal_lsn())
        self.assertEqual(len(stream.lines), 40_001)
        stream.stop()

    def test_a_network_that_cuts_at_every_place_of_the_messages(self):
        # Begin, Relation, rows and Commit are each met by some of the cuts.
        self.table()
        self.slot = self.named_slot()
        stream = self.behind_proxy(*self.slot)
        rows = 0
        for after in (1, 4, 30, 61, 90, 130, 200, 257, 301, 350, 400, 455):
            cuts = self.between.cuts
            self.between.cut_after(after)
            self.rows(rows + 1, rows + 5)
            rows += 5
            stream.wait_for(lambda _, n=cuts: self.between.cuts > n, f"a cut after {after} bytes")
            stream.wait_events(rows)
        self.assert_ids(stream.events(), range(1, rows + 1))
        self.wait_flush(self.db.wal_lsn())
        self.assertEqual(len(stream.lines), rows)
        self.assertGreaterEqual(stream.stderr().count("connecting again"), 12)
        stream.stop()

    def test_cuts_in_a_large_transaction_again_and_again(self):
        self.table()
        self.slot = self.named_slot()
        stream = self.behind_proxy(*self.slot)
        self.rows(1, 10_000, text=WIDE)  # 6 MB on the wire
        for after in (100_000, 800_000, 1_700_000, 2_900_000, 5_000_000):
            cuts = self.between.cuts
            self.between.cut_after(after)
            stream.wait_for(lambda t, n=cuts: self.between.cuts > n or len(t.lines) == 10_000,
                            f"a cut after {after} bytes")
        self.assert_ids(stream.wait_events(10_000), range(1, 10_001))
        self.wait_flush(self.db.wal_lsn())
        self.assertEqual(len(stream.lines), 10_000)
        self.assertGreaterEqual(self.between.cuts, 3)
        stream.stop()

    def test_cuts_between_transactions(self):
        self.table()
        self.slot = self.named_slot()
        stream = self.tail(*self.slot, dsn=self.db.dsn(options=OFTEN))
        for i in range(1, 6):
            self.rows(i, i)
            stream.wait_events(i)
            self.wait_flush(self.db.wal_lsn())
            self.cut_by_server()
        self.rows(6, 6)
        self.assert_ids(stream.wait_events(6), range(1, 7))
        self.wait_flush(self.db.wal_lsn())
        self.assertEqual(len(stream.lines), 6)
        stream.stop()

    def test_cuts_again_and_again_under_load(self):
        self.table()
        self.slot = self.named_slot()
        seen_by = witness(self.db)
        stream = self.tail(*self.slot, dsn=self.db.dsn(options=OFTEN))
        writers = load(self.db)
        for _ in range(8):
            lines = len(stream.lines)
            stream.wait_for(lambda t, n=lines: len(t.lines) > n + 100, "more rows", 90)
            self.cut_by_slot_name()
        writers.stop()
        self.wait_settled(stream)
        self.assert_once(stream, seen_by.changes())
        self.assertGreaterEqual(stream.stderr().count("connecting again"), 8)
        stream.stop()

    def cut_by_slot_name(self):
        old = eventually(lambda: self.db.slot(self.slot[1])["pid"], "a walsender")
        self.db.query(f"SELECT pg_terminate_backend({old})")
        eventually(lambda: self.db.slot(self.slot[1])["pid"] != old, "the walsender has gone")

    def test_a_network_that_cuts_under_load(self):
        self.table()
        self.slot = self.named_slot()
        seen_by = witness(self.db)
        stream = self.behind_proxy(*self.slot, sizes=(1000, 77, 4096))
        writers = load(self.db, large=500)
        for after in (5_000, 70_001, 333, 200_000, 12_345, 150_000):
            cuts = self.between.cuts
            self.between.cut_after(after)
            stream.wait_for(lambda _, n=cuts: self.between.cuts > n, "the cut", 90)
        writers.stop()
        self.wait_settled(stream)
        self.assert_once(stream, seen_by.changes())
        stream.stop()

    def test_a_table_that_changes_while_the_connection_is_cut(self):
        # What the first connection announced does not count for the second.
        self.table()
        self.slot = self.named_slot()
        stream = self.behind_proxy(*self.slot)
        self.rows(1, 1)
        stream.wait_events(1)
        self.between.refuse()
        self.between.cut()
        self.db.execute("ALTER TABLE items ADD COLUMN more text")
        self.db.execute("INSERT INTO items VALUES (2, 'two', 'new')")
        self.db.execute("ALTER TABLE items DROP COLUMN name")
        self.db.execute("INSERT INTO items VALUES (3, 'last')")
        stream.wait_for(lambda _: self.between.refused > 0, "an attempt that is refused")
        self.between.admit()
        found = stream.wait_events(3)
        self.assertEqual([event["after"] for event in found],
                         [{"id": 1, "name": "row 1"}, {"id": 2, "name": "two", "more": "new"},
                          {"id": 3, "more": "last"}])
        stream.stop()

    def test_a_network_that_is_silent_for_longer_than_the_timeout(self):
        self.table()
        self.slot = self.named_slot()
        stream = self.behind_proxy(*self.slot, options="-c wal_sender_timeout=1s")
        self.rows(1, 1)
        stream.wait_events(1)
        self.between.pause()
        self.rows(2, 2)
        stream.wait_error("connecting again")
        self.assertIsNone(stream.process.poll())
        self.between.go_on()
        self.rows(3, 3)
        self.assert_ids(stream.wait_events(3), [1, 2, 3])
        self.wait_flush(self.db.wal_lsn())
        self.assertEqual(len(stream.lines), 3)
        stream.stop()

    # ---- 97: what libpq itself gives up (PQgetCopyData answers -2)

    def test_97_a_message_whose_length_cannot_be(self):
        self.table()
        self.slot = self.named_slot()
        self.between = injecting_proxy(int(self.db.cluster.port()))
        self.addCleanup(self.between.close)
        dsn = self.db.dsn("tcp", gssencmode="disable", options=OFTEN)
        stream = self.tail(*self.slot, dsn=through(self.between, dsn, self.db.cluster.port()))
        self.rows(1, 2)
        stream.wait_events(2)
        # WHEN a CopyData message says that it is shorter than its own length field
        self.between.inject(b"d\0\0\0\3", lambda message: frames.pgoutput_kind(message) == b"C")
        self.rows(3, 4)
        # THEN the connection is given up, and the transaction it cut comes whole on the next one
        stream.wait_error("lost synchronization with server.*connecting again")
        self.assertTrue(self.between.injected.is_set())
        self.assert_ids(stream.wait_events(4), range(1, 5))
        self.wait_flush(self.db.wal_lsn())
        self.assertEqual(len(stream.lines), 4)
        stream.stop()

    def test_97_a_row_for_which_there_is_no_memory(self):
        self.table()
        self.slot = self.named_slot()
        stream = self.tail(*self.slot)
        self.rows(1, 1)
        stream.wait_events(1)
        # WHEN a row comes that is larger than the memory the process may still have
        self.limit_memory(stream, stream.address_bytes() + 16 * MIB)
        self.rows(2, 2, text=f"repeat('x', {100 * MIB}) || i")
        self.rows(3, 3)
        # THEN it is tried again, ever later, and nothing behind it is taken until there is memory
        stream.wait_error("cannot allocate memory.*connecting again in 800 ms")
        self.assert_ids(stream.events(), [1])
        self.limit_memory(stream, resource.RLIM_INFINITY)
        self.assert_ids(stream.wait_events(3), [1, 2, 3])
        stream.stop()

    def limit_memory(self, stream, address_bytes):
        resource.prlimit(stream.pid, resource.RLIMIT_AS, (address_bytes, resource.RLIM_INFINITY))

    # ---- a server that goes away

    def own_server(self):
        made = pg.cluster.start()
        self.addCleanup(made.remove)
        server = made.session()
        server.execute("CREATE TABLE items (id int PRIMARY KEY, name text)")
        server.execute("CREATE PUBLICATION p FOR TABLE items")
        server.execute("SELECT pg_create_logical_replication_slot('s', 'pgoutput')")
        return made, server

    def restart(self, made, *how):
        made.run("stop", *how)
        made.run("start")
        return made.session()

    def test_a_server_that_restarts(self):
        made, server = self.own_server()
        stream = self.tail("-S", "s", "--publication", "p", dsn=made.dsn())
        for round_, how in enumerate((["--fast"], [], ["--fast"])):
            base = round_ * 10
            server.execute(f"INSERT INTO items VALUES ({base + 1}, 'before')")
            stream.wait_events(round_ * 2 + 1)
            server.close()
            server = self.restart(made, *how)
            server.execute(f"INSERT INTO items VALUES ({base + 2}, 'after')")
            stream.wait_events(round_ * 2 + 2)
        self.assert_ids(stream.events(), [1, 2, 11, 12, 21, 22])
        self.assertEqual(stream.stderr().count("streaming from slot"), 4, stream.report())
        stream.stop()
        server.close()

    def test_a_server_that_crashes_in_the_middle_of_a_transaction(self):
        made, server = self.own_server()
        stream = self.tail("-S", "s", "--publication", "p", dsn=made.dsn())
        server.execute("INSERT INTO items VALUES (0, 'first')")
        stream.wait_events(1)
        server.execute(f"INSERT INTO items SELECT i, {WIDE} FROM generate_series(1, 30000) i")
        stream.wait_for(lambda t: len(t.lines) > 500, "a part of it")
        server.close()
        server = self.restart(made)
        self.assert_ids(stream.wait_events(30_001), range(0, 30_001))
        server.execute("INSERT INTO items VALUES (30001, 'last')")
        self.assert_ids(stream.wait_events(30_002), range(0, 30_002))
        stream.stop()
        server.close()

    def test_sigterm_while_the_server_is_away_ends_it(self):
        self.table()
        self.slot = self.named_slot()
        stream = self.behind_proxy(*self.slot)
        self.rows(1, 1)
        stream.wait_events(1)
        self.between.refuse()
        self.between.cut()
        stream.wait_for(lambda _: self.between.refused > 0, "an attempt that is refused")
        stream.stop(deadline=15)

    # ---- what ends it

    def test_a_slot_that_was_dropped_meanwhile_is_a_gap(self):
        self.table()
        self.slot = self.named_slot()
        stream = self.behind_proxy(*self.slot)
        self.rows(1, 1)
        stream.wait_events(1)
        self.between.refuse()
        self.between.cut()
        eventually(lambda: self.db.slot()["pid"] is None, "the slot is free")
        self.db.query(f"SELECT pg_drop_replication_slot('{self.slot[1]}')")
        self.rows(2, 2)
        self.between.admit()
        self.assertEqual(stream.wait_exit(), 5, stream.report())
        self.assertRegex(stream.stderr(), rf'error\[gap\.slot_missing\]: .*"{self.slot[1]}"')
        self.assertIn("= help:", stream.stderr())
        self.assertEqual(self.db.slots(), [])  # none is made silently
        self.assert_ids(stream.events(), [1])

    def ends_without_its_slot(self, stream):
        self.assertEqual(stream.wait_exit(), 3, stream.report())
        self.assertRegex(stream.stderr(), r"error\[pg\.[a-z_]+\]: ")
        self.assertRegex(stream.stderr(), r"= help: a temporary slot ends with its connection.*"
                                          r"--slot NAME")
        self.assert_ids(stream.events(), [1])
        self.assertEqual(self.db.publications(), [])
        self.assertEqual(self.db.slots(), [])

    def test_a_temporary_slot_cut_by_the_server_ends_it(self):
        self.table()
        stream = self.tail()
        self.rows(1, 1)
        stream.wait_events(1)
        self.db.query(f"SELECT pg_terminate_backend({self.db.slot()['pid']})")
        self.ends_without_its_slot(stream)

    def test_a_temporary_slot_cut_by_the_network_ends_it(self):
        self.table()
        stream = self.behind_proxy()
        self.rows(1, 1)
        stream.wait_events(1)
        self.between.cut()
        # the publications are dropped over a new connection
        self.ends_without_its_slot(stream)

    def test_a_slot_that_somebody_else_took_is_waited_for(self):
        self.table()
        self.slot = self.named_slot()
        first = self.behind_proxy(*self.slot)
        self.rows(1, 1)
        first.wait_events(1)
        self.wait_flush(self.db.wal_lsn())
        self.between.refuse()
        self.between.cut()
        eventually(lambda: self.db.slot()["pid"] is None, "the slot is free")
        second = self.tail(*self.slot)
        self.between.admit()
        first.wait_error("is in use by server process")
        holds(lambda: first.process.poll() is None, "it goes on trying", 0.3)
        second.stop()
        self.rows(2, 2)
        self.assert_ids(first.wait_events(2), [1, 2])
        first.stop()
