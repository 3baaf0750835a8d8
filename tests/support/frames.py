"""Messages of PostgreSQL's protocol 3 as a server sends them: a type byte, a length, a body.

The length counts itself and the body. Encryption is refused by one byte without a length, so only
connections with sslmode=disable and gssencmode=disable can be read like this.
"""
import struct

HEADER_BYTES = 5


class splitter:
    """Cuts the server's bytes into whole messages, in whatever pieces they come."""

    def __init__(self):
        self.rest = b""

    def take(self, part):
        """The messages that are complete now, each with its header."""
        self.rest += part
        found, at = [], 0
        while len(self.rest) - at >= HEADER_BYTES:
            end = at + 1 + struct.unpack_from(">I", self.rest, at + 1)[0]
            if end > len(self.rest):
                break
            found.append(self.rest[at:end])
            at = end
        self.rest = self.rest[at:]
        return found


def kind(message):
    return message[:1]


def is_copy(message, inner):
    """Whether it is a CopyData of that kind: b"w" WAL, b"k" keepalive."""
    return message[:1] == b"d" and message[HEADER_BYTES:HEADER_BYTES + 1] == inner


def pgoutput_kind(message):
    """The kind of pgoutput message in a CopyData of WAL, b"" for anything else."""
    # start LSN, end LSN and time stand before it
    return message[HEADER_BYTES + 25:HEADER_BYTES + 26] if is_copy(message, b"w") else b""


def keepalive(wal_end_lsn, is_reply_requested=False):
    """A keepalive as a walsender would send it."""
    body = b"k" + struct.pack(">QQB", wal_end_lsn, 0, int(is_reply_requested))
    return b"d" + struct.pack(">I", 4 + len(body)) + body


def fields(message):
    """The fields of an ErrorResponse or NoticeResponse by their letters."""
    parts = message[HEADER_BYTES:].rstrip(b"\0").split(b"\0")
    return {part[:1].decode(): part[1:].decode() for part in parts}


def startup(**parameters):
    """The first message of a client, which alone has no type byte."""
    words = [word for pair in parameters.items() for word in pair]
    body = struct.pack(">I", 3 << 16) + b"".join(w.encode() + b"\0" for w in words) + b"\0"
    return struct.pack(">I", 4 + len(body)) + body


def query(text):
    body = text.encode() + b"\0"
    return b"Q" + struct.pack(">I", 4 + len(body)) + body
