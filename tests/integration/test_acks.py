"""Does the slot follow exactly what was acknowledged, and does everything else come again?"""
from case import integration_case
from pg import eventually, holds

QUIET = 0.5  # how long a position must stay before we say that it stays


class acks(integration_case):
    def manual(self, transactions, *arguments):
        """A sink that has taken that many batches, one per transaction, and acked none."""
        self.table()
        sink = self.sink(mode="manual")
        stream = self.tail(*arguments, *sink.arguments(),
                           dsn=self.db.dsn(options="-c wal_sender_timeout=1s"))
        for i in range(1, transactions + 1):
            self.rows(i, i)
            stream.wait_for(lambda _, n=i: len(sink.journal.delivers()) == n, f"deliver {i}")
        found = sink.journal.delivers()
        self.assertEqual([d["sequence"] for d in found], list(range(1, transactions + 1)))
        return stream, sink, found

    def stays_before(self, unacked, what):
        """The slot may follow idle WAL, but never so far that it covers an unacked transaction."""
        rounds = holds(lambda: self.db.flush() <= unacked["commit_lsn"], what, QUIET)
        self.assertGreater(rounds, 1)

    def test_an_ack_moves_the_slot_to_the_end_of_its_transaction(self):
        stream, sink, found = self.manual(3)
        self.stays_before(found[0], "nothing was acked")
        sink.tell("ack 1 1")
        self.wait_flush(found[0]["commit_lsn"] + 1)
        self.stays_before(found[1], "the slot stands at the first end LSN")
        sink.tell("ack 2 3")
        self.wait_flush(found[2]["commit_lsn"] + 1)
        stream.stop()

    def test_acks_out_of_order_never_pass_a_hole(self):
        stream, sink, found = self.manual(5)
        sink.tell("ack 5 5")
        sink.tell("ack 2 3")
        eventually(lambda: len(sink.journal.entries("obeyed")) == 2, "both commands")
        self.stays_before(found[0], "1 is missing")
        sink.tell("ack 1 1")
        self.wait_flush(found[2]["commit_lsn"] + 1)
        self.stays_before(found[3], "4 is missing")
        sink.tell("ack 4 4")
        self.wait_flush(found[4]["commit_lsn"] + 1)
        stream.stop()

    def test_acks_may_be_repeated_and_cumulative(self):
        stream, sink, found = self.manual(4)
        for command in ("ack 1 2", "ack 1 2", "ack 2 2", "ack 1 3"):
            sink.tell(command)
        self.wait_flush(found[2]["commit_lsn"] + 1)
        self.stays_before(found[3], "4 was not acked")
        sink.tell("ack 1 4")
        self.wait_flush(found[3]["commit_lsn"] + 1)
        stream.stop()

    def test_release_moves_nothing(self):
        stream, sink, found = self.manual(3)
        sink.tell("release 1 3")
        eventually(lambda: sink.journal.entries("obeyed"), "the command")
        self.stays_before(found[0], "release is not ack")
        sink.tell("ack 1 3")
        self.wait_flush(found[2]["commit_lsn"] + 1)
        stream.stop()

    def test_ok_of_deliver_moves_nothing(self):
        stream, sink, found = self.manual(3)
        self.assertEqual([e["result"] for e in sink.journal.entries("answer")], ["OK"] * 3)
        self.stays_before(found[0], "OK is not ack")
        stream.kill()

    def test_what_was_not_acked_comes_again_after_kill(self):
        self.table()
        slot = self.named_slot()
        sink = self.sink(mode="manual")
        first = self.tail(*slot, *sink.arguments())
        for i in range(1, 6):
            self.rows(i, i)
            first.wait_for(lambda _, n=i: len(sink.journal.delivers()) == n, f"deliver {i}")
        sink.tell("ack 4 5")
        sink.tell("ack 1 2")
        self.wait_flush(sink.journal.delivers()[1]["commit_lsn"] + 1)
        first.kill()
        eventually(lambda: self.db.slot()["pid"] is None, "the slot is free")
        second = self.tail(*slot)
        self.assert_ids(second.wait_events(3), [3, 4, 5])
        second.stop()

    def test_fail_delivers_what_was_kept_again(self):
        stream, sink, found = self.manual(4)
        sink.tell("ack 1 1")
        self.wait_flush(found[0]["commit_lsn"] + 1)
        sink.tell("fail retry")
        self.comes_again(stream, sink, first_row=2, last_row=4)
        stream.stop()

    def test_fail_delivers_what_was_released_again(self):
        # What was released is gone from memory: only the server has it, so the slot must last.
        self.table()
        slot = self.named_slot()
        sink = self.sink(mode="manual")
        stream = self.tail(*slot, *sink.arguments())
        for i in range(1, 5):
            self.rows(i, i)
            stream.wait_for(lambda _, n=i: len(sink.journal.delivers()) == n, f"deliver {i}")
        sink.tell("ack 1 1")
        self.wait_flush(sink.journal.delivers()[0]["commit_lsn"] + 1)
        sink.tell("release 2 4")
        sink.tell("fail retry")
        self.comes_again(stream, sink, first_row=2, last_row=4)
        stream.stop()

    def test_fail_delivers_what_was_released_again_from_a_temporary_slot(self):
        # The slot would end with its connection: walwire goes on from a copy of it.
        stream, sink, found = self.manual(4)
        sink.tell("ack 1 1")
        self.wait_flush(found[0]["commit_lsn"] + 1)
        sink.tell("release 2 4")
        sink.tell("fail retry")
        taken = 4 + 3
        stream.wait_for(lambda _: sink.count() >= taken, "the unacked rows again")
        self.assert_ids(sink.events(), [1, 2, 3, 4, 2, 3, 4])
        again = sink.journal.delivers()[4:]
        sink.tell(f"ack {again[0]['sequence']} {again[-1]['sequence']}")
        self.wait_flush(again[-1]["commit_lsn"] + 1)
        self.rows(100, 100)
        stream.wait_for(lambda _: sink.events()[-1]["after"]["id"] == 100, "a new row")
        last = sink.journal.delivers()[-1]
        sink.tell(f"ack {last['sequence']} {last['sequence']}")
        stream.stop()

    def comes_again(self, stream, sink, first_row, last_row):
        """After fail(RETRY): stop, start, the unacked rows in order, with new numbers, marked."""
        taken = last_row + (last_row - first_row + 1)
        stream.wait_for(lambda _: sink.count() >= taken, "the unacked rows again")
        self.assert_ids(sink.events(), [*range(1, last_row + 1), *range(first_row, last_row + 1)])
        calls = sink.journal.calls("create", "start", "stop")
        self.assertEqual(calls[-2:], ["stop", "start"])
        again = sink.journal.delivers()[last_row:]
        self.assertTrue(again)
        self.assertTrue(all(d["redelivered"] for d in again), again)
        self.assertGreater(min(d["sequence"] for d in again), last_row)
        # Once what came again is acked, the slot follows, and what is new is not marked.
        sink.tell(f"ack {again[0]['sequence']} {again[-1]['sequence']}")
        self.wait_flush(again[-1]["commit_lsn"] + 1)
        self.rows(100, 100)
        stream.wait_for(lambda _: sink.events()[-1]["after"]["id"] == 100, "a new row")
        last = sink.journal.delivers()[-1]
        self.assertFalse(last["redelivered"], last)
        sink.tell(f"ack {last['sequence']} {last['sequence']}")
        self.wait_flush(last["commit_lsn"] + 1)

    def test_acks_of_an_earlier_start_have_no_effect(self):
        stream, sink, found = self.manual(3)
        sink.tell("fail retry")
        stream.wait_for(lambda _: sink.count() >= 6, "the rows again")
        sink.tell("ack 1 3")
        eventually(lambda: len(sink.journal.entries("obeyed")) == 2, "both commands")
        self.stays_before(found[0], "an ack of before says nothing")
        self.assertIsNone(stream.process.poll())
        again = sink.journal.delivers()[3:]
        sink.tell(f"ack {again[0]['sequence']} {again[-1]['sequence']}")
        self.wait_flush(found[2]["commit_lsn"] + 1)
        stream.stop()

    def test_fail_while_deliver_blocks_interrupts_it(self):
        self.table()
        sink = self.sink(mode="hang", count=1)
        stream = self.tail(*sink.arguments())
        self.rows(1, 3)
        stream.wait_for(lambda _: sink.journal.delivers(), "the deliver that hangs")
        sink.tell("fail retry")
        stream.wait_for(lambda _: sink.count() == 3, "the rows after the restart")
        calls = sink.journal.calls("interrupt", "stop", "start")
        self.assertEqual(calls, ["start", "interrupt", "stop", "start"])
        self.assert_ids(sink.events(), [1, 2, 3])
        self.wait_flush(self.db.wal_lsn())
        stream.stop()

    def test_retry_repeats_the_identical_call(self):
        self.table()
        sink = self.sink(mode="retry", count=3)
        stream = self.tail(*sink.arguments())
        self.rows(1, 10)
        self.rows(11, 11)
        stream.wait_for(lambda _: sink.count() == 11 and len(sink.journal.entries("answer")) > 3,
                        "every row")
        found = sink.journal.delivers()
        self.assertEqual([d["sequence"] for d in found[:4]], [1, 1, 1, 1])
        for entry in found[1:4]:
            self.assertEqual(entry, found[0])
        self.assert_ids(sink.events(), range(1, 12))
        self.assertEqual([e["result"] for e in sink.journal.entries("answer")][:4],
                         ["RETRY", "RETRY", "RETRY", "OK"])
        self.wait_flush(self.db.wal_lsn())
        stream.stop()

    def test_retry_settles_nothing(self):
        self.table()
        slot = self.named_slot()
        sink = self.sink(mode="retry")
        stream = self.tail(*slot, *sink.arguments())
        self.rows(1, 1)
        stream.wait_for(lambda _: len(sink.journal.delivers()) >= 3, "three attempts")
        self.assertEqual(sink.count(), 0)
        stream.kill()
        eventually(lambda: self.db.slot()["pid"] is None, "the slot is free")
        second = self.tail(*slot)
        self.assert_ids(second.wait_events(1), [1])
        second.stop()

    def test_fatal_ends_with_1_and_names_it(self):
        self.table()
        slot = self.named_slot()
        sink = self.sink(mode="fatal", after=1)
        stream = self.tail(*slot, *sink.arguments())
        self.rows(1, 1)
        stream.wait_for(lambda _: sink.count() == 1, "the first row")
        self.rows(2, 2)
        self.assertEqual(stream.wait_exit(), 1, stream.report())
        self.assertRegex(stream.stderr(), r"error\[plugin\.[a-z_]+\]: .*scripted: never")
        self.assertEqual(sink.journal.calls()[-2:], ["stop", "destroy"])
        second = self.tail(*slot)
        self.assert_ids(second.wait_events(1), [2])
        second.stop()

    def test_fail_fatal_ends_with_1_and_names_it(self):
        stream, sink, _ = self.manual(1)
        sink.tell("fail fatal")
        self.assertEqual(stream.wait_exit(), 1, stream.report())
        self.assertIn("scripted: told to fail", stream.stderr())

    def test_closed_ends_with_0(self):
        self.table()
        sink = self.sink(mode="closed", after=1)
        stream = self.tail(*sink.arguments())
        self.rows(1, 1)
        stream.wait_for(lambda _: sink.count() == 1, "the first row")
        self.rows(2, 2)
        self.assertEqual(stream.wait_exit(), 0, stream.report())
        self.assertEqual(self.db.publications(), [])

    def test_fail_closed_ends_with_0(self):
        stream, sink, _ = self.manual(1)
        sink.tell("fail closed")
        self.assertEqual(stream.wait_exit(), 0, stream.report())

    def bad_ack(self, command):
        stream, sink, found = self.manual(2)
        self.stays_before(found[0], "nothing was acked")
        sink.tell(command)
        self.assertEqual(stream.wait_exit(), 1, stream.report())
        self.assertIn("plugin.bad_ack", stream.stderr())

    def test_an_ack_never_delivered_is_a_bad_ack(self):
        self.bad_ack("ack 3 3")

    def test_an_ack_beyond_the_last_settles_nothing(self):
        self.table()
        slot = self.named_slot()
        sink = self.sink(mode="bad_ack")
        stream = self.tail(*slot, *sink.arguments())
        self.rows(1, 1)
        self.assertEqual(stream.wait_exit(), 1, stream.report())
        self.assertIn("plugin.bad_ack", stream.stderr())
        second = self.tail(*slot)
        self.assert_ids(second.wait_events(1), [1])
        second.stop()

    def test_an_ack_of_0_is_a_bad_ack(self):
        self.bad_ack("ack 0 1")

    def test_an_ack_backwards_is_a_bad_ack(self):
        self.bad_ack("ack 2 1")

    def load(self, mode):
        """Many transactions through a sink of that mode: everything arrives once and settles."""
        self.table()
        sink = self.sink(mode=mode)
        stream = self.tail(*sink.arguments(), dsn=self.db.dsn(options="-c wal_sender_timeout=2s"))
        for i in range(200):
            self.rows(i * 50 + 1, i * 50 + 50)
        stream.wait_for(lambda _: sink.count() == 10_000, "every row")
        self.assert_ids(sink.events(), range(1, 10_001))
        self.wait_flush(self.db.wal_lsn())
        sequences = [d["sequence"] for d in sink.journal.delivers()]
        self.assertEqual(sequences, list(range(1, len(sequences) + 1)))
        self.assertFalse(any(d["redelivered"] for d in sink.journal.delivers()))
        stream.stop()

    def test_cumulative_acks_settle_a_load(self):
        self.load("cumulative")

    def test_late_acks_of_another_thread_settle_a_load(self):
        self.load("ack_late")

    def test_one_by_one_acks_settle_a_load(self):
        self.load("ok")

    def test_the_journal_of_a_load_is_in_order(self):
        # Every batch ends with a row, its position rises, and its flush belongs to its commit.
        self.table()
        sink = self.sink(mode="ok")
        stream = self.tail(*sink.arguments())
        for i in range(50):
            self.rows(i * 100 + 1, i * 100 + 100)
        stream.wait_for(lambda _: sink.count() == 5000, "every row")
        stream.stop()
        found = sink.journal.delivers()
        positions = [(d["commit_lsn"], d["index"]) for d in found]
        self.assertEqual(positions, sorted(set(positions)))
        flushes = [d["flush_lsn"] for d in found if d["flush_lsn"]]
        self.assertTrue(flushes)
        self.assertEqual(flushes, sorted(flushes))
        # A batch that ends inside a transaction allows at most the end of the one before it.
        for entry in found:
            if entry["index"] < 100:
                self.assertLessEqual(entry["flush_lsn"], entry["commit_lsn"])
        self.assertNotIn(0, [d["payload_count"] for d in found])
