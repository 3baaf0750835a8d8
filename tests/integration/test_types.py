"""Is every value of every type what PostgreSQL itself says of it, in json and in text?

The types are those that the catalogs list at run time, and every kind of type made of them.
"""
import fnmatch
import json
import pathlib

import oracle
import own_types
import pg
from case import integration_case
from value_catalog import value_catalog

EXCLUSIONS = pathlib.Path(__file__).with_name("type_exclusions.txt")
EXCLUSIONS_MAX = 12
VALUES_MIN = 5


def exclusions():
    """[(pattern of a type's name, what the server says of a column of it)]"""
    lines = EXCLUSIONS.read_text(encoding="utf-8").splitlines()
    return [tuple(line.split(" ", 1)) for line in lines if line and not line.startswith("#")]


def stands_for(pattern, kind, catalog):
    """Whether an exclusion means the type, or the type that it is an array of."""
    element = catalog.types.get(kind.element)
    return (fnmatch.fnmatchcase(kind.full_name, pattern) or
            (element is not None and fnmatch.fnmatchcase(element.full_name, pattern)))


class types(integration_case):
    def setUp(self):
        super().setUp()
        own_types.make(self.db)
        self.catalog = value_catalog(self.db)
        self.db.execute("CREATE SCHEMA covered; SET search_path = covered")

    def usable_types(self):
        """Those that no line of the exclusion list stands for; every line must be needed."""
        usable, unused = [], set(exclusions())
        for kind in self.catalog.types.values():
            matching = [line for line in exclusions() if stands_for(line[0], kind, self.catalog)]
            if not matching:
                usable.append(kind)
            for pattern, error in matching:
                unused.discard((pattern, error))
                with self.assertRaises(pg.sql_error, msg=f"{kind.full_name} can be a column") as e:
                    self.db.execute(self.table_of(kind))
                self.assertEqual(e.exception.message, error)
        self.assertEqual(unused, set(), "lines of the exclusion list that nothing needs")
        return usable

    def table_of(self, kind):
        return f"CREATE TABLE {kind.table} (id int PRIMARY KEY, v {kind.written})"

    def insert(self, kind):
        """Every value of the type, in one statement; returns how many."""
        found = self.catalog.values(kind)
        rows = ",\n".join(f"({number}, {value})" for number, value in enumerate(found, 1))
        return len(found), f"INSERT INTO {kind.table} VALUES {rows}"

    def fill(self, usable):
        """Arrays last: they are made of the rows of their elements' tables."""
        ordered = sorted(usable, key=lambda kind: kind.kind == "A")
        counts, statements = {}, []
        for kind in ordered:
            counts[kind.oid], statement = self.insert(kind)
            statements.append(statement)
        self.db.execute("BEGIN;\n" + ";\n".join(statements) + ";\nCOMMIT")
        return counts

    def check_counts(self, usable, counts):
        """At least five values of each type that has so many; returns those that have but NULL."""
        alone = [kind for kind in usable if counts[kind.oid] == 1]
        for kind in alone:
            self.assertTrue(kind.refuses_input, f"{kind.full_name} has values, but none is here")
        few = {kind.full_name for kind in usable if kind not in alone
               and counts[kind.oid] < VALUES_MIN}
        # true, false, NULL; YES, NO, NULL; a composite without columns; no value but NULL twice
        self.assertEqual(few, {"pg_catalog.bool", "own.of_bool", "information_schema.yes_or_no",
                               "own.nothing", "own.emptied"})
        return alone

    def test_every_type_is_what_row_to_json_says(self):
        # GIVEN a table for every type, all of them streamed
        usable = self.usable_types()
        self.db.execute("BEGIN; " + "; ".join(map(self.table_of, usable)) + "; COMMIT")
        stream = self.tail("-t", "covered.*")
        # WHEN their values are written
        counts = self.fill(usable)
        alone = self.check_counts(usable, counts)
        # THEN each row has the bytes that row_to_json gives
        stream.wait_events(sum(counts.values()))
        names = {kind.table: kind.full_name for kind in usable}
        expected = oracle.rows_as_json(oracle.pinned_session(self.db),
                                       [f"covered.{kind.table}" for kind in usable])
        found = oracle.streamed_rows(stream.lines)
        stream.stop()
        fed = [kind for kind in usable if kind.refuses_input and kind not in alone]
        print(f"compared {len(expected)} values of {len(usable)} types; {len(fed)} of them take no"
              f" input and were fed from the catalogs, {len(alone)} have no value but NULL")
        self.assertEqual(len(expected), sum(counts.values()))
        oracle.check(expected, found, lambda table: names[table])

    def test_every_type_in_text_is_its_text(self):
        # GIVEN a table for every type, all of them streamed
        usable = self.usable_types()
        self.db.execute("BEGIN; " + "; ".join(map(self.table_of, usable)) + "; COMMIT")
        stream = self.tail("-t", "covered.*", form="text")
        # WHEN their values are written
        counts = self.fill(usable)
        # THEN a value is what its output function gives, and NULL is null
        rows = sum(counts.values())
        stream.wait_for(lambda t: sum(line == "}" for line in t.lines) >= rows, f"{rows} rows")
        found = text_rows(stream.lines)
        stream.stop()
        session = oracle.pinned_session(self.db)
        text = oracle.as_hex("format('%s', v)")
        answers = session.query(";\n".join(
            f"SELECT '{kind.table}', id, num_nulls(v), {text}"
            f" FROM covered.{kind.table}" for kind in usable))
        expected = {(table, key): oracle.from_hex(text) if nulls == "0" else None
                    for table, key, nulls, text in answers}
        names = {kind.table: kind.full_name for kind in usable}
        self.assertEqual(len(expected), rows)
        oracle.check(expected, found, lambda table: names[table])

    def test_the_exclusion_list_is_short(self):
        lines = EXCLUSIONS.read_text(encoding="utf-8").splitlines()
        self.assertLessEqual(len(lines), EXCLUSIONS_MAX)
        for pattern, error in exclusions():
            self.assertIn("pseudo-type", error, pattern)


def text_rows(lines):
    """{(table, id): value or None} of the inserts of tail's text."""
    found, table = {}, None
    for line in lines:
        if line.startswith("[INSERT] table="):
            table = line.split("table=")[1].split(" lsn=")[0]
            body = ""
        elif line == "data={":
            body = "{"
        elif line == "}":
            row = json.loads(body + "}")
            found[table, row["id"]] = row["v"]
        elif table is not None:
            body += line
    return found
