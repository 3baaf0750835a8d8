"""The judge. From what the server itself says was committed (its own plain decoder, its tables, its
ledger) and what a sink wrote, it says what is missing, out of order, or there without a reason.

A sink has only what it acked: the rest may be gone with the process that took it.
"""
import collections
import dataclasses
import re

import sink_file
from writers import UNDONE

CHANGE = re.compile(r"table public\.(\w+): (INSERT|UPDATE|DELETE): (.*)")
COLUMN = re.compile(r"(\w+)\[[^\]]*\]:('(?:[^']|'')*'|\S+)")
KEYS = {"items": ("id",), "notes": ("b", "a"), "shared": ("id",), "ledger": ("writer", "number")}


def columns(text):
    """Columns as test_decoding prints them -> {name: text or None}."""
    found = {}
    for name, value in COLUMN.findall(text):
        found[name] = (value[1:-1].replace("''", "'") if value.startswith("'") else
                       None if value == "null" else value)
    return found


def change_of_line(line):
    """A change as the server's decoder prints it: (operation, table, before, after)."""
    found = CHANGE.match(line)
    if not found:
        return None
    table, operation, rest = found[1], found[2].lower(), found[3]
    old, new = None, rest
    if operation == "delete":
        old, new = rest, None
    elif rest.startswith("old-key: "):
        old, new = rest.removeprefix("old-key: ").split(" new-tuple: ", 1)
    return operation, table, old and columns(old), new and columns(new)


def change_of_event(event):
    """The same of an event of the json dialect."""
    return event["op"], event["table"], texts(event["before"]), texts(event["after"])


def texts(row):
    return row and {name: None if value is None else str(value) for name, value in row.items()}


def name_of(changes):
    """(writer, number): what the ledger's row calls a transaction; None without one."""
    rows = [change[3] for change in changes if change[1] == "ledger"]
    return (int(rows[0]["writer"]), int(rows[0]["number"])) if len(rows) == 1 else None


@dataclasses.dataclass
class truth:
    """What was committed, name -> its changes in the order of the log, and what the tables hold."""

    transactions: dict
    tables: dict

    @staticmethod
    def read(lines, tables, ledger, written):
        """lines: of test_decoding; ledger: {name: number of changes}; written: what the writers
        know they committed. That these agree is the first thing to be sure of."""
        found, open_changes = {}, []
        for line in lines:
            if line.startswith("BEGIN"):
                open_changes = []
            elif line.startswith("COMMIT"):
                if open_changes:
                    found[name_of(open_changes)] = open_changes
            elif change := change_of_line(line):
                open_changes.append(change)
        if set(found) != set(ledger) or set(found) != set(written):
            raise AssertionError(f"the oracle contradicts itself: {len(found)} transactions in the"
                                 f" log, {len(ledger)} in the ledger, {len(written)} written")
        for name, changes in found.items():
            if len(changes) != ledger[name] + 1:
                raise AssertionError(f"the oracle contradicts itself: {name} has {len(changes)}"
                                     f" changes in the log, {ledger[name]} and one in the ledger")
        return truth(found, tables)


class verdict:
    """Of one sink. `mistakes` is empty when all is well; every kind of them is counted."""

    def __init__(self, name):
        self.name = name
        self.mistakes = collections.defaultdict(list)
        self.transactions = self.events = self.duplicates = self.torn = 0

    def blame(self, kind, text):
        self.mistakes[kind].append(text)

    def count(self, *kinds):
        return sum(len(found) for kind, found in self.mistakes.items()
                   if not kinds or kind in kinds)

    def report(self):
        lines = [f"sink {self.name}:"]
        for kind, found in self.mistakes.items():
            lines.append(f"  {kind}: {len(found)}")
            lines += [f"    {text}"[:600] for text in found[:3]]
        return "\n".join(lines)


