"""Can a role's, a database's or a cluster's settings, or what lies in a schema, change the output?

Two databases hold the same; one of them is set up to be hostile. Every line but its position must
be the same, byte for byte.
"""
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest
import uuid

import oracle
import pg
from case import integration_case
from literals import LITERALS
from tail import tail

SETTINGS = {
    "DateStyle": "'German, DMY'", "IntervalStyle": "'iso_8601'", "TimeZone": "'Asia/Tokyo'",
    "bytea_output": "'escape'", "extra_float_digits": "-15", "quote_all_identifiers": "on",
    "search_path": "evil, pg_catalog, public", "client_min_messages": "debug5",
    "client_encoding": "'LATIN1'", "xmlbinary": "hex", "xmloption": "document",
    "default_transaction_read_only": "on", "row_security": "off", "statement_timeout": "'1ms'",
    "lock_timeout": "'1ms'", "idle_in_transaction_session_timeout": "'1ms'",
    "idle_session_timeout": "'1ms'", "standard_conforming_strings": "off", "array_nulls": "off",
    "default_transaction_isolation": "'serializable'", "transform_null_equals": "on",
    "backslash_quote": "off", "lc_messages": "'C'", "lc_time": "'C'", "lc_numeric": "'C'",
    "session_replication_role": "replica", "enable_seqscan": "off", "enable_indexscan": "off",
    "gin_fuzzy_search_limit": "1", "default_toast_compression": "'pglz'",
    "application_name": "'it''s \"evil\"'", "role": "none",
}

# Types whose text depends on a setting, and some for company.
DEPENDING = ["money", "timestamptz", "timestamp", "date", "time", "timetz", "interval", "bytea",
             "float4", "float8", "numeric", "regclass", "regtype", "regproc", "regprocedure",
             "regoper", "regnamespace", "regrole", "regcollation", "xml", "text", "jsonb", "bool"]

EVIL = """
CREATE SCHEMA evil;
CREATE TYPE evil.text AS ENUM ('evil');
CREATE TYPE evil.int4 AS (evil text);
CREATE DOMAIN evil.pg_lsn AS text;
CREATE TABLE evil.pg_type AS SELECT 1 AS oid, 'evil'::name AS typname;
CREATE TABLE evil.pg_attribute AS SELECT 1 AS attrelid;
CREATE VIEW evil.pg_class AS SELECT 1 / 0 AS oid;
CREATE VIEW evil.pg_namespace AS SELECT 1 / 0 AS oid;
CREATE VIEW evil.pg_enum AS SELECT 1 / 0 AS oid;
CREATE VIEW evil.pg_range AS SELECT 1 / 0 AS rngtypid;
CREATE VIEW evil.pg_cast AS SELECT 1 / 0 AS castsource;
CREATE VIEW evil.pg_index AS SELECT 1 / 0 AS indrelid;
CREATE VIEW evil.pg_database AS SELECT 1 / 0 AS datname;
CREATE VIEW evil.pg_publication AS SELECT 1 / 0 AS pubname;
CREATE VIEW evil.pg_publication_tables AS SELECT 1 / 0 AS pubname;
CREATE VIEW evil.pg_replication_slots AS SELECT 1 / 0 AS slot_name;
CREATE VIEW evil.pg_settings AS SELECT 1 / 0 AS name;
CREATE FUNCTION evil.refuse() RETURNS text LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'evil was called'; END $$;
"""

# Arguments that fit better than those of the catalog's own, in a schema that is looked at after it.
BETTER = ["quote_ident(name)", "quote_literal(name)", "format_type(oid, int8)", "lower(name)",
          "length(name)", "pg_encoding_to_char(int8)", "current_setting(name)", "left(name, int)",
          "obj_description(int8, name)", "pg_get_expr(text, oid)", "to_regclass(name)",
          "array_to_string(name[], text)", "string_agg_evil(name)", "starts_with(name, text)"]
OPERATORS = [("=", "name", "varchar"), ("=", "oid", "int8"), ("=", '"char"', "text"),
             ("<>", '"char"', "text"), ("||", "name", "name"), ("||", "name", "text"),
             ("||", "text", "name"), ("~~", "name", "name"), ("=", "int2", "oid"),
             (">", "int2", "oid"), ("=", "regtype", "oid"), ("=", "regclass", "oid")]


