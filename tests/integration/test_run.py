"""Does `walwire run` give each of its sinks what it is to have, and end as it should?"""
import json
import os
import signal

from case import integration_case
from pg import eventually, holds
from tail import daemon, plugin_file, run


class daemon_case(integration_case):
    def setUp(self):
        super().setUp()
        self.slot = "s_" + self.db.name

    def section(self, sink, more=""):
        """[[sink]] of a scripted one; `more` stands above its options."""
        options = "".join(f"{name} = {json.dumps(str(value))}\n"
                          for name, value in sink.options.items())
        return (f'[[sink]]\nname = "{sink.file.stem}"\nplugin = "{plugin_file("scripted")}"\n'
                f"{more}\n[sink.options]\n{options}")

    def write(self, *sections, source="", engine=""):
        path = os.path.join(self.scratch.name, "walwire.toml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(f'[source]\ndsn = {json.dumps(self.db.dsn())}\nslot = "{self.slot}"\n'
                       f'publication = "{self.slot}"\n{source}\n[engine]\n{engine}\n' +
                       "".join(sections))
        return path

    def run_daemon(self, *sections, **more):
        started = daemon(self.write(*sections, **more))
        self.addCleanup(started.close)
        started.wait_ready()
        return started


class many_sinks(daemon_case):
    def test_each_gets_its_tables_operations_and_format(self):
        self.table()
        self.table("other")
        every, some, text = self.sink("every"), self.sink("some"), self.sink("text")
        stream = self.run_daemon(
            self.section(every), self.section(some, 'tables = ["other"]\noperations = ["insert"]'),
            self.section(text, 'format = "text"'))
        self.rows(1, 2)
        self.rows(3, 4, table="other")
        self.db.execute("DELETE FROM other WHERE id = 3")
        stream.wait_for(lambda _: every.count() == 5 and some.count() == 2, "all events")
        self.assertEqual([(e["op"], e["table"]) for e in every.events()],
                         [("insert", "items")] * 2 + [("insert", "other")] * 2 +
                         [("delete", "other")])
        self.assertEqual([(e["op"], e["table"]) for e in some.events()],
                         [("insert", "other")] * 2)
        stream.wait_for(lambda _: text.file.read_text().count("[DELETE] table=other") == 1, "text")
        stream.stop()

    def test_what_the_source_does_not_name_reaches_nobody(self):
        # GIVEN somebody's own publication of more than the file names
        self.table()
        self.table("other")
        self.db.execute(f"CREATE PUBLICATION {self.slot} FOR TABLE items, other")
        one, wide = self.sink("one"), self.sink("wide")
        stream = self.run_daemon(self.section(one), self.section(wide, 'tables = ["*.*"]'),
                                 source='tables = ["items"]')
        self.rows(1, 1, table="other")
        self.rows(1, 1)
        stream.wait_for(lambda _: one.count() and wide.count(), "the row")
        self.assertEqual([e["table"] for e in one.events() + wide.events()], ["items"] * 2)
        stream.stop()

    def test_the_slowest_holds_the_slot_and_nobody_else(self):
        self.table()
        quick, silent = self.sink("quick"), self.sink("silent", mode="manual")
        stream = self.run_daemon(self.section(quick), self.section(silent))
        before = self.db.flush(self.slot)
        self.rows(1, 10)
        end = self.db.wal_lsn()
        stream.wait_for(lambda _: quick.count() == 10 and silent.count() == 10, "the rows")
        held = silent.journal.delivers()[0]["commit_lsn"]
        holds(lambda: self.db.flush(self.slot) <= held, "the slot waits for the silent one", 1)
        self.assertGreaterEqual(held, before)
        silent.tell(f"ack 1 {silent.journal.delivers()[-1]['sequence']}")
        eventually(lambda: self.db.flush(self.slot) >= end, "the slot goes on")
        stream.stop()

    def test_a_window_of_its_own_is_kept(self):
        self.table()
        narrow = self.sink("narrow", mode="never_ack")
        stream = self.run_daemon(
            self.section(narrow, 'window = "200KiB"\nbatch = { max_events = 10 }'))
        self.rows(1, 1000, text="repeat('x', 1000) || i")
        stream.wait_for(lambda _: narrow.count() >= 10, "the first batch")
        holds(lambda: narrow.count() < 100, "no more than the window is given", 1)
        stream.signal(signal.SIGTERM)
        stream.wait_exit()


