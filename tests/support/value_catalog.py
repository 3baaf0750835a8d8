"""Every type of a database, asked of its catalogs, with values of each as SQL expressions.

Base types have theirs from literals.py; all others are made of the values of their parts, so that
a type that a later server adds is either covered or reported.
"""
import json

from literals import LITERALS, identifier, quoted
from own_types import FROM_CATALOGS, OF_DOMAINS

ALL_TYPES = """
SELECT json_agg(json_build_object(
    'oid', t.oid::int8, 'schema', n.nspname, 'name', t.typname, 'kind', t.typtype,
    'element', (SELECT e.oid::int8 FROM pg_type e WHERE e.typarray = t.oid),
    'base', t.typbasetype::int8,
    'attributes', (SELECT json_agg(a.atttypid::int8 ORDER BY a.attnum) FROM pg_attribute a
                   WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped),
    'labels', (SELECT json_agg(enumlabel ORDER BY enumsortorder) FROM pg_enum
               WHERE enumtypid = t.oid),
    'subtype', r.rngsubtype::int8, 'is_discrete', r.rngcanonical <> 0,
    'range', (SELECT m.rngtypid::int8 FROM pg_range m WHERE m.rngmultitypid = t.oid))
    ORDER BY t.oid)
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
    LEFT JOIN pg_range r ON r.rngtypid = t.oid
WHERE t.typtype IN ('b', 'd', 'e', 'r', 'm', 'c')
"""

# A literal at a time, so that one which is refused does not stop the others.
VALID = """
CREATE FUNCTION pg_temp.valid(expression text) RETURNS bool LANGUAGE plpgsql AS $$
BEGIN EXECUTE 'SELECT ' || expression; RETURN true; EXCEPTION WHEN OTHERS THEN RETURN false; END $$
"""

# What nobody's input function should refuse altogether, if it accepts anything.
PROBES = ["", "0", "1", "a", "{}", "()", "(0,0)", "[0,1)", "a=>1", "0/0", "00:00", "2000-01-01",
          "<a/>", "::1", "1:1:", "$", "true", "1 day"]

ROWS_MAX = 30  # as many as the longest list of literals has, or nearly


class sql_type:
    """One row of pg_type with what belongs to it; `kind` is typtype, or A for a true array."""

    def __init__(self, row):
        self.oid, self.name = row["oid"], row["name"]
        self.full_name = f"{row['schema']}.{row['name']}"
        self.written = f"{identifier(row['schema'])}.{identifier(row['name'])}"
        self.element, self.base, self.range = row["element"], row["base"], row["range"]
        self.attributes, self.labels = row["attributes"] or [], row["labels"] or []
        self.subtype, self.is_discrete = row["subtype"], row["is_discrete"]
        self.kind = "A" if self.element else row["kind"]
        self.is_system = row["schema"] in ("pg_catalog", "information_schema")
        self.table = f"t_{self.oid}"
        self.refuses_input = False

    def cast(self, text):
        return f"{quoted(text)}::{self.written}"


