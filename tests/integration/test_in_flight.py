"""What becomes of values whose type changes or goes while their rows are on the way?

No message announces it. A row may be an object with the names that it was written with, or its
text; never with other names.
"""
from case import integration_case


class in_flight(integration_case):
    def own_type(self, columns="id int PRIMARY KEY, p pair"):
        self.db.execute("CREATE TYPE pair AS (a int, b text)")
        self.table(columns=columns)

    def write(self, *ids, value="ROW({0}, 'x{0}')"):
        """One transaction for each row."""
        for number in ids:
            self.db.execute(f"INSERT INTO items VALUES ({number}, {value.format(number)})")

    def assert_either(self, event, text, names, column="p"):
        """The text as the server wrote it, or an object of its fields with these names."""
        found = event["after"][column]
        if isinstance(found, str):
            self.assertEqual(found, text)
        else:
            self.assertEqual(list(found), names, f"row {event['after']['id']}: {found}")

    def assert_becomes_an_object(self, stream, first, names, value="ROW({0}, 'x{0}')"):
        """Rows that are written from now on have the new names, before long at the latest."""
        written = [first - 1]

        def look(reader):
            written[0] += 1
            self.write(written[0], value=value)
            count = len(reader.events())
            last = reader.wait_events(count)[-1] if count else None
            return last and isinstance(last["after"]["p"], dict) and last
        event = stream.wait_for(look, "a row whose composite is an object again")
        self.assertEqual(list(event["after"]["p"]), names)

    def changed_between(self, change, new_value, new_names, new_text):
        """Rows before and after a change of the type, all of them before the tail begins."""
        self.own_type()
        slot = self.named_slot()
        # GIVEN a slot that nobody reads, rows, a change, and rows
        self.write(1, 2)
        self.db.execute(change)
        self.write(3, 4, value=new_value)
        # WHEN they are read
        stream = self.tail(*slot)
        found = stream.wait_events(4)
        # THEN no row has the other one's names
        self.assert_ids(found, [1, 2, 3, 4])
        for event in found[:2]:
            number = event["after"]["id"]
            self.assert_either(event, f"({number},x{number})", ["a", "b"])
        for event in found[2:]:
            self.assert_either(event, new_text.format(event["after"]["id"]), new_names)
        self.assert_becomes_an_object(stream, 5, new_names, value=new_value)
        stream.stop()

    def test_139_an_attribute_renamed_before_the_rows_are_read(self):
        self.changed_between("ALTER TYPE pair RENAME ATTRIBUTE a TO z", "ROW({0}, 'x{0}')",
                             ["z", "b"], "({0},x{0})")

    def test_139_an_attribute_added_before_the_rows_are_read(self):
        self.changed_between("ALTER TYPE pair ADD ATTRIBUTE c int", "ROW({0}, 'x{0}', 9)",
                             ["a", "b", "c"], "({0},x{0},9)")

    def test_139_an_attribute_dropped_before_the_rows_are_read(self):
        self.changed_between("ALTER TYPE pair DROP ATTRIBUTE a", "ROW('x{0}')", ["b"], "(x{0})")

    def test_139_an_attribute_replaced_before_the_rows_are_read(self):
        # As many fields as before, the same names, another order.
        self.changed_between("ALTER TYPE pair DROP ATTRIBUTE a, ADD ATTRIBUTE a int",
                             "ROW('x{0}', {0})", ["b", "a"], "(x{0},{0})")

    def test_139_attributes_that_swap_their_names(self):
        self.changed_between("ALTER TYPE pair RENAME ATTRIBUTE a TO t;"
                             " ALTER TYPE pair RENAME ATTRIBUTE b TO a;"
                             " ALTER TYPE pair RENAME ATTRIBUTE t TO b",
                             "ROW({0}, 'x{0}')", ["b", "a"], "({0},x{0})")

    def changed_on_the_stream(self, change, new_value, new_names, new_text):
        """The same while the tail reads: what it knew of the type holds no longer."""
        self.own_type()
        stream = self.tail()
        # GIVEN a stream that has seen the type
        self.write(1)
        self.assertEqual(stream.wait_events(1)[0]["after"], {"id": 1, "p": {"a": 1, "b": "x1"}})
        # WHEN rows are written right before and right after a change
        self.write(2)
        self.db.execute(change)
        self.write(3, value=new_value)
        found = stream.wait_events(3)
        self.assert_either(found[1], "(2,x2)", ["a", "b"])
        self.assert_either(found[2], new_text.format(3), new_names)
        self.assert_becomes_an_object(stream, 4, new_names, value=new_value)
        stream.stop()

    def test_139_an_attribute_renamed_on_the_open_stream(self):
        self.changed_on_the_stream("ALTER TYPE pair RENAME ATTRIBUTE a TO z", "ROW({0}, 'x{0}')",
                                   ["z", "b"], "({0},x{0})")

    def test_139_an_attribute_added_on_the_open_stream(self):
        self.changed_on_the_stream("ALTER TYPE pair ADD ATTRIBUTE c int", "ROW({0}, 'x{0}', 9)",
                                   ["a", "b", "c"], "({0},x{0},9)")

    def test_139_an_attribute_replaced_on_the_open_stream(self):
        self.changed_on_the_stream("ALTER TYPE pair DROP ATTRIBUTE a, ADD ATTRIBUTE a int",
                                   "ROW('x{0}', {0})", ["b", "a"], "(x{0},{0})")

    def test_139_an_attribute_renamed_between_rows_of_a_transaction(self):
        self.own_type()
        stream = self.tail()
        self.write(1)
        stream.wait_events(1)
        self.db.execute("BEGIN; INSERT INTO items VALUES (2, ROW(2, 'x2'));"
                        " ALTER TYPE pair RENAME ATTRIBUTE a TO z;"
                        " INSERT INTO items VALUES (3, ROW(3, 'x3')); COMMIT")
        found = stream.wait_events(3)
        self.assert_either(found[1], "(2,x2)", ["a", "b"])
        self.assert_either(found[2], "(3,x3)", ["z", "b"])
        self.assert_becomes_an_object(stream, 4, ["z", "b"])
        stream.stop()

    def test_139_a_rename_that_is_rolled_back(self):
        self.own_type()
        stream = self.tail()
        self.write(1)
        self.db.execute("BEGIN; ALTER TYPE pair RENAME ATTRIBUTE a TO z; ROLLBACK")
        self.write(2)
        self.assert_either(stream.wait_events(2)[1], "(2,x2)", ["a", "b"])
        self.assert_becomes_an_object(stream, 3, ["a", "b"])
        stream.stop()

    def test_139_a_type_far_inside_is_altered(self):
        # GIVEN a composite in an array in a composite in a domain
        self.db.execute("CREATE TYPE pair AS (a int, b text); CREATE TYPE outer_one AS"
                        " (ps pair[], n int); CREATE DOMAIN domain_of AS outer_one")
        self.table(columns="id int PRIMARY KEY, p domain_of")
        slot = self.named_slot()
        value = "ROW(ARRAY[ROW({0}, 'x')::pair], {0})::outer_one"
        self.write(1, value=value)
        self.db.execute("ALTER TYPE pair RENAME ATTRIBUTE a TO z")
        self.write(2, value=value)
        stream = self.tail(*slot)
        old, new = stream.wait_events(2)
        # THEN the inner names are its own, or the whole is text
        for event, name in ((old, "a"), (new, "z")):
            found, number = event["after"]["p"], event["after"]["id"]
            if isinstance(found, str):
                self.assertEqual(found, f'("{{""({number},x)""}}",{number})')
            else:
                self.assertEqual(found, {"ps": [{name: number, "b": "x"}], "n": number})
        self.assert_becomes_an_object(stream, 3, ["ps", "n"], value=value)
        self.assertEqual(list(stream.events()[-1]["after"]["p"]["ps"][0]), ["z", "b"])
        stream.stop()

    def test_139_a_row_type_of_a_table_that_is_altered(self):
        self.db.execute("CREATE TABLE parts (a int, b text)")
        self.table(columns="id int PRIMARY KEY, p parts")
        slot = self.named_slot()
        self.write(1)
        self.db.execute("ALTER TABLE parts RENAME a TO z")
        self.write(2)
        stream = self.tail(*slot)
        old, new = stream.wait_events(2)
        self.assert_either(old, "(1,x1)", ["a", "b"])
        self.assert_either(new, "(2,x2)", ["z", "b"])
        self.assert_becomes_an_object(stream, 3, ["z", "b"])
        stream.stop()

    def test_139_a_transaction_that_stays_open_over_the_change(self):
        # GIVEN a row that is written before a rename and committed after it
        self.own_type()
        stream = self.tail()
        self.write(1)
        stream.wait_events(1)
        other = self.db.session()
        other.execute("BEGIN; INSERT INTO items VALUES (2, ROW(2, 'x2'))")
        self.db.execute("ALTER TYPE pair RENAME ATTRIBUTE a TO z")
        self.write(3)
        stream.wait_events(2)  # by now the new name is known
        other.execute("INSERT INTO items VALUES (4, ROW(4, 'x4')); COMMIT")
        # THEN it has the names of then, whatever its commit's place is
        found = stream.wait_events(4)
        self.assert_ids(found, [1, 3, 2, 4])
        self.assert_either(found[1], "(3,x3)", ["z", "b"])
        self.assert_either(found[2], "(2,x2)", ["a", "b"])
        self.assert_either(found[3], "(4,x4)", ["z", "b"])
        self.assert_becomes_an_object(stream, 5, ["z", "b"])
        stream.stop()

    def test_139_a_transaction_open_over_the_change_and_a_slot_that_nobody_reads(self):
        self.own_type()
        slot = self.named_slot()
        other = self.db.session()
        other.execute("BEGIN; INSERT INTO items VALUES (1, ROW(1, 'x1'))")
        self.db.execute("ALTER TYPE pair RENAME ATTRIBUTE a TO z")
        other.execute("COMMIT")
        self.write(2)
        stream = self.tail(*slot)
        first, second = stream.wait_events(2)
        self.assert_either(first, "(1,x1)", ["a", "b"])
        self.assert_either(second, "(2,x2)", ["z", "b"])
        self.assert_becomes_an_object(stream, 3, ["z", "b"])
        stream.stop()

    def test_139_a_type_made_and_altered_in_one_transaction(self):
        self.db.execute("CREATE PUBLICATION everything FOR ALL TABLES")
        stream = self.tail("--publication", "everything")
        self.db.execute("""
            BEGIN;
            CREATE TYPE pair AS (a int, b text);
            CREATE TABLE items (id int PRIMARY KEY, p pair);
            INSERT INTO items VALUES (1, ROW(1, 'x1'));
            ALTER TYPE pair RENAME ATTRIBUTE a TO z;
            ALTER TYPE pair RENAME ATTRIBUTE b TO a;
            INSERT INTO items VALUES (2, ROW(2, 'x2'));
            COMMIT""")
        first, second = stream.wait_events(2)
        self.assert_either(first, "(1,x1)", ["a", "b"])
        self.assert_either(second, "(2,x2)", ["z", "a"])
        self.assert_becomes_an_object(stream, 3, ["z", "a"])
        stream.stop()

    def test_139_the_only_attribute_and_the_type_renamed_at_once(self):
        # GIVEN a type of one attribute, whose row in pg_type is written by the change, too
        self.db.execute("CREATE TYPE one AS (a int)")
        self.table(columns="id int PRIMARY KEY, p one")
        slot = self.named_slot()
        self.write(1, value="ROW({0})")
        self.db.execute("BEGIN; ALTER TYPE one RENAME TO uno;"
                        " ALTER TYPE uno RENAME ATTRIBUTE a TO z; COMMIT")
        self.write(2, value="ROW({0})")
        stream = self.tail(*slot)
        old, new = stream.wait_events(2)
        self.assert_either(old, "(1)", ["a"])
        self.assert_either(new, "(2)", ["z"])
        self.assert_becomes_an_object(stream, 3, ["z"], value="ROW({0})")
        stream.stop()

    def test_139_names_under_constant_change(self):
        # GIVEN a type whose attribute is named after the value that its rows have then
        self.db.execute("CREATE TYPE pair AS (n0 int)")
        self.table(columns="id int PRIMARY KEY, p pair")
        stream = self.tail()
        # WHEN rows are written right before and after each of many changes
        self.db.execute("""DO $$ BEGIN FOR i IN 0..199 LOOP
            INSERT INTO items VALUES (i * 2, ROW(i));
            IF i % 3 = 0 THEN COMMIT; END IF;
            EXECUTE format('ALTER TYPE pair RENAME ATTRIBUTE n%s TO n%s', i, i + 1);
            IF i % 2 = 0 THEN COMMIT; END IF;
            INSERT INTO items VALUES (i * 2 + 1, ROW(i + 1));
            COMMIT; END LOOP; END $$""")
        # THEN no object has a name that was not in force when its row was written
        for event in stream.wait_events(400):
            number = (event["after"]["id"] + 1) // 2
            self.assertIn(event["after"]["p"], (f"({number})", {f"n{number}": number}))
        self.assert_becomes_an_object(stream, 400, ["n200"], value="ROW({0})")
        stream.stop()

    def test_139_types_that_were_there_before_the_tail_are_objects(self):
        # GIVEN types younger than a slot, and than a transaction of another database that is open:
        # for the server they may be in use in another form as long as that lasts
        self.db.execute("CREATE PUBLICATION everything FOR ALL TABLES")
        slot = "s_" + self.db.name
        self.db.make_slot(slot)
        elsewhere = self.db.cluster.session()
        self.addCleanup(elsewhere.close)
        elsewhere.execute("BEGIN; SELECT pg_current_xact_id()")
        self.db.execute("CREATE TYPE pair AS (a int, b text); CREATE TABLE parts (a int, b text);"
                        " ALTER TABLE parts RENAME b TO c;"
                        " CREATE TABLE items (id int PRIMARY KEY, p pair, q parts, qs parts[])")
        stream = self.tail("-S", slot, "--publication", "everything")
        # WHEN the first row comes, THEN nothing of it can have changed since
        self.db.execute("INSERT INTO items VALUES (1, ROW(1, 'x'), ROW(2, 'y'), '{NULL}')")
        self.assertEqual(stream.wait_events(1)[0]["after"],
                         {"id": 1, "p": {"a": 1, "b": "x"}, "q": {"a": 2, "c": "y"}, "qs": [None]})
        stream.stop()

    OF_DROPPED = ("id int PRIMARY KEY, n int[], h hstore, m mood, ms mood[], p pair, ps pair[],"
                  " d of_pair, r moods")

    def types_that_will_go(self):
        self.db.execute("CREATE EXTENSION hstore; CREATE TYPE mood AS ENUM ('a', 'b c');"
                        " CREATE TYPE pair AS (a int, b text); CREATE DOMAIN of_pair AS pair;"
                        " CREATE TYPE moods AS RANGE (subtype = mood)")
        self.table(columns=self.OF_DROPPED)
        return self.named_slot()

    def write_types_that_will_go(self):
        self.db.execute("""INSERT INTO items VALUES (1, '{1,2}', 'k=>v', 'b c', '{a,"b c",NULL}',
            ROW(1, 'x y'), ARRAY[ROW(1, 'x y')::pair, NULL], ROW(2, NULL), '[a,"b c")')""")

    # A type that is gone is its text.
    TEXTS = {"h": '"k"=>"v"', "m": "b c", "ms": '{a,"b c",NULL}', "p": '(1,"x y")',
             "ps": '{"(1,\\"x y\\")",NULL}', "d": "(2,)", "r": '[a,"b c")'}

    def test_76_types_dropped_with_their_columns(self):
        slot = self.types_that_will_go()
        self.write_types_that_will_go()
        self.db.execute("DROP TYPE moods, mood, pair CASCADE; DROP EXTENSION hstore CASCADE")
        self.db.execute("INSERT INTO items VALUES (2, '{3}')")
        stream = self.tail(*slot)
        old, new = stream.wait_events(2)
        self.assertEqual(old["after"], {"id": 1, "n": [1, 2], **self.TEXTS})
        self.assertEqual(new["after"], {"id": 2, "n": [3]})
        self.assertEqual((old["key"], new["key"]), ({"id": 1}, {"id": 2}))
        stream.stop()

    def test_76_types_dropped_with_the_table(self):
        slot = self.types_that_will_go()
        self.write_types_that_will_go()
        self.db.execute("DROP TABLE items; DROP TYPE moods, mood, pair CASCADE;"
                        " DROP EXTENSION hstore")
        self.table("others")
        self.db.execute(f"ALTER PUBLICATION {slot[1]} ADD TABLE others")
        self.rows(2, 2, table="others")
        stream = self.tail(*slot)
        old, new = stream.wait_events(2)
        self.assertEqual(old["after"], {"id": 1, "n": [1, 2], **self.TEXTS})
        self.assertEqual(new["after"], {"id": 2, "name": "row 2"})
        stream.stop()

    def test_76_types_dropped_on_the_open_stream(self):
        slot = self.types_that_will_go()
        stream = self.tail(*slot)
        self.write_types_that_will_go()
        stream.wait_events(1)
        self.db.execute("DROP TYPE moods, mood, pair CASCADE; DROP EXTENSION hstore CASCADE")
        self.db.execute("INSERT INTO items VALUES (2, '{3}')")
        first, second = stream.wait_events(2)
        self.assertEqual(first["after"], {
            "id": 1, "n": [1, 2], "h": {"k": "v"}, "m": "b c", "ms": ["a", "b c", None],
            "p": {"a": 1, "b": "x y"}, "ps": [{"a": 1, "b": "x y"}, None],
            "d": {"a": 2, "b": None}, "r": '[a,"b c")'})
        self.assertEqual(second["after"], {"id": 2, "n": [3]})
        stream.stop()

    def test_76_a_type_of_the_same_name_is_another_type(self):
        # GIVEN rows of a composite; then an enum has its name, then a composite again
        self.own_type()
        slot = self.named_slot()
        self.write(1)
        self.db.execute("ALTER TABLE items DROP p; DROP TYPE pair; CREATE TYPE pair AS"
                        " ENUM ('(x)'); ALTER TABLE items ADD p pair")
        self.db.execute("INSERT INTO items VALUES (2, '(x)')")
        self.db.execute("ALTER TABLE items DROP p; DROP TYPE pair; CREATE TYPE pair AS"
                        " (other int, names text); ALTER TABLE items ADD p pair")
        self.write(3)
        stream = self.tail(*slot)
        first, second, third = stream.wait_events(3)
        self.assertEqual(first["after"]["p"], "(1,x1)")
        self.assertEqual(second["after"]["p"], "(x)")
        self.assert_either(third, "(3,x3)", ["other", "names"])
        self.assert_becomes_an_object(stream, 4, ["other", "names"])
        stream.stop()
