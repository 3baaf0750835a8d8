"""Is a named slot made, kept and resumed, and is a missing publication noticed in time?"""
import json
import signal

from case import integration_case
from pg import eventually, holds
from tail import run


class tail_slots(integration_case):
    def test_a_named_slot_is_made_when_missing_and_kept(self):
        self.table()
        name = "made_" + self.db.name
        stream = self.tail("-S", name)
        self.rows(1, 1)
        self.assert_ids(stream.wait_events(1), [1])
        slot = self.db.slot()
        self.assertEqual((slot["name"], slot["temporary"]), (name, False))
        stream.stop()
        self.assertEqual(self.db.slots(), [name])

    def test_a_named_slot_goes_on_from_its_confirmed_position(self):
        # GIVEN a slot that a first tail used
        self.table()
        slot = self.named_slot()
        first = self.tail(*slot)
        self.rows(1, 2)
        first.wait_events(2)
        first.stop()
        # WHEN rows are written while nobody listens
        self.rows(3, 4)
        # THEN the second tail prints those, and none of the others again
        second = self.tail(*slot)
        self.rows(5, 5)
        self.assert_ids(second.wait_events(3), [3, 4, 5])
        second.stop()

    def test_a_normal_end_confirms_what_was_printed(self):
        self.table()
        slot = self.named_slot()
        stream = self.tail(*slot)
        for i in range(1, 21):
            self.rows(i, i)
        stream.wait_events(20)
        end = self.db.value("SELECT pg_current_wal_lsn()")
        stream.stop()
        again = self.tail(*slot, "-E", end, ready=False)
        self.assertEqual(again.wait_exit(), 0, again.report())
        self.assertEqual(again.events(), [])

    def test_a_killed_tail_loses_nothing(self):
        self.table()
        slot = self.named_slot()
        seen = []
        for round_ in range(4):
            stream = self.tail(*slot, ready=False)
            self.rows(round_ * 500 + 1, round_ * 500 + 500)
            stream.wait_events(1)
            stream.kill()
            # What was cut off in the middle of a line was not printed.
            whole = [e for e in complete_events(stream)]
            seen += [e["after"]["id"] for e in whole]
            eventually(lambda: self.db.slot()["pid"] is None, "the slot is free")
        last = self.tail(*slot)
        self.rows(9999, 9999)
        last.wait_for(lambda t: t.events() and t.events()[-1]["after"]["id"] == 9999,
                      "the last row")
        last.stop()
        seen += [e["after"]["id"] for e in last.events()]
        self.assertEqual(set(seen), set(range(1, 2001)) | {9999})

    def test_a_named_publication_that_is_missing_is_an_error(self):
        self.table()
        code, out, err = run("tail", self.db.dsn(), "--publication", "nobody_made_it", deadline=30)
        self.assertEqual(code, 3, err)
        self.assertEqual(out, "")
        self.assertRegex(err, r"error\[[a-z_.]+\]:.*nobody_made_it")
        self.assertEqual(self.db.slots(), [])

    def test_a_missing_publication_makes_no_named_slot(self):
        self.table()
        name = "never_" + self.db.name
        code, _, err = run("tail", self.db.dsn(), "-S", name, "--publication", "nobody_made_it",
                           deadline=30)
        self.assertEqual(code, 3, err)
        self.assertEqual(self.db.slots(), [])

    def test_a_named_publication_is_used_and_kept(self):
        self.table()
        self.table("other")
        self.db.execute("CREATE PUBLICATION only_items FOR TABLE items")
        stream = self.tail("--publication", "only_items")
        self.rows(1, 1, table="other")
        self.rows(1, 1)
        self.assertEqual([e["table"] for e in stream.wait_events(1)], ["items"])
        self.assertEqual(self.db.publications(), ["only_items"])
        stream.stop()
        self.assertEqual(self.db.publications(), ["only_items"])

    def test_a_slot_in_use_is_an_error_that_names_it(self):
        self.table()
        slot = self.named_slot()
        first = self.tail(*slot)
        holder = self.db.slot()["pid"]
        code, out, err = run("tail", self.db.dsn(), *slot, deadline=60)
        self.assertIn(code, (1, 3), err)
        self.assertEqual(out, "")
        self.assertIn(slot[1], err)
        self.assertEqual(self.db.slot()["pid"], holder)
        self.rows(1, 1)
        self.assert_ids(first.wait_events(1), [1])
        first.stop()

    def test_a_slot_of_another_decoder_is_refused(self):
        self.table()
        name = "foreign_" + self.db.name
        self.db.execute(f"SELECT pg_create_logical_replication_slot('{name}', 'test_decoding')")
        code, out, err = run("tail", self.db.dsn(), "-S", name, deadline=30)
        self.assertEqual(code, 3, err)
        self.assertIn("test_decoding", err)
        self.assertEqual(out, "")
        self.assertEqual(self.db.slots(), [name])

    def test_a_stream_that_is_cut_goes_on_with_a_lasting_slot(self):
        self.table()
        slot = self.named_slot()
        stream = self.tail(*slot)
        self.rows(1, 1)
        stream.wait_events(1)
        old = self.db.slot()["pid"]
        self.db.query(f"SELECT pg_terminate_backend({old})")
        self.rows(2, 2)
        found = stream.wait_for(lambda t: any(e["after"]["id"] == 2 for e in t.events())
                                and t.events(), "the row after the cut")
        self.assertEqual([e["after"]["id"] for e in found], [1, 2])
        self.assertNotEqual(self.db.slot()["pid"], old)
        stream.stop()

    def test_partitions_come_through_a_lasting_slot_of_their_own(self):
        # -t names the root, rows bear the name of the leaf: no filter may stand between them.
        self.db.execute("CREATE TABLE parted (id int PRIMARY KEY) PARTITION BY RANGE (id);"
                        "CREATE TABLE leaf PARTITION OF parted FOR VALUES FROM (0) TO (10)")
        slot = ["-S", "s_" + self.db.name, "-t", "public.parted"]
        stream = self.tail(*slot)
        self.db.execute("INSERT INTO parted VALUES (1)")
        event = stream.wait_events(1)[0]
        self.assertEqual((event["table"], event["after"]), ("leaf", {"id": 1}))
        stream.stop()
        # A later run cannot tell for which tables the publication was made, so it does not guess.
        code, out, err = run("tail", self.db.dsn(), *slot)
        self.assertEqual((code, out), (2, ""), err)
        self.assertIn("error[publication.partitioned]", err)

    def test_a_root_is_a_pattern_where_rows_bear_its_name(self):
        self.db.execute("CREATE TABLE parted (id int PRIMARY KEY) PARTITION BY RANGE (id);"
                        "CREATE TABLE leaf PARTITION OF parted FOR VALUES FROM (0) TO (10);"
                        "CREATE PUBLICATION p FOR TABLE parted"
                        " WITH (publish_via_partition_root = true)")
        stream = self.tail("--publication", "p", "-t", "public.parted")
        self.db.execute("INSERT INTO parted VALUES (1)")
        self.assertEqual(stream.wait_events(1)[0]["table"], "parted")
        stream.stop()

    def test_a_pattern_that_the_publication_has_nothing_of_is_told(self):
        # GIVEN a lasting slot whose publications were made for other tables
        self.table()
        self.table("other")
        slot = ["-S", "s_" + self.db.name]
        self.tail(*slot, "-t", "public.items").stop()
        stream = self.tail(*slot, "-t", "public.items", "-t", "public.oth*")
        stream.wait_error(r": public\.other \(ALTER PUBLICATION .* ADD TABLE .*\)"
                          r" \[publication\.not_published\]")
        self.assertNotIn("public.items", stream.stderr())
        self.rows(1, 1)
        self.assert_ids(stream.wait_events(1), [1])
        stream.stop()

    def test_a_new_slot_has_new_publications(self):
        # GIVEN the publications of a slot that somebody dropped
        self.table()
        slot = ["-S", "s_" + self.db.name]
        self.tail(*slot).stop()
        self.db.query(f"SELECT pg_drop_replication_slot('{slot[1]}')")
        # WHEN a slot of that name is made again, THEN it has the tables that there are now
        self.table("newer")
        stream = self.tail(*slot)
        self.rows(1, 1, table="newer")
        self.assertEqual(stream.wait_events(1)[0]["table"], "newer")
        stream.stop()

    def test_two_do_not_make_the_same_slot(self):
        # GIVEN one whose publications wait for a lock that somebody has on the table
        self.table()
        locker = self.db.session()
        locker.execute("BEGIN; LOCK TABLE items IN ACCESS EXCLUSIVE MODE")
        name = "s_" + self.db.name
        first = self.tail("-S", name, ready=False)
        eventually(lambda: self.db.query(
            "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'items'::regclass AND"
            " database = (SELECT oid FROM pg_database WHERE datname = current_database())"),
            "it waits")
        # WHEN another one comes for the same slot, THEN it does not even try
        code, _, err = run("tail", self.db.dsn(), "-S", name)
        self.assertEqual(code, 3, err)
        self.assertIn("error[pg.slot_active]", err)
        # AND the first one goes on as if nothing had been
        locker.execute("COMMIT")
        first.wait_ready()
        self.rows(1, 1)
        self.assert_ids(first.wait_events(1), [1])
        first.stop()

    def test_a_name_that_its_publications_could_not_bear_is_refused(self):
        self.table()
        for length, code in ((55, 0), (56, 2)):
            name = "s" * length
            found, _, err = run("tail", self.db.dsn(), "-S", name, "-E", "0/1")
            self.assertEqual(found, code, err)
            found, _, err = run("tail", self.db.dsn(), "-S", name, "-E", "0/1")
            self.assertEqual(found, code, err)
        self.assertIn("error[cli.slot]", err)
        self.assertEqual(self.db.slots(), ["s" * 55])

    def test_a_cut_that_takes_the_temporary_slot_is_told_and_not_hidden(self):
        self.table()
        stream = self.tail()
        self.rows(1, 1)
        stream.wait_events(1)
        self.db.query(f"SELECT pg_terminate_backend({self.db.slot()['pid']})")
        code = stream.wait_exit()
        self.assertNotEqual(code, 0)
        self.assertIn("error[", stream.stderr())

    def test_the_second_signal_ends_it_at_once(self):
        self.table()
        sink = self.sink(mode="hang_deaf")
        stream = self.tail(*sink.arguments())
        self.rows(1, 1)
        stream.wait_for(lambda _: sink.journal.delivers(), "a deliver that hangs")
        stream.signal(signal.SIGTERM)
        holds(lambda: stream.process.poll() is None, "the drain is waited for", 0.3)
        stream.signal(signal.SIGTERM)
        self.assertEqual(stream.wait_exit(5), 143, stream.report())


def complete_events(stream):
    """Events of a killed tail: its last line may be a part."""
    found = []
    for line in stream.lines:
        try:
            found.append(json.loads(line))
        except ValueError:
            pass
    return [event for event in found if event["op"] != "schema"]