class ends(daemon_case):
    def test_sigterm_drains_all_and_the_next_goes_on(self):
        self.table()
        one, two = self.sink("one"), self.sink("two", mode="slow", sleep="50ms")
        sections = [self.section(one), self.section(two, "batch = { max_events = 10 }")]
        stream = self.run_daemon(*sections)
        self.rows(1, 200)
        stream.wait_for(lambda _: two.count() >= 10, "some of it")
        stream.stop()
        self.assert_ids(one.events(), range(1, 201))
        self.assert_ids(two.events(), range(1, 201))
        # What was acked does not come again, and the publications are those of before.
        eventually(lambda: self.db.slot(self.slot)["pid"] is None, "the slot is free")
        self.assertEqual(self.db.publications(), [self.slot, self.slot + "_inserts"])
        self.rows(201, 210)
        again = self.run_daemon(*sections)
        again.wait_for(lambda _: one.count() == 210 and two.count() == 210, "the rest")
        again.stop()
        self.assert_ids(two.events(), range(1, 211))

    def test_one_that_fails_ends_it_behind_the_others(self):
        self.table()
        good, bad = self.sink("good"), self.sink("bad", mode="fatal")
        stream = self.run_daemon(self.section(good), self.section(bad))
        self.rows(1, 5)
        self.assertEqual(stream.wait_exit(), 1, stream.report())
        self.assertIn('sink "bad"', stream.stderr())
        self.assert_ids(good.events(), range(1, 6))

    def test_a_second_one_on_the_slot_is_refused(self):
        self.table()
        stream = self.run_daemon(self.section(self.sink("a")))
        code, _, err = run("run", "-c", self.write(self.section(self.sink("b"))))
        self.assertEqual(code, 3, err)
        self.assertIn("error[pg.slot_active]", err)
        stream.stop()

    def test_a_slot_without_its_publication_is_refused(self):
        self.table()
        self.run_daemon(self.section(self.sink("a"))).stop()
        eventually(lambda: self.db.slot(self.slot)["pid"] is None, "the slot is free")
        for name in (self.slot, self.slot + "_inserts"):
            self.db.execute(f"DROP PUBLICATION {name}")
        code, _, err = run("run", "-c", self.write(self.section(self.sink("a"))))
        self.assertEqual(code, 3, err)
        self.assertIn("error[pg.publication_missing]", err)

    def test_a_slot_that_was_dropped_is_not_made_anew_without_a_word(self):
        self.table()
        section = self.section(self.sink("a"))
        self.run_daemon(section).stop()
        eventually(lambda: self.db.slot(self.slot)["pid"] is None, "the slot is free")
        self.db.query(f"SELECT pg_drop_replication_slot('{self.slot}')")
        self.table("later")
        again = self.run_daemon(section)
        self.assertIn("source.slot_anew", again.stderr())
        # Nor is a table without one that was made since.
        self.assertRegex(again.stderr(), r"has nothing: public\.later \(ALTER PUBLICATION")
        again.stop()

    def test_a_terminal_that_goes_away_ends_it_like_sigterm(self):
        self.table()
        sink = self.sink("a")
        stream = self.run_daemon(self.section(sink))
        self.rows(1, 3)
        stream.wait_for(lambda _: sink.count() == 3, "the rows")
        stream.signal(signal.SIGHUP)
        self.assertEqual(stream.wait_exit(), 0, stream.report())
