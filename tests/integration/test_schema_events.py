"""Does a table's definition come before the first row that has it, with the names of its types?"""
import json

import oracle
from case import integration_case

SHOWN = """
    SELECT a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_attribute a
    WHERE a.attrelid = '{}'::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""


class schema_events(integration_case):
    def shapes(self, stream):
        """(op, table, what it is about) of each line, in order."""
        found = []
        for line in stream.all_lines:
            event = json.loads(line)
            about = [c["name"] for c in event["columns"]] if event["op"] == "schema" else None
            found.append((event["op"], event.get("table"), about or event.get("after")))
        return found

    def test_a_schema_comes_before_the_first_row_and_once(self):
        self.table()
        self.table("others", "a int PRIMARY KEY")
        stream = self.tail()
        self.rows(1, 2)
        self.db.execute("INSERT INTO others VALUES (1)")
        self.rows(3, 3)
        self.db.execute("INSERT INTO others VALUES (2)")
        stream.wait_events(5)
        stream.stop()
        self.assertEqual(self.shapes(stream), [
            ("schema", "items", ["id", "name"]),
            ("insert", "items", {"id": 1, "name": "row 1"}),
            ("insert", "items", {"id": 2, "name": "row 2"}),
            ("schema", "others", ["a"]),
            ("insert", "others", {"a": 1}),
            ("insert", "items", {"id": 3, "name": "row 3"}),
            ("insert", "others", {"a": 2})])

    def test_its_members_in_order_and_at_the_place_of_the_row(self):
        self.table()
        stream = self.tail()
        self.rows(1, 1)
        stream.wait_events(1)
        stream.stop()
        schema, row = (dict(oracle.members(line)) for line in stream.all_lines)
        self.assertEqual(list(schema), ["op", "pos", "lsn", "xid", "ts", "schema", "table",
                                        "columns"])
        for name in ("pos", "lsn", "xid", "ts", "schema", "table"):
            self.assertEqual(schema[name], row[name])
        self.assertEqual(schema["columns"],
                         '[{"name":"id","type":"integer","key":true},'
                         '{"name":"name","type":"text","key":false}]')

    def test_a_change_of_the_table_is_another_schema(self):
        self.table()
        stream = self.tail()
        self.rows(1, 1)
        self.db.execute("BEGIN; ALTER TABLE items ADD extra varchar(7); INSERT INTO items (id)"
                        " VALUES (2); ALTER TABLE items DROP name; INSERT INTO items VALUES (3);"
                        " COMMIT; INSERT INTO items VALUES (4)")
        stream.wait_events(4)
        stream.stop()
        self.assertEqual([(op, about) for op, _, about in self.shapes(stream)], [
            ("schema", ["id", "name"]), ("insert", {"id": 1, "name": "row 1"}),
            ("schema", ["id", "name", "extra"]), ("insert", {"id": 2, "name": None, "extra": None}),
            ("schema", ["id", "extra"]), ("insert", {"id": 3, "extra": None}),
            ("insert", {"id": 4, "extra": None})])

    def test_what_is_no_change_of_the_shape_is_no_schema(self):
        # GIVEN statements after which the server announces the table again
        self.table()
        stream = self.tail()
        self.rows(1, 1)
        for number, change in enumerate((
                "ANALYZE items", "VACUUM FULL items", "CREATE INDEX ON items (name)",
                "ALTER TABLE items SET (fillfactor = 50)", "GRANT SELECT ON items TO PUBLIC"), 2):
            self.db.execute(change)
            self.rows(number, number)
        stream.wait_events(6)
        stream.stop()
        self.assertEqual(len(stream.schemas()), 1, stream.report())

    def test_types_are_written_as_format_type_does(self):
        # GIVEN every kind of type, with modifiers, in several schemas, with hostile names
        self.db.execute('''
            CREATE SCHEMA "Other S";
            CREATE EXTENSION hstore SCHEMA "Other S";
            CREATE TYPE mood AS ENUM ('a');
            CREATE TYPE "Other S"."My ""type""" AS (a int);
            CREATE TYPE "Other S".plain AS ENUM ('b');
            CREATE DOMAIN short AS varchar(5);
            CREATE DOMAIN "Other S".numbers AS numeric(7,3)[];
            CREATE TYPE spans AS RANGE (subtype = time, multirange_type_name = many_spans);
            CREATE TYPE "select" AS (b int);
            CREATE TABLE items (id int PRIMARY KEY, a varchar(20), b numeric(5, 2), c char(7),
                d char, e bit(3), f varbit(9), g timestamp(3), h timestamptz(0), i time(2),
                j timetz, k interval day to second(2), l interval, m float4, n float8, o int8[],
                p varchar(3)[][], q "char", r name, s mood, t mood[], u "Other S"."My ""type""",
                v "Other S"."My ""type"""[], w short, x short[], y "Other S".numbers,
                z "Other S".numbers[], aa spans, ab spans[], ac many_spans, ad "Other S".hstore,
                ae "Other S".hstore[], af "Other S".plain, ag "select", ah int2vector, ai json,
                aj bpchar, ak bit varying, al numeric, am numeric(7, -2), an regclass, ao money,
                ap int4range, aq datemultirange[], ar xml, "as" text COLLATE "C")''')
        stream = self.tail()
        self.db.execute("INSERT INTO items (id) VALUES (1)")
        stream.wait_events(1)
        stream.stop()
        # THEN they are what the server prints with the pinned settings
        expected = oracle.pinned_session(self.db).query(SHOWN.format("public.items"))
        found = [(c["name"], c["type"]) for c in stream.schemas()[0]["columns"]]
        self.assertEqual(found, expected)
        shown = dict(found)
        self.assertEqual((shown["a"], shown["b"], shown["e"], shown["k"]),
                         ("character varying(20)", "numeric(5,2)", "bit(3)",
                          "interval day to second(2)"))
        self.assertEqual(shown["v"], '"Other S"."My ""type"""[]')

    def test_the_key_is_flagged(self):
        # GIVEN every kind of identity
        columns = "a int NOT NULL, b int NOT NULL, c int, PRIMARY KEY (b, a)"
        for name in ("by_key", "by_index", "by_all", "by_nothing"):
            self.table(name, columns)
        self.table("by_all_without_key", "a int, b int")
        self.table("without_key", "a int, b int")
        self.db.execute("""
            CREATE UNIQUE INDEX i ON by_index (a);
            ALTER TABLE by_index REPLICA IDENTITY USING INDEX i;
            ALTER TABLE by_all REPLICA IDENTITY FULL;
            ALTER TABLE by_nothing REPLICA IDENTITY NOTHING;
            ALTER TABLE by_all_without_key REPLICA IDENTITY FULL""")
        names = ["by_key", "by_index", "by_all", "by_nothing", "by_all_without_key", "without_key"]
        stream = self.tail()
        for name in names:
            self.db.execute(f"INSERT INTO {name} VALUES (1, 2)")
        stream.wait_events(len(names))
        stream.stop()
        keys = {event["table"]: [c["name"] for c in event["columns"] if c["key"]]
                for event in stream.schemas()}
        self.assertEqual(keys, {"by_key": ["a", "b"], "by_index": ["a"], "by_all": ["a", "b"],
                                "by_nothing": [], "by_all_without_key": [], "without_key": []})
        # AND those of which no update is published say so, and only those
        updates = {event["table"]: event.get("updates") for event in stream.schemas()}
        self.assertEqual(updates, {"by_key": None, "by_index": None, "by_all": None,
                                   "by_nothing": False, "by_all_without_key": None,
                                   "without_key": False})

    def test_a_publication_of_inserts_alone_says_so(self):
        self.table()
        self.table("others")
        self.db.execute("CREATE PUBLICATION inserts FOR TABLE items WITH (publish = 'insert')")
        stream = self.tail("--publication", "inserts")
        self.rows(1, 1)
        stream.wait_events(1)
        stream.stop()
        self.assertIs(stream.schemas()[0]["updates"], False)
        self.assertTrue(stream.all_lines[0].endswith('],"updates":false}'), stream.all_lines[0])

    def test_a_message_or_a_truncate_needs_no_schema(self):
        self.table()
        stream = self.tail()
        self.db.execute("TRUNCATE items; SELECT pg_logical_emit_message(true, 'p', 'c')")
        stream.wait_events(2)
        stream.stop()
        self.assertEqual([json.loads(line)["op"] for line in stream.all_lines],
                         ["truncate", "message"])

    def test_text_shows_no_schema(self):
        self.table()
        stream = self.tail(form="text")
        self.rows(1, 1)
        shown = stream.wait_text("\n}")
        self.assertRegex(shown, r"^\n\[INSERT\] table=items")
        self.assertNotIn("schema", shown.lower())
        stream.stop()

    def test_a_count_of_events_does_not_count_schemas(self):
        # `-n 3` is three things that happened.
        self.table()
        stream = self.tail("-n", 3)
        self.rows(1, 5)
        self.assertEqual(stream.wait_exit(), 0, stream.report())
        self.assert_ids(stream.events(), [1, 2, 3])
        self.assertEqual(len(stream.schemas()), 1)
