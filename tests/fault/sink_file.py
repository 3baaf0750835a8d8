"""What the plugin `faulty` (tests/support/plugins) has written: the processes it lived in, the
deliveries of each, and which of them were acked."""
import json
import re

START = re.compile(rb"\n#start (\d+)\n")


class delivery:
    """One batch, as often as it was written: a repeated call adds nothing new."""

    def __init__(self, sequence):
        self.sequence = sequence
        self.lines = []  # of the payloads
        self.is_acked = False
        self.repeats = []  # the lines of identical calls: what they are is for the checker to see


class life:
    """From one start() to the next: numbers of batches mean something only in it."""

    def __init__(self, pid, raw):
        self.pid = pid
        self.deliveries = []  # in the order in which they were first written
        self.begun = set()  # numbers
        self.mistakes = []
        self.is_torn = not raw.endswith(b"\n") and raw != b""
        lines = raw.split(b"\n")[:-1]  # a last line without its end is a piece
        known, at = {}, 0
        while at < len(lines):
            words = lines[at].split()
            at += 1
            if not words:
                continue
            if words[0] == b"#deliver":
                self.begun.add(int(words[1]))
            elif words[0] == b"#taken":
                sequence, count = int(words[1]), int(words[2])
                found = [line for line in lines[at:at + count] if not line.startswith(b"#")]
                at += len(found)
                # Only a kill may cut one short, and nothing is behind it then.
                if len(found) < count and at < len(lines):
                    self.mistakes.append(f"batch {sequence} has less than {count} lines")
                self.take(known, sequence, found)
            elif words[0] == b"#ack":
                for number in range(int(words[1]), int(words[2]) + 1):
                    known[number].is_acked = True
            else:
                self.mistakes.append(f"a line of no batch: {lines[at - 1][:200]!r}")

    def take(self, known, sequence, lines):
        if sequence in known:
            known[sequence].repeats.append(lines)
            return
        made = known[sequence] = delivery(sequence)
        made.lines = lines
        self.deliveries.append(made)

    def unacked(self):
        """How many batches it was given and has not acked."""
        return len(self.begun - {one.sequence for one in self.deliveries if one.is_acked})


def lives(raw):
    """Every life that the file tells of, in order."""
    parts = START.split(raw)
    return [life(int(parts[i]), parts[i + 1]) for i in range(1, len(parts), 2)]


def events_of(lines):
    """(position, line, event) of each row, message, begin and commit; what a schema is, the rows
    behind it show."""
    for line in lines:
        event = json.loads(line)
        if event["op"] != "schema":
            yield event["pos"], line, event
