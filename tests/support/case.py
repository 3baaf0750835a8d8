"""What every integration test stands on: a fresh database, tails and sinks that end with it."""
import json
import os
import pathlib
import tempfile
import unittest

import pg
from pg import eventually
from tail import SCHEMA, plugin_file, tail

IS_LONG = os.environ.get("WALWIRE_LONG", "") not in ("", "0")


def seconds(short, long):
    """How long a test holds something up: the issue's own number only with WALWIRE_LONG=1."""
    return long if IS_LONG else short


class journal:
    """What the scripted plugin was asked and did: one JSON object per line."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.known, self.read_bytes = [], 0

    def entries(self, call=None):
        self.read_on()
        return [entry for entry in self.known if call is None or entry["call"] == call]

    def read_on(self):
        """Whole lines that were not there the last time: tests ask again and again.

        The instance that was made and destroyed to check its options before anything was done is
        left out.
        """
        if not self.path.exists():
            return
        with open(self.path, "rb") as file:
            file.seek(self.read_bytes)
            fresh = file.read()
        fresh = fresh[:fresh.rfind(b"\n") + 1]
        self.read_bytes += len(fresh)
        self.known += map(json.loads, fresh.splitlines())
        if [entry["call"] for entry in self.known[:2]] == ["create", "destroy"]:
            del self.known[:2]

    def calls(self, *names):
        """The names of the calls so far, in order; only those named, when some are."""
        return [e["call"] for e in self.entries() if not names or e["call"] in names]

    def delivers(self):
        return self.entries("deliver")


class sink:
    """The options of one scripted sink, and the files through which the test talks with it."""

    def __init__(self, folder, name, **options):
        self.folder = pathlib.Path(folder)
        self.file = self.folder / f"{name}.out"
        self.journal = journal(self.folder / f"{name}.journal")
        self.commands = self.folder / f"{name}.commands"
        self.commands.touch()
        self.options = {"file": self.file, "journal": self.journal.path,
                        "commands": self.commands, **options}

    def arguments(self):
        found = ["--plugin", plugin_file("scripted")]
        for name, value in self.options.items():
            found += ["-o", f"{name}={value}"]
        return found

    def tell(self, command):
        """One line for the sink's command thread: ack 1 2, release 1 2, fail retry, open."""
        with open(self.commands, "a", encoding="utf-8") as out:
            out.write(command + "\n")

    def events(self):
        """What the sink took, in order, as parsed events."""
        if not self.file.exists():
            return []
        whole = self.file.read_bytes()
        lines = whole[:whole.rfind(b"\n") + 1].splitlines()
        return [event for event in map(json.loads, lines) if event["op"] != "schema"]

    def count(self):
        """How many complete lines with a row or a message the sink took: cheap."""
        if not self.file.exists():
            return 0
        whole = self.file.read_bytes()
        schemas = whole.count(b"\n" + SCHEMA.encode()) + whole.startswith(SCHEMA.encode())
        return whole.count(b"\n") - schemas


class integration_case(unittest.TestCase):
    """One database per test; what a test started is ended with it."""

    def setUp(self):
        self.db = pg.database(pg.shared_cluster())
        self.addCleanup(self.db.drop)
        self.scratch = tempfile.TemporaryDirectory(prefix="walwire-test-")
        self.addCleanup(self.scratch.cleanup)

    def tail(self, *arguments, dsn=None, **more):
        """A tail of this test's database; ready unless told otherwise.

        A lasting slot is free only a moment after the tail before it has ended.
        """
        if "-S" in arguments:
            name = arguments[arguments.index("-S") + 1]
            eventually(lambda: (self.db.slot(name) or {}).get("pid") is None, "the slot is free")
        started = tail(dsn or self.db.dsn(), *arguments, **more)
        self.addCleanup(started.close)
        return started

    def tail_without_dsn(self, *arguments, **more):
        started = tail(None, *arguments, **more)
        self.addCleanup(started.close)
        return started

    def sink(self, name="sink", **options):
        return sink(self.scratch.name, name, **options)

    def table(self, name="items", columns="id int PRIMARY KEY, name text"):
        self.db.execute(f"CREATE TABLE {name} ({columns})")

    def named_slot(self, *tables, name=None):
        """A publication and a slot that outlive a tail; returns the options that name them."""
        unique = name or "s_" + self.db.name
        listed = ", ".join(tables or ("items",))
        self.db.execute(f"CREATE PUBLICATION {unique} FOR TABLE {listed}")
        self.db.make_slot(unique)
        return ["-S", unique, "--publication", unique]

    def rows(self, first, last, table="items", text="'row ' || i"):
        """One transaction that inserts ids first to last."""
        self.db.execute(f"INSERT INTO {table} SELECT i, {text}"
                        f" FROM generate_series({first}, {last}) i")

    def wait_flush(self, at_least, name=None, what="the slot follows", deadline=pg.DEADLINE):
        return eventually(lambda: self.db.flush(name) >= at_least, what, deadline)

    def assert_ids(self, events, expected, image="after"):
        self.assertEqual([event[image]["id"] for event in events], list(expected))
