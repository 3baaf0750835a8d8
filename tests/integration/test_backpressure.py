"""Does a sink that is slow, stuck or silent cost memory, the connection, or a row?"""
import signal

from case import IS_LONG, integration_case, seconds
from pg import eventually, holds
from tail import is_sanitized

# A busy machine may keep a process from its turn for longer than half a second.
SHORT_TIMEOUT = {"options": f"-c wal_sender_timeout={1 if IS_LONG else 2}s"}
MEMORY_KIB = 16 * 1024  # [engine] memory, its default
# The process itself, and once more the memory: what the allocator has not given back.
RSS_MAX_KIB = 2 * MEMORY_KIB + 24 * 1024


class backpressure(integration_case):
    def assert_memory(self, peak_kib):
        print(f"peak RSS {peak_kib / 1024:.1f} MiB")
        if not is_sanitized():
            self.assertLess(peak_kib, RSS_MAX_KIB)

    def settled_flush(self, first):
        """The slot's position once all that came before the first unacked transaction is told."""
        last = []

        def still():
            last.append(self.db.flush())
            return len(last) > 100 and len(set(last[-100:])) == 1
        eventually(still, "the position before the first transaction")
        self.assertLessEqual(last[-1], first["commit_lsn"])
        return last[-1]

    def wide(self, first, last):
        """Rows of 1 kB, so that a few thousand are more than all memory."""
        self.rows(first, last, text="repeat('x', 1000) || i")

    def test_a_sink_that_hangs_keeps_connection_and_rows(self):
        # GIVEN a sink whose first deliver does not come back, and a server that gives up after 1 s
        self.table()
        sink = self.sink(mode="hang")
        stream = self.tail(*sink.arguments(), dsn=self.db.dsn(**SHORT_TIMEOUT))
        self.rows(1, 1)
        stream.wait_for(lambda _: sink.journal.delivers(), "the deliver that hangs")
        walsender, first = self.db.slot()["pid"], sink.journal.delivers()[0]
        # WHEN three times its memory is written
        for i in range(48):
            self.wide(2 + i * 1000, 1 + (i + 1) * 1000)
        peak = []

        def lives():
            peak.append(stream.rss_kib())
            slot = self.db.slot()
            return slot["pid"] == walsender and slot["flush"] <= first["commit_lsn"]
        holds(lives, "the walsender, its position and walwire stay", seconds(5, 30))
        self.assertEqual(len(sink.journal.delivers()), 1)
        # THEN everything comes once the sink opens, over the same connection
        sink.tell("open")
        stream.wait_for(lambda _: sink.count() == 48_001, "every row")
        self.assertEqual(self.db.slot()["pid"], walsender)
        peak.append(stream.rss_kib())
        self.assert_ids(sink.events(), range(1, 48_002))
        self.wait_flush(self.db.wal_lsn())
        stream.stop()
        self.assert_memory(max(peak))

    def test_a_sink_that_sleeps_keeps_connection_and_rows(self):
        self.table()
        sink = self.sink(mode="slow", sleep=f"{seconds(4, 30)}s", count=1)
        stream = self.tail(*sink.arguments(), dsn=self.db.dsn(**SHORT_TIMEOUT))
        walsender = self.db.slot()["pid"]
        self.wide(1, 1)
        for i in range(20):
            self.wide(2 + i * 1000, 1 + (i + 1) * 1000)
        stream.wait_for(lambda _: sink.count() == 20_001, "every row")
        self.assertEqual(self.db.slot()["pid"], walsender)
        self.assert_ids(sink.events(), range(1, 20_002))
        stream.stop()

    def test_a_sink_that_never_acks_holds_the_slot(self):
        self.table()
        sink = self.sink(mode="release")
        stream = self.tail(*sink.arguments(), dsn=self.db.dsn(**SHORT_TIMEOUT))
        self.rows(1, 1)
        stream.wait_for(lambda _: sink.count() == 1, "the first row")
        first, walsender, written = sink.journal.delivers()[0], self.db.slot()["pid"], [1]
        flush = self.settled_flush(first)

        def loaded():
            self.rows(written[0] + 1, written[0] + 100)
            written[0] += 100
            return self.db.flush() == flush
        rounds = holds(loaded, "confirmed_flush_lsn does not move", seconds(5, 30))
        self.assertGreater(rounds, 10)
        # All of it was taken: what is not acked is not the same as what is not delivered.
        stream.wait_for(lambda _: sink.count() == written[0], "every row is delivered")
        self.assertEqual(self.db.flush(), flush)
        self.assertEqual(self.db.slot()["pid"], walsender)
        self.assertEqual(sink.journal.entries("ack"), [])
        # and one late cumulative ack settles it all
        sink.tell(f"ack 1 {sink.journal.delivers()[-1]['sequence']}")
        self.wait_flush(self.db.wal_lsn())
        stream.stop()

    def test_a_sink_that_keeps_everything_fills_its_window_and_no_more(self):
        self.table()
        sink = self.sink(mode="never_ack")
        stream = self.tail(*sink.arguments(), dsn=self.db.dsn(**SHORT_TIMEOUT))
        for i in range(48):
            self.wide(1 + i * 1000, (i + 1) * 1000)
        stream.wait_for(lambda _: sink.count() > 100, "the window fills")
        flush = self.settled_flush(sink.journal.delivers()[0])
        settled = []

        def full():
            settled.append(sink.count())
            return self.db.flush() == flush
        holds(full, "the slot stays", seconds(3, 30))
        self.assertLess(settled[-1], 48_000)
        last = sink.journal.delivers()[-1]["sequence"]
        held = sum(entry["bytes"] for entry in sink.journal.delivers())
        self.assertLess(held, MEMORY_KIB * 1024)
        # An ack of what is held lets the next ones in.
        sink.tell(f"ack 1 {last}")
        eventually(lambda: sink.journal.delivers()[-1]["sequence"] > last, "more is delivered")
        sink.tell("open")  # from now on it acks; what it holds by then is acked in one piece

        def drained():
            sink.tell(f"ack 1 {sink.journal.delivers()[-1]['sequence']}")
            return sink.count() == 48_000
        eventually(drained, "every row")
        sink.tell(f"ack 1 {sink.journal.delivers()[-1]['sequence']}")
        self.assert_ids(sink.events(), range(1, 48_001))
        self.wait_flush(self.db.wal_lsn())
        self.assert_memory(stream.rss_kib())
        stream.stop()

    def test_a_hanging_sink_is_interrupted_at_the_end(self):
        self.table()
        slot = self.named_slot()
        sink = self.sink(mode="hang")
        stream = self.tail(*slot, *sink.arguments())
        self.rows(1, 5)
        stream.wait_for(lambda _: sink.journal.delivers(), "the deliver that hangs")
        stream.signal(signal.SIGTERM)
        stream.wait_exit(30)
        calls = sink.journal.calls()
        self.assertIn("interrupt", calls)
        self.assertEqual(calls[-2:], ["stop", "destroy"])
        # Nothing was settled, so all of it comes again.
        second = self.tail(*slot)
        self.assert_ids(second.wait_events(5), range(1, 6))
        second.stop()

    def test_a_sink_that_hears_nothing_is_left_behind_at_the_end(self):
        self.table()
        slot = self.named_slot()
        sink = self.sink(mode="hang_deaf")
        stream = self.tail(*slot, *sink.arguments())
        self.rows(1, 5)
        stream.wait_for(lambda _: sink.journal.delivers(), "the deliver that hangs")
        stream.signal(signal.SIGTERM)
        self.assertEqual(stream.wait_exit(30), 1, stream.report())
        calls = sink.journal.calls()
        self.assertIn("interrupt", calls)
        self.assertNotIn("destroy", calls)
        self.assertIn('sink "tail"', stream.stderr())
        second = self.tail(*slot)
        self.assert_ids(second.wait_events(5), range(1, 6))
        second.stop()
