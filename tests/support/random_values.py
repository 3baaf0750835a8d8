"""Random types, nested in each other, and random values of them as SQL expressions.

Everything comes from one random.Random, so that a seed repeats a run.
"""
import json
import struct

from literals import HOSTILE, LITERALS, identifier, quoted

PIECES = ['"', '""', "\\", "\\\\", "'", ",", "{", "}", "(", ")", "[", "]", ";", ":", "=>", " ",
          "  ", "\t", "\n", "\r", "\v", "\f", "\b", "\x01", "\x1f", "\x7f", "\x80", "\x85", "\xa0",
          "NULL", "null", "\\N", "\\u0000", "true", "a", "Z", "0", "-1.5e3", "\u00fc", "\u6f22",
          "\u2028", "\u2029", "\ufffd", "\uffff", "\U0001F600", "\U0001F1E9\U0001F1EA",
          "\U0010ffff", "e\u0301", "\u202e", "/", "<!--", "%s", "$1"]

BASES = ["bool", "int2", "int4", "int8", "float4", "float8", "numeric", "text", "varchar", "name",
         "bpchar", "char", "bytea", "json", "jsonb", "date", "time", "timetz", "timestamp",
         "timestamptz", "interval", "uuid", "inet", "money", "oid", "bit", "varbit", "point", "box",
         "tsvector", "int2vector", "oidvector", "xml", "regtype", "pg_lsn"]

SUBTYPES = ["int4", "int8", "numeric", "date", "timestamp", "timestamptz", "text", "float8"]
RANGES = {"int4": "int4range", "int8": "int8range", "numeric": "numrange", "date": "daterange",
          "timestamp": "tsrange", "timestamptz": "tstzrange"}


def base(name):
    return f"pg_catalog.{identifier(name)}"


