"""What PostgreSQL itself says of a row, and what a line of json says: as text, to be compared.

Parsing both would lose what matters most: the digits of numbers, the spelling of strings, the
order of members.
"""
import json
import json.decoder
import re

PINNED = {"DateStyle": "ISO,MDY", "IntervalStyle": "postgres", "TimeZone": "UTC",
          "bytea_output": "hex", "extra_float_digits": "1", "search_path": "public",
          "quote_all_identifiers": "off", "client_min_messages": "error"}

SPACE = re.compile(r"[ \t\n\r]*")


def refused(text):
    raise AssertionError(f"{text} is no JSON")


DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=refused)


def pinned_session(db, **more):
    """A session with the settings that FORMATS promises, whatever role and database say."""
    collation = db.value("SELECT datcollate FROM pg_database WHERE datname = current_database()")
    settings = {**PINNED, "lc_monetary": collation}
    return db.session(client_encoding="UTF8", **more, options=" ".join(
        f"-c {name}={value}" for name, value in settings.items()))


def members(line):
    """The members of one JSON object as (name, raw text of the value)."""
    at = SPACE.match(line, 1).end()
    if line[0] != "{":
        raise AssertionError(f"no object: {line[:200]!r}")
    while line[at] != "}":
        name, at = json.decoder.scanstring(line, at + 1)
        at = SPACE.match(line, at).end()
        start = SPACE.match(line, at + 1).end()
        at = DECODER.raw_decode(line, start)[1]
        yield name, line[start:at]
        at = SPACE.match(line, at).end()
        if line[at] == ",":
            at = SPACE.match(line, at + 1).end()
    if line[at + 1:].strip():
        raise AssertionError(f"more than an object: {line[at:at + 200]!r}")


def raw_member(line, name="after"):
    """The raw text of one member of a line; None when it is absent."""
    return dict(members(line)).get(name)


def as_hex(expression):
    """A text in SQL as something that psql prints unchanged: it leaves out what it cannot show."""
    encoding = "CASE getdatabaseencoding() WHEN 'SQL_ASCII' THEN 'SQL_ASCII' ELSE 'UTF8' END"
    return f"encode(convert_to({expression}, {encoding}), 'hex')"


def from_hex(text):
    """That text; what is not UTF-8 is a U+FFFD each."""
    return text and bytes.fromhex(text).decode("utf-8", "replace")


def rows_as_json(session, tables, order="id"):
    """{(table, id): row_to_json as one line}; a line break stands only between tokens there."""
    row = as_hex('row_to_json("the row")::text')
    answers = session.query(";\n".join(
        f'SELECT {quoted_name(table)}, {order}, {row} FROM {table} "the row"' for table in tables))
    return {(table, key): from_hex(text).replace("\n", " ").replace("\r", " ")
            for table, key, text in answers}


def quoted_name(table):
    return "'" + table.split(".")[-1].replace('"', "").replace("'", "''") + "'"


def streamed_rows(lines, key="id"):
    """{(table, key): raw text of after} of the inserts among the lines."""
    found = {}
    for line in lines:
        parts = dict(members(line))
        if parts["op"] != '"insert"':
            continue
        table = json.loads(parts["table"])
        place = (table, dict(members(parts["after"])).get(key))
        if place in found:
            raise AssertionError(f"{place} came twice")
        found[place] = parts["after"]
    return found


def differences(expected, found):
    """[(place, expected text, found text)], None for what one of them lacks."""
    return [(place, expected.get(place), found.get(place))
            for place in sorted(expected.keys() | found.keys())
            if expected.get(place) != found.get(place)]


def check(expected, found, name_of=str):
    """Fails unless both are the same rows, byte for byte."""
    wrong = differences(expected, found)
    if wrong:
        raise AssertionError(report(wrong, name_of))


def report(wrong, name_of=str, most=20, width=400):
    """Differences for people: the first of each table, from where the texts part."""
    shown, tables = [], {}
    for place, expected, found in wrong:
        tables.setdefault(place[0], []).append((place, expected, found))
    for listed in list(tables.values())[:most]:
        place, expected, found = listed[0]
        at = 0
        while expected and found and expected[at:at + 1] == found[at:at + 1] and at < len(found):
            at += 1
        at = max(0, at - 40)
        shown.append(f"{name_of(place[0])} {place[1]} ({len(listed)} rows differ), from {at}:\n"
                     f"  expected {expected and expected[at:at + width]}\n"
                     f"  found    {found and found[at:at + width]}")
    return f"{len(wrong)} rows of {len(tables)} tables differ\n" + "\n".join(shown)
