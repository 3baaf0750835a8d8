"""Can an event be lost, come in another order, or come with another text, whatever happens?

The oracle is a second slot with the server's own plain decoder, which shares nothing with walwire.
WALWIRE_LONG=1 repeats each round more often; WALWIRE_SEED=N repeats one run's random choices.
"""
import json
import os
import random
import signal

from case import IS_LONG, integration_case
from fold import change_of, difference, fold
from load import load, witness
from pg import eventually

ROUNDS = 60 if IS_LONG else 5
QUIET_MAX = 4.0  # s that a round waits for more rows at most
OFTEN = {"options": "-c wal_sender_timeout=2s"}  # else the slot is told every 10 s


class loss(integration_case):
    def setUp(self):
        super().setUp()
        seed = int(os.environ.get("WALWIRE_SEED", 0)) or random.randrange(1, 1 << 31)
        print(f"WALWIRE_SEED={seed}")
        self.random = random.Random(seed)
        self.table()
        self.slot = self.named_slot()
        self.oracle = witness(self.db)
        self.stalls = 0
        self.path = os.path.join(self.scratch.name, "out.jsonl")

    def tail_to_file(self, *arguments, **more):
        """A tail that appends to the file, as `walwire tail ... >> file` does."""
        with open(self.path, "ab") as out:
            return self.tail(*self.slot, *arguments, dsn=self.db.dsn(**OFTEN),
                             stdout=out.fileno(), **more)

    def file_bytes(self):
        return os.path.getsize(self.path) if os.path.exists(self.path) else 0

    def read_file(self):
        with open(self.path, "rb") as found:
            return found.read()

    def read_the_rest(self):
        """A last tail until everything committed is confirmed, ended cleanly."""
        stream = self.tail_to_file()
        end = self.db.wal_lsn()
        stream.wait_for(lambda _: self.db.flush(self.slot[1]) >= end, "the slot is at the end", 100)
        stream.stop()

    def assert_whole(self, seen):
        """Every committed change in commit order, none that was rolled back."""
        expected, found = self.oracle.changes(), seen.changes()
        self.assertGreater(len(expected), 100)
        if found != expected:
            self.fail(difference(expected, found))
        for _, _, name in found:
            self.assertFalse((name or "").startswith("undone"), name)
        print(f"{len(expected)} changes, {len(seen.repeated)} came again,"
              f" {len(seen.pieces)} torn lines")

    def wait_more(self, stream, count):
        """Until the file has grown by count bytes, or that much is not to be had soon."""
        before = self.file_bytes()
        try:
            eventually(lambda: self.file_bytes() >= before + count
                       or stream.process.poll() is not None, "more bytes", QUIET_MAX)
        except AssertionError:
            pass  # a quiet moment: then this round ends where it is

    # ---- (a) killed at any moment

    def test_killed_under_load_again_and_again(self):
        writers = load(self.db)
        for round_ in range(ROUNDS):
            # Some are killed before they stream at all.
            stream = self.tail_to_file(ready=self.random.random() < 0.9)
            self.wait_more(stream, self.random.choice((0, 1, 5_000, 60_000, 400_000)))
            self.assertIsNone(stream.process.poll(), f"round {round_}\n{stream.report()}")
            stream.kill()
        writers.stop()
        self.read_the_rest()
        self.assert_whole(fold(self.read_file()))

    def test_killed_and_cut_under_load(self):
        # The server's side of the connection ends as well, now and then in the same moment.
        writers = load(self.db, large=500)
        for _ in range(ROUNDS):
            stream = self.tail_to_file()
            for _ in range(self.random.randrange(3)):
                self.wait_more(stream, self.random.choice((1, 20_000)))
                self.db.query("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots"
                              f" WHERE slot_name = '{self.slot[1]}' AND active_pid IS NOT NULL")
            self.wait_more(stream, self.random.choice((0, 30_000)))
            self.assertIsNone(stream.process.poll(), stream.report())
            stream.kill()
        writers.stop()
        self.read_the_rest()
        self.assert_whole(fold(self.read_file()))

    # ---- (b) a sink that lets go of what it has not stored, while everything else fails too

    def chaos(self, mode, rounds):
        sink = self.sink(mode=mode)
        self.rows(1, 200)
        writers = load(self.db, large=800, pause=0.05)
        stream = self.tail(*self.slot, *sink.arguments(), dsn=self.db.dsn(**OFTEN))
        for _ in range(rounds):
            taken = len(sink.journal.delivers())
            self.wait_deliver(stream, sink, taken)
            last = self.last_answered(sink)
            for deed in self.random.sample(("ack", "some", "fail", "cut", "release"),
                                           self.random.randrange(1, 5)):
                self.do(deed, sink, last)
        sink.tell("open")
        writers.stop()
        sink.tell("fail retry")  # what was released and never acked must come from the server
        end = self.db.wal_lsn()

        def settled():
            answered = [e["sequence"] for e in sink.journal.entries("answer")]
            sink.tell(f"ack 1 {answered[-1]}")
            return self.db.flush(self.slot[1]) >= end
        return stream, sink, settled

    def last_answered(self, sink):
        """What is acked earlier than it is answered cannot be told from what is never stored."""
        eventually(lambda: sink.journal.entries("answer"), "an answer")
        return sink.journal.entries("answer")[-1]["sequence"]

    def wait_deliver(self, stream, sink, taken):
        """One more, for which a sink that keeps what it takes may have to make room."""
        def more(_):
            if sink.journal.delivers() and stream.stderr().count("sink.stalled") > self.stalls:
                self.stalls += 1
                sink.tell(f"ack 1 {self.last_answered(sink)}")
            return len(sink.journal.delivers()) > taken
        stream.wait_for(more, "a deliver", 90)

    def do(self, deed, sink, last):
        if deed == "ack":
            sink.tell(f"ack 1 {last}")
        elif deed == "some":
            first = self.random.randrange(max(1, last - 5), last + 1)
            sink.tell(f"ack {first} {self.random.randrange(first, last + 1)}")
        elif deed == "release":
            sink.tell(f"release 1 {last}")
        elif deed == "fail":
            sink.tell("fail retry")
        else:
            self.db.query("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots"
                          f" WHERE slot_name = '{self.slot[1]}' AND active_pid IS NOT NULL")

    def stored(self, sink):
        """The lines of the batches that the sink acked, as if it kept no others."""
        with open(sink.file, "rb") as file:
            lines = iter(file.read().splitlines(keepends=True))
        batches, kept, begun, current = {}, [], 1, None
        for entry in sink.journal.entries():
            if entry["call"] == "deliver":
                current = entry
            elif entry["call"] == "answer":
                if entry["result"] == "OK":
                    batches[current["sequence"]] = [next(lines)
                                                    for _ in range(current["payload_count"])]
                current = None
            elif entry["call"] == "start":
                begun = max(batches, default=0) + 1
            elif entry["call"] == "ack":
                # What an earlier start was given it can no longer store.
                for sequence in range(max(begun, entry["first"]), entry["last"] + 1):
                    kept += batches.pop(sequence, [])
        # One that was killed before it answered has acked nothing of it.
        self.assertEqual(list(lines) if current is None else [], [], "lines of no batch")
        return kept

    def assert_stored(self, sink, more=b""):
        """What was acked, and what came to the next reader, is all there is; in no order of its
        own, since acks have none."""
        by_position = {}
        for line in self.stored(sink) + more.splitlines(keepends=True):
            event = json.loads(line)
            if event["op"] != "schema":
                self.assertEqual(by_position.setdefault(event["pos"], line), line)
        found = [change_of(json.loads(by_position[at])) for at in sorted(by_position)]
        expected = self.oracle.changes()
        self.assertGreater(len(expected), 100)
        if found != expected:
            self.fail(difference(expected, found))

    def test_released_unacked_and_failing_in_the_middle(self):
        stream, sink, settled = self.chaos("release", ROUNDS * 2)
        eventually(settled, "everything is acked", 100)
        stream.stop()
        self.assertGreater(len(sink.journal.entries("start")), 1)
        self.assert_whole(fold(sink.file.read_bytes()))
        self.assert_stored(sink)

    def test_kept_unacked_and_failing_in_the_middle(self):
        stream, sink, settled = self.chaos("manual", ROUNDS * 2)
        eventually(settled, "everything is acked", 100)
        stream.stop()
        self.assert_whole(fold(sink.file.read_bytes()))
        self.assert_stored(sink)

    def test_killed_while_released_and_unacked(self):
        stream, sink, _ = self.chaos("release", ROUNDS)
        stream.kill()
        self.read_the_rest()
        self.assert_stored(sink, self.read_file())

    # ---- (c) and (d) ended cleanly

    def test_a_clean_stop_repeats_only_what_was_cut_in_the_middle(self):
        # Only a Commit can be resumed behind; so the transaction that was being read at the stop,
        # be it only its Commit that was still to come, comes again whole, and nothing else does.
        writers = load(self.db, large=200)
        stops = []
        for _ in range(ROUNDS):
            stream = self.tail_to_file()
            self.wait_more(stream, self.random.choice((1, 5_000, 50_000)))
            stream.signal(signal.SIGTERM)
            self.assertEqual(stream.wait_exit(), 0, stream.report())
            stops.append(self.file_bytes())
        writers.stop()
        self.read_the_rest()
        raw = self.read_file()
        seen = fold(raw)
        self.assert_whole(seen)
        self.assertEqual(seen.pieces, [])
        again = {transaction_of(position) for position in seen.repeated}
        self.assertEqual(again - last_at(raw, stops), set(), f"stops at {stops}")
        print(f"{len(again)} transactions were cut by {ROUNDS} stops")

    def test_a_count_ends_exactly_where_the_next_one_begins(self):
        # Transactions of one row each: every count ends at the end of one.
        for i in range(1, ROUNDS * 20 + 1):
            self.rows(i, i)
        self.rows(900_001, 900_100)
        taken = 0
        while taken < ROUNDS * 20:
            count = min(self.random.randrange(1, 30), ROUNDS * 20 - taken)
            stream = self.tail_to_file("-n", count, ready=False)
            self.assertEqual(stream.wait_exit(), 0, stream.report())
            taken += count
        self.read_the_rest()
        seen = fold(self.read_file())
        self.assert_whole(seen)
        self.assertEqual(seen.repeated, [])

    def test_a_count_inside_a_transaction_loses_nothing(self):
        writers = load(self.db, large=300)
        for _ in range(ROUNDS):
            stream = self.tail_to_file("-n", self.random.randrange(1, 2000), ready=False)
            self.assertEqual(stream.wait_exit(), 0, stream.report())
        writers.stop()
        self.read_the_rest()
        self.assert_whole(fold(self.read_file()))


def transaction_of(position):
    return position.split("-")[0]


def last_at(raw, stops):
    """The transactions that were printed last when a tail was stopped."""
    lines = [raw[raw.rfind(b"\n", 0, stop - 1) + 1:stop] for stop in stops if stop]
    return {transaction_of(json.loads(line)["pos"]) for line in lines}
