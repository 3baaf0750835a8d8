"""Is what is printed UTF-8 with the right characters, whatever the database holds and is named?"""
import json

import oracle
import pg
from case import integration_case
from literals import LITERALS, identifier, quoted

LATIN1 = "".join(map(chr, range(0xa0, 0x100)))

# Names that some quoting could get wrong; 63 bytes is the longest.
NAMES = ["UPPER", "two words", 'quo"te', "apos'trophe", "back\\slash", "new\nline", "tab\t", "1st",
         "select", "a.b", "*", "a,b", "(paren)", "{brace}", "%s", "$1", ":name", "-- c", "/* c */",
         '{"op":"insert"}', "gr\u00fc\u00dfe", "\U0001F600", "\u2028", "\u202e", "\x01\x7f",
         "\ufeff", " ", "n" * 63, "\u00fc" * 31, "\U0001F600" * 15, "NULL", "ONLY", "public"]

# Bytes that are not UTF-8: alone, cut off, overlong, a surrogate, beyond the last character.
BROKEN = [b"\xff", b"a\x80b", b"cut \xc3", b"\xf0\x9f\x98", b"\xc0\xaf", b"\xed\xa0\x80",
          b"\xe2\x28", b"\xf4\x90\x80\x80", b"both \xc3\xbc and \xfc", b"\xfe\xfe\xff\xff",
          b'\xff"\xff\\\xff,\xff}']


def broken_literal(raw):
    """A string literal of ASCII for bytes that are no text."""
    return "E'" + "".join(f"\\x{byte:02x}" for byte in raw) + "'"