def evil_schema():
    """What a user with CREATE on a schema can put in the way of a query that trusts names."""
    made = [EVIL]
    for schema in ("evil", "public"):
        for function in BETTER:
            made.append(f"CREATE FUNCTION {schema}.{function} RETURNS text LANGUAGE sql"
                        " AS 'SELECT evil.refuse()';")
        for number, (operator, left, right) in enumerate(OPERATORS):
            made.append(f"CREATE FUNCTION {schema}.f{number}({left}, {right}) RETURNS bool"
                        " LANGUAGE sql AS 'SELECT evil.refuse() IS NULL';"
                        f"CREATE OPERATOR {schema}.{operator} (FUNCTION = {schema}.f{number},"
                        f" LEFTARG = {left}, RIGHTARG = {right});")
    return "".join(made)


def setup(db):
    """A table with a column of every type that a setting changes, its array, and all in one."""
    columns = ", ".join(f"c_{name} pg_catalog.{name}" for name in DEPENDING)
    arrays = ", ".join(f"a_{name} pg_catalog.{name}[]" for name in DEPENDING)
    db.execute(evil_schema() + f"""
        SET search_path = public;
        CREATE TABLE public."Mixed Case" (id int);
        CREATE TYPE own AS ({columns}, of_evil evil.int4, named "Mixed Case");
        CREATE TABLE items (id int PRIMARY KEY, {columns}, {arrays}, o own, os own[],
            r tstzrange, n numrange, t evil.text, q regclass, v varchar(20), p numeric(5, 2));
    """)


def write(db):
    rows = max(len(LITERALS[name]) for name in DEPENDING)
    values = {name: [pg_literal(name, number) for number in range(rows)] for name in DEPENDING}
    for number in range(rows):
        plain = [values[name][number] for name in DEPENDING]
        arrays = [f"ARRAY[{values[name][number]}, {values[name][number - 1]}, NULL]"
                  for name in DEPENDING]
        own = f"ROW({', '.join(plain)}, ROW('x'), ROW(7))::own"
        db.execute(f"INSERT INTO items VALUES ({number}, {', '.join(plain + arrays)}, {own},"
                   f" ARRAY[{own}, NULL], tstzrange('2026-08-21 01:02:03.5+00', NULL),"
                   f" '[0.10,5]', 'evil', {['evil.pg_type', 'pg_type', '{}'][number % 3]!r}"
                   "::regclass, 'v', 1.5)".replace("'{}'", "'\"Mixed Case\"'"))


def pg_literal(name, number):
    literals = LITERALS[name]
    text = literals[number % len(literals)].replace("'", "''").replace("\\", "\\\\")
    return f"E'{text}'::pg_catalog.{name}"


def without_position(line):
    """A line's members but those that tell where and when it was written."""
    return [(name, text) for name, text in oracle.members(line)
            if name not in ("pos", "lsn", "xid", "ts")]


