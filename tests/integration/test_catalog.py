"""Is the server asked for what rows need, is it waited for, and does an end end the waiting?"""
import pg
from case import integration_case, seconds
from pg import eventually, holds, with_server

CLIENTS = ("FROM pg_stat_activity WHERE application_name = 'walwire'"
           " AND backend_type = 'client backend' AND datname = current_database()")


class catalog(integration_case):
    def setUp(self):
        # A server of its own: much DDL in any database of one makes it announce known tables again.
        super().setUp()
        server = pg.cluster.start()
        self.addCleanup(server.remove)
        self.db = pg.database(server)
        self.addCleanup(self.db.drop)

    def end_sessions(self):
        self.db.query(f"SELECT pg_terminate_backend(pid) {CLIENTS}")

    def unreachable(self):
        """Ordinary connections end, and no new one comes; the walsender streams on."""
        self.addCleanup(self.reachable)
        with_server(self.db.cluster, f"ALTER DATABASE {self.db.name} ALLOW_CONNECTIONS false")
        self.end_sessions()
        eventually(lambda: not self.db.query(f"SELECT pid {CLIENTS}"), "its sessions are gone")

    def reachable(self):
        with_server(self.db.cluster, f"ALTER DATABASE {self.db.name} ALLOW_CONNECTIONS true")

    def started(self):
        """A tail of two tables, one of which it knows."""
        self.table()
        self.db.execute("CREATE TYPE pair AS (a int, b text);"
                        "CREATE TABLE others (id int PRIMARY KEY, p pair)")
        self.slot = self.named_slot("items", "others")
        stream = self.tail(*self.slot)
        self.rows(1, 1)
        stream.wait_events(1)
        return stream

    def test_a_session_that_was_ended_is_made_again(self):
        stream = self.started()
        self.end_sessions()
        self.rows(1, 1, table="others", text="(i, 'x')::pair")
        self.assertEqual(stream.wait_events(2)[1]["after"], {"id": 1, "p": {"a": 1, "b": "x"}})
        stream.stop()

    def test_a_row_waits_for_what_it_is_made_of(self):
        # GIVEN a server that nobody can ask
        stream = self.started()
        self.unreachable()
        # WHEN a row of a table comes that is not known
        self.rows(1, 1, table="others", text="(i, 'x')::pair")
        # THEN it waits, and that is told; it is never sent as text because of it
        stream.wait_error(r"rows of public\.others wait until .*not currently accepting connections"
                          r".*\[catalog\.waiting\]")
        self.assertEqual(len(stream.lines), 1)
        self.reachable()
        self.assertEqual(stream.wait_events(2)[1]["after"], {"id": 1, "p": {"a": 1, "b": "x"}})
        stream.stop()

    def test_rows_of_known_tables_do_not_wait(self):
        stream = self.started()
        self.unreachable()
        self.rows(2, 2)
        self.assert_ids(stream.wait_events(2), [1, 2])
        stream.stop()

    def test_sigterm_ends_the_waiting_and_loses_nothing(self):
        stream = self.started()
        self.unreachable()
        self.rows(1, 1, table="others", text="(i, 'x')::pair")
        holds(lambda: len(stream.lines) == 1, "it waits", seconds(1, 5))
        stream.stop(deadline=30)
        self.assertEqual(len(stream.lines), 1)
        self.reachable()
        again = self.tail(*self.slot)
        self.assertEqual(again.wait_events(1)[-1]["after"], {"id": 1, "p": {"a": 1, "b": "x"}})
        again.stop()

    def test_a_stream_that_ended_is_an_error_when_nobody_can_be_asked(self):
        self.table()
        self.table("others")
        self.db.execute("CREATE PUBLICATION p FOR TABLE items, others")
        stream = self.tail("--publication", "p")
        self.rows(1, 1)
        stream.wait_events(1)
        self.unreachable()
        self.rows(1, 1, table="others")
        holds(lambda: len(stream.lines) == 1, "it waits", 0.5)
        slot = self.db.slot()
        self.db.query(f"SELECT pg_terminate_backend({slot['pid']})")
        self.assertEqual(stream.wait_exit(), 3, stream.report())
        self.assertIn("catalog.gave_up", stream.stderr())
