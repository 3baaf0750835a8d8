"""Do -n, -I, -E and -t select what they promise, and are mistakes of the command line named?"""
from case import integration_case
from pg import lsn
from tail import run


class tail_options(integration_case):
    def test_n_ends_after_that_many_events(self):
        self.table()
        stream = self.tail("-n", 3)
        self.rows(1, 10)  # also inside a transaction
        self.assertEqual(stream.wait_exit(), 0, stream.report())
        self.assert_ids(stream.events(), [1, 2, 3])
        self.assertEqual(self.db.publications(), [])

    def test_e_ends_as_soon_as_it_is_met(self):
        # GIVEN transactions that come in one piece, the last of them beyond the end. The next look
        # at anything would be that for a status update, ten seconds later.
        self.table()
        publication = self.named_slot()[3]
        slots = [f"s{i}_{self.db.name}" for i in range(6)]
        for name in slots:
            self.db.make_slot(name)
        ends = []
        for i in range(1, 5):
            self.rows(i, i)
            ends.append(self.db.value("SELECT pg_current_wal_lsn()"))
        for name in slots:
            stream = self.tail("-S", name, "--publication", publication, "-I", ends[1], "-E",
                               ends[2], ready=False)
            self.assertEqual(stream.wait_exit(8), 0, stream.report())

    def test_n_is_a_whole_number(self):
        for wrong in ("0", "-3", "abc", "1.5"):
            code, _, err = run("tail", self.db.dsn(), f"--count={wrong}")
            self.assertEqual(code, 2, err)
            self.assertRegex(err, rf'error\[cli\.count\].*"{wrong}"')

    def test_an_empty_name_is_not_the_same_as_none(self):
        for option, code in (("-S", "cli.slot"), ("--publication", "cli.publication")):
            found, _, err = run("tail", self.db.dsn(), option, "")
            self.assertEqual(found, 2, err)
            self.assertIn(f"error[{code}]", err)
        self.assertEqual(self.db.publications(), [])

    def test_names_in_the_environment_beside_a_dsn_are_told(self):
        self.table()
        stream = self.tail(env={"SLOT_NAME": "unused", "PUBLICATION_NAME": "unused"})
        self.assertIn("SLOT_NAME is not looked at", stream.stderr())
        self.assertIn("PUBLICATION_NAME is not looked at", stream.stderr())
        stream.stop()

    def test_n_counts_over_transactions(self):
        self.table()
        stream = self.tail("-n", 4)
        for i in range(1, 7):
            self.rows(i, i)
        self.assertEqual(stream.wait_exit(), 0, stream.report())
        self.assert_ids(stream.events(), [1, 2, 3, 4])

    def test_n_does_not_settle_what_it_did_not_print(self):
        # GIVEN a lasting slot from which a first tail took two of three transactions
        self.table()
        slot = self.named_slot()
        self.rows(1, 1)
        self.rows(2, 2)
        self.rows(3, 3)
        first = self.tail(*slot, "-n", 2, ready=False)
        self.assertEqual(first.wait_exit(), 0, first.report())
        self.assert_ids(first.events(), [1, 2])
        # THEN the next one goes on with the third
        second = self.tail(*slot, "-n", 1, ready=False)
        self.assertEqual(second.wait_exit(), 0, second.report())
        self.assert_ids(second.events(), [3])

    def test_E_ends_after_the_last_transaction_below_it(self):
        self.table()
        slot = self.named_slot()
        self.rows(1, 2)
        self.rows(3, 3)
        end = self.db.value("SELECT pg_current_wal_insert_lsn()")
        self.rows(4, 4)
        stream = self.tail(*slot, "-E", end, ready=False)
        self.assertEqual(stream.wait_exit(), 0, stream.report())
        self.assert_ids(stream.events(), [1, 2, 3])
        for event in stream.events():
            self.assertLess(lsn(event["lsn"]), lsn(end))

    def test_E_ends_when_a_keepalive_reaches_it(self):
        # Nothing that is published comes after the end, so only a keepalive can tell.
        self.table()
        self.table("other")
        slot = self.named_slot("items")
        self.rows(1, 1)
        self.rows(1, 100, table="other")
        end = self.db.value("SELECT pg_current_wal_insert_lsn()")
        stream = self.tail(*slot, "-E", end, ready=False)
        self.assertEqual(stream.wait_exit(), 0, stream.report())
        self.assert_ids(stream.events(), [1])

    def test_I_skips_transactions_below_it(self):
        self.table()
        slot = self.named_slot()
        self.rows(1, 2)
        start = self.db.value("SELECT pg_current_wal_insert_lsn()")
        self.rows(3, 3)
        self.rows(4, 4)
        stream = self.tail(*slot, "-I", start, "-n", 2, ready=False)
        self.assertEqual(stream.wait_exit(), 0, stream.report())
        self.assert_ids(stream.events(), [3, 4])

    def test_I_and_E_frame_a_piece(self):
        self.table()
        slot = self.named_slot()
        borders = []
        for i in range(1, 6):
            borders.append(self.db.value("SELECT pg_current_wal_insert_lsn()"))
            self.rows(i, i)
        stream = self.tail(*slot, "-I", borders[1], "-E", borders[4], ready=False)
        self.assertEqual(stream.wait_exit(), 0, stream.report())
        self.assert_ids(stream.events(), [2, 3, 4])

    def patterns(self, *patterns):
        """Inserts one row into each of several tables; the tables that a tail of patterns shows."""
        self.db.execute('CREATE SCHEMA other; CREATE SCHEMA "Odd Schema"')
        names = ["users", "users_old", '"Users"', '"st*r"', "starr", "other.users", "other.things",
                 '"Odd Schema".users', '"with.dot"', "last"]
        for name in names:
            self.db.execute(f"CREATE TABLE {name} (id int PRIMARY KEY)")
        stream = self.tail(*(word for p in (*patterns, "last") for word in ("-t", p)))
        for name in names:
            self.db.execute(f"INSERT INTO {name} VALUES (1)")
        stream.wait_for(lambda t: any(e["table"] == "last" for e in t.events()), "the last table")
        stream.stop()
        return [f"{e['schema']}.{e['table']}" for e in stream.events()][:-1]

    def test_t_without_a_dot_means_public(self):
        self.assertEqual(self.patterns("users"), ["public.users"])

    def test_t_star_stands_for_any_run_of_characters(self):
        self.assertEqual(self.patterns("users*", "other.*"),
                         ["public.users", "public.users_old", "other.users", "other.things"])

    def test_t_is_exact_in_case(self):
        self.assertEqual(self.patterns("Users"), ["public.Users"])

    def test_t_quoted_parts_are_literal(self):
        self.assertEqual(self.patterns('"st*r"', '"with.dot"'), ["public.st*r", "public.with.dot"])

    def test_t_takes_a_quoted_schema(self):
        self.assertEqual(self.patterns('"Odd Schema".users', '*."Users"'),
                         ["public.Users", "Odd Schema.users"])

    def test_t_publishes_no_other_table(self):
        self.table()
        self.table("other")
        stream = self.tail("-t", "items")
        self.assertEqual(self.db.query("SELECT DISTINCT tablename FROM pg_publication_tables"),
                         [("items",)])
        self.rows(1, 1, table="other")
        self.rows(1, 1)
        found = stream.wait_events(1)
        self.assertEqual([e["table"] for e in found], ["items"])
        stream.stop()

    def test_mistakes_of_the_command_line_exit_with_2(self):
        self.table()
        dsn = self.db.dsn()
        wrong = [["tail", dsn, "--nonsense"], ["nonsense"], ["tail", dsn, "-n", "many"],
                 ["tail", dsn, "-n", "-1"], ["tail", dsn, "-I", "here"],
                 ["tail", dsn, "-E", "0/XYZ"],
                 ["tail", dsn, "--format", "nope"], ["tail", dsn, "-S", "s", "--temporary"],
                 ["tail", dsn, "-S", "Not A Slot"], ["tail", dsn, "-t", ""],
                 ["tail", dsn, "-t", '"open'], ["tail", dsn, "-o", "no-value"]]
        for arguments in wrong:
            with self.subTest(arguments=arguments):
                code, out, err = run(*arguments, deadline=30)
                self.assertEqual(code, 2, err)
                self.assertEqual(out, "")
                self.assertNotEqual(err, "")
        self.assertEqual(self.db.slots(), [])
        self.assertEqual(self.db.publications(), [])

    def test_plugin_null_takes_everything_and_prints_nothing(self):
        self.table()
        slot = self.named_slot()
        stream = self.tail(*slot, "--plugin", "null")
        self.rows(1, 1000)
        self.wait_flush(self.db.wal_lsn(), what="null acks what it takes")
        stream.stop()
        self.assertEqual(stream.stdout(), "")

    def test_plugin_by_file_and_its_options(self):
        self.table()
        sink = self.sink(mode="ok")
        stream = self.tail(*sink.arguments())
        self.rows(1, 3)
        stream.wait_for(lambda _: len(sink.events()) == 3, "three events in the sink's file")
        self.assert_ids(sink.events(), [1, 2, 3])
        self.assertEqual(sink.journal.entries("create")[0]["dialect"], "json")
        stream.stop()
        self.assertEqual(stream.stdout(), "")
        calls = sink.journal.calls()
        self.assertEqual(calls[:2], ["create", "start"])
        self.assertEqual([c for c in calls if c in ("stop", "destroy")], ["stop", "destroy"])

    def test_mistakes_in_plugins_and_options_are_named(self):
        sink = self.sink().arguments()[:2]
        wrong = [([*sink, "-o", "nope=1"], "nope"), ([*sink, "-o", "mode=weird"], "mode"),
                 ([*sink, "-o", "after=many"], "after"), ([*sink, "-o", "sleep=soon"], "sleep"),
                 (["--plugin", "no_such_plugin"], "no_such_plugin"),
                 (["--plugin", "/nowhere/gone.so"], "/nowhere/gone.so")]
        for arguments, named in wrong:
            with self.subTest(arguments=arguments):
                code, out, err = run("tail", self.db.dsn(), *arguments, deadline=30)
                self.assertIn(code, (1, 2), err)
                if "-o" in arguments:
                    self.assertEqual(code, 2, err)
                self.assertIn("error[", err)
                self.assertIn(named, err)
                self.assertEqual(out, "")
        self.assertEqual(self.db.slots(), [])
