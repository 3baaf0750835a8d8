"""Are the values that are easily got wrong printed as FORMATS promises? Written out by hand.

test_types.py compares every type with the server; here a reader sees what the answer is.
"""
import json
import os

import oracle
from case import IS_LONG, integration_case

BIG_MB, BIGGER_MB = (200, 300) if IS_LONG else (2, 3)


class values(integration_case):
    def printed(self, *expressions, before=""):
        """How each value is printed, as raw JSON: one column each of one row."""
        columns = ", ".join(f"{expression} AS v{i}" for i, expression in enumerate(expressions))
        self.db.execute(f"{before}; CREATE TABLE items AS SELECT 1 AS id, {columns};"
                        " ALTER TABLE items ADD PRIMARY KEY (id)")
        stream = self.tail()
        self.db.execute(f"INSERT INTO items SELECT 2, {', '.join(expressions)}")
        stream.wait_events(1)
        stream.stop()
        row = dict(oracle.members(oracle.streamed_rows(stream.lines)["items", "2"]))
        return [row[f"v{i}"] for i in range(len(expressions))]

    def test_1_integers_keep_every_digit(self):
        self.assertEqual(
            self.printed("9007199254740993::int8", "'-9223372036854775808'::int8",
                         "9223372036854775807", "'-32768'::int2", "4294967295::oid",
                         "'18446744073709551615'::xid8"),
            ["9007199254740993", "-9223372036854775808", "9223372036854775807", "-32768",
             '"4294967295"', '"18446744073709551615"'])

    def test_2_numerics_keep_every_digit(self):
        digits = "123456789" * 111 + "0"
        self.assertEqual(
            self.printed("'NaN'::numeric", "'Infinity'::numeric", "'-Infinity'::numeric",
                         "'1e-16383'::numeric", f"{digits}::numeric", f"-0.{digits}::numeric",
                         "1.10::numeric", "'1e3'::numeric", "'NaN'::numeric(5,2)"),
            ['"NaN"', '"Infinity"', '"-Infinity"', "0." + "0" * 16382 + "1", digits, "-0." + digits,
             "1.10", "1000", '"NaN"'])

    def test_3_floats_are_the_shortest_that_read_back(self):
        self.assertEqual(
            self.printed("'NaN'::float8", "'-Infinity'::float8", "'Infinity'::float4",
                         "'-0'::float8", "5e-324::float8", "0.1::float8 + 0.2", "1e15::float8",
                         "1e16::float8", "0.1::float4", "'{NaN,-0,0.5,NULL}'::float8[]"),
            ['"NaN"', '"-Infinity"', '"Infinity"', "-0", "5e-324", "0.30000000000000004", "1e+15",
             "1e+16", "0.1", '["NaN",-0,0.5,null]'])

    def test_5_times_at_their_ends(self):
        self.assertEqual(
            self.printed("'infinity'::timestamptz", "'-infinity'::timestamp", "'infinity'::date",
                         "'4713-01-01 00:00+00 BC'::timestamptz", "'5874897-12-31'::date",
                         "'24:00'::time", "'24:00:00-15:59'::timetz",
                         "'2026-08-21 12:00:00.5+02'::timestamptz", "'0044-03-15 BC'::date",
                         "'294276-12-31 23:59:59.999999'::timestamp", "'-1 mon +2 days'::interval",
                         "'{2026-08-21 00:00+00,infinity}'::timestamptz[]"),
            ['"infinity"', '"-infinity"', '"infinity"', '"4713-01-01T00:00:00+00:00 BC"',
             '"5874897-12-31"', '"24:00:00"', '"24:00:00-15:59"', '"2026-08-21T10:00:00.5+00:00"',
             '"0044-03-15 BC"', '"294276-12-31T23:59:59.999999"', '"-1 mons +2 days"',
             '["2026-08-21T00:00:00+00:00","infinity"]'])

    def test_6_every_byte_of_bytea(self):
        every = bytes(range(256)).hex()
        self.assertEqual(self.printed(f"'\\x{every}'::bytea", "''::bytea", "NULL::bytea",
                                      "ARRAY[''::bytea, NULL, '\\x5c']"),
                         [f'"\\\\x{every}"', '"\\\\x"', "null", '["\\\\x",null,"\\\\x5c"]'])

    def test_9_json_is_embedded_verbatim(self):
        self.assertEqual(
            self.printed("""'{"a":1,"a":2}'::json""", """'"\\u0000"'::json""", "'1e400'::json",
                         """' { "b" :\t[ 1.0 ] } '::json""", "E'{\\n\"l\":\\r\\n1\\n}'::json",
                         """'{"b": 1,   "a": 1.0}'::jsonb""", "ARRAY['{ \"x\":1 }'::json]",
                         f"'{'9' * 4000}'::jsonb"),
            ['{"a":1,"a":2}', '"\\u0000"', "1e400", '{ "b" :\t[ 1.0 ] }', '{ "l":  1 }',
             '{"a": 1.0, "b": 1}', '[{ "x":1 }]', "9" * 4000])

    def test_9_ten_megabytes_of_jsonb(self):
        self.table(columns="id int PRIMARY KEY, doc jsonb")
        stream = self.tail()
        self.db.execute("INSERT INTO items SELECT 1, jsonb_agg(repeat(i::text, 20)) FROM"
                        " generate_series(1, 100000) i")
        event = stream.wait_events(1)[0]
        self.assertGreater(max(map(len, stream.lines)), 10_000_000)
        self.assertEqual(event["after"]["doc"], [str(i) * 20 for i in range(1, 100001)])
        stream.stop()

    def test_10_jsonb_null_is_not_null_in_text(self):
        # In json both are null, as to_json() says; text tells them apart.
        self.table(columns="id int PRIMARY KEY, k jsonb, n jsonb, s text")
        stream, text = self.tail(), self.tail(form="text")
        self.db.execute("INSERT INTO items VALUES (1, 'null', NULL, 'null')")
        event = stream.wait_events(1)[0]
        self.assertEqual(event["after"], {"id": 1, "k": None, "n": None, "s": "null"})
        shown = text.wait_text("\n}")
        self.assertIn('"k": "null",\n  "n": null,\n  "s": "null"', shown)
        stream.stop()
        text.stop()

    def test_13_arrays_tell_null_and_empty_and_the_word_apart(self):
        self.assertEqual(
            self.printed("""'{NULL,"NULL",null,"",nil}'::text[]""", "'{}'::text[]", "NULL::text[]",
                         "'[5:6][-1:0]={{1,2},{3,NULL}}'::int[]", "'{{{a},{b}}}'::text[]",
                         "'{(1,1),(0,0);(2,2),(1,1)}'::box[]", "'1 2'::int2vector",
                         "'1 2'::oidvector", "ARRAY['1 2'::int2vector, '']"),
            ['[null,"NULL",null,"","nil"]', "[]", "null", "[[1,2],[3,null]]", '[[["a"],["b"]]]',
             '["(1,1),(0,0)","(2,2),(1,1)"]', "[1,2]", '["1","2"]', "[[1,2],[]]"])

    def test_13_types_of_the_user(self):
        self.assertEqual(
            self.printed("'{1,NULL}'::numbers", "'12'::positive", "ROW(NULL, '', NULL)::pair",
                         "ROW(1, 'NULL', ARRAY[1,2])::pair", "NULL::pair",
                         "ROW(7, 'x', NULL)::of_pair", "ARRAY[ROW(1, '\"', NULL)::pair, NULL]",
                         "'a=>1, b=>NULL, c=>\"NULL\"'::hstore", "'[1,5)'::int4range",
                         "'{[1,2),[3,4)}'::int4multirange", "ROW()::nothing",
                         before="""CREATE EXTENSION hstore; CREATE DOMAIN numbers AS int[];
                         CREATE DOMAIN positive AS int CHECK (VALUE > 0); CREATE TYPE nothing AS ();
                         CREATE TYPE pair AS (a positive, "B b" text, c numbers);
                         CREATE DOMAIN of_pair AS pair"""),
            ["[1,null]", "12", '{"a":null,"B b":"","c":null}', '{"a":1,"B b":"NULL","c":[1,2]}',
             "null", '{"a":7,"B b":"x","c":null}', '[{"a":1,"B b":"\\"","c":null},null]',
             '{"a": "1", "b": null, "c": "NULL"}', '"[1,5)"', '"{[1,2),[3,4)}"', "{}"])

    def test_13_as_deep_and_as_wide_as_types_are(self):
        # GIVEN composites in composites, arrays in arrays, 1500 fields, 200,000 elements
        made = ["CREATE EXTENSION hstore", "CREATE TYPE c0 AS (v text)",
                "CREATE DOMAIN d0 AS int[]"]
        made += [f"CREATE TYPE c{i} AS (p c{i - 1}, q text)" for i in range(1, 13)]
        made += [f"CREATE DOMAIN d{i} AS d{i - 1}[]" for i in range(1, 9)]
        fields = ", ".join(f"f{i} int[]" for i in range(1500))
        made += [f"CREATE TYPE wide AS ({fields})",
                 f"CREATE TABLE columns (id int PRIMARY KEY, {fields})",
                 "CREATE TABLE items (id int PRIMARY KEY, c c12, d d8, w wide)",
                 "CREATE TABLE large (id int PRIMARY KEY, a int[], h hstore, cs c1[])"]
        self.db.execute("; ".join(made))
        stream = self.tail()
        composite, array = "ROW('a\"b\\')::c0", "ARRAY[1, NULL]::d0"
        for i in range(1, 13):
            composite = f"ROW({composite}, 'q{i},')::c{i}"
        for i in range(1, 9):
            array = f"ARRAY[{array}]::d{i}"
        row = f"ROW({', '.join(['ARRAY[1,2]'] * 1500)})"
        self.db.execute(f"INSERT INTO items VALUES (1, {composite}, {array}, {row})")
        self.db.execute("INSERT INTO columns (id, f0, f1499) VALUES (1, '{1}', '{2}')")
        self.db.execute("INSERT INTO large SELECT 1, array_agg(i), hstore(array_agg(i::text),"
                        " array_agg(i::text)), array_agg(ROW(ROW('x')::c0, i::text)::c1)"
                        " FROM generate_series(1, 200000) i")
        # THEN they are what the server says
        stream.wait_events(3)
        stream.stop()
        tables = ["items", "columns", "large"]
        oracle.check(oracle.rows_as_json(oracle.pinned_session(self.db), tables),
                     oracle.streamed_rows(stream.lines))

    def test_13_a_cast_to_json_of_the_users_own_is_not_called(self):
        # Of an enum to_json() would call it, on the server; its text is what is known without
        # asking. Of a composite it does not even look for one.
        self.assertEqual(
            self.printed("'red'::colour", "ROW(1, 'x')::pair", before="""
                CREATE TYPE colour AS ENUM ('red'); CREATE TYPE pair AS (a int, b text);
                CREATE FUNCTION to_j(colour) RETURNS json LANGUAGE sql AS 'SELECT ''1''::json';
                CREATE FUNCTION to_j(pair) RETURNS json LANGUAGE sql AS 'SELECT ''1''::json';
                CREATE CAST (colour AS json) WITH FUNCTION to_j(colour);
                CREATE CAST (pair AS json) WITH FUNCTION to_j(pair)"""),
            ['"red"', '{"a":1,"b":"x"}'])

    def test_14_padded_and_short_strings(self):
        self.assertEqual(
            self.printed("'ab'::char(5)", "'x'::\"char\"", "''::\"char\"", "'a name'::name",
                         "'abc'::varchar(5)", "'101'::bit(3)", "ARRAY['a'::char(3)]"),
            ['"ab   "', '"x"', '""', '"a name"', '"abc"', '"101"', '["a  "]'])

    def test_18_a_row_of_nulls(self):
        self.db.execute("CREATE TABLE items (a int, b text, c int[], d json)")
        stream = self.tail()
        self.db.execute("INSERT INTO items DEFAULT VALUES")
        self.assertEqual(stream.wait_events(1)[0]["after"],
                         {"a": None, "b": None, "c": None, "d": None})
        stream.stop()

    def streamed_to_file(self, slot):
        path = os.path.join(self.scratch.name, "out")
        with open(path, "ab") as out:
            return path, self.tail(*slot, stdout=out.fileno())

    def test_16_values_of_hundreds_of_megabytes(self):
        # GIVEN 200 MB of text, and 300 MB of bytea, which is 600 MB of hex; a hundredth of it in
        # the short run
        self.table(columns="id int PRIMARY KEY, t text, b bytea")
        path, stream = self.streamed_to_file(self.named_slot())
        self.db.execute("INSERT INTO items VALUES"
                        f" (1, repeat('0123456789', {BIG_MB} * 100000), '')")
        self.db.execute("INSERT INTO items VALUES"
                        f" (2, '', decode(repeat('00ff', {BIGGER_MB} * 500000), 'hex')),"
                        " (3, 'next', '')")
        # THEN both arrive, and the row behind them
        stream.wait_for(lambda _: tail_of(path).endswith(b"}\n") and b'"next"' in tail_of(path),
                        "the row behind them", 240)
        stream.stop()
        with open(path, "rb") as lines:
            sizes = [len(line) for line in lines if not line.startswith(b'{"op":"schema"')]
        self.assertGreater(sizes[0], BIG_MB * 1_000_000)
        self.assertGreater(sizes[1], BIGGER_MB * 2_000_000)

    if IS_LONG:  # it needs gigabytes, and has no small form
        def test_16_a_row_that_the_server_cannot_send_ends_it(self):
            # GIVEN a row of more than 1 GB, for which the server has no memory
            self.table(columns="id int PRIMARY KEY, a bytea, b bytea")
            path, stream = self.streamed_to_file(self.named_slot())
            half = f"decode(repeat('00ff', {BIGGER_MB} * 500000), 'hex')"
            self.db.execute("INSERT INTO items VALUES (1, '', '');"
                            f" INSERT INTO items VALUES (2, {half}, {half})")
            # THEN it ends with the server's words; what came before is delivered, and nothing more
            self.assertEqual(stream.wait_exit(240), 1, stream.report())
            self.assertRegex(stream.stderr(), "invalid memory alloc request size|string buffer")
            with open(path, "rb") as lines:
                ids = [json.loads(line)["after"]["id"] for line in lines
                       if not line.startswith(b'{"op":"schema"')]
            self.assertEqual(ids, [1])


def tail_of(path):
    """The last bytes of a file that may be large."""
    with open(path, "rb") as file:
        file.seek(max(0, os.path.getsize(path) - 200))
        return file.read()