class value_catalog:
    """The types of a database as they are now."""

    def __init__(self, db):
        self.db = db
        self.types = {row["oid"]: sql_type(row) for row in json.loads(db.value(ALL_TYPES))}
        self.known = {}
        db.execute("SET client_encoding = 'UTF8'")
        db.execute(VALID)
        for kind in self.types.values():
            kind.refuses_input = (kind.kind == "b" and kind.name not in LITERALS and
                                  not self.valid(map(kind.cast, PROBES)))

    def valid(self, expressions):
        """Those that the server can evaluate."""
        listed = list(dict.fromkeys(expressions))
        answers = self.db.value("SELECT string_agg(CASE WHEN pg_temp.valid(e) THEN 'y' ELSE 'n' END"
                                ", '' ORDER BY i) FROM unnest(ARRAY["
                                + ",".join(map(quoted, listed)) + "]) WITH ORDINALITY u(e, i)")
        return [text for text, answer in zip(listed, answers) if answer == "y"]

    def values(self, kind):
        """Expressions of the type, NULL last where the type admits it."""
        if kind.oid not in self.known:
            makers = {"b": self.of_base, "e": self.of_enum, "d": self.of_domain, "r": self.of_range,
                      "m": self.of_multirange, "c": self.of_composite, "A": self.of_array}
            found = makers[kind.kind](kind)
            null = f"NULL::{kind.written}"
            if kind.kind != "d" or self.valid([null]):
                found = found + [null]
            self.known[kind.oid] = found
        return self.known[kind.oid]

    def something(self, kind):
        """The values that are not NULL, if there are any."""
        found = self.values(kind)
        return [value for value in found if not value.startswith("NULL")] or found

    def of_base(self, kind):
        if kind.name in FROM_CATALOGS:
            return FROM_CATALOGS[kind.name]
        if kind.refuses_input:
            return []
        return [kind.cast(text) for text in LITERALS.get(kind.name) or PROBES
                if kind.name in LITERALS or self.valid([kind.cast(text)])]

    def of_enum(self, kind):
        return [kind.cast(label) for label in kind.labels]

    def of_domain(self, kind):
        candidates = [kind.cast(text) for text in OF_DOMAINS.get(kind.name, [])]
        # An array's own expressions read its element's table, which a domain may be filled before.
        base = self.types[kind.base]
        listed = self.array_literals(base) if base.kind == "A" else self.something(base)
        candidates += [f"({value})::{kind.written}" for value in listed]
        return self.valid(candidates)

    def of_range(self, kind):
        ordered = self.something(self.types[kind.subtype])
        found = [f"{kind.written}(NULL, NULL)", kind.cast("empty")]
        for number, (one, other) in enumerate(zip(ordered, ordered[1:])):
            bounds = ["[)"] if kind.is_discrete else ["[)", "(]", "[]", "()"]
            found.append(f"{kind.written}(LEAST({one}, {other}), GREATEST({one}, {other}),"
                         f" '{bounds[number % len(bounds)]}')")
        return found + [f"{kind.written}(NULL, {ordered[0]}, '[)')",
                        f"{kind.written}({ordered[0]}, NULL, '[)')"]

    def of_multirange(self, kind):
        ranges = self.something(self.types[kind.range])
        return ([kind.cast("{}"), f"{kind.written}({', '.join(ranges[2:])})"] +
                [f"{kind.written}({one})" for one in ranges])

    def of_composite(self, kind):
        parts = [self.types[oid] for oid in kind.attributes]
        columns = [self.plain_values(part) for part in parts]
        rows = 6 if kind.is_system or any(map(self.is_nested, parts)) else ROWS_MAX
        found = []
        for number in range(rows):
            fields = ", ".join(column[(number + shift) % len(column)]
                               for shift, column in enumerate(columns))
            found.append(f"ROW({fields})::{kind.written}")
        found.append(f"ROW({', '.join(column[-1] for column in columns)})::{kind.written}")
        return list(dict.fromkeys(found))

    def is_nested(self, kind):
        """Whether there are rows in it: so many of so many would be too many."""
        inner = kind.element or (kind.base if kind.kind == "d" else None)
        return kind.kind == "c" or (inner is not None and self.is_nested(self.types[inner]))

    def plain_values(self, kind):
        """As values(), but without reading a table: for the inside of something else."""
        if kind.kind != "A":
            return self.values(kind)
        return self.array_literals(kind) + [f"NULL::{kind.written}"]

    def array_literals(self, kind):
        """A few arrays of each form, of the first values of the element type."""
        element = self.types[kind.element]
        values = self.plain_values(element)
        a, b, *_ = self.something(element) * 2
        last = values[-1]
        return [f"{expression}::{kind.written}" for expression in (
            f"ARRAY[{a}, {last}, {b}]", "ARRAY[]", f"ARRAY[[{a}, {b}], [{b}, {last}]]",
            f"array_fill({b}, ARRAY[2,1,2], ARRAY[0,-3,7])", f"ARRAY[{last}]",
            f"ARRAY[{', '.join(values[:3 if self.is_nested(element) else ROWS_MAX])}]")]

    def of_array(self, kind):
        """From the rows of the element's table, which is filled first."""
        element = self.types[kind.element]
        count = len(self.values(element))
        at = [f"(SELECT v FROM {element.table} WHERE id = {k + 1})" for k in range(count)]
        a, b, last = at[0], at[min(1, count - 1)], at[-1]
        texts = ["{}"]
        return [kind.cast(text) for text in texts] + [
            f"{expression}::{kind.written}" for expression in (
                f"ARRAY[{', '.join(at)}]",
                f"ARRAY[{last}]",
                f"ARRAY[{a}, {last}, {b}, {a}]",
                f"ARRAY[[{', '.join(at)}], [{', '.join(reversed(at))}]]",
                f"ARRAY[[[{a}, {b}], [{b}, {last}]], [[{last}, {a}], [{a}, {a}]]]",
                f"array_fill({a}, ARRAY[3], ARRAY[-1])",
                f"array_fill({b}, ARRAY[2,1,2], ARRAY[0,-3,7])")]
