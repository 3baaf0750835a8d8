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

    # The key, which tells a reader downstream which row is meant.

    def test_19_an_update_of_another_column_has_no_before(self):
        self.table(columns="id int PRIMARY KEY, name text, note text")
        self.db.execute("INSERT INTO items VALUES (1, 'one', NULL)")
        stream = self.tail()
        self.db.execute("UPDATE items SET name = 'two'")
        event = stream.wait_events(1)[0]
        self.assertEqual((event["op"], event["key"], event["before"]), ("update", {"id": 1}, None))
        self.assertEqual(event["after"], {"id": 1, "name": "two", "note": None})
        stream.stop()

    def test_20_the_key_of_a_changed_key_is_the_old_one(self):
        # GIVEN a composite key, of which one half changes, and comes back
        self.table(columns="a int, b text, v text, PRIMARY KEY (a, b)")
        self.db.execute("INSERT INTO items VALUES (1, 'x', 'v')")
        stream = self.tail()
        self.db.execute("UPDATE items SET b = 'y', v = 'w'")
        self.db.execute("UPDATE items SET b = 'y'")
        self.db.execute("UPDATE items SET b = 'x'")
        changed, same, back = stream.wait_events(3)
        old = {"a": 1, "b": "x"}
        self.assertEqual((changed["key"], changed["before"]), (old, old))
        self.assertEqual(changed["after"], {"a": 1, "b": "y", "v": "w"})
        new = {"a": 1, "b": "y"}
        self.assertEqual((same["key"], same["before"]), (new, None))
        self.assertEqual((back["key"], back["before"]), (new, new))
        stream.stop()

    def test_22_with_full_identity_the_key_is_the_primary_key(self):
        self.table(columns="v text, b int, a int, PRIMARY KEY (a, b)")
        self.db.execute("ALTER TABLE items REPLICA IDENTITY FULL")
        stream = self.tail()
        self.db.execute("INSERT INTO items VALUES ('v', 2, 1)")
        self.db.execute("UPDATE items SET v = 'w'")
        self.db.execute("UPDATE items SET b = 3")
        self.db.execute("DELETE FROM items")
        found = stream.wait_events(4)
        # In the order of the table's columns, and the old one where it changed.
        self.assertEqual([list(e["key"].items()) for e in found],
                         [[("b", 2), ("a", 1)]] * 3 + [[("b", 3), ("a", 1)]])
        self.assertEqual([e["before"] for e in found],
                         [None, {"v": "v", "b": 2, "a": 1}, {"v": "w", "b": 2, "a": 1},
                          {"v": "w", "b": 3, "a": 1}])
        stream.stop()

    def test_22_old_rows_and_keys_of_types_that_are_made_of_others(self):
        # GIVEN an array, a composite, an enum, a range, a domain and an hstore as the key
        self.db.execute("""
            CREATE EXTENSION hstore; CREATE TYPE mood AS ENUM ('a b', 'c');
            CREATE TYPE pair AS (n int, t text); CREATE DOMAIN numbers AS int[]""")
        columns = ("a text[], p pair, m mood, r int4range, d numbers, h hstore, j json, v int,"
                   " PRIMARY KEY (a, p, m, r, d, h)")
        self.table(columns=columns)
        self.table("others", columns)
        self.db.execute("ALTER TABLE others REPLICA IDENTITY FULL")
        stream = self.tail()
        old = {"a": ["x", None], "p": {"n": 1, "t": '"'}, "m": "a b", "r": "[1,3)", "d": [[1], [2]],
               "h": {"k": None}}
        new = {**old, "p": {"n": 2, "t": ""}, "d": []}
        for table in ("items", "others"):
            self.db.execute(f"INSERT INTO {table} VALUES ('{{x,NULL}}', ROW(1, '\"'), 'a b',"
                            " '[1,2]', '{{1},{2}}', 'k=>NULL', '[ ]', 7)")
            self.db.execute(f"UPDATE {table} SET v = 8")
            self.db.execute(f"UPDATE {table} SET p = ROW(2, ''), d = '{{}}'")
            self.db.execute(f"DELETE FROM {table}")
        # THEN each is what it is in a new row, and a change of one is a change of the key
        found = stream.wait_events(8)
        for events in (found[:4], found[4:]):
            self.assertEqual([e["key"] for e in events], [old, old, old, new])
        rest = {"j": [], "v": 8}
        self.assertEqual([e["before"] for e in found[:4]], [None, None, old, new])
        self.assertEqual([e["before"] for e in found[4:]],
                         [None, {**old, **rest, "v": 7}, {**old, **rest}, {**new, **rest}])
        stream.stop()

    def test_22_with_full_identity_and_no_primary_key_there_is_no_key(self):
        self.table(columns="a int UNIQUE, v text")
        self.db.execute("ALTER TABLE items REPLICA IDENTITY FULL")
        stream = self.tail()
        self.db.execute("INSERT INTO items VALUES (1, 'v')")
        self.db.execute("UPDATE items SET v = 'w'")
        self.db.execute("DELETE FROM items")
        for event in stream.wait_events(3):
            self.assertNotIn("key", event)
        stream.stop()

    def test_22_a_root_with_full_identity_over_leaves_without_it(self):
        # GIVEN leaves whose old rows are keys, published as a root whose old rows are whole
        self.db.execute("""
            CREATE TABLE items (id int PRIMARY KEY, v text) PARTITION BY RANGE (id);
            CREATE TABLE leaf PARTITION OF items DEFAULT;
            ALTER TABLE items REPLICA IDENTITY FULL;
            CREATE PUBLICATION roots FOR TABLE items WITH (publish_via_partition_root)""")
        stream = self.tail("--publication", "roots")
        self.db.execute("INSERT INTO items VALUES (1, 'a'); UPDATE items SET v = 'b'")
        self.db.execute("UPDATE items SET id = 2; DELETE FROM items")
        # THEN what the server did not send is absent, and not a null that nobody wrote
        found = stream.wait_events(4)
        self.assertEqual([e["key"] for e in found], [{"id": 1}] * 3 + [{"id": 2}])
        self.assertEqual([e["before"] for e in found], [None, None, {"id": 1}, {"id": 2}])
        stream.stop()

    def test_22_a_root_with_full_identity_over_a_leaf_with_an_index(self):
        # GIVEN a leaf whose old rows hold another column than the primary key of its root
        self.db.execute("""
            CREATE TABLE items (id int, code int NOT NULL, PRIMARY KEY (id))
                PARTITION BY RANGE (id);
            CREATE TABLE leaf PARTITION OF items DEFAULT;
            CREATE UNIQUE INDEX codes ON leaf (code);
            ALTER TABLE leaf REPLICA IDENTITY USING INDEX codes;
            ALTER TABLE items REPLICA IDENTITY FULL;
            CREATE PUBLICATION roots FOR TABLE items WITH (publish_via_partition_root)""")
        stream = self.tail("--publication", "roots")
        self.db.execute("INSERT INTO items VALUES (1, 20); DELETE FROM items")
        for event in stream.wait_events(2):
            self.assertNotIn("key", event)
        self.assertEqual(stream.events()[1]["before"], {"code": 20})
        stream.stop()

    def test_22_with_full_identity_a_younger_primary_key_is_no_key(self):
        # GIVEN two rows that the primary key of today does not tell apart
        self.table(columns="id int PRIMARY KEY, grp int, x int")
        self.db.execute("ALTER TABLE items REPLICA IDENTITY FULL")
        slot = self.named_slot()
        self.db.execute("INSERT INTO items VALUES (1, 7), (2, 7)")
        self.db.execute("DELETE FROM items WHERE id = 2")
        self.db.execute("ALTER TABLE items DROP CONSTRAINT items_pkey, ADD PRIMARY KEY (grp)")
        self.db.execute("INSERT INTO items VALUES (3, 8)")
        stream = self.tail(*slot)
        found = stream.wait_events(4)
        for event in found[:3]:
            self.assertNotIn("key", event)
        self.assertEqual(found[3]["key"], {"grp": 8})
        stream.stop()

    def test_20_a_key_that_has_grown_since_is_the_key_of_then(self):
        self.table(columns="id int PRIMARY KEY, tenant int NOT NULL, x int")
        slot = self.named_slot()
        self.db.execute("INSERT INTO items VALUES (1, 5, 0)")
        self.db.execute("UPDATE items SET x = 1")
        self.db.execute("ALTER TABLE items DROP CONSTRAINT items_pkey,"
                        " ADD PRIMARY KEY (tenant, id)")
        self.db.execute("UPDATE items SET x = 2")
        stream = self.tail(*slot)
        self.assertEqual([event["key"] for event in stream.wait_events(3)],
                         [{"id": 1}, {"id": 1}, {"id": 1, "tenant": 5}])
        stream.stop()

    def test_22_leaves_with_full_identity_through_their_root(self):
        # GIVEN a leaf with other column numbers and another order than its root
        self.db.execute("""
            CREATE TYPE pair AS (a int, b text);
            CREATE TABLE items (id int PRIMARY KEY, p pair) PARTITION BY RANGE (id);
            CREATE TABLE leaf (gone text, p pair, id int NOT NULL);
            ALTER TABLE leaf DROP gone;
            ALTER TABLE items ATTACH PARTITION leaf DEFAULT;
            ALTER TABLE items REPLICA IDENTITY FULL; ALTER TABLE leaf REPLICA IDENTITY FULL;
            CREATE PUBLICATION roots FOR TABLE items WITH (publish_via_partition_root);
            CREATE PUBLICATION leaves FOR TABLE items""")
        roots, leaves = self.tail("--publication", "roots"), self.tail("--publication", "leaves")
        self.db.execute("INSERT INTO items VALUES (1, ROW(1, 'x')); UPDATE items SET id = 2")
        old, new = {"id": 1, "p": {"a": 1, "b": "x"}}, {"id": 2, "p": {"a": 1, "b": "x"}}
        for stream, name in ((roots, "items"), (leaves, "leaf")):
            insert, update = stream.wait_events(2)
            self.assertEqual((insert["table"], insert["key"], insert["after"]),
                             (name, {"id": 1}, old))
            self.assertEqual((update["key"], update["before"], update["after"]),
                             ({"id": 1}, old, new))
            stream.stop()

    def test_22_without_identity_there_is_no_key(self):
        # GIVEN a table without a primary key, and one whose identity is nothing
        self.table(columns="a int, v text")
        self.table("others", "a int PRIMARY KEY, v text")
        self.db.execute("ALTER TABLE others REPLICA IDENTITY NOTHING")
        stream = self.tail()
        self.db.execute("INSERT INTO items VALUES (1, 'v'); INSERT INTO others VALUES (1, 'v')")
        for event in stream.wait_events(2):
            self.assertNotIn("key", event)
            self.assertEqual(event["after"], {"a": 1, "v": "v"})
        stream.stop()

    def test_22_a_primary_key_that_comes_and_goes_is_followed(self):
        # GIVEN full identity, while the primary key is made, changed and dropped
        self.table(columns="a int NOT NULL, b int NOT NULL")
        self.db.execute("ALTER TABLE items REPLICA IDENTITY FULL")
        stream = self.tail()
        for number, change in enumerate((
                "ADD CONSTRAINT k PRIMARY KEY (a)",
                "DROP CONSTRAINT k, ADD CONSTRAINT k PRIMARY KEY (b)", "DROP CONSTRAINT k")):
            self.db.execute(f"ALTER TABLE items {change}")
            self.db.execute(f"INSERT INTO items VALUES ({number}, {number + 10})")
            stream.wait_events(number + 1)
        self.assertEqual([e.get("key") for e in stream.events()], [{"a": 0}, {"b": 11}, None])
        stream.stop()

    def test_72_a_key_that_is_not_published_whole_is_no_key(self):
        # GIVEN a stored generated column in the key, which a server below 18 does not publish
        columns = "a int, g int GENERATED ALWAYS AS (a * 2) STORED, v text, PRIMARY KEY (a, g)"
        self.table(columns=columns)
        self.table("others", columns)
        self.db.execute("ALTER TABLE others REPLICA IDENTITY FULL")
        self.db.execute("CREATE PUBLICATION mine FOR TABLE items, others")
        stream = self.tail("--publication", "mine")
        for table in ("items", "others"):
            self.db.execute(f"INSERT INTO {table} VALUES (1, DEFAULT, 'v')")
            self.db.execute(f"UPDATE {table} SET v = 'w'")
        # THEN half a key is not taken for one, and the column is absent, not null
        for event in stream.wait_events(4):
            self.assertNotIn("key", event)
            self.assertEqual(event["after"].keys(), {"a", "v"})
        stream.stop()

    # What the server does not send because it did not change.

    def test_22_unchanged_toast_is_filled_from_the_old_row(self):
        self.table(columns="id int PRIMARY KEY, small int, big text")
        self.db.execute("ALTER TABLE items ALTER big SET STORAGE EXTERNAL, REPLICA IDENTITY FULL")
        self.db.execute("INSERT INTO items VALUES (1, 1, repeat('x', 100000))")
        stream, text = self.tail(), self.tail(form="text")
        self.db.execute("UPDATE items SET small = 2")
        event = stream.wait_events(1)[0]
        row = {"id": 1, "small": 2, "big": "x" * 100000}
        self.assertEqual((event["before"], event["after"]), ({**row, "small": 1}, row))
        self.assertNotIn("unchanged", event)
        shown = text.wait_text("\n}\nnew={") and text.wait_text('"small": "2"\n}')
        self.assertEqual(shown.count('"big": "' + "x" * 100000), 2)
        stream.stop()
        text.stop()

    def test_26_unchanged_toast_in_text_is_left_out(self):
        self.table(columns="id int PRIMARY KEY, small int, big text")
        self.db.execute("ALTER TABLE items ALTER big SET STORAGE EXTERNAL")
        self.db.execute("INSERT INTO items VALUES (1, 1, repeat('x', 100000))")
        stream = self.tail(form="text")
        self.db.execute("UPDATE items SET small = 2")
        shown = stream.wait_text("\n}")
        self.assertIn('new={\n  "id": "1",\n  "small": "2"\n}', shown)
        stream.stop()

    def test_27_unchanged_toast_of_every_kind_beside_a_changed_key(self):
        # GIVEN large values of types that are made of others
        self.db.execute("CREATE EXTENSION hstore; CREATE TYPE pair AS (a int, b text)")
        self.table(columns="id int PRIMARY KEY, a text[], j json, k jsonb, b bytea, h hstore,"
                           " p pair, ps pair[], x xml, small int")
        big = "repeat('x', 20000)"
        for column in ("a", "j", "k", "b", "h", "p", "ps", "x"):
            self.db.execute(f"ALTER TABLE items ALTER {column} SET STORAGE EXTERNAL")
        self.db.execute(f"INSERT INTO items VALUES (1, ARRAY[{big}], to_json({big}),"
                        f" to_jsonb({big}), {big}::bytea, hstore('k', {big}), ROW(1, {big}),"
                        f" ARRAY[ROW(1, {big})]::pair[], {big}::xml, 1)")
        stream = self.tail()
        # WHEN another column changes, the key changes, and one of them does
        self.db.execute("UPDATE items SET small = 2")
        self.db.execute("UPDATE items SET id = 2")
        self.db.execute("UPDATE items SET p = ROW(2, 'short'), a = '{}'")
        small, key, value = stream.wait_events(3)
        # THEN each that did not is named, and none is null
        names = ["a", "j", "k", "b", "h", "p", "ps", "x"]
        self.assertEqual((small["after"], small["unchanged"]), ({"id": 1, "small": 2}, names))
        self.assertEqual((key["after"], key["unchanged"]), ({"id": 2, "small": 2}, names))
        self.assertEqual((key["key"], key["before"]), ({"id": 1}, {"id": 1}))
        self.assertEqual(value["after"], {"id": 2, "a": [], "p": {"a": 2, "b": "short"},
                                          "small": 2})
        self.assertEqual(value["unchanged"], ["j", "k", "b", "h", "ps", "x"])
        stream.stop()

    def test_28_storage_and_compression_do_not_show(self):
        # GIVEN a column of every kind of storage, large and incompressible
        kinds = [("plain", "PLAIN", 3000), ("main", "MAIN", 3000), ("external", "EXTERNAL", 50000),
                 ("extended", "EXTENDED", 50000), ("lz4", "EXTENDED COMPRESSION lz4", 50000)]
        columns = ", ".join(f"{name} text" for name, _, _ in kinds)
        self.table(columns=f"id int PRIMARY KEY, small int, {columns}")
        for name, storage, _ in kinds:
            storage, _, compression = storage.partition(" ")
            self.db.execute(f"ALTER TABLE items ALTER {name} SET STORAGE {storage}")
            if compression:
                self.db.execute(f"ALTER TABLE items ALTER {name} SET {compression}")
        stream = self.tail()
        digits = "(SELECT string_agg(md5((i * {})::text), '') FROM generate_series(1, {}) i)"

        def row(seed):
            return ", ".join(digits.format(seed, size // 32) for _, _, size in kinds)
        # WHEN it is inserted, another column changes, it becomes small, and large again
        self.db.execute(f"INSERT INTO items VALUES (1, 1, {row(7)})")
        self.db.execute("UPDATE items SET small = 2")
        self.db.execute("UPDATE items SET " + ", ".join(f"{name} = 's'" for name, _, _ in kinds))
        self.db.execute(f"UPDATE items SET ({', '.join(k[0] for k in kinds)}) = ROW({row(9)})")
        large = self.db.session().query("SELECT plain, main, external, extended, lz4 FROM items")[0]
        insert, other, small, again = stream.wait_events(4)
        # THEN whatever is shown is right, and what is not shown is named
        names = [name for name, _, _ in kinds]
        self.assertEqual([again["after"][name] for name in names], list(large))
        self.assertEqual([small["after"][name] for name in names], ["s"] * len(names))
        first = insert["after"]
        self.assertEqual([len(first[name]) for name in names],
                         [size // 32 * 32 for _, _, size in kinds])
        self.assertEqual({**first, "small": 2},
                         {**{name: first[name] for name in other["unchanged"]}, **other["after"]})
        self.assertEqual(set(other["unchanged"]) & set(other["after"]), set())
        self.assertIn("external", other["unchanged"])
        self.assertIn("lz4", other["unchanged"])
        self.assertNotIn("plain", other["unchanged"])
        stream.stop()

    def test_138_a_toasted_key_is_not_a_changed_key(self):
        # GIVEN a key that is stored out of line, of which the server sends the old value always
        self.table(columns="k text PRIMARY KEY, small int, big text")
        self.db.execute("ALTER TABLE items ALTER k SET STORAGE EXTERNAL,"
                        " ALTER big SET STORAGE EXTERNAL")
        key = "".join(f"{number:04}" for number in range(600))
        self.db.execute(f"INSERT INTO items VALUES ('{key}', 1, repeat('x', 10000))")
        stream = self.tail()
        self.db.execute("UPDATE items SET small = 2")
        self.db.execute("UPDATE items SET k = 'short'")
        same, changed = stream.wait_events(2)
        # THEN the key is filled in, and is the same; what is large besides is named
        self.assertEqual(same["key"], {"k": key})
        self.assertEqual((same["after"], same["unchanged"]), ({"k": key, "small": 2}, ["big"]))
        self.assertIn(same["before"], (None, {"k": key}))
        self.assertEqual((changed["key"], changed["before"]), ({"k": key}, {"k": key}))
        self.assertEqual(changed["after"], {"k": "short", "small": 2})
        stream.stop()
