"""Is the server found as people name it, and does every failure to reach it say what and why?"""
import pathlib
import socket

import pg
from case import integration_case
from pg import uri
from tail import run

NOWHERE = "postgresql://nowhere.invalid/x"


class tail_connection(integration_case):
    def shows_a_row(self, stream):
        self.rows(1, 1)
        self.assert_ids(stream.wait_events(1), [1])
        self.assertTrue(self.db.slot()["pid"])
        stream.stop()

    def connection_of(self, stream):
        """(over a socket, TLS version) of the walsender."""
        row = self.db.query("SELECT a.client_addr IS NULL, s.version FROM pg_stat_activity a"
                            " JOIN pg_stat_ssl s USING (pid) JOIN pg_replication_slots r"
                            " ON r.active_pid = a.pid WHERE r.database = current_database()")[0]
        return row[0] == "t", row[1]

    def test_over_a_unix_socket(self):
        self.table()
        stream = self.tail(dsn=self.db.dsn("unix"))
        self.assertEqual(self.connection_of(stream), (True, None))
        self.shows_a_row(stream)

    def test_over_tcp(self):
        self.table()
        stream = self.tail(dsn=self.db.dsn("tcp"))
        self.assertEqual(self.connection_of(stream), (False, None))
        self.shows_a_row(stream)

    def test_over_tls(self):
        self.table()
        stream = self.tail(dsn=self.db.dsn("tls"))
        over_socket, version = self.connection_of(stream)
        self.assertFalse(over_socket)
        self.assertRegex(version, "^TLSv1")
        self.rows(1, 20_000)  # many TLS records
        found = stream.wait_events(20_000)
        self.assert_ids(found, range(1, 20_001))
        stream.stop()

    def test_tls_that_is_only_required(self):
        self.table()
        stream = self.tail(dsn=self.db.dsn("tcp").replace("sslmode=disable", "sslmode=require"))
        self.assertRegex(self.connection_of(stream)[1], "^TLSv1")
        self.shows_a_row(stream)

    def test_as_a_uri_with_replication_in_it(self):
        self.table()
        dsn = uri(self.db.dsn("tcp"), replication="database", application_name="of_a_pgstream_user")
        stream = self.tail(dsn=dsn)
        self.shows_a_row(stream)

    def test_as_a_conninfo_with_replication_in_it(self):
        self.table()
        self.shows_a_row(self.tail(dsn=self.db.dsn(replication="database")))

    def test_from_the_environment(self):
        self.table()
        slot = self.named_slot()
        environment = {"DATABASE_URL": uri(self.db.dsn("tcp"), replication="database"),
                       "SLOT_NAME": slot[1], "PUBLICATION_NAME": slot[3]}
        stream = self.tail_without_dsn(env=environment)
        self.assertEqual(self.db.slot()["name"], slot[1])
        self.assertTrue(self.db.slot()["pid"])
        self.shows_a_row(stream)
        self.assertEqual(self.db.slots(), [slot[1]])
        self.assertEqual(self.db.publications(), [slot[3]])

    def test_from_a_file_in_the_working_directory(self):
        self.table()
        slot = self.named_slot()
        folder = pathlib.Path(self.scratch.name)
        (folder / ".env").write_text(
            "# of a pgstream user\n"
            f'DATABASE_URL="{uri(self.db.dsn("tcp"), replication="database")}"\n'
            f"export SLOT_NAME={slot[1]}\n"
            f"PUBLICATION_NAME='{slot[3]}'\n"
            "PGHOST=nowhere.invalid\n", encoding="utf-8")
        stream = self.tail_without_dsn(cwd=folder)
        self.assertIn(".env", stream.stderr())
        self.assertEqual(self.db.slot()["name"], slot[1])
        self.shows_a_row(stream)

    def test_the_environment_beats_the_file(self):
        self.table()
        folder = pathlib.Path(self.scratch.name)
        (folder / ".env").write_text(f"DATABASE_URL={NOWHERE}\n", encoding="utf-8")
        stream = self.tail_without_dsn(cwd=folder, env={"DATABASE_URL": uri(self.db.dsn("tcp"))})
        self.shows_a_row(stream)

    def test_a_dsn_on_the_command_line_beats_both(self):
        self.table()
        folder = pathlib.Path(self.scratch.name)
        (folder / ".env").write_text(f"DATABASE_URL={NOWHERE}\n", encoding="utf-8")
        self.shows_a_row(self.tail(cwd=folder, env={"DATABASE_URL": NOWHERE}))

    def test_from_libpqs_own_variables(self):
        self.table()
        found = pg.parameters(self.db.dsn())
        environment = {"PGHOST": found["host"], "PGPORT": found["port"], "PGUSER": found["user"],
                       "PGDATABASE": found["dbname"]}
        self.shows_a_row(self.tail_without_dsn(env=environment))

    def fails(self, dsn, code=3):
        """Runs a tail that cannot begin; returns what stderr says."""
        ended, out, err = run("tail", dsn, env={"PGCONNECT_TIMEOUT": "10"}, deadline=60)
        self.assertEqual(ended, code, err)
        self.assertEqual(out, "")
        self.assertRegex(err, r"error\[pg\.[a-z_]+\]: ")
        return err

    def test_a_server_that_is_not_there(self):
        with socket.socket() as held:
            held.bind(("127.0.0.1", 0))  # taken, but nobody listens
            port = held.getsockname()[1]
            err = self.fails(f"host=127.0.0.1 port={port} user=walwire dbname=x")
        self.assertIn(str(port), err)

    def test_a_socket_that_is_not_there(self):
        self.fails("host=/nowhere/at/all user=walwire dbname=x")

    def test_a_database_that_is_not_there(self):
        self.assertIn("no_such_database", self.fails(self.db.dsn(dbname="no_such_database")))

    def test_a_wrong_password_which_is_never_shown(self):
        role = "r_" + self.db.name
        self.db.execute(f"CREATE ROLE {role} LOGIN REPLICATION PASSWORD 'right-one'")
        self.addCleanup(pg.with_server, self.db.cluster, f"DROP ROLE {role}")
        hba = pathlib.Path(self.db.value("SHOW hba_file"))
        lines = hba.read_text(encoding="utf-8")
        rule = f"host {self.db.name} {role} 127.0.0.1/32 scram-sha-256\n"
        hba.write_text(rule + lines, encoding="utf-8")
        self.db.query("SELECT pg_reload_conf()")
        pg.eventually(lambda: self.db.value("SELECT count(*) FROM pg_hba_file_rules WHERE"
                                            f" '{role}' = ANY (user_name)") == "1", "the rule")
        dsn = self.db.dsn("tcp", user=role, password="wrong-one")
        pg.eventually(lambda: run("tail", dsn, deadline=60)[0] == 3, "the rule is in force", 20)
        err = self.fails(dsn)
        self.assertNotIn("wrong-one", err)
        self.assertIn(role, err)

    def test_a_role_that_may_not_replicate(self):
        role = "r_" + self.db.name
        self.db.execute(f"CREATE ROLE {role} LOGIN")
        self.addCleanup(pg.with_server, self.db.cluster, f"DROP ROLE {role}")
        self.table()
        err = self.fails(self.db.dsn(user=role))
        self.assertIn(role, err)
        self.assertIn("help:", err)

    def test_tables_of_others_are_left_out_with_a_warning(self):
        role = "r_" + self.db.name
        self.db.execute(f"CREATE ROLE {role} LOGIN REPLICATION;"
                        f" GRANT CREATE ON DATABASE {self.db.name} TO {role};"
                        f" GRANT CREATE ON SCHEMA public TO {role}")
        self.addCleanup(pg.with_server, self.db.cluster, f"DROP ROLE {role}")
        self.addCleanup(lambda: self.db.execute(f"DROP OWNED BY {role}"))
        self.table("theirs", "id int PRIMARY KEY")
        # None left: an error of the environment.
        code, out, err = run("tail", self.db.dsn(user=role), deadline=30)
        self.assertEqual((code, out), (3, ""), err)
        self.assertIn("theirs", err)
        self.assertEqual(self.db.slots(), [])
        self.assertEqual(self.db.publications(), [])
        # One left: it flows.
        self.db.execute(f"CREATE TABLE mine (id int PRIMARY KEY); ALTER TABLE mine OWNER TO {role}")
        stream = self.tail(dsn=self.db.dsn(user=role))
        self.assertIn("theirs", stream.stderr())
        self.db.execute("INSERT INTO theirs VALUES (1)")
        self.db.execute("INSERT INTO mine VALUES (2)")
        self.assertEqual([e["table"] for e in stream.wait_events(1)], ["mine"])
        stream.stop()

    def test_wal_level_is_checked_before_anything_is_made(self):
        other = pg.cluster.start("-c", "wal_level=replica")
        self.addCleanup(other.remove)
        err = self.fails(other.dsn())
        self.assertRegex(err, r"error\[pg\.wal_level\]: .*replica")
        self.assertIn("ALTER SYSTEM SET wal_level = logical", err)
        server = other.session()
        self.addCleanup(server.close)
        self.assertEqual(server.query("SELECT pubname FROM pg_publication"), [])

    def test_no_free_slot_is_told(self):
        other = pg.cluster.start("-c", "max_replication_slots=1")
        self.addCleanup(other.remove)
        server = other.session()
        self.addCleanup(server.close)
        server.execute("CREATE TABLE items (id int PRIMARY KEY)")
        server.query("SELECT pg_create_logical_replication_slot('the_only_one', 'pgoutput')")
        err = self.fails(other.dsn())
        self.assertIn("max_replication_slots", err)
        self.assertEqual(server.query("SELECT pubname FROM pg_publication"), [])
