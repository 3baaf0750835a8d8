"""What a reader has who keeps the first of every position: at-least-once, checked."""
import json

START = b'{"op":"'  # inside a value the quotes are escaped


def split_lines(raw):
    """(whole lines, pieces): a killed writer leaves a piece, and the next one writes behind it."""
    whole, pieces = [], []
    for line in raw.splitlines(keepends=True):
        at = line.rfind(START)
        if at > 0:
            pieces.append(line[:at])
            line = line[at:]
        if line.endswith(b"\n"):
            whole.append(line)
        else:
            pieces.append(line)
    return whole, pieces


class fold:
    """Lines of json by position. Raises when one position has two texts, or a new position comes
    behind a later one."""

    def __init__(self, raw):
        whole, self.pieces = split_lines(raw)
        self.first = {}  # position -> its line, in the order of arrival
        self.repeated = []
        for line in whole:
            event = json.loads(line)
            if event["op"] != "schema":
                self.add(event["pos"], line)

    def add(self, position, line):
        known = self.first.get(position)
        if known is None:
            if self.first and position < next(reversed(self.first)):
                raise AssertionError(f"{position} came for the first time behind"
                                     f" {next(reversed(self.first))}")
            self.first[position] = line
        elif known != line:
            raise AssertionError(f"two texts at {position}:\n{known}{line}")
        else:
            self.repeated.append(position)

    def events(self):
        return [json.loads(line) for line in self.first.values()]

    def changes(self):
        """(operation, id, name), as witness.changes() has them."""
        return [change_of(event) for event in self.events()]


def change_of(event):
    row = event["after"] or event["key"]
    return event["op"], row["id"], row.get("name")


def difference(expected, found):
    """The first place where two lists differ, for a report that can be read."""
    for at, (one, other) in enumerate(zip(expected, found)):
        if one != other:
            return (f"at {at} of {len(expected)}/{len(found)}: expected"
                    f" {expected[at:at + 3]}, found {found[at:at + 3]}")
    at = min(len(expected), len(found))
    return (f"{len(expected)} expected, {len(found)} found; missing {expected[at:at + 3]},"
            f" too many {found[at:at + 3]}")