class judge:
    """Looks at one sink's file. flushes: pid -> what the server had confirmed when it began; a
    transaction whose commit LSN is below it must not come any more."""

    def __init__(self, name, raw, flushes, expected):
        self.verdict = verdict(name)
        self.flushes, self.expected = flushes, expected
        self.first = {}  # position -> its line, in the order of arrival
        self.events = {}  # position -> the event
        self.acked = set()
        self.lives = sink_file.lives(raw)
        if UNDONE.encode() in raw:
            at = raw.index(UNDONE.encode())
            self.verdict.blame("aborted", f"{raw[max(0, at - 300):at + 50]!r}")

    def look(self):
        self.read()
        self.compare()
        return self.verdict

    def read(self):
        acked_pid, acked_here = None, set()
        for one in self.lives:
            if one.pid != acked_pid:  # a new process knows only what the server knows
                acked_pid, acked_here = one.pid, set()
            self.verdict.torn += one.is_torn
            for mistake in one.mistakes:
                self.verdict.blame("file", mistake)
            last = ""
            fresh = set()
            for given in one.deliveries:
                for repeated in given.repeats:
                    self.repeat(given, repeated)
                last = self.take(one, given, last, acked_here, fresh)
            acked_here |= fresh

    def repeat(self, given, lines):
        self.verdict.duplicates += len(lines)
        # The first may have been cut off by a kill, the second never.
        if lines != given.lines:
            self.verdict.blame("two texts", f"the call of batch {given.sequence} was repeated with"
                                            " other lines")

    def take(self, one, given, last, acked_here, fresh):
        """One delivery; the position it ends with."""
        for position, line, event in sink_file.events_of(given.lines):
            if position <= last:
                self.verdict.blame("order", f"{position} behind {last} in one life")
            last = position
            commit_lsn = int(position.split("-")[0], 16)
            if commit_lsn < self.flushes[one.pid]:
                self.verdict.blame("unexplained", f"{position} is below the flush"
                                                  f" {self.flushes[one.pid]:016X}")
            elif position in acked_here:
                self.verdict.blame("unexplained", f"{position} was acked in this very process")
            self.know(position, line, event)
            if given.is_acked:
                self.acked.add(position)
                fresh.add(position)
        return last

    def know(self, position, line, event):
        known = self.first.get(position)
        if known is None:
            if self.first and position < next(reversed(self.first)):
                self.verdict.blame("order", f"{position} came for the first time behind"
                                            f" {next(reversed(self.first))}")
            self.first[position], self.events[position] = line, event
            return
        self.verdict.duplicates += 1
        if known != line:
            self.verdict.blame("two texts", f"at {position}: {known!r} and {line!r}")

    def compare(self):
        """What was acked against what was committed."""
        found = self.transactions()
        self.verdict.transactions = len(found)
        expected = self.expected.transactions
        for name in expected.keys() - found.keys():
            self.verdict.blame("lost", f"transaction {name} with {len(expected[name])} changes")
        for name in found.keys() - expected.keys():
            self.verdict.blame("aborted", f"transaction {name} was never committed")
        both = [name for name in expected if name in found]
        if both != [name for name in found if name in expected]:
            self.verdict.blame("order", "transactions are not in the order of the log")
        for name in both:
            if found[name] != expected[name]:
                self.verdict.blame("not whole", f"transaction {name}: expected {expected[name]},"
                                                f" found {found[name]}")
        self.compare_tables(found)

    def transactions(self):
        """name -> changes of what was acked, in the order of arrival."""
        by_commit = {}
        for position in self.first:
            if position in self.acked:
                self.verdict.events += 1
                by_commit.setdefault(position.split("-")[0], []).append(self.events[position])
        found = {}
        for commit, events in by_commit.items():
            changes = [change_of_event(event) for event in events
                       if event["op"] not in ("begin", "commit")]
            ends = [event["op"] for event in events if event["op"] in ("begin", "commit")]
            if ends and (ends != ["begin", "commit"] or events[0]["op"] != "begin"
                         or events[-1]["op"] != "commit"):
                self.verdict.blame("not whole", f"transaction {commit} has the ends {ends}")
            name = name_of(changes)
            if name is None:
                self.verdict.blame("not whole", f"transaction {commit} has no row of the ledger")
            elif name in found:
                self.verdict.blame("order", f"{name} came with two commit LSNs")
            else:
                found[name] = changes
        return found

    def compare_tables(self, found):
        held = fold(found.values())
        for table, rows in self.expected.tables.items():
            if held.get(table, collections.Counter()) != rows:
                missing, more = rows - held[table], held[table] - rows
                self.verdict.blame("tables", f"{table}: {missing.total()} rows are missing, "
                                             f"{more.total()} too many: "
                                             f"{list(missing)[:2]} {list(more)[:2]}")


def fold(transactions):
    """table -> its rows, when the changes are applied one after the other."""
    keyed = collections.defaultdict(dict)
    rows = collections.defaultdict(collections.Counter)
    for changes in transactions:
        for operation, table, before, after in changes:
            if table not in KEYS:
                rows[table][row_of(after)] += 1
                continue
            if operation == "delete" or before:
                keyed[table].pop(key_of(table, before), None)
            if after:
                keyed[table][key_of(table, after)] = row_of(after)
    for table, held in keyed.items():
        rows[table].update(held.values())
    return rows


def key_of(table, row):
    return tuple(row[name] for name in KEYS[table])


def row_of(row):
    return tuple(row.items())
