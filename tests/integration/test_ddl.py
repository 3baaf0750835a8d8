"""Is the definition in force the one that the server announced, in every order of DDL and rows?"""
import pg
from case import integration_case


class ddl(integration_case):
    def all_tables(self):
        """A tail of a publication of every table, those to come as well."""
        self.db.execute("CREATE PUBLICATION everything FOR ALL TABLES")
        return self.tail("--publication", "everything")

    def assert_rows(self, stream, *expected):
        found = stream.wait_events(len(expected))
        self.assertEqual([event["after"] for event in found], list(expected))
        stream.stop()
        self.assertEqual(len(stream.events()), len(expected), "more events than rows")

    def test_12_a_new_label_of_an_enum_arrives(self):
        # GIVEN an enum by itself, in an array, in a domain and in a composite
        self.db.execute("CREATE TYPE mood AS ENUM ('old'); CREATE DOMAIN moody AS mood;"
                        " CREATE TYPE pair AS (m mood, ms mood[])")
        self.table(columns="id int PRIMARY KEY, m mood, ms mood[], d moody, p pair")
        stream = self.tail()

        def write(number, label):
            self.db.execute(f"INSERT INTO items VALUES ({number}, '{label}', ARRAY['{label}']"
                            f"::mood[], '{label}', ROW('{label}', ARRAY['{label}', NULL]::mood[]))")
        # WHEN a label is added, and one renamed, on the open stream
        write(1, "old")
        self.db.execute("ALTER TYPE mood ADD VALUE 'n\"e,w'")
        write(2, 'n"e,w')
        self.db.execute("ALTER TYPE mood RENAME VALUE 'old' TO 'renamed'")
        write(3, "renamed")
        # THEN each row has the label that was in force
        self.assert_rows(stream, *(
            {"id": number, "m": label, "ms": [label], "d": label,
             "p": {"m": label, "ms": [label, None]}}
            for number, label in ((1, "old"), (2, 'n"e,w'), (3, "renamed"))))

    def test_56_columns_are_added_dropped_renamed_and_retyped(self):
        self.table()
        stream = self.tail()
        for number, change in enumerate((
                "SELECT 1", "ALTER TABLE items ADD extra int DEFAULT 7",
                "ALTER TABLE items DROP name", "ALTER TABLE items RENAME extra TO \"Ex tra\"",
                "ALTER TABLE items ALTER \"Ex tra\" TYPE text",
                "ALTER TABLE items ALTER \"Ex tra\" DROP DEFAULT,"
                " ALTER \"Ex tra\" TYPE text[] USING ARRAY[\"Ex tra\"]",
                "ALTER TABLE items ADD name jsonb DEFAULT '{\"a\":1}'")):
            self.db.execute(change)
            self.db.execute(f"INSERT INTO items (id) VALUES ({number})")
        self.assert_rows(stream, {"id": 0, "name": None}, {"id": 1, "name": None, "extra": 7},
                         {"id": 2, "extra": 7}, {"id": 3, "Ex tra": 7}, {"id": 4, "Ex tra": "7"},
                         {"id": 5, "Ex tra": None}, {"id": 6, "Ex tra": None, "name": {"a": 1}})

    def test_56_a_table_is_renamed_and_moved(self):
        self.table()
        stream = self.tail()
        self.db.execute("CREATE SCHEMA \"S 2\"")
        self.rows(1, 1)
        self.db.execute("ALTER TABLE items RENAME TO \"Items\"")
        self.rows(2, 2, table='"Items"')
        self.db.execute("ALTER TABLE \"Items\" SET SCHEMA \"S 2\"")
        self.rows(3, 3, table='"S 2"."Items"')
        found = stream.wait_events(3)
        self.assertEqual([(e["schema"], e["table"]) for e in found],
                         [("public", "items"), ("public", "Items"), ("S 2", "Items")])
        self.assert_ids(found, [1, 2, 3])
        stream.stop()

    def test_56_the_key_moves_to_another_column(self):
        self.table(columns="a int PRIMARY KEY, b int NOT NULL")
        stream = self.tail()
        self.db.execute("INSERT INTO items VALUES (1, 10)")
        self.db.execute("ALTER TABLE items DROP CONSTRAINT items_pkey, ADD PRIMARY KEY (b)")
        self.db.execute("INSERT INTO items VALUES (2, 20)")
        self.db.execute("UPDATE items SET b = 21 WHERE a = 2")
        self.db.execute("ALTER TABLE items RENAME b TO c")
        self.db.execute("DELETE FROM items WHERE a = 2")
        found = stream.wait_events(4)
        self.assertEqual([e["key"] for e in found], [{"a": 1}, {"b": 20}, {"b": 20}, {"c": 21}])
        stream.stop()

    def test_58_full_identity_with_a_dropped_column(self):
        self.table(columns="gone int, id int PRIMARY KEY, also_gone text, name text")
        self.db.execute("ALTER TABLE items REPLICA IDENTITY FULL; INSERT INTO items VALUES"
                        " (1, 2, '3', 'a'); ALTER TABLE items DROP gone, DROP also_gone")
        stream = self.tail()
        self.db.execute("UPDATE items SET name = 'b'")
        self.db.execute("DELETE FROM items")
        update, delete = stream.wait_events(2)
        self.assertEqual((update["key"], update["before"], update["after"]),
                         ({"id": 2}, {"id": 2, "name": "a"}, {"id": 2, "name": "b"}))
        self.assertEqual((delete["key"], delete["before"]), ({"id": 2}, {"id": 2, "name": "b"}))
        stream.stop()

    def test_59_ddl_and_rows_in_one_transaction(self):
        self.table()
        self.db.execute("CREATE TYPE pair AS (a int, b text)")
        stream = self.tail()
        # WHEN a transaction changes the table between its rows, and takes some of it back
        self.db.execute("""
            BEGIN;
            INSERT INTO items VALUES (1, 'a');
            ALTER TABLE items ADD p pair;
            INSERT INTO items VALUES (2, 'b', ROW(1, 'x'));
            SAVEPOINT s;
            ALTER TABLE items DROP name;
            INSERT INTO items VALUES (3, ROW(2, 'gone'));
            ROLLBACK TO s;
            INSERT INTO items VALUES (4, 'd', ROW(3, 'y'));
            ALTER TABLE items RENAME name TO title;
            UPDATE items SET title = 'e' WHERE id = 1;
            COMMIT""")
        self.assert_rows(stream, {"id": 1, "name": "a"},
                         {"id": 2, "name": "b", "p": {"a": 1, "b": "x"}},
                         {"id": 4, "name": "d", "p": {"a": 3, "b": "y"}},
                         {"id": 1, "title": "e", "p": None})

    def test_59_ddl_that_is_rolled_back_leaves_nothing(self):
        self.table()
        stream = self.tail()
        self.rows(1, 1)
        self.db.execute("BEGIN; ALTER TABLE items ADD extra int; INSERT INTO items VALUES"
                        " (2, 'gone', 3); ALTER TABLE items RENAME TO others; ROLLBACK")
        self.rows(3, 3)
        self.assert_rows(stream, {"id": 1, "name": "row 1"}, {"id": 3, "name": "row 3"})

    def test_59_another_transaction_changes_a_table_meanwhile(self):
        # GIVEN a transaction that has written to one table
        self.table()
        self.table("others")
        stream = self.tail()
        first = self.db.session()
        first.execute("BEGIN")
        first.execute("INSERT INTO items VALUES (1, 'a')")
        # WHEN a second one changes another, writes to both, and commits; and the first goes on
        self.db.execute("ALTER TABLE others ADD extra int DEFAULT 1")
        self.db.execute("BEGIN; INSERT INTO others VALUES (2, 'b', 2); INSERT INTO items VALUES"
                        " (2, 'b'); COMMIT")
        first.execute("INSERT INTO others VALUES (1, 'a', 3)")
        first.execute("COMMIT")
        # THEN both know the column, and they come in the order of their commits
        self.assert_rows(stream, {"id": 2, "name": "b", "extra": 2}, {"id": 2, "name": "b"},
                         {"id": 1, "name": "a"}, {"id": 1, "name": "a", "extra": 3})

    def test_61_a_table_of_the_same_name_is_another_table(self):
        stream = self.all_tables()
        self.table()
        self.rows(1, 1)
        self.db.execute("DROP TABLE items")
        self.table(columns="name jsonb, number int PRIMARY KEY")
        self.db.execute("INSERT INTO items VALUES ('[]', 2)")
        self.db.execute("BEGIN; DROP TABLE items; CREATE TABLE items (id int[] PRIMARY KEY);"
                        " INSERT INTO items VALUES ('{3}'); COMMIT")
        found = stream.wait_events(3)
        self.assertEqual([(e["key"], e["after"]) for e in found],
                         [({"id": 1}, {"id": 1, "name": "row 1"}),
                          ({"number": 2}, {"name": [], "number": 2}),
                          ({"id": [3]}, {"id": [3]})])
        stream.stop()

    def test_62_truncate_is_one_event_of_all_tables(self):
        self.table("parents", "id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text")
        self.table("children", "id int PRIMARY KEY, parent int REFERENCES parents")
        self.table("others")
        self.table("kept")
        stream, text = self.tail(), self.tail(form="text")
        self.db.execute("TRUNCATE parents, others RESTART IDENTITY CASCADE")
        self.db.execute("TRUNCATE kept")
        first, second = stream.wait_events(2)
        self.assertEqual(first["op"], "truncate")
        self.assertEqual(sorted(table["table"] for table in first["tables"]),
                         ["children", "others", "parents"])
        self.assertEqual({table["schema"] for table in first["tables"]}, {"public"})
        self.assertEqual((first["cascade"], first["restart_identity"]), (True, True))
        self.assertEqual(second["tables"], [{"schema": "public", "table": "kept"}])
        self.assertEqual((second["cascade"], second["restart_identity"]), (False, False))
        listed = ",".join(table["table"] for table in first["tables"])
        self.assertIn(f"[TRUNCATE] table={listed} lsn=", text.wait_text("table=kept"))
        for name in ("schema", "table", "key", "before", "after"):
            self.assertNotIn(name, first)
        stream.stop()
        text.stop()

    def test_63_rewriting_a_table_is_no_row(self):
        self.table(columns="id int PRIMARY KEY, name text, number int")
        self.rows(1, 100, text="'row ' || i, i")
        stream = self.tail()
        for rewrite in ("VACUUM FULL items", "CLUSTER items USING items_pkey",
                        "ALTER TABLE items ALTER number TYPE bigint",
                        "ALTER TABLE items ADD at timestamptz DEFAULT clock_timestamp()",
                        "ALTER TABLE items SET UNLOGGED", "ALTER TABLE items SET LOGGED",
                        "ALTER TABLE items SET (fillfactor = 50)", "ANALYZE items",
                        "REINDEX TABLE items", "ALTER TABLE items DROP at"):
            self.change(rewrite)
        self.db.execute("INSERT INTO items VALUES (101, 'x', 9007199254740993)")
        self.assert_rows(stream, {"id": 101, "name": "x", "number": 9007199254740993})

    def change(self, statement):
        """A published table cannot become unlogged while it is published: then it is left as is."""
        try:
            self.db.execute(statement)
        except pg.sql_error as refused:
            if "LOGGED" not in statement:
                raise
            self.assertIn("publication", refused.message)

    def test_64_what_is_made_of_a_query(self):
        # GIVEN every table published
        stream = self.all_tables()
        # WHEN tables, views and what is not logged are made and written
        self.db.execute("""
            CREATE TABLE made AS SELECT 1 AS id, 'a' AS name;
            SELECT 2 AS id INTO selected;
            CREATE MATERIALIZED VIEW viewed AS SELECT 3 AS id;
            REFRESH MATERIALIZED VIEW viewed;
            CREATE VIEW plain AS SELECT 4 AS id;
            CREATE TEMPORARY TABLE passing (id int);
            INSERT INTO passing VALUES (5); UPDATE passing SET id = 6; DELETE FROM passing;
            CREATE UNLOGGED TABLE unlogged (id int);
            INSERT INTO unlogged VALUES (7); UPDATE unlogged SET id = 8; DELETE FROM unlogged;
            CREATE TABLE last (id int PRIMARY KEY); INSERT INTO last VALUES (9)""")
        # THEN the rows of tables that last are seen, and no others; and nothing was refused
        found = stream.wait_events(3)
        self.assertEqual([(e["table"], e["after"]) for e in found],
                         [("made", {"id": 1, "name": "a"}), ("selected", {"id": 2}),
                          ("last", {"id": 9})])
        stream.stop()
        self.assertEqual(len(stream.events()), 3)

    def test_72_stored_generated_columns_are_absent(self):
        # On a server below 18, which cannot publish them; absent is not null.
        self.table(columns="id int PRIMARY KEY, n int, g int GENERATED ALWAYS AS (n * 2) STORED,"
                           " last text")
        stream = self.tail()
        self.db.execute("INSERT INTO items VALUES (1, 2, DEFAULT, 'x')")
        self.db.execute("UPDATE items SET n = 3")
        self.db.execute("ALTER TABLE items ALTER g DROP EXPRESSION")
        self.db.execute("UPDATE items SET n = 4")
        self.assert_rows(stream, {"id": 1, "n": 2, "last": "x"}, {"id": 1, "n": 3, "last": "x"},
                         {"id": 1, "n": 4, "g": 6, "last": "x"})
