"""Do messages arrive with every byte, and does an event say where its transaction came from?"""
import base64

import oracle
from case import integration_case
from literals import quoted
from pg import eventually


class messages(integration_case):
    def test_50_a_message_at_once_is_sent_though_its_transaction_is_open(self):
        # GIVEN a transaction that stays open
        self.table()
        stream = self.tail()
        other = self.db.session()
        other.execute("BEGIN; INSERT INTO items VALUES (1, 'open')")
        # WHEN it writes a message that does not belong to it
        other.execute("SELECT pg_logical_emit_message(false, 'p', 'now')")
        self.db.execute("SELECT pg_switch_wal()")  # what flushes the message
        # THEN that comes before its row, with a place that is not the commit's
        event = stream.wait_events(1)[0]
        self.assertEqual((event["op"], event["content"], event["transactional"]),
                         ("message", "now", False))
        other.execute("COMMIT")
        found = stream.wait_events(2)
        self.assertEqual([e["op"] for e in found], ["message", "insert"])
        self.assertLess(found[0]["pos"], found[1]["pos"])
        stream.stop()

    def test_51_any_bytes_are_a_message(self):
        # GIVEN text of every kind (a NUL is UTF-8, too), a megabyte of it, and bytes that are none
        contents = ["", "text", 'quo"te \\ \n\t\x01', "gr\u00fc\u00dfe \U0001F600", "a\x00b",
                    "\x00", "0" * 1_000_000]
        blobs = [b"\xff", b"\xed\xa0\x80", bytes(range(256)), b"\xc3", b"\x00\xfe\x00"]
        self.table()
        stream = self.tail()
        for content in contents:
            self.emit("encode", content.encode())
        for blob in blobs:
            self.emit("blob", blob)
        # THEN what is UTF-8 is a string, and everything else base64
        found = stream.wait_events(len(contents) + len(blobs))
        for event, content in zip(found, contents):
            self.assertEqual((event["content"], "content_base64" in event), (content, False))
        for event, blob in zip(found[len(contents):], blobs):
            self.assertNotIn("content", event)
            self.assertEqual(base64.b64decode(event["content_base64"]), blob)
        stream.stop()

    def emit(self, prefix, content):
        self.db.execute(f"SELECT pg_logical_emit_message(true, '{prefix}',"
                        f" decode('{content.hex()}', 'hex'))")

    def test_51_prefixes_are_text_and_ours_are_not_shown(self):
        self.table()
        stream = self.tail()
        shown = ["", 'quo"te\\', "\u00fc\U0001F600", "walwire", "walwire_x", "Walwire.x"]
        for prefix in shown + ["walwire.", "walwire.heartbeat"]:
            self.db.execute(f"SELECT pg_logical_emit_message(true, {quoted(prefix)}, 'c')")
        self.rows(1, 1)
        found = stream.wait_events(len(shown) + 1)
        self.assertEqual([e.get("prefix") for e in found], shown + [None])
        stream.stop()
        self.assertEqual(len(stream.events()), len(shown) + 1)

    def test_51_the_members_of_a_message_in_order(self):
        self.table()
        stream = self.tail()
        self.db.execute("SELECT pg_logical_emit_message(true, 'p', 'c')")
        stream.wait_events(1)
        names = [name for name, _ in oracle.members(stream.lines[-1])]
        self.assertEqual(names, ["op", "pos", "lsn", "xid", "ts", "prefix", "content",
                                 "transactional"])
        stream.stop()

    def test_51_messages_in_text(self):
        self.table()
        stream = self.tail(form="text")
        self.db.execute("SELECT pg_logical_emit_message(true, 'p', E'say \"hi\"\\n')")
        self.assertRegex(stream.wait_text("data="),
                         r'^\n\[MESSAGE\] prefix=p lsn=[0-9A-F]+/[0-9A-F]+\ndata="say \\"hi\\"\\n"')
        stream.stop()

    def replaying(self, origin):
        """A session that writes what comes from elsewhere."""
        self.db.execute(f"SELECT pg_replication_origin_create('{origin}')")
        made = self.db.session()
        self.addCleanup(self.end_replaying, made, origin)
        made.execute(f"SELECT pg_replication_origin_session_setup('{origin}')")
        return made

    def end_replaying(self, made, origin):
        """The origin is in use until the server's process of the session has ended."""
        made.close()
        eventually(lambda: not self.db.query("SELECT 1 FROM pg_stat_activity"
                                             f" WHERE pid = {made.backend_pid}"), "it has ended")
        self.db.execute("SELECT pg_replication_origin_drop(roname) FROM pg_replication_origin"
                        f" WHERE roname = '{origin}'")

    def test_52_the_origin_is_told_and_does_not_stick(self):
        # GIVEN transactions from here, from elsewhere, and from here again
        self.table()
        stream = self.tail()
        name = f"node \"{self.db.name}\" \u00fc"
        other = self.replaying(name)
        self.rows(1, 1)
        other.execute("BEGIN; INSERT INTO items VALUES (2, 'x'), (3, 'y'); COMMIT")
        self.rows(4, 4)
        other.execute("INSERT INTO items VALUES (5, 'z')")
        other.execute("SELECT pg_replication_origin_session_reset()")
        other.execute("INSERT INTO items VALUES (6, 'w')")
        # THEN those from elsewhere name it, and no other does
        found = stream.wait_events(6)
        self.assert_ids(found, range(1, 7))
        self.assertEqual([e.get("origin") for e in found], [None, name, name, None, name, None])
        for line in stream.lines:
            names = [member for member, _ in oracle.members(line)]
            if "origin" in names:
                self.assertEqual(names[:7], ["op", "pos", "lsn", "xid", "ts", "origin", "schema"])
        stream.stop()

    def test_55_order_is_that_of_the_log_not_of_the_clock(self):
        # GIVEN transactions whose commit times go backwards, as a clock that is set does it
        self.table()
        stream = self.tail()
        other = self.replaying(f"clock_{self.db.name}")
        times = ["2030-01-01 00:00:00+00", "2001-02-03 04:05:06.789+00", "1999-12-31 23:59:59+00",
                 "2026-08-21 10:11:12.345678+00"]
        for number, at in enumerate(times):
            other.execute("BEGIN; SELECT pg_replication_origin_xact_setup"
                          f"('0/{number + 1}', '{at}'); INSERT INTO items VALUES ({number}, '')"
                          "; COMMIT")
        self.rows(4, 4)
        # THEN they come as they were committed, each with its own time
        found = stream.wait_events(5)
        self.assert_ids(found, range(5))
        self.assertEqual([e["ts"][:19] for e in found[:4]],
                         ["2030-01-01T00:00:00", "2001-02-03T04:05:06", "1999-12-31T23:59:59",
                          "2026-08-21T10:11:12"])
        positions = [e["pos"] for e in found]
        self.assertEqual(positions, sorted(positions))
        stream.stop()
