"""At least five values of every base type that PostgreSQL reads from text, as text.

NULL is added by whoever uses them. What belongs here: empty, smallest, largest, most precise,
quotes, and whatever looks like something else (NULL, {}, =>) when it stands in another value.
"""

# Everything that some quoting could get wrong, and text that is not ASCII.
HOSTILE = ["", " ", "plain", "NULL", "null", '"', "'", "\\", '\\"', "a,b", "{}", "{a,\"b\"}", "()",
           '(1,"x")', "[1,2)", "a=>b", "tab\tline\nend\r.", "\x01\b\f\x1f\x7f", "</script>&amp;",
           "gr\u00fc\u00dfe \u6f22\u5b57", "\U0001F600\U0001F468\u200d\U0001F469", "\u2028\u2029",
           "\ufeff\u202e\u05d0", "trailing  ", "\\N", "\\u0000", "%s$1:name", "x" * 300]

NAMES = [text for text in HOSTILE if len(text) < 60] + ["n" * 63]

JSON = ["{}", "[]", "null", '"text"', "true", "-0.00", "1e400", "12345678901234567890.00000000001",
        '{"a":1,"a":2}', ' {"spaces" :\t[ 1 ,2 ] } ', '{\n  "lines": [\r\n1,\n2]}\n',
        '"\\ud83d\\ude00 \\" \\\\ \\/ \\n"', '[[[[[[[[{"deep":[null]}]]]]]]]]',
        '"\U0001F600 \u2028 \x7f"']

JSON_ONLY = ['"\\u0000"', '{"":""}  ', '["\\ud800"]']  # json keeps these; jsonb refuses or trims

FLOATS = ["0", "-0", "NaN", "Infinity", "-Infinity", "0.1", "-1.5", "1e15", "1e16", "123456",
          "1e-5"]

TIMES = ["00:00", "24:00", "23:59:59.999999", "12:34:56.1", "04:05:00.00001"]

STAMPS = ["2026-08-21 10:11:12.345678", "2026-08-21 00:00", "infinity", "-infinity",
          "4713-11-24 00:00:00 BC", "294276-12-31 23:59:59.999999", "0044-03-15 12:00 BC",
          "0001-01-01 00:00", "10000-01-01 00:00:00.1", "1999-12-31 23:59:59.5"]

SNAPSHOTS = ["1:1:", "10:20:10,14,15", "1:9223372036854775807:", "100:150:101,102,149", "5:6:5"]

OWN_OBJECT = "0 1 4242424242".split()  # no object at all prints as - or as its number