class settings(integration_case):
    def setUp(self):
        super().setUp()
        self.hostile = self.another_database()
        for db in (self.db, self.hostile):
            setup(db)

    def another_database(self, options=""):
        made = pg.database(pg.shared_cluster(), options)
        self.addCleanup(made.drop)
        return made

    def hostile_role(self):
        name = "evil_" + uuid.uuid4().hex[:12]
        self.db.execute(f"CREATE ROLE {name} SUPERUSER LOGIN")
        self.addCleanup(lambda: pg.with_server(pg.shared_cluster(), f"DROP ROLE {name}"))
        return name

    def compare(self, **parameters):
        """The lines of both databases, in json and in text, the second one's as `parameters`."""
        plain, plain_text = self.tail(), self.tail(form="text")
        hostile = self.tail(dsn=self.hostile.dsn(**parameters))
        hostile_text = self.tail(dsn=self.hostile.dsn(**parameters), form="text")
        for db in (self.db, self.hostile):
            write(db)
        count = int(self.db.value("SELECT count(*) FROM items"))
        for stream in (plain, hostile):
            stream.wait_events(count)
        for stream in (plain_text, hostile_text):
            stream.wait_for(lambda t: t.lines.count("}") >= count, "every row in text")
        self.assertEqual(list(map(without_position, hostile.all_lines)),
                         list(map(without_position, plain.all_lines)))
        self.assertEqual([line.split(" lsn=")[0] for line in hostile_text.lines],
                         [line.split(" lsn=")[0] for line in plain_text.lines])
        expected = oracle.rows_as_json(oracle.pinned_session(self.db), ["public.items"])
        oracle.check(expected, oracle.streamed_rows(hostile.lines))
        for stream in (plain, plain_text, hostile, hostile_text):
            stream.stop()

    def test_4_settings_of_the_role_change_no_byte(self):
        role = self.hostile_role()
        for name, value in SETTINGS.items():
            self.db.execute(f"ALTER ROLE {role} SET {name} = {value}")
        self.compare(user=role)

    def test_4_settings_of_the_database_change_no_byte(self):
        for name, value in SETTINGS.items():
            if name != "role":
                self.db.execute(f"ALTER DATABASE {self.hostile.name} SET {name} = {value}")
        self.compare()

    def test_4_settings_of_the_connection_string_change_no_byte(self):
        # Those of `options` reach the server in the same packet as the pins, and must come first.
        options = [f"-c {name}={value}" for name, value in {
            "DateStyle": "German", "TimeZone": "Asia/Tokyo", "extra_float_digits": "-15",
            "bytea_output": "escape", "IntervalStyle": "iso_8601", "search_path": "evil",
            "quote_all_identifiers": "on", "client_encoding": "LATIN1"}.items()]
        self.compare(options=" ".join(options))

    def test_4_settings_of_the_environment_change_no_byte(self):
        # libpq sends these as settings of the session.
        stream = self.tail(dsn=self.hostile.dsn(), env={
            "PGDATESTYLE": "German", "PGTZ": "Asia/Tokyo", "PGCLIENTENCODING": "LATIN1",
            "PGOPTIONS": "-c extra_float_digits=-15 -c bytea_output=escape"})
        write(self.hostile)
        expected = oracle.rows_as_json(oracle.pinned_session(self.hostile), ["public.items"])
        stream.wait_events(len(expected))
        oracle.check(expected, oracle.streamed_rows(stream.lines))
        stream.stop()


class money(unittest.TestCase):
    """Another locale than C: made here, for a server of its own that looks for locales there."""

    LOCALE = "de_DE.UTF-8"

    def setUp(self):
        if not pathlib.Path("/usr/share/i18n/locales/de_DE").exists():
            self.skipTest("there are no sources of locales: the package `locales` is missing")
        self.folder = tempfile.mkdtemp(prefix="walwire-locale-", dir="/tmp")
        self.addCleanup(shutil.rmtree, self.folder)
        os.chmod(self.folder, 0o755)
        subprocess.run(["localedef", "-i", "de_DE", "-f", "UTF-8", f"{self.folder}/{self.LOCALE}"],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.environ["LOCPATH"] = self.folder  # for the server alone
        try:
            self.cluster = pg.cluster.start()
        finally:
            del os.environ["LOCPATH"]
        self.addCleanup(self.cluster.remove)

    def streamed(self, db):
        """The row of one sum, as streamed, and as the server says it with the pinned settings."""
        db.execute("CREATE TABLE items (id int PRIMARY KEY, m money, ms money[])")
        stream = tail(db.dsn())
        self.addCleanup(stream.close)
        db.execute("INSERT INTO items VALUES (1, 1234.5, '{-1.5,NULL}')")
        stream.wait_events(1)
        stream.stop()
        return (oracle.streamed_rows(stream.lines),
                oracle.rows_as_json(oracle.pinned_session(db), ["public.items"]))

    def test_4_lc_monetary_of_the_database_changes_no_byte(self):
        db = pg.database(self.cluster)
        self.addCleanup(db.drop)
        db.execute(f"ALTER DATABASE {db.name} SET lc_monetary = '{self.LOCALE}'")
        other = db.session()
        self.assertNotIn("1,234.50", other.value("SELECT 1234.5::numeric::money"))  # it does so
        found, expected = self.streamed(db)
        self.assertEqual(found, expected)
        self.assertEqual(found["items", "1"], '{"id":1,"m":"$1,234.50","ms":["-$1.50",null]}')

    def test_4_money_is_written_as_the_database_collates(self):
        db = pg.database(self.cluster, f"LOCALE '{self.LOCALE}' TEMPLATE template0")
        self.addCleanup(db.drop)
        db.execute(f"ALTER DATABASE {db.name} SET lc_monetary = 'C'")
        found, expected = self.streamed(db)
        self.assertEqual(found, expected)
        self.assertIn("1.234,50", found["items", "1"])
