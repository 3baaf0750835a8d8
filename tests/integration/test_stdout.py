"""120: Does stdout, whatever its reader does, cost a row or settle one that was not written?"""
import array
import fcntl
import json
import os
import signal
import subprocess
import termios
import threading

from case import integration_case
from pg import eventually, holds

PIPE_BYTES = 4096  # the smallest there is


class pipe_reader:
    """The reading end of a small pipe, which reads only while it is told to."""

    def __init__(self, is_nonblocking=False):
        self.reading, self.writing = os.pipe()
        fcntl.fcntl(self.writing, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        if is_nonblocking:
            flags = fcntl.fcntl(self.writing, fcntl.F_GETFL)
            fcntl.fcntl(self.writing, fcntl.F_SETFL, flags | os.O_NONBLOCK)
        self.taken = bytearray()
        self.thread = None

    def close_writing(self):
        os.close(self.writing)

    def read_on(self):
        """Reads to the end of the pipe, on a thread."""
        def read():
            while part := os.read(self.reading, 65536):
                self.taken.extend(part)
        self.thread = threading.Thread(target=read, daemon=True)
        self.thread.start()

    def waiting_bytes(self):
        """How much stands in the pipe unread."""
        found = array.array("i", [0])
        fcntl.ioctl(self.reading, termios.FIONREAD, found)
        return found[0]

    def close(self):
        if self.thread:
            self.thread.join(10)
        os.close(self.reading)

    def lines(self):
        whole = bytes(self.taken)
        return whole[:whole.rfind(b"\n") + 1].splitlines()

    def ids(self):
        events = [json.loads(line) for line in self.lines()]
        return [e["after"]["id"] for e in events if e["op"] != "schema"]


class stdout(integration_case):
    def paused(self, is_nonblocking):
        """A tail into a small pipe whose reader is paused."""
        self.table()
        slot = self.named_slot()
        reader = pipe_reader(is_nonblocking)
        self.addCleanup(reader.close)
        stream = self.tail(*slot, dsn=self.db.dsn(options="-c wal_sender_timeout=2s"),
                           stdout=reader.writing)
        reader.close_writing()
        return slot, reader, stream

    def fill(self, reader, transactions):
        """Row 0, and a thousand per transaction behind it. A pipe of one page may refuse a second
        write long before it is full, so the first row alone is more than it holds. Returns a
        WAL position behind row 0 and before the others."""
        self.rows(0, 0, text="repeat('x', 9000) || i")
        behind_row_0 = self.db.wal_lsn()
        for i in range(transactions):
            self.rows(i * 1000 + 1, i * 1000 + 1000, text="repeat('x', 1000) || i")
        eventually(lambda: reader.waiting_bytes() == PIPE_BYTES, "the pipe is full")
        return behind_row_0

    def backpressure(self, is_nonblocking):
        _, reader, stream = self.paused(is_nonblocking)
        behind_row_0 = self.fill(reader, 30)  # more than the pipe and all memory hold
        walsender = self.db.slot()["pid"]
        # Row 0 is not written whole, so nothing after it may be settled.
        def look():
            slot = self.db.slot()
            self.assertEqual(slot["pid"], walsender, stream.report())
            self.assertLess(slot["flush"], behind_row_0, stream.report())
            return stream.process.poll() is None
        holds(look, "it waits", 4)
        reader.read_on()
        stream.wait_for(lambda _: reader.taken.count(b"\n") >= 30_001, "every line")
        self.wait_flush(self.db.wal_lsn())
        self.assertEqual(reader.ids(), list(range(30_001)))
        self.assertEqual(self.db.slot()["pid"], walsender)
        stream.stop()

    def test_120_a_paused_reader_is_backpressure(self):
        self.backpressure(is_nonblocking=False)

    def test_120_a_full_pipe_that_does_not_block_is_waited_for(self):
        self.backpressure(is_nonblocking=True)

    def test_120_a_reader_that_leaves_ends_it_with_0(self):
        self.table()
        slot = self.named_slot()
        stream = self.tail(*slot, stdout=subprocess.PIPE)
        self.rows(1, 1)
        schema, row = (json.loads(stream.process.stdout.readline()) for _ in range(2))
        self.assertEqual(schema["op"], "schema")
        self.assertEqual(row["after"]["id"], 1)
        stream.process.stdout.close()
        self.rows(2, 2)
        self.assertEqual(stream.wait_exit(), 0, stream.report())
        # What nobody read was not acked.
        second = self.tail(*slot)
        found = second.wait_events(1)
        self.assertEqual(found[-1]["after"]["id"], 2)
        second.stop()

    def test_120_a_reader_that_leaves_in_the_middle_of_a_write(self):
        slot, reader, stream = self.paused(is_nonblocking=False)
        self.fill(reader, 3)
        os.close(reader.reading)
        reader.reading = os.open("/dev/null", os.O_RDONLY)
        self.assertEqual(stream.wait_exit(), 0, stream.report())
        second = self.tail(*slot)
        self.assert_ids(second.wait_events(3001), range(3001))
        second.stop()

    def test_120_killed_with_a_full_pipe_nothing_is_lost(self):
        slot, reader, stream = self.paused(is_nonblocking=False)
        self.fill(reader, 3)
        stream.kill()
        reader.read_on()
        reader.thread.join(10)
        eventually(lambda: self.db.slot()["pid"] is None, "the slot is free")
        second = self.tail(*slot)
        self.assert_ids(second.wait_events(3001), range(3001))
        self.assertEqual(reader.ids(), [])
        second.stop()

    def test_120_sigterm_with_a_full_pipe_ends_within_the_drain(self):
        slot, reader, stream = self.paused(is_nonblocking=False)
        self.fill(reader, 3)
        stream.signal(signal.SIGTERM)
        self.assertEqual(stream.wait_exit(), 0, stream.report())
        self.assertRegex(stream.stderr(), "has not acknowledged all")
        eventually(lambda: self.db.slot()["pid"] is None, "the slot is free")
        second = self.tail(*slot)
        self.assert_ids(second.wait_events(3001), range(3001))
        second.stop()

    def test_120_head_is_a_reader_like_any_other(self):
        self.table()
        self.db.execute("CREATE PUBLICATION p FOR TABLE items")
        reader = subprocess.Popen(["head", "-n", "4"], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE)
        stream = self.tail("--publication", "p", stdout=reader.stdin)
        reader.stdin.close()
        self.rows(1, 3)
        shown = reader.stdout.read()
        reader.stdout.close()
        self.assertEqual(reader.wait(30), 0)
        self.assertEqual([json.loads(l)["after"]["id"] for l in shown.splitlines()
                          if json.loads(l)["op"] != "schema"], [1, 2, 3])
        # It notices when it writes next.
        for i in range(4, 10):
            if stream.process.poll() is None:
                self.rows(i, i)
        self.assertEqual(stream.wait_exit(), 0, stream.report())

    def test_120_a_full_disk_is_told_and_settles_nothing(self):
        self.table()
        slot = self.named_slot()
        with open("/dev/full", "wb") as full:
            stream = self.tail(*slot, stdout=full)
        self.rows(1, 1)
        stream.wait_error("No space left on device")
        stream.kill()
        eventually(lambda: self.db.slot()["pid"] is None, "the slot is free")
        second = self.tail(*slot)
        self.assert_ids(second.wait_events(1), [1])
        second.stop()