LITERALS = {
    "bool": ["true", "false"],
    "bytea": ["", "\\x00", "\\x" + bytes(range(256)).hex(), "abc", "\\x5c27220a7b7d2c", "\\xff"],
    "char": ["", "a", " ", '"', "\\", "'", ",", "{", "\t"],
    "name": NAMES,
    "text": HOSTILE,
    "varchar": HOSTILE,
    "bpchar": HOSTILE + ["padded   "],
    "refcursor": HOSTILE,
    "int2": ["0", "1", "-1", "32767", "-32768"],
    "int4": ["0", "1", "-1", "2147483647", "-2147483648"],
    "int8": ["0", "1", "9007199254740993", "9223372036854775807", "-9223372036854775808"],
    "oid": ["0", "1", "26", "2147483648", "4294967295"],
    "xid": ["0", "1", "3", "2147483648", "4294967295"],
    "cid": ["0", "1", "3", "2147483648", "4294967295"],
    "xid8": ["0", "1", "4294967296", "9223372036854775808", "18446744073709551615"],
    "tid": ["(0,0)", "(0,1)", "(1,2)", "(4294967294,65535)", "(4294967295,0)"],
    "float4": FLOATS + ["1e-45", "3.4028235e38", "16777216", "0.30000001"],
    "float8": FLOATS + ["5e-324", "1.7976931348623157e308", "0.30000000000000004",
                        "123456789012345678", "9007199254740993"],
    "numeric": ["NaN", "Infinity", "-Infinity", "0", "0.00", "-1.50", "1e-16383", "1e5",
                "9" * 1000 + ".5", "0." + "1" * 1000, "12345678901234567890.0"],
    "money": ["0", "1.10", "-0.01", "1234567.89", "92233720368547758.07", "-92233720368547758.08"],
    "json": JSON + JSON_ONLY,
    "jsonb": JSON,
    "jsonpath": ["$", '$.a[*] ? (@ > 1)', 'strict $."quo\\"te"', "lax $[0 to last]", "$.x.type()"],
    "xml": ["", "text &amp; more", "<a/>", "<!-- c -->",
            '<a b="c" d=\'"\'>\n<![CDATA[<>]]>\u00fc</a>'],
    "date": ["2026-08-21", "infinity", "-infinity", "4713-11-24 BC", "5874897-12-31",
             "0044-03-15 BC", "0001-01-01", "9999-12-31", "10000-01-01", "2000-02-29"],
    "time": TIMES,
    "timetz": [text + zone for text, zone in zip(TIMES, [
        "+00", "-15:59:59", "+15:59:59", "+05:30", "-00:30"])],
    "timestamp": STAMPS,
    "timestamptz": STAMPS + ["2026-08-21 10:11:12+05:30", "2026-03-29 02:30:00.25 Europe/Berlin"],
    "interval": ["0", "1 year -2 mons 3 days -04:05:06.789", "178000000 years", "-1 day +00:00:01",
                 "-00:00:00.000001", "100 hours", "2147483647 days", "-178000000 years",
                 "1 mon", "-9223372036854775807 us"],
    "uuid": ["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff",
             "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "{A0EEBC999C0B4EF8BB6D6BB9BD380A12}",
             "12345678-9abc-def0-1234-56789abcdef0"],
    "inet": ["0.0.0.0/0", "192.168.1.1/24", "255.255.255.255", "::1", "fe80::1/64",
             "::ffff:1.2.3.4", "::/0"],
    "cidr": ["0.0.0.0/0", "192.168.1.0/24", "255.255.255.255", "::1", "fe80::/64", "10.0.0.0/8"],
    "macaddr": ["00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "08002b:010203", "08-00-2b-01-02-04",
                "0800.2b01.0205"],
    "macaddr8": ["00:00:00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff:ff:ff", "08:00:2b:01:02:03:04:05",
                 "08002b:0102030406", "08:00:2b:01:02:03"],
    "bit": ["", "0", "1", "10101", "1" * 65],
    "varbit": ["", "0", "1", "10101", "0" * 65],
    "point": ["(0,0)", "(1.5,-2)", "(1e300,-1e-300)", "(NaN,Infinity)",
              "(0.1,0.30000000000000004)"],
    "lseg": ["[(0,0),(1,1)]", "[(-1,0),(0,0)]", "[(1e300,0),(0,-1e300)]", "[(0,0),(0,0)]",
             "[(NaN,0),(Infinity,0.1)]"],
    "path": ["[(0,0)]", "((0,0),(1,1))", "[(0,0),(1,1),(2,0)]", "((1e300,0))", "((NaN,1),(0.1,2))"],
    "box": ["(1,1),(0,0)", "(0,0),(0,0)", "(2,2),(-2,-2)", "(1e300,1),(0,0)", "(0.3,0.2),(0.1,0)"],
    "polygon": ["((0,0))", "((0,0),(1,1))", "((0,0),(1,1),(2,0))", "((1e300,0))", "((0.1,-0.2))"],
    "line": ["{1,0,0}", "{0,1,0}", "{1,-1,0.5}", "{-1.5,2,1e300}", "{0.1,0.2,0.3}"],
    "circle": ["<(0,0),0>", "<(0,0),1>", "<(1e300,-1),0.1>", "<(NaN,0),1>", "<(-1,-2),3>"],
    "tsvector": ["", "a b c", "'it''s':1A 'quo\"te':2,3B", "'back\\\\slash':16383",
                 "\u00fc:1 '1,2'", "' '"],
    "tsquery": ["", "a & b | !c", "a <-> b", "'quo\"te'", "'it''s':AB*",
                "(a <3> b) & !(c | 'd e')"],
    "txid_snapshot": SNAPSHOTS,
    "pg_snapshot": SNAPSHOTS,
    "pg_lsn": ["0/0", "0/1", "1/0", "16/B374D848", "FFFFFFFF/FFFFFFFF"],
    "int2vector": ["", "0", "1 2 3", "-32768 32767", "7 -7"],
    "oidvector": ["", "0", "1 2 3", "4294967295 0", "26 25"],
    "aclitem": ["=r/walwire", "walwire=arwdDxt/walwire", "pg_monitor=r*/walwire", "=/walwire",
                "pg_database_owner=U/pg_monitor"],
    "regclass": OWN_OBJECT + ["pg_class", "information_schema.tables", "pg_catalog.pg_type"],
    "regtype": OWN_OBJECT + ["integer", "text[]", '"char"', "bit varying", "timetz"],
    "regproc": OWN_OBJECT + ["now", "pg_backend_pid", "array_in"],
    "regprocedure": OWN_OBJECT + ["lower(text)", "now()", "substr(text,integer,integer)"],
    "regoper": OWN_OBJECT + ["|/", "||/", "!!"],
    "regoperator": OWN_OBJECT + ["+(integer,integer)", "-(none,bigint)", "||(text,text)"],
    "regcollation": OWN_OBJECT + ['"C"', '"default"', "ucs_basic"],
    "regrole": OWN_OBJECT + ["walwire", "pg_monitor", "pg_read_all_data"],
    "regnamespace": OWN_OBJECT + ["public", "pg_catalog", "information_schema"],
    "regconfig": OWN_OBJECT + ["simple", "english", "german"],
    "regdictionary": OWN_OBJECT + ["simple", "english_stem", "german_stem"],
    "hstore": ["", "a=>1", "a=>NULL", 'NULL=>"NULL", ""=>""', '"quo\\"te"=>"back\\\\slash"',
               '"a=>b"=>"c,d", n=>1.5, t=>t', '"\u00fc\U0001F600"=>"line\nend"'],
}


def quoted(text):
    """A string literal that psql and the server read alike, whatever the text holds."""
    found = "".join({"\\": "\\\\", "'": "''"}.get(c) or (c if " " <= c != "\x7f" else
                                                          f"\\x{ord(c):02x}") for c in text)
    return f"E'{found}'"


def identifier(name):
    """A name that is always quoted."""
    return '"' + name.replace('"', '""') + '"'