class random_values:
    """Makes types in a schema and values of them; `written` are the type names, in SQL."""

    def __init__(self, chance, schema, hstore):
        self.random = chance
        self.schema, self.hstore = schema, hstore
        self.makers = {base(name): self.maker_of_base(name) for name in BASES}
        self.makers[hstore] = self.hstore_value
        self.statements = []
        self.own = []

    # Text.

    def text(self, most=12):
        if self.random.random() < 0.2:
            return self.random.choice(HOSTILE)
        return "".join(self.random.choices(PIECES, k=self.random.randrange(most)))

    def clipped(self, text, most=63):
        return text.encode()[:most].decode(errors="ignore")

    def fresh_name(self, taken):
        while True:
            name = self.clipped(self.text() + str(self.random.randrange(1000)))
            if name not in taken:
                taken.add(name)
                return name

    # Types.

    def any_type(self):
        """Base types more often than they are many; own ones all the same."""
        if self.own and self.random.random() < 0.45:
            found = self.random.choice(self.own)
        else:
            found = self.random.choice(list(self.makers)[:len(BASES) + 1])
        if self.random.random() < 0.25:
            found = self.array_of(found)
        return found

    def array_of(self, element):
        written = element + "[]"
        if element.endswith("]"):
            return element  # there is no array of arrays
        self.makers.setdefault(written, lambda: self.array_value(element))
        return written

    def add_type(self):
        kind = self.random.choice(["enum", "domain", "composite", "composite", "range"])
        name = self.clipped(self.text(), 50) + f" {len(self.own)}"
        written = f"{identifier(self.schema)}.{identifier(name)}"
        self.makers[written] = getattr(self, "add_" + kind)(written)
        self.own.append(written)
        return written

    def add_enum(self, written):
        taken = set()
        labels = [self.fresh_name(taken) for _ in range(self.random.randrange(1, 8))]
        labels += [label for label in ("", "NULL", '"', "a b") if label not in taken]
        self.statements.append(f"CREATE TYPE {written} AS ENUM ({', '.join(map(quoted, labels))})")
        return lambda: f"{quoted(self.random.choice(labels))}::{written}"

    def add_domain(self, written):
        over = self.any_type()
        self.statements.append(f"CREATE DOMAIN {written} AS {over}")
        return lambda: f"({self.value(over)})::{written}"

    def add_composite(self, written):
        taken, fields = set(), []
        for _ in range(self.random.randrange(5)):
            fields.append((self.fresh_name(taken), self.any_type()))
        listed = ", ".join(f"{identifier(name)} {of}" for name, of in fields)
        self.statements.append(f"CREATE TYPE {written} AS ({listed})")
        if len(fields) > 1 and self.random.random() < 0.3:
            gone, _ = fields.pop(self.random.randrange(len(fields)))
            self.statements.append(f"ALTER TYPE {written} DROP ATTRIBUTE {identifier(gone)}")
        return lambda: f"ROW({', '.join(self.value(of) for _, of in fields)})::{written}"

    def add_range(self, written):
        subtype = self.random.choice(SUBTYPES)
        many = written[:-1] + 'm"'
        self.statements.append(f"CREATE TYPE {written} AS RANGE (subtype = {base(subtype)},"
                               f" multirange_type_name = {many})")
        self.makers[many] = lambda: self.multirange_value(written, many)
        self.own.append(many)
        return lambda: self.range_value(subtype, written)

    # Values.

    def value(self, written, null=0.12):
        if self.random.random() < null:
            return f"NULL::{written}"
        return self.makers[written]()

    def maker_of_base(self, name):
        special = getattr(self, "value_of_" + name, None)

        def make():
            if special is None or self.random.random() < 0.3:
                text = self.random.choice(LITERALS[name])
            else:
                text = special()
            return f"{quoted(text)}::{base(name)}"
        return make

    def array_value(self, element):
        depth = self.random.choice([0, 1, 1, 1, 2, 3])
        dimensions = [self.random.randrange(1, 4) for _ in range(depth)]
        if not dimensions:
            return f"ARRAY[]::{element}[]"

        def level(rest):
            if not rest:
                return self.value(element)
            return "ARRAY[" + ", ".join(level(rest[1:]) for _ in range(rest[0])) + "]"
        found = f"{level(dimensions)}::{element}[]"
        if self.random.random() < 0.2:
            bounds = ""
            for length in dimensions:
                lower = self.random.randrange(-5, 20)
                bounds += f"[{lower}:{lower + length - 1}]"
            found = f"('{bounds}=' || ({found})::text)::{element}[]"
        return found

    def range_value(self, subtype, written):
        if self.random.random() < 0.1:
            return f"'empty'::{written}"
        one, other = (self.makers[base(subtype)]() for _ in range(2))
        bounds = self.random.choice(["[)", "(]", "[]", "()"])
        lower, upper = f"LEAST({one}, {other})", f"GREATEST({one}, {other})"
        if self.random.random() < 0.2:
            lower = "NULL"
        if self.random.random() < 0.2:
            upper = "NULL"
        return f"{written}({lower}, {upper}, '{bounds}')"

    def multirange_value(self, of, written):
        ranges = [self.makers[of]() for _ in range(self.random.randrange(4))]
        return f"{written}({', '.join(ranges)})"

    def hstore_value(self):
        pairs = {self.text(): None if self.random.random() < 0.2 else self.text()
                 for _ in range(self.random.randrange(4))}
        if not pairs:
            return f"''::{self.hstore}"
        keys = ", ".join(map(quoted, pairs))
        values = ", ".join("NULL" if text is None else quoted(text) for text in pairs.values())
        return f"{self.hstore}(ARRAY[{keys}]::text[], ARRAY[{values}]::text[])"

    def value_of_text(self):
        return self.text()

    value_of_varchar = value_of_bpchar = value_of_text

    def value_of_name(self):
        return self.clipped(self.text())

    def value_of_int2(self):
        return str(self.random.randrange(-1 << 15, 1 << 15))

    def value_of_int4(self):
        return str(self.random.randrange(-1 << 31, 1 << 31))

    def value_of_int8(self):
        return str(self.random.randrange(-1 << 63, 1 << 63) >> self.random.randrange(64))

    def value_of_oid(self):
        return str(self.random.randrange(1 << 32))

    def value_of_float4(self):
        return repr(struct.unpack("<f", self.random.randbytes(4))[0])

    def value_of_float8(self):
        return repr(struct.unpack("<d", self.random.randbytes(8))[0])

    def value_of_numeric(self):
        digits = "".join(self.random.choices("0123456789", k=self.random.randrange(1, 60)))
        at = self.random.randrange(len(digits) + 1)
        return self.random.choice(["", "-"]) + (digits[:at] or "0") + "." + (digits[at:] or "0")

    def value_of_bytea(self):
        return "\\x" + self.random.randbytes(self.random.randrange(20)).hex()

    def value_of_uuid(self):
        return self.random.randbytes(16).hex()

    def value_of_time(self):
        return (f"{self.random.randrange(24):02}:{self.random.randrange(60):02}:"
                f"{self.random.randrange(60):02}.{self.random.randrange(1000000):06}")

    def value_of_timetz(self):
        minutes = self.random.choice(["00", "30"])
        return f"{self.value_of_time()}{self.random.randrange(-15, 16):+03}:{minutes}"

    def value_of_date(self):
        year = self.random.randrange(1, self.random.choice([3000, 290000]))
        bc = " BC" if year < 4700 and self.random.random() < 0.3 else ""
        return f"{year:04}-{self.random.randrange(1, 13):02}-{self.random.randrange(1, 29):02}{bc}"

    def value_of_timestamp(self):
        day, *bc = self.value_of_date().split(" ")
        return " ".join([day, self.value_of_time(), *bc])

    value_of_timestamptz = value_of_timestamp

    def value_of_interval(self):
        return (f"{self.random.randrange(-9999, 9999)} months {self.random.randrange(-99, 99)} days"
                f" {self.random.choice(['', '-'])}{self.value_of_time()}")

    def value_of_money(self):
        return str(self.random.randrange(-10**12, 10**12) / 100)

    def value_of_json(self, depth=0):
        kind = self.random.randrange(7 if depth < 4 else 5)
        if kind < 2:
            return json.dumps(self.text(), ensure_ascii=self.random.random() < 0.3)
        if kind == 2:
            fraction, exponent = self.random.randrange(1000), self.random.randrange(99)
            return f"{self.value_of_int8()}.{fraction}e{exponent}"
        if kind < 5:
            return self.random.choice(["null", "true", "false", "-0", "1e400"])
        blank = self.random.choice(["", " ", "\n", "\r\n\t"])
        inner = [self.value_of_json(depth + 1) for _ in range(self.random.randrange(4))]
        if kind == 5:
            return f"[{blank}{(',' + blank).join(inner)}{blank}]"
        return "{" + ",".join(f"{blank}{json.dumps(self.text())}{blank}:{blank}{value}{blank}"
                              for value in inner) + "}"

    value_of_jsonb = value_of_json
