"""Is a publication that goes missing a gap that somebody is told of, and never silence?"""
import pathlib
import struct

import frames
from case import integration_case
from load import witness
from pg import eventually
from proxy import injecting_proxy, through

NOTICE = pathlib.Path(__file__).resolve().parents[1] / "wire/notices/publication_skipped.hex"
OFTEN = "-c wal_sender_timeout=2s"  # else the slot is told every 10 s
GAP = r"error\[gap\.publication\]: "


def recorded_notice():
    lines = NOTICE.read_text(encoding="ascii").splitlines()
    return bytes.fromhex(next(line for line in lines if not line.startswith("#")))


def is_begin(message):
    return frames.pgoutput_kind(message) == b"B"


def is_commit(message):
    return frames.pgoutput_kind(message) == b"C"


class gaps(integration_case):
    # ---- PostgreSQL 17 and older end the stream

    def streaming(self, rows, **more):
        """A tail of a lasting slot that has printed and settled rows 1 to `rows`."""
        self.make_slot()
        stream = self.tail(*self.slot, **{"dsn": self.db.dsn(options=OFTEN), **more})
        for i in range(1, rows + 1):
            self.rows(i, i)
        self.assert_ids(stream.wait_events(rows), range(1, rows + 1))
        self.wait_flush(self.db.wal_lsn(), self.slot[1])
        return stream

    def make_slot(self):
        self.table()
        self.slot = self.named_slot()
        self.oracle = witness(self.db)

    def ends_in_gap(self, stream, unsettled):
        """Exit 5, said once, with the slot in front of the transaction that inserted that id."""
        self.assertEqual(stream.wait_exit(), 5, stream.report())
        self.assertRegex(stream.stderr(), GAP)
        self.assertIn("= help:", stream.stderr())
        # no hot loop: it streamed once
        self.assertEqual(stream.stderr().count("streaming from slot"), 1, stream.report())
        self.assert_before(unsettled)

    def assert_before(self, unsettled):
        name = self.slot[1]
        eventually(lambda: self.db.slot(name)["pid"] is None, "the walsender has gone")
        self.assertLess(self.db.flush(name), self.oracle.end_of(unsettled))

    def test_66_a_dropped_publication_is_a_gap(self):
        stream = self.streaming(3)
        self.db.execute(f"DROP PUBLICATION {self.slot[3]}")
        self.rows(4, 4)
        self.ends_in_gap(stream, unsettled=4)
        self.assert_ids(stream.events(), [1, 2, 3])
        self.assertIn("42704", stream.stderr())

    def test_66_a_publication_made_again_does_not_hide_the_gap(self):
        stream = self.streaming(1)
        self.db.execute(f"DROP PUBLICATION {self.slot[3]}")
        self.rows(2, 2)
        self.ends_in_gap(stream, unsettled=2)
        # WHEN it is there again, THEN the WAL between is as unreadable as it was
        self.db.execute(f"CREATE PUBLICATION {self.slot[3]} FOR TABLE items")
        self.rows(3, 3)
        again = self.tail(*self.slot, ready=False)
        self.ends_in_gap(again, unsettled=2)
        self.assertEqual(again.events(), [])

    def test_66_a_dropped_publication_after_a_reconnect_is_a_gap(self):
        stream = self.streaming(1)
        self.db.execute(f"DROP PUBLICATION {self.slot[3]}")
        self.db.query(f"SELECT pg_terminate_backend({self.db.slot(self.slot[1])['pid']})")
        self.rows(2, 2)
        self.assertEqual(stream.wait_exit(), 5, stream.report())
        self.assertRegex(stream.stderr(), GAP)
        self.assertLessEqual(stream.stderr().count("streaming from slot"), 3, stream.report())
        self.assert_before(2)
        self.assert_ids(stream.events(), [1])

    def test_66_a_temporary_tail_whose_publication_is_dropped_ends_in_a_gap(self):
        self.table()
        stream = self.tail()
        self.rows(1, 1)
        stream.wait_events(1)
        for name in self.db.publications():
            self.db.execute(f"DROP PUBLICATION {name}")
        self.rows(2, 2)
        self.assertEqual(stream.wait_exit(), 5, stream.report())
        self.assertRegex(stream.stderr(), GAP)
        self.assert_ids(stream.events(), [1])
        self.assertEqual(self.db.slots(), [])

    # ---- PostgreSQL 18 goes on and only says so, in the middle of the stream

    def far_keepalive(self):
        """What PostgreSQL 18 sends behind its notice; here it promises more than there is."""
        return frames.keepalive(self.db.wal_lsn() + (1 << 30), is_reply_requested=True)

    def injected(self, rows):
        """A tail behind a proxy that can put the recorded notice into its stream."""
        self.between = injecting_proxy(int(self.db.cluster.port()))
        self.addCleanup(self.between.close)
        dsn = self.db.dsn("tcp", gssencmode="disable", options=OFTEN)
        return self.streaming(rows, dsn=through(self.between, dsn, self.db.cluster.port()))

    def test_66_a_skipped_publication_is_a_gap(self):
        stream = self.injected(3)
        # WHEN the notice comes, a keepalive that promises all of it, and the next transaction
        self.between.inject(recorded_notice() + self.far_keepalive(), is_begin)
        self.rows(4, 4)
        self.rows(5, 5)
        # THEN what came before is settled, and nothing that came behind is printed or flushed
        self.ends_in_gap(stream, unsettled=4)
        self.assertTrue(self.between.injected.is_set())
        self.assert_ids(stream.events(), [1, 2, 3])
        self.assertIn('skipped loading publication "p"', stream.stderr())
        # Without the notice the rest is there as it was: nothing was confirmed beyond it.
        again = self.tail(*self.slot)
        self.assert_ids(again.wait_events(2), [4, 5])
        again.stop()

    def test_66_what_came_before_the_notice_is_settled(self):
        self.make_slot()
        stream = self.injected_before_rows()
        self.between.inject(recorded_notice() + self.far_keepalive(), self.second_begin)
        self.rows(1, 1)
        self.rows(2, 2)
        self.ends_in_gap(stream, unsettled=2)
        self.assert_ids(stream.events(), [1])
        again = self.tail(*self.slot)
        self.assert_ids(again.wait_events(1), [2])  # 1 was settled, 2 was not
        again.stop()

    def injected_before_rows(self):
        self.begins = 0
        self.between = injecting_proxy(int(self.db.cluster.port()))
        self.addCleanup(self.between.close)
        dsn = self.db.dsn("tcp", gssencmode="disable", options=OFTEN)
        return self.tail(*self.slot, dsn=through(self.between, dsn, self.db.cluster.port()))

    def second_begin(self, message):
        self.begins += is_begin(message)
        return self.begins == 2

    def test_66_a_notice_inside_a_transaction_settles_nothing_of_it(self):
        stream = self.injected(1)
        self.between.inject(recorded_notice() + self.far_keepalive(), is_commit)
        self.rows(2, 4)
        self.ends_in_gap(stream, unsettled=2)
        self.assert_ids(stream.events(), range(1, 5))  # they were there: shown, and not settled
        again = self.tail(*self.slot)
        self.assert_ids(again.wait_events(3), range(2, 5))
        again.stop()

    def test_66_a_notice_while_the_sink_blocks_is_a_gap(self):
        # The source stands still with a full queue; what it has not read may not be lost either.
        self.make_slot()
        self.between = injecting_proxy(int(self.db.cluster.port()))
        self.addCleanup(self.between.close)
        sink = self.sink(mode="hang", count=1)
        dsn = self.db.dsn("tcp", gssencmode="disable", options="-c wal_sender_timeout=1s")
        stream = self.tail(*self.slot, *sink.arguments(),
                           dsn=through(self.between, dsn, self.db.cluster.port()))
        self.rows(1, 1)
        stream.wait_for(lambda _: sink.journal.delivers(), "the deliver that hangs")
        for i in range(20):
            self.rows(2 + i * 1000, 1 + (i + 1) * 1000, text="repeat('x', 1000) || i")
        last_id = struct.pack(">I", 5) + b"99999"
        self.between.inject(recorded_notice() + self.far_keepalive(), lambda m: last_id in m)
        self.rows(99_999, 99_999)
        sink.tell("open")
        self.ends_in_gap(stream, unsettled=99_999)
        self.assert_ids(sink.events(), range(1, 20_002))
        again = self.tail(*self.slot)
        self.assert_ids(again.wait_events(1), [99_999])
        again.stop()

    def test_a_warning_of_another_kind_is_only_told(self):
        stream = self.injected(1)
        harmless = recorded_notice().replace(b"C55000\0", b"C01000\0")
        self.assertNotEqual(harmless, recorded_notice())
        self.between.inject(harmless, is_begin)
        self.rows(2, 2)
        self.assert_ids(stream.wait_events(2), [1, 2])
        self.assertTrue(self.between.injected.is_set())
        self.assertIn("the server says", stream.stderr())
        self.wait_flush(self.db.wal_lsn(), self.slot[1])
        stream.stop()
