"""Does an event show of a row what the server sent, and never a null that nobody wrote?"""
import re

import pg
from case import integration_case


class row_images(integration_case):
    def test_21_a_delete_shows_the_key_and_nothing_else(self):
        self.table(columns="id int PRIMARY KEY, name text, note text")
        self.db.execute("INSERT INTO items VALUES (1, 'one', NULL)")
        stream = self.tail()
        self.db.execute("DELETE FROM items")
        event = stream.wait_events(1)[0]
        self.assertEqual(event["op"], "delete")
        self.assertEqual(event["before"], {"id": 1})  # absent, not null
        self.assertEqual(event["key"], {"id": 1})
        self.assertIsNone(event["after"])
        stream.stop()

    def test_21_a_delete_in_text_shows_the_key_and_nothing_else(self):
        self.table(columns="id int PRIMARY KEY, name text, note text")
        self.db.execute("INSERT INTO items VALUES (1, 'one', NULL)")
        stream = self.tail(form="text")
        self.db.execute("DELETE FROM items")
        shown = stream.wait_text("\n}")
        self.assertIn('data={\n  "id": "1"\n}', shown)
        self.assertNotIn("null", shown)
        stream.stop()

    def test_21_an_index_as_identity_is_the_key(self):
        self.table(columns="id int PRIMARY KEY, code text NOT NULL UNIQUE, note text")
        self.db.execute("ALTER TABLE items REPLICA IDENTITY USING INDEX items_code_key")
        self.db.execute("INSERT INTO items VALUES (1, 'A', 'n')")
        stream = self.tail()
        self.db.execute("DELETE FROM items")
        event = stream.wait_events(1)[0]
        self.assertEqual((event["key"], event["before"]), ({"code": "A"}, {"code": "A"}))
        stream.stop()

    def test_full_identity_shows_the_whole_old_row(self):
        self.table(columns="id int PRIMARY KEY, name text, note text")
        self.db.execute("ALTER TABLE items REPLICA IDENTITY FULL")
        self.db.execute("INSERT INTO items VALUES (1, 'one', NULL)")
        stream = self.tail()
        self.db.execute("UPDATE items SET name = 'two'")
        self.db.execute("DELETE FROM items")
        update, delete = stream.wait_events(2)
        self.assertEqual(update["before"], {"id": 1, "name": "one", "note": None})
        self.assertEqual(update["after"], {"id": 1, "name": "two", "note": None})
        self.assertEqual(delete["before"], {"id": 1, "name": "two", "note": None})
        stream.stop()

    def test_unchanged_toast_is_named_and_never_null(self):
        self.table(columns="id int PRIMARY KEY, small int, big text")
        self.db.execute("ALTER TABLE items ALTER big SET STORAGE EXTERNAL")
        self.db.execute("INSERT INTO items VALUES (1, 1, repeat('x', 100000))")
        stream = self.tail()
        self.db.execute("UPDATE items SET small = 2")
        self.db.execute("UPDATE items SET big = 'short'")
        first, second = stream.wait_events(2)
        self.assertEqual(first["after"], {"id": 1, "small": 2})
        self.assertEqual(first["unchanged"], ["big"])
        self.assertEqual(second["after"], {"id": 1, "small": 2, "big": "short"})
        self.assertNotIn("unchanged", second)
        stream.stop()

    def test_29_an_update_that_changes_nothing_is_an_event(self):
        self.table()
        self.rows(1, 1)
        stream = self.tail()
        self.db.execute("UPDATE items SET name = name")
        event = stream.wait_events(1)[0]
        self.assertEqual((event["op"], event["before"]), ("update", None))
        self.assertEqual(event["after"], {"id": 1, "name": "row 1"})
        stream.stop()

    def test_30_a_composite_key_in_another_order_than_the_columns(self):
        self.table(columns="a int, b text, c int, v text, PRIMARY KEY (c, a)")
        stream = self.tail()
        self.db.execute("INSERT INTO items VALUES (1, 'b', 3, 'v')")
        self.db.execute("UPDATE items SET v = 'w'")
        self.db.execute("UPDATE items SET a = 10")
        self.db.execute("DELETE FROM items")
        insert, update, rename, delete = stream.wait_events(4)
        self.assertEqual(insert["key"], {"a": 1, "c": 3})
        self.assertEqual((update["key"], update["before"]), ({"a": 1, "c": 3}, None))
        self.assertEqual((rename["key"], rename["before"]), ({"a": 1, "c": 3}, {"a": 1, "c": 3}))
        self.assertEqual(rename["after"], {"a": 10, "b": "b", "c": 3, "v": "w"})
        self.assertEqual((delete["key"], delete["before"]), ({"a": 10, "c": 3}, {"a": 10, "c": 3}))
        stream.stop()

    def test_30_a_column_list_without_the_whole_key_is_warned_about(self):
        # The server refuses the application's own UPDATE then, so tail says it before it begins.
        self.table(columns="a int, b int, v text, PRIMARY KEY (a, b)")
        self.db.execute("CREATE PUBLICATION partial FOR TABLE items (a, v)")
        stream = self.tail("--publication", "partial")
        with self.assertRaises(pg.sql_error) as refused:
            self.db.execute("INSERT INTO items VALUES (0, 0, 'x'); UPDATE items SET v = 'w'")
        self.assertEqual(refused.exception.sqlstate, "42P10")
        self.db.execute("INSERT INTO items VALUES (1, 2, 'v')")
        event = stream.wait_events(2)[-1]
        self.assertEqual(event["after"], {"a": 1, "v": "v"})
        warning = [line for line in stream.errors if re.search(r"\bitems\b", line)]
        self.assertTrue(warning, stream.report())
        stream.stop()

    def test_a_change_of_the_table_is_honoured_before_the_next_row(self):
        self.table()
        stream = self.tail()
        self.rows(1, 1)
        self.db.execute("BEGIN; INSERT INTO items VALUES (2, 'b'); ALTER TABLE items ADD extra int"
                        " DEFAULT 7; INSERT INTO items VALUES (3, 'c'); ALTER TABLE items DROP name"
                        "; INSERT INTO items VALUES (4, 8); COMMIT")
        found = stream.wait_events(4)
        self.assertEqual([e["after"] for e in found],
                         [{"id": 1, "name": "row 1"}, {"id": 2, "name": "b"},
                          {"id": 3, "name": "c", "extra": 7}, {"id": 4, "extra": 8}])
        stream.stop()