class encodings(integration_case):
    def another(self, options):
        """A database with another encoding, asked in UTF-8 where the server can translate."""
        made = pg.database(pg.shared_cluster(), options + " TEMPLATE template0")
        self.addCleanup(made.drop)
        return made

    def test_15_latin1_is_printed_as_utf8(self):
        # GIVEN names and values that LATIN1 and UTF-8 write differently
        db = self.another("ENCODING 'LATIN1' LOCALE 'C'")
        db.execute("SET client_encoding = 'UTF8'")
        db.execute('CREATE SCHEMA "\u00e9"; SET search_path = "\u00e9"')
        db.execute("CREATE TYPE \"\u00e9num\" AS ENUM ('\u00e9', 'plain')")
        db.execute('CREATE TYPE "pair\u00e9" AS ("\u00e4" text, b "\u00e9num");'
                   'CREATE TABLE "t\u00e4ble" (id int PRIMARY KEY, "c\u00f6l" text, j json,'
                   ' a text[], e "\u00e9num", p "pair\u00e9", c char(3))')
        stream = self.tail(dsn=db.dsn())
        # WHEN rows are written
        text = quoted(LATIN1)
        db.execute(f'INSERT INTO "t\u00e4ble" VALUES (1, {text}, to_json({text}::text),'
                   f" ARRAY[{text}], '\u00e9', ROW({text}, '\u00e9'), '\u00ff'),"
                   " (2, 'plain', '1', '{NULL}', 'plain', NULL, 'a')")
        # THEN every character is the one that was written
        event = stream.wait_events(2)[0]
        self.assertEqual((event["schema"], event["table"]), ("\u00e9", "t\u00e4ble"))
        self.assertEqual(event["after"]["c\u00f6l"], LATIN1)
        self.assertEqual(event["after"]["p"], {"\u00e4": LATIN1, "b": "\u00e9"})
        expected = oracle.rows_as_json(oracle.pinned_session(db), ['"\u00e9"."t\u00e4ble"'])
        oracle.check(expected, oracle.streamed_rows(stream.lines))
        stream.stop()

    def test_15_broken_bytes_of_sql_ascii_are_replaced(self):
        # GIVEN a database that takes any byte
        db = self.another("ENCODING 'SQL_ASCII' LOCALE 'C'")
        db.execute("""
            CREATE TYPE pair AS (a text, b int);
            CREATE TABLE items (id int PRIMARY KEY, t text, v varchar(40), c char(9), j json,
                k jsonb, ts text[], p pair, ps pair[])""")
        stream = self.tail(dsn=db.dsn())
        # WHEN rows hold bytes that are not UTF-8, and one that is
        for number, raw in enumerate(BROKEN + ["gr\u00fc\u00dfe \U0001F600".encode()]):
            text = broken_literal(raw)
            db.execute(f"INSERT INTO items VALUES ({number}, {text}, {text}, left({text}, 9),"
                       f" to_json({text}::text), to_jsonb({text}::text), ARRAY[{text}, NULL],"
                       f" ROW({text}, 1), ARRAY[ROW({text}, 1)]::pair[])")
        stream.wait_events(len(BROKEN) + 1)
        # THEN each of them is a U+FFFD, what is valid stays, and the log names the table once
        expected = oracle.rows_as_json(oracle.pinned_session(db), ["public.items"])
        oracle.check(expected, oracle.streamed_rows(stream.lines))
        self.assertEqual(stream.events()[-1]["after"]["t"], "gr\u00fc\u00dfe \U0001F600")
        told = [line for line in stream.errors if "UTF-8" in line and "items" in line]
        self.assertEqual(len(told), 1, stream.report())
        stream.stop()

    def test_15_broken_bytes_in_text(self):
        db = self.another("ENCODING 'SQL_ASCII' LOCALE 'C'")
        db.execute("CREATE TABLE items (id int PRIMARY KEY, t text)")
        stream = self.tail(dsn=db.dsn(), form="text")
        db.execute("INSERT INTO items VALUES (1, E'a\\xffb'); INSERT INTO items VALUES (2, 'next')")
        shown = stream.wait_text('"t": "next"')
        self.assertIn('"t": "a\ufffdb"', shown)
        stream.stop()

    def test_15_broken_bytes_in_names(self):
        # GIVEN a table, a column, an enum and a composite whose names are not UTF-8
        db = self.another("ENCODING 'SQL_ASCII' LOCALE 'C'")
        db.execute("""DO $$ DECLARE b text := chr(255); BEGIN
            EXECUTE 'CREATE TYPE "e' || b || '" AS ENUM (''l' || b || ''')';
            EXECUTE 'CREATE TYPE "p' || b || '" AS ("a' || b || '" int)';
            EXECUTE 'CREATE SCHEMA "s' || b || '"';
            EXECUTE 'CREATE TABLE "s' || b || '"."t' || b || '" (id int PRIMARY KEY, "c' || b
                || '" text, e "e' || b || '", p "p' || b || '", ps "p' || b || '"[])'; END $$""")
        stream = self.tail(dsn=db.dsn())
        db.execute("""DO $$ DECLARE b text := chr(255); BEGIN
            EXECUTE 'INSERT INTO "s' || b || '"."t' || b || '" VALUES (1, ''x'', ''l' || b
                || ''', ROW(7), ARRAY[ROW(8)]::"p' || b || '"[])'; END $$""")
        # THEN they are readable, in every place
        event = stream.wait_events(1)[0]
        self.assertEqual((event["schema"], event["table"]), ("s\ufffd", "t\ufffd"))
        self.assertEqual(event["after"], {"id": 1, "c\ufffd": "x", "e": "l\ufffd",
                                          "p": {"a\ufffd": 7}, "ps": [{"a\ufffd": 8}]})
        self.assertEqual(event["key"], {"id": 1})
        stream.stop()

    def test_15_broken_bytes_of_a_utf8_database(self):
        # GIVEN a cast that checks nothing, as a function in C may do
        self.table(columns="id int PRIMARY KEY, name text, names text[]")
        self.db.execute("CREATE CAST (bytea AS text) WITHOUT FUNCTION")
        stream = self.tail(dsn=self.db.dsn(options="-c wal_sender_timeout=2s"))
        self.db.execute("INSERT INTO items VALUES (1, ('\\x61ff62'::bytea)::text,"
                        " ARRAY[('\\xfe'::bytea)::text])")
        self.db.execute("INSERT INTO items VALUES (2, 'next', '{}')")
        # THEN neither the slot nor a reader is poisoned by it
        first, second = stream.wait_events(2)
        self.assertEqual(first["after"], {"id": 1, "name": "a\ufffdb", "names": ["\ufffd"]})
        self.assertEqual(second["after"], {"id": 2, "name": "next", "names": []})
        self.wait_flush(self.db.wal_lsn())
        stream.stop()

    def test_8_every_character_arrives(self):
        # GIVEN the characters that some reader or writer treats specially, and one of each size
        texts = LITERALS["text"] + [chr(point) for point in (
            *range(1, 0x180), 0x7ff, 0x800, 0x2027, 0x2028, 0x2029, 0x202e, 0xd7ff, 0xe000, 0xfdd0,
            0xfeff, 0xfffd, 0xffff, 0x10000, 0x1f600, 0x10ffff)]
        self.table()
        stream = self.tail()
        self.db.execute("INSERT INTO items VALUES " + ", ".join(
            f"({number}, {quoted(text)})" for number, text in enumerate(texts)))
        found = stream.wait_events(len(texts))
        self.assertEqual([event["after"]["name"] for event in found], texts)
        oracle.check(oracle.rows_as_json(oracle.pinned_session(self.db), ["public.items"]),
                     oracle.streamed_rows(stream.lines))
        stream.stop()

    def test_hostile_names_are_printed_as_they_are(self):
        # GIVEN each name for a schema, table, column, enum, label, composite and field
        labels = ", ".join(map(quoted, NAMES))
        fields = ", ".join(f"{identifier(name)} text" for name in NAMES)
        columns = ", ".join(f"{identifier(name)} int DEFAULT {number}"
                            for number, name in enumerate(NAMES))
        values = ", ".join(map(quoted, NAMES))
        made = []
        for name in NAMES:
            schema = identifier(name if name != "public" else "private")
            whole = f"{schema}.{identifier(name)}"
            made.append(f"CREATE SCHEMA {schema}; CREATE TYPE {schema}.e AS ENUM ({labels});"
                        f" CREATE TYPE {schema}.c AS ({fields});"
                        f" CREATE TABLE {whole} (id int PRIMARY KEY, {columns},"
                        f" the_enum {schema}.e, enums {schema}.e[], the_row {schema}.c)")
        self.db.execute(";\n".join(made))
        stream = self.tail()
        # WHEN each table gets a row
        for number, name in enumerate(NAMES):
            schema = identifier(name if name != "public" else "private")
            self.db.execute(f"INSERT INTO {schema}.{identifier(name)} (id, the_enum, enums,"
                            f" the_row) VALUES ({number}, {quoted(name)},"
                            f" ARRAY[{values}]::{schema}.e[], ROW({values})::{schema}.c)")
        # THEN all of them are what they were called
        row = {name: number for number, name in enumerate(NAMES)}
        fields = {name: name for name in NAMES}
        for number, event in enumerate(stream.wait_events(len(NAMES))):
            self.assertEqual(event["table"], NAMES[number])
            self.assertEqual(event["schema"], NAMES[number].replace("public", "private"))
            self.assertEqual(event["after"], {"id": number, **row, "the_enum": NAMES[number],
                                              "enums": NAMES, "the_row": fields})
        stream.stop()
        for line in stream.lines:
            self.assertIsInstance(json.loads(line), dict)
