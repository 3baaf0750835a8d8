"""Is a key always one that told the rows apart when they were written, and does an old row hold
what the server sent and nothing else?"""
from case import integration_case


class keys(integration_case):
    def root(self, columns, *more):
        """A partitioned table with one leaf, published under its own name."""
        self.db.execute(f"CREATE TABLE items ({columns}) PARTITION BY RANGE (a)")
        self.db.execute("CREATE TABLE leaf PARTITION OF items DEFAULT")
        for sql in more:
            self.db.execute(sql)
        self.db.execute("CREATE PUBLICATION roots FOR TABLE items"
                        " WITH (publish_via_partition_root)")
        return ["--publication", "roots"]

    def images(self, events):
        return [(e.get("key"), e["before"], e["after"]) for e in events]

    def test_22_a_leaf_with_an_index_of_its_own(self):
        # GIVEN a leaf that logs another column than the key of its root
        stream = self.tail(*self.root(
            "a int PRIMARY KEY, b int NOT NULL, c text", "CREATE UNIQUE INDEX codes ON leaf (b)",
            "ALTER TABLE leaf REPLICA IDENTITY USING INDEX codes"))
        self.db.execute("INSERT INTO items VALUES (1, 10, 'x'); UPDATE items SET b = 11;"
                        " UPDATE items SET a = 2; DELETE FROM items")
        # THEN the old rows hold that column, and nothing is called the key: it changes unseen
        self.assertEqual(self.images(stream.wait_events(4)), [
            (None, None, {"a": 1, "b": 10, "c": "x"}),
            (None, {"b": 10}, {"a": 1, "b": 11, "c": "x"}),
            (None, None, {"a": 2, "b": 11, "c": "x"}),
            (None, {"b": 11}, None)])
        stream.stop()

    def test_22_a_leaf_that_logs_more_than_its_root(self):
        # GIVEN a leaf with FULL, whose old rows bring the values that are stored apart
        stream = self.tail(*self.root(
            "a int PRIMARY KEY, big text, n int", "ALTER TABLE leaf REPLICA IDENTITY FULL,"
            " ALTER big SET STORAGE EXTERNAL"))
        self.db.execute("INSERT INTO items VALUES (1, repeat('x', 9000), NULL)")
        self.db.execute("UPDATE items SET a = 2")
        self.db.execute("DELETE FROM items")
        big = "x" * 9000
        self.assertEqual(self.images(stream.wait_events(3)), [
            ({"a": 1}, None, {"a": 1, "big": big, "n": None}),
            ({"a": 1}, {"a": 1, "big": big}, {"a": 2, "big": big, "n": None}),
            ({"a": 2}, {"a": 2, "big": big}, None)])
        self.assertNotIn("unchanged", stream.events()[1])
        stream.stop()

    def test_22_a_key_that_is_made_behind_the_rows(self):
        # GIVEN rows, of which one goes, and then a key that they had in common, all in one
        self.table(columns="a int, b int")
        self.db.execute("ALTER TABLE items REPLICA IDENTITY FULL")
        stream = self.tail()
        self.db.execute("BEGIN; INSERT INTO items VALUES (1, 1), (1, 2);"
                        " DELETE FROM items WHERE b = 2;"
                        " ALTER TABLE items ADD PRIMARY KEY (a); COMMIT")
        self.db.execute("UPDATE items SET b = 3")
        found = stream.wait_events(4)
        self.assertEqual([e.get("key") for e in found], [None, None, None, {"a": 1}])
        stream.stop()

    def swapped(self, stream, write, finish):
        write("INSERT INTO items VALUES (1, 7), (2, 7); DELETE FROM items WHERE a = 2")
        write("ALTER TABLE items RENAME a TO x; ALTER TABLE items RENAME b TO a;"
              " ALTER TABLE items RENAME x TO b")
        finish()
        for event in stream().wait_events(3):
            self.assertIn(event.get("key"), (None, {"a": (event["after"] or event["before"])["a"]}))

    def test_22_columns_that_swap_their_names_in_the_transaction(self):
        self.table(columns="a int PRIMARY KEY, b int")
        self.db.execute("ALTER TABLE items REPLICA IDENTITY FULL")
        stream = self.tail()
        writer = self.db.session()
        writer.execute("BEGIN")
        self.swapped(lambda: stream, writer.execute, lambda: writer.execute("COMMIT"))
        stream.stop()

    def test_22_columns_that_swap_their_names_before_the_rows_are_read(self):
        self.table(columns="a int PRIMARY KEY, b int")
        self.db.execute("ALTER TABLE items REPLICA IDENTITY FULL")
        slot = self.named_slot()
        self.swapped(lambda: self.tail(*slot), self.db.execute, lambda: None)

    def whole_rows_no_more(self, change, *before):
        """Old keys that a root with FULL over a leaf without it is sent as whole rows."""
        stream = self.tail(*self.root("a int PRIMARY KEY, b text, c int",
                                      "ALTER TABLE items REPLICA IDENTITY FULL", *before))
        self.db.execute("BEGIN; INSERT INTO items VALUES (1, 'x', 1); UPDATE items SET a = 2;"
                        f" DELETE FROM items; {change}; COMMIT")
        self.assertEqual([e["before"] for e in stream.wait_events(3)],
                         [None, {"a": 1}, {"a": 2}])
        stream.stop()

    def test_22_a_leaf_that_is_detached_behind_its_rows(self):
        self.whole_rows_no_more("ALTER TABLE items DETACH PARTITION leaf")

    def test_22_one_of_two_leaves_that_is_detached_behind_its_rows(self):
        # GIVEN another one that always logged whole rows, which is all that is there afterwards
        self.db.execute("CREATE TABLE other (a int PRIMARY KEY, b text, c int);"
                        " ALTER TABLE other REPLICA IDENTITY FULL")
        self.whole_rows_no_more("ALTER TABLE items DETACH PARTITION leaf", "ALTER TABLE items"
                                " ATTACH PARTITION other FOR VALUES FROM (100) TO (200)")

    def test_22_a_leaf_that_is_dropped_behind_its_rows(self):
        self.whole_rows_no_more("DROP TABLE leaf")

    def test_22_a_leaf_that_gets_full_identity_behind_its_rows(self):
        self.whole_rows_no_more("ALTER TABLE leaf REPLICA IDENTITY FULL")

    def test_72_a_key_of_which_a_part_was_not_published(self):
        # GIVEN rows of which the published half of the key is the same
        self.table(columns="a int, g int, PRIMARY KEY (a, g)")
        self.db.execute("CREATE PUBLICATION half FOR TABLE items (a) WITH (publish = 'insert')")
        slot = "s_" + self.db.name
        self.db.make_slot(slot)
        self.db.execute("INSERT INTO items VALUES (1, 1), (1, 2)")
        # WHEN that half becomes the key before they are read
        self.db.execute("DELETE FROM items WHERE g = 2; ALTER TABLE items"
                        " DROP CONSTRAINT items_pkey, ADD PRIMARY KEY (a)")
        stream = self.tail("-S", slot, "--publication", "half")
        for event in stream.wait_events(2):
            self.assertNotIn("key", event)
        stream.stop()

    def test_20_a_key_that_grows_by_a_new_column_is_the_key_of_then(self):
        self.table(columns="a int PRIMARY KEY, x int")
        slot = self.named_slot()
        self.db.execute("INSERT INTO items VALUES (1, 0)")
        self.db.execute("ALTER TABLE items ADD g int NOT NULL DEFAULT 5,"
                        " DROP CONSTRAINT items_pkey, ADD PRIMARY KEY (a, g)")
        self.db.execute("UPDATE items SET x = 1")
        stream = self.tail(*slot)
        self.assertEqual([e["key"] for e in stream.wait_events(2)], [{"a": 1}, {"a": 1, "g": 5}])
        stream.stop()
