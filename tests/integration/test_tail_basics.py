"""Does a row reach the terminal, in both forms, and does nothing stay behind?"""
import json
import re
import signal
import unittest

from case import integration_case
from pg import eventually, holds, lsn
from tail import run


class tail_basics(integration_case):
    def test_version_names_the_program(self):
        code, out, _ = run("version")
        self.assertEqual(code, 0)
        self.assertRegex(out, r"^walwire \d+\.\d+\.\d+")

    def test_json_shows_every_operation(self):
        # GIVEN a tail of a table
        self.table(columns="id int PRIMARY KEY, name text, price numeric(8,2), ok boolean")
        stream = self.tail()
        # WHEN rows are inserted, changed, deleted, and the table is truncated
        self.db.execute("INSERT INTO items VALUES (1, 'one', 1.50, true)")
        self.db.execute("UPDATE items SET name = NULL WHERE id = 1")
        self.db.execute("UPDATE items SET id = 2")
        self.db.execute("DELETE FROM items")
        self.db.execute("TRUNCATE items RESTART IDENTITY")
        found = stream.wait_events(5)
        # THEN each is one event with the images that the server sent
        self.assertEqual([e["op"] for e in found],
                         ["insert", "update", "update", "delete", "truncate"])
        insert, update, rename, delete, truncate = found
        self.assertEqual((insert["schema"], insert["table"]), ("public", "items"))
        self.assertEqual(insert["key"], {"id": 1})
        self.assertIsNone(insert["before"])
        self.assertEqual(insert["after"], {"id": 1, "name": "one", "price": 1.5, "ok": True})
        self.assertIsNone(update["before"])
        self.assertEqual(update["after"], {"id": 1, "name": None, "price": 1.5, "ok": True})
        self.assertEqual(rename["key"], {"id": 1})
        self.assertEqual(rename["before"], {"id": 1})
        self.assertEqual(rename["after"]["id"], 2)
        self.assertEqual(delete["before"], {"id": 2})
        self.assertIsNone(delete["after"])
        self.assertEqual(truncate["tables"], [{"schema": "public", "table": "items"}])
        self.assertEqual((truncate["cascade"], truncate["restart_identity"]), (False, True))
        stream.stop()
        self.assertEqual(len(stream.events()), 5)

    def test_json_says_position_transaction_and_time(self):
        self.table()
        stream = self.tail()
        xid = self.db.query("BEGIN; SELECT txid_current(); INSERT INTO items VALUES (1, 'a');"
                            " INSERT INTO items VALUES (2, 'b'); COMMIT")[0][0]
        end = self.db.wal_lsn()
        first, second = stream.wait_events(2)
        self.assertEqual([first["xid"], second["xid"]], [int(xid), int(xid)])
        self.assertEqual(first["lsn"], second["lsn"])
        self.assertLess(lsn(first["lsn"]), end)
        commit = f"{lsn(first['lsn']):016X}"
        self.assertEqual(first["pos"], f"{commit}-1-00000001")
        self.assertEqual(second["pos"], f"{commit}-1-00000002")
        self.assertRegex(first["ts"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")
        # The members stand in the documented order.
        line = next(l for l in stream.lines if json.loads(l)["op"] == "insert")
        self.assertEqual(list(json.loads(line)),
                         ["op", "pos", "lsn", "xid", "ts", "schema", "table", "key", "before",
                          "after"])
        stream.stop()

    def test_text_shows_every_operation_as_people_read_it(self):
        self.table("users", "id int PRIMARY KEY, name text, email text")
        stream = self.tail(form=None)  # text is what tail prints unless told otherwise
        self.db.execute("INSERT INTO users VALUES (1, 'Mujib', NULL)")
        self.db.execute("UPDATE users SET name = 'say \"hi\"', id = 7")
        self.db.execute("DELETE FROM users")
        self.db.execute("TRUNCATE users")
        stream.wait_text("[TRUNCATE]")
        stream.stop()
        shown = re.sub(r"lsn=[0-9A-F]+/[0-9A-F]+", "lsn=L", stream.stdout() + "\n")
        self.assertEqual(shown, '\n[INSERT] table=users lsn=L\n'
                         'data={\n  "email": null,\n  "id": "1",\n  "name": "Mujib"\n}\n'
                         '\n[UPDATE] table=users lsn=L\n'
                         'old={\n  "id": "1"\n}\n'
                         'new={\n  "email": null,\n  "id": "7",\n  "name": "say \\"hi\\""\n}\n'
                         '\n[DELETE] table=users lsn=L\ndata={\n  "id": "7"\n}\n'
                         '\n[TRUNCATE] table=users lsn=L\n')

    def test_nothing_but_events_is_on_stdout(self):
        self.table()
        stream = self.tail()
        self.rows(1, 3)
        stream.wait_events(3)
        stream.stop()
        for line in stream.lines:
            self.assertIn("op", json.loads(line))

    def test_a_normal_end_leaves_nothing_behind(self):
        self.table()
        stream = self.tail()
        slot = self.db.slot()
        self.assertTrue(slot["temporary"])
        self.assertRegex(slot["name"], r"^walwire_tail_[0-9a-f]{8}$")
        self.assertEqual(self.db.publications(), [slot["name"], slot["name"] + "_inserts"])
        self.rows(1, 1)
        stream.wait_events(1)
        stream.stop()
        eventually(lambda: self.db.slots() == [], "no slot is left", 5)
        self.assertEqual(self.db.publications(), [])
        self.assertNotIn("warning", stream.stderr())

    def test_sigint_ends_it_like_sigterm(self):
        self.table()
        stream = self.tail()
        self.rows(1, 1)
        stream.wait_events(1)
        stream.signal(signal.SIGINT)
        self.assertEqual(stream.wait_exit(), 0, stream.report())
        self.assertEqual(self.db.publications(), [])

    def test_kill_leaves_no_slot_and_the_next_tail_drops_the_publications(self):
        # GIVEN a tail that is killed
        self.table()
        stream = self.tail()
        name = stream.slot_name(self.db)
        self.rows(1, 1)
        stream.wait_events(1)
        stream.kill()
        # THEN its slot goes with its session
        eventually(lambda: self.db.slots() == [], "the slot goes with its session", 5)
        self.assertIn(name, self.db.publications())
        # and the next one takes its publications away, but nobody else's
        self.db.execute("CREATE PUBLICATION walwire_tail_mine;"
                        " CREATE PUBLICATION of_the_application")
        second = self.tail()
        left = self.db.publications()
        self.assertNotIn(name, left)
        self.assertNotIn(name + "_inserts", left)
        self.assertIn("of_the_application", left)
        self.assertIn("walwire_tail_mine", left)
        self.rows(2, 2)
        self.assert_ids(second.wait_events(1), [2])
        second.stop()
        self.assertEqual(self.db.publications(), ["of_the_application", "walwire_tail_mine"])

    def test_two_tails_do_not_take_each_others_publications(self):
        self.table()
        first = self.tail()
        second = self.tail()
        self.rows(1, 1)
        self.assert_ids(first.wait_events(1), [1])
        self.assert_ids(second.wait_events(1), [1])
        self.assertEqual(len(self.db.publications()), 4)
        second.stop()
        self.rows(2, 2)
        self.assert_ids(first.wait_events(2), [1, 2])
        first.stop()
        self.assertEqual(self.db.publications(), [])

    def test_update_of_a_table_without_a_key_works_before_during_and_after(self):
        self.table("plain", "id int, name text")
        self.table()
        self.db.execute("INSERT INTO plain VALUES (1, 'a')")
        self.db.execute("UPDATE plain SET name = 'before'")
        stream = self.tail()
        self.db.execute("UPDATE plain SET name = 'during'")
        self.db.execute("DELETE FROM plain WHERE id = 99")
        self.db.execute("INSERT INTO plain VALUES (2, 'b')")
        self.rows(1, 1)
        found = stream.wait_events(2)
        # What it inserts is seen; what it updates is not published, which stderr says.
        self.assertEqual([(e["op"], e["table"]) for e in found],
                         [("insert", "plain"), ("insert", "items")])
        self.assertRegex(stream.stderr(), "plain")
        stream.stop()
        self.db.execute("UPDATE plain SET name = 'after'")
        self.assertEqual(self.db.value("SELECT count(*) FROM plain WHERE name = 'after'"), "2")

    def test_a_killed_tail_does_not_break_an_update_either(self):
        self.table("plain", "id int, name text")
        stream = self.tail()
        self.db.execute("INSERT INTO plain VALUES (1, 'a')")
        stream.wait_events(1)
        stream.kill()
        self.db.execute("UPDATE plain SET name = 'after'")
        self.assertEqual(self.db.value("SELECT name FROM plain"), "after")

    def test_nothing_is_printed_before_the_commit(self):
        self.table()
        stream = self.tail()
        other = self.db.session()
        other.execute("BEGIN")
        other.execute("INSERT INTO items VALUES (1, 'open')")
        self.rows(2, 2)
        self.assert_ids(stream.wait_events(1), [2])
        holds(lambda: len(stream.events()) == 1, "an open transaction is not seen", 0.3)
        other.execute("COMMIT")
        self.assert_ids(stream.wait_events(2), [2, 1])
        stream.stop()

    def test_role_settings_do_not_change_the_output(self):
        self.table(columns="id int PRIMARY KEY, d date, f float8, b bytea, i interval")
        self.db.execute(f"ALTER DATABASE {self.db.name} SET DateStyle = 'German'")
        self.db.execute(f"ALTER DATABASE {self.db.name} SET bytea_output = 'escape'")
        self.db.execute(f"ALTER DATABASE {self.db.name} SET extra_float_digits = -10")
        self.db.execute(f"ALTER DATABASE {self.db.name} SET IntervalStyle = 'iso_8601'")
        self.db.execute(f"ALTER DATABASE {self.db.name} SET search_path = pg_catalog")
        stream = self.tail(form="text")
        self.db.execute("INSERT INTO items VALUES (1, '2026-08-21', 0.1::float8 + 0.2, '\\x00ff',"
                        " '1 day 2 hours')")
        shown = stream.wait_text("\n}")
        for expected in ('"d": "2026-08-21"', '"f": "0.30000000000000004"', '"b": "\\\\x00ff"',
                         '"i": "1 day 02:00:00"'):
            self.assertIn(expected, shown)
        stream.stop()


if __name__ == "__main__":
    unittest.main()
