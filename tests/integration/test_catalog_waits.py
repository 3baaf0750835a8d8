"""What if the server answers late, has no room for whoever asks, or is asked for many rows?"""
import os
import signal

import pg
from case import integration_case
from pg import eventually, holds

OTHERS = ("FROM pg_stat_activity WHERE datname = current_database()"
          " AND backend_type = 'client backend' AND application_name LIKE 'walwire%'")


class catalog_waits(integration_case):
    def own_table(self, name, number=1):
        """A table whose rows need the catalogs, and a row of it."""
        self.db.execute(f"CREATE TYPE {name}_row AS (n int, t text);"
                        f" CREATE TABLE {name} (id int PRIMARY KEY, p {name}_row);"
                        f" INSERT INTO {name} VALUES ({number}, ROW({number}, 'x'))")

    def everything(self, **more):
        self.db.execute("CREATE PUBLICATION everything FOR ALL TABLES")
        return self.tail("--publication", "everything", **more)

    def assert_objects(self, events):
        for event in events:
            number = event["after"]["id"]
            self.assertEqual(event["after"]["p"], {"n": number, "t": "x"})

    def ask_connections(self):
        return self.db.query(f"SELECT pid {OTHERS}")

    def test_the_server_is_asked_once_per_table_not_per_row(self):
        stream = self.everything()
        self.own_table("t1")
        self.assert_objects(stream.wait_events(1))
        # WHEN 20,000 rows of the table come
        before = self.statements()
        self.db.execute("INSERT INTO t1 SELECT i, ROW(i, 'x')::t1_row FROM"
                        " generate_series(2, 20000) i")
        self.assert_objects(stream.wait_events(20000))
        # THEN the server has had few questions, among them this test's own
        self.assertLess(self.statements() - before, 200)
        stream.stop()

    def statements(self):
        """How many transactions of the database have ended: each question is one at least."""
        self.db.execute("SELECT pg_stat_force_next_flush()")
        return int(self.db.value("SELECT xact_commit + xact_rollback FROM pg_stat_database"
                                 " WHERE datname = current_database()"))

    def unanswered(self):
        """A stream with a row that waits for a server process that stands still."""
        stream = self.everything()
        self.own_table("t1")
        self.assert_objects(stream.wait_events(1))
        processes = [int(pid) for pid, in self.ask_connections()]
        for pid in processes:
            os.kill(pid, signal.SIGSTOP)
        self.addCleanup(self.go_on, processes)
        self.own_table("t2", 2)
        holds(lambda: len(stream.events()) == 1, "the row waits", 0.5)
        return stream, processes

    def go_on(self, processes):
        for pid in processes:
            try:
                os.kill(pid, signal.SIGCONT)
            except ProcessLookupError:
                pass  # walwire has left, and so has the server's process

    def test_a_question_that_is_not_answered_is_waited_for(self):
        stream, processes = self.unanswered()
        self.go_on(processes)
        self.assert_objects(stream.wait_events(2))
        stream.stop()

    def test_sigterm_ends_it_though_a_question_is_not_answered(self):
        stream, _ = self.unanswered()
        stream.signal(signal.SIGTERM)
        # The row was read and cannot be shown: that is not the end that was asked for.
        self.assertIn(stream.wait_exit(30), (0, 1), stream.report())
        self.assertEqual(len(stream.events()), 1)

    def test_a_second_signal_ends_it_at_once(self):
        stream, _ = self.unanswered()
        stream.signal(signal.SIGTERM)
        stream.wait_error("stopping")
        stream.signal(signal.SIGTERM)
        self.assertEqual(stream.wait_exit(5), 143, stream.report())

    def test_no_connection_is_left_for_questions(self):
        # GIVEN a server with no place for another connection, once the stream is there
        server = pg.cluster.start("-c", "max_connections=12", "-c", "max_wal_senders=2", "-c",
                                  "superuser_reserved_connections=0")
        self.addCleanup(server.remove)
        db = pg.database(server)
        self.addCleanup(db.drop)
        db.execute("CREATE TYPE pair AS (n int, t text); CREATE TABLE plain (id int PRIMARY KEY);"
                   " CREATE TABLE items (id int PRIMARY KEY, p pair)")
        stream = self.tail(dsn=db.dsn())
        db.execute("INSERT INTO plain VALUES (1)")
        stream.wait_events(1)
        taken = self.take_all(db)
        db.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE"
                   " backend_type = 'client backend' AND application_name LIKE 'walwire%'")
        taken += self.take_all(db)
        db.execute("INSERT INTO items VALUES (2, ROW(2, 'x'))")
        # THEN the row waits, until there is one again
        holds(lambda: len(stream.events()) == 1, "the row waits", 1)
        for session in taken:
            session.close()
        self.assert_objects(stream.wait_events(2)[1:])
        stream.stop()

    def take_all(self, db):
        made = []
        while True:
            try:
                made.append(db.session())
            except pg.sql_error:
                return made

    def test_a_tail_leaves_no_connection_behind(self):
        stream = self.everything()
        self.own_table("t1")
        stream.wait_events(1)
        stream.stop()
        eventually(lambda: not self.ask_connections(), "no connection is left")
