"""Does a transaction arrive whole, once, in commit order, however written and however large?"""
import json
import os

import pg
from case import integration_case
from pg import eventually, holds, lsn
from tail import is_sanitized


class transactions(integration_case):
    def contiguous(self, events):
        """All of one transaction, numbered 1 to n without a hole."""
        self.assertEqual(len({e["lsn"] for e in events}), 1)
        self.assertEqual(len({e["xid"] for e in events}), 1)
        self.assertEqual([int(e["pos"].rsplit("-", 1)[1], 16) for e in events],
                         list(range(1, len(events) + 1)))

    def test_31_a_rolled_back_transaction_is_not_seen(self):
        self.table()
        stream = self.tail()
        self.db.execute("BEGIN; INSERT INTO items VALUES (1, 'gone'); ROLLBACK")
        self.rows(2, 2)
        self.assert_ids(stream.wait_events(1), [2])
        stream.stop()
        self.assert_ids(stream.events(), [2])

    def test_32_of_savepoints_only_the_survivors_are_seen(self):
        self.table()
        stream = self.tail()
        self.db.execute(
            "BEGIN; INSERT INTO items VALUES (1, 'a'); SAVEPOINT s;"
            " INSERT INTO items VALUES (2, 'b'); ROLLBACK TO s;"
            " INSERT INTO items VALUES (3, 'c'); SAVEPOINT t;"
            " INSERT INTO items VALUES (4, 'd'); RELEASE t;"
            " UPDATE items SET name = 'e' WHERE id = 1; COMMIT")
        found = stream.wait_events(4)
        self.assertEqual([(e["op"], e["after"]["id"]) for e in found],
                         [("insert", 1), ("insert", 3), ("insert", 4), ("update", 1)])
        self.contiguous(found)
        stream.stop()
        self.assertEqual(len(stream.events()), 4)

    def test_34_a_transaction_of_other_tables_moves_the_slot_alone(self):
        self.table()
        self.table("other")
        stream = self.tail("-t", "items", dsn=self.db.dsn(options="-c wal_sender_timeout=2s"))
        self.rows(1, 1)
        stream.wait_events(1)
        before = self.db.wal_lsn()
        self.rows(1, 1000, table="other")
        after = self.db.wal_lsn()
        self.assertGreater(after, before)
        self.wait_flush(after, what="the slot follows what is not published")
        self.rows(2, 2)
        self.assert_ids(stream.wait_events(2), [1, 2])
        stream.stop()

    def test_law_3_an_idle_publication_does_not_pin_wal(self):
        self.table()
        self.table("other")
        sink = self.sink(mode="manual")
        stream = self.tail("-t", "items", *sink.arguments(),
                           dsn=self.db.dsn(options="-c wal_sender_timeout=1s"))
        # GIVEN one row that is not acked
        self.rows(1, 1)
        stream.wait_for(lambda _: sink.journal.delivers(), "the row")
        held = sink.journal.delivers()[0]
        # WHEN other tables are written: no keepalive may be adopted before the row is settled
        for i in range(10):
            self.rows(i * 100 + 1, i * 100 + 100, table="other")
        end = self.db.wal_lsn()
        holds(lambda: self.db.flush() <= held["commit_lsn"], "the unacked row holds the slot", 2.5)
        # THEN the ack lets the slot go all the way
        sink.tell("ack 1 1")
        self.wait_flush(end)
        stream.stop()

    def test_35_transactions_come_in_commit_order(self):
        self.table()
        stream = self.tail(form="text")
        first, second = self.db.session(), self.db.session()
        first.execute("BEGIN")
        first.execute("INSERT INTO items VALUES (1, 'began first')")
        second.execute("BEGIN")
        second.execute("INSERT INTO items VALUES (2, 'committed first')")
        second.execute("COMMIT")
        first.execute("INSERT INTO items VALUES (3, 'began first too')")
        first.execute("COMMIT")
        shown = stream.wait_text("began first too")
        stream.stop()
        heads = [line for line in shown.splitlines() if line.startswith("[INSERT]")]
        names = [line.strip() for line in shown.splitlines() if '"name"' in line]
        self.assertEqual(names, ['"name": "committed first"', '"name": "began first"',
                                 '"name": "began first too"'])
        changes = [lsn(head.split("lsn=")[1]) for head in heads]
        # A later transaction's row has a lower LSN, and nothing was filtered for that.
        self.assertLess(changes[1], changes[0])
        self.assertGreater(changes[2], changes[0])

    def test_35_positions_rise_with_many_writers(self):
        self.table(columns="id int, name text, PRIMARY KEY (id, name)")
        stream = self.tail()
        writers = [self.db.session() for _ in range(6)]
        for number, writer in enumerate(writers):
            writer.send("DO $$ BEGIN FOR i IN 1..50 LOOP"
                        f" INSERT INTO items VALUES (i, '{number}'); INSERT INTO items VALUES"
                        f" (i + 1000, '{number}'); COMMIT; END LOOP; END $$")
        for writer in writers:
            writer.finish()
        found = stream.wait_events(600)
        self.assertEqual(len(found), 600)
        positions = [e["pos"] for e in found]
        self.assertEqual(positions, sorted(set(positions)))
        for i in range(0, 600, 2):  # each transaction whole
            self.contiguous(found[i:i + 2])
        for number in range(6):
            own = [e["after"]["id"] for e in found if e["after"]["name"] == str(number)]
            self.assertEqual(own[0::2], list(range(1, 51)))
        stream.stop()

    def test_37_a_transaction_many_times_larger_than_memory(self):
        self.table()
        rows = 300_000
        path = os.path.join(self.scratch.name, "out")
        slot = self.named_slot()
        with open(path, "wb") as out:
            stream = self.tail(*slot, stdout=out)
        self.rows(0, 0)
        eventually(lambda: os.path.getsize(path) > 0, "the first row")
        idle, peak = stream.rss_kib(), [stream.rss_kib()]
        other = self.db.session()
        # About 100 MB of it: six times the engine's memory.
        other.send("INSERT INTO items SELECT i, repeat('x', 200) || i FROM"
                   f" generate_series(1, {rows}) i")
        counted = line_counter(path)

        def complete():
            peak.append(stream.rss_kib())
            return counted() >= rows + 1
        stream.wait_for(lambda _: complete(), "300,000 lines", deadline=100)
        other.finish()
        self.wait_flush(self.db.wal_lsn())
        stream.stop()
        print(f"RSS idle {idle / 1024:.1f} MiB, peak {max(peak) / 1024:.1f} MiB,"
              f" {os.path.getsize(path) / 2**20:.0f} MiB printed")
        with open(path, encoding="utf-8") as out:
            expected = 0
            for line in out:
                event = json.loads(line)
                if event["op"] == "schema":
                    continue
                self.assertEqual(event["after"]["id"], expected)
                self.assertEqual(int(event["pos"].rsplit("-", 1)[1], 16), max(expected, 1))
                expected += 1
        self.assertEqual(expected, rows + 1)
        self.assertGreater(os.path.getsize(path), 4 * 16 * 2**20)
        if not is_sanitized():
            self.assertLess(max(peak), 56 * 1024)

    def test_37_a_large_transaction_that_is_cut_comes_again_whole(self):
        self.table()
        slot = self.named_slot()
        first = self.tail(*slot, ready=False)
        self.rows(1, 50_000)
        first.wait_for(lambda t: len(t.lines) > 1000, "a part of it")
        first.kill()
        eventually(lambda: self.db.slot()["pid"] is None, "the slot is free")
        self.rows(50_001, 50_001)
        second = self.tail(*slot)
        found = second.wait_for(lambda t: t.events() and t.events()[-1]["after"]["id"] == 50_001
                                and t.events(), "the row after it")
        ids = [e["after"]["id"] for e in found]
        # Whole again or not at all, as the slot stood; never a part of it.
        self.assertIn(len(ids), (1, 50_001))
        self.assertEqual(ids[-len(ids):], list(range(50_002 - len(ids), 50_002)))
        if len(ids) == 1:
            self.assertGreaterEqual(len(first.lines), 50_000)
        second.stop()

    def test_49_every_way_to_write_is_one_transaction_in_order(self):
        self.db.execute("""
            CREATE TABLE parents (id int PRIMARY KEY, name text);
            CREATE TABLE children (id int PRIMARY KEY,
                parent int REFERENCES parents ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED);
            CREATE TABLE audit (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, what text);
            CREATE TABLE source (id int PRIMARY KEY, name text);
            CREATE FUNCTION audited() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                INSERT INTO audit (what) VALUES (TG_OP || ' ' || coalesce(NEW.id, OLD.id));
                RETURN NULL; END $$;
            CREATE TRIGGER audited AFTER INSERT OR UPDATE OR DELETE ON parents
                FOR EACH ROW EXECUTE FUNCTION audited();
            INSERT INTO source VALUES (1, 'merged'), (2, 'new')""")
        self.db.execute("INSERT INTO parents VALUES (1, 'old'), (7, 'x'), (8, 'y'), (9, 'z')")
        self.db.execute("INSERT INTO children VALUES (1, 1), (70, 7), (71, 7)")
        stream = self.tail()

        def written(sql, count):
            start = len(stream.events())
            self.db.execute(sql)
            found = stream.wait_events(start + count)[start:]
            self.assertEqual(len(found), count)
            self.contiguous(found)
            return [(e["op"], e["table"], (e["after"] or e["before"])["id"]) for e in found
                    if e["table"] != "audit"], [e["after"]["what"] for e in found
                                                if e["table"] == "audit"]
        rows, audit = written("MERGE INTO parents p USING source s ON p.id = s.id"
                              " WHEN MATCHED THEN UPDATE SET name = s.name"
                              " WHEN NOT MATCHED THEN INSERT VALUES (s.id, s.name)", 4)
        self.assertEqual(sorted(rows), [("insert", "parents", 2), ("update", "parents", 1)])
        self.assertEqual(sorted(audit), ["INSERT 2", "UPDATE 1"])
        rows, audit = written("DELETE FROM parents p USING source s WHERE p.id = s.id + 7", 4)
        self.assertEqual(sorted(rows), [("delete", "parents", 8), ("delete", "parents", 9)])
        rows, audit = written("WITH moved AS (DELETE FROM source WHERE id = 2 RETURNING *)"
                              " INSERT INTO children SELECT id + 100, id FROM moved", 2)
        self.assertEqual(sorted(rows), [("delete", "source", 2), ("insert", "children", 102)])
        rows, audit = written("DELETE FROM parents WHERE id = 7", 4)
        self.assertEqual(rows[0], ("delete", "parents", 7))
        self.assertEqual(sorted(rows[1:]), [("delete", "children", 70), ("delete", "children", 71)])
        self.assertEqual(audit, ["DELETE 7"])
        rows, _ = written("BEGIN; INSERT INTO children VALUES (50, 5); INSERT INTO parents VALUES"
                          " (5, 'late'); COMMIT", 3)
        self.assertEqual(rows, [("insert", "children", 50), ("insert", "parents", 5)])
        stream.stop()

    def test_50_messages_come_in_order_and_those_rolled_back_do_not(self):
        self.table()
        stream = self.tail()
        self.db.execute("BEGIN; SELECT pg_logical_emit_message(true, 'p', 'gone'); ROLLBACK")
        self.db.execute("BEGIN; INSERT INTO items VALUES (1, 'a');"
                        " SELECT pg_logical_emit_message(true, 'p', 'kept');"
                        " INSERT INTO items VALUES (2, 'b'); COMMIT")
        found = stream.wait_events(3)
        self.assertEqual([e["op"] for e in found], ["insert", "message", "insert"])
        self.assertEqual((found[1]["prefix"], found[1]["content"], found[1]["transactional"]),
                         ("p", "kept", True))
        self.contiguous([e for e in found])
        self.db.execute("BEGIN; SELECT pg_logical_emit_message(false, 'q', 'at once'); ROLLBACK")
        self.rows(3, 3)
        found = stream.wait_events(5)[3:]
        self.assertEqual([e["op"] for e in found], ["message", "insert"])
        self.assertEqual((found[0]["prefix"], found[0]["transactional"]), ("q", False))
        self.assertNotIn("xid", found[0])
        stream.stop()

    def of_commits_that_wait(self):
        """A database, a session and a stream where commits wait for a standby that is not there."""
        server = pg.cluster.start()
        self.addCleanup(server.remove)
        db = pg.database(server)
        self.addCleanup(db.drop)
        db.execute("CREATE TABLE items (id int PRIMARY KEY)")
        db.execute("CREATE PUBLICATION everything FOR ALL TABLES")
        writer = db.session()
        db.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
        db.execute("SELECT pg_reload_conf()")
        self.addCleanup(self.wait_for_nobody, db)
        stream = self.tail("--publication", "everything", dsn=db.dsn())
        eventually(lambda: writer.value("SHOW synchronous_standby_names") == "nobody", "waits")
        return db, writer, stream

    def test_54_what_a_row_is_made_of_is_waited_for_until_it_can_be_seen(self):
        db, writer, stream = self.of_commits_that_wait()
        # WHEN a transaction waits that made its own table and its own type
        writer.send("BEGIN; CREATE DOMAIN ints AS int[]; CREATE TABLE own (id int PRIMARY KEY,"
                    " n ints);"
                    " INSERT INTO own VALUES (1, '{1,2}'); COMMIT")
        eventually(lambda: db.query("SELECT 1 FROM pg_stat_activity"
                                    " WHERE wait_event = 'SyncRep'"), "the commit waits")
        holds(lambda: not stream.lines, "the row waits for it", 0.3)
        # THEN its row is what it is for everybody once it can be seen
        self.wait_for_nobody(db)
        writer.finish()
        found = stream.wait_events(1)[0]
        self.assertEqual((found["key"], found["after"]), ({"id": 1}, {"id": 1, "n": [1, 2]}))
        self.assertEqual(stream.schemas()[0]["columns"][1]["type"], "ints")
        stream.stop()

    def test_54_an_event_may_come_before_its_row_can_be_read(self):
        # GIVEN commits that wait for a standby which is not there
        db, writer, stream = self.of_commits_that_wait()
        # WHEN one of them waits
        writer.send("INSERT INTO items VALUES (1)")
        # THEN its event comes, while no other session sees the row
        self.assert_ids(stream.wait_events(1), [1])
        self.assertEqual(db.value("SELECT count(*) FROM items"), "0")
        # and a reader that asks again finds it once the commit has ended
        self.wait_for_nobody(db)
        writer.finish()
        self.assertEqual(db.value("SELECT count(*) FROM items"), "1")
        stream.stop()

    def wait_for_nobody(self, db):
        db.execute("ALTER SYSTEM SET synchronous_standby_names = ''")
        db.execute("SELECT pg_reload_conf()")


def line_counter(path):
    """Counts lines of a growing file, reading each part of it once."""
    state = {"offset": 0, "lines": 0}

    def count():
        with open(path, "rb") as out:
            out.seek(state["offset"])
            while part := out.read(1 << 20):
                state["offset"] += len(part)
                state["lines"] += part.count(b"\n")
        return state["lines"]
    return count
