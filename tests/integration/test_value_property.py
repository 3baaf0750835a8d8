"""Are random values of random types what row_to_json says, however they are nested?

WALWIRE_SEED=N repeats a run; WALWIRE_LONG=1 compares 100,000 values.
"""
import os
import random

import oracle
from case import IS_LONG, integration_case
from literals import identifier
from random_values import random_values

VALUES = 100_000 if IS_LONG else 2_000
TYPES, TABLES, COLUMNS, ROWS = 30, 16, 3, 21  # of one round: 1,008 values


class value_property(integration_case):
    def setUp(self):
        super().setUp()
        seed = int(os.environ.get("WALWIRE_SEED", 0)) or random.randrange(1, 1 << 31)
        print(f"WALWIRE_SEED={seed}")
        self.random = random.Random(seed)
        self.db.execute("CREATE SCHEMA extensions; CREATE EXTENSION hstore SCHEMA extensions")

    def make_tables(self, schema):
        """Tables of random types in a schema of their own: {table: (columns, maker of values)}."""
        made = random_values(self.random, schema, "extensions.hstore")
        for _ in range(TYPES):
            made.add_type()
        tables = {}
        for number in range(TABLES):
            # An array of an own type half of the time: that is what nests deepest.
            kinds = [made.any_type() for _ in range(COLUMNS - 1)]
            kinds.append(made.array_of(self.random.choice(made.own)))
            tables[f"{schema}.t{number}"] = kinds
        for table, kinds in tables.items():
            taken = {"id"}
            columns = "".join(f", {identifier(made.fresh_name(taken))} {kind}" for kind in kinds)
            made.statements.append(f"CREATE TABLE {table} (id int PRIMARY KEY{columns})")
        self.db.execute(f"CREATE SCHEMA {schema}; BEGIN; {'; '.join(made.statements)}; COMMIT")
        return made, tables

    def fill(self, made, tables):
        statements = []
        for table, kinds in tables.items():
            rows = [f"({number}, {', '.join(map(made.value, kinds))})" for number in range(ROWS)]
            statements.append(f"INSERT INTO {table} VALUES {', '.join(rows)}")
        self.db.execute("BEGIN; " + ";\n".join(statements) + "; COMMIT")

    def test_random_values_are_what_row_to_json_says(self):
        session = oracle.pinned_session(self.db)
        compared, rounds = 0, 0
        while compared < VALUES:
            rounds += 1
            schema = f"round_{rounds}"
            made, tables = self.make_tables(schema)
            stream = self.tail("-t", f"{schema}.*")
            self.fill(made, tables)
            stream.wait_events(TABLES * ROWS)
            found = oracle.streamed_rows(stream.lines)
            oracle.check(oracle.rows_as_json(session, tables), found)
            stream.stop()
            compared += len(found) * COLUMNS
            self.db.execute(f"SET client_min_messages = error; DROP SCHEMA {schema} CASCADE")
        print(f"compared {compared} values of {rounds * TYPES} random types")
