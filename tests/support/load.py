"""Writers that go on until they are told to stop, and what the server says they committed."""
import re

from pg import lsn

CHANGE = re.compile(r"table public\.items: (INSERT|UPDATE|DELETE): (.*)")
NUMBER = re.compile(r"\bid\[integer\]:(\d+)")
TEXT = re.compile(r"\bname\[text\]:'([^']*)'")

# Every transaction inserts some rows and updates or deletes the first; every seventh comes to
# nothing; each 40th is large, so that it is read and written in many parts.
LOOP = """
DO $$
DECLARE
  n int := 0;
  rows int;
  used int;
  kind text;
BEGIN
  LOOP
    EXIT WHEN EXISTS (SELECT FROM walwire_stop);
    n := n + 1;
    rows := CASE WHEN n % 40 = 0 THEN {large} ELSE 1 + n % 5 END;
    kind := CASE WHEN n % 7 = 0 THEN 'undone ' ELSE 'kept ' END;
    SELECT {base} + count INTO used FROM walwire_used WHERE writer = {writer};
    INSERT INTO items SELECT used + k, kind || {writer} || ' ' || n || repeat(' x', 40)
      FROM generate_series(1, rows) k;
    UPDATE walwire_used SET count = count + rows WHERE writer = {writer};
    IF n % 3 = 0 THEN
      UPDATE items SET name = kind || 'again ' || n WHERE id = {base} + 1;
    ELSIF n % 11 = 0 THEN
      DELETE FROM items WHERE id = used + rows;
    END IF;
    IF n % 7 = 0 THEN ROLLBACK; ELSE COMMIT; END IF;
    PERFORM pg_sleep({pause});
  END LOOP;
END $$
"""


class load:
    """Concurrent writers into the table items (id int, name text) of one database."""

    def __init__(self, db, writers=3, large=2000, pause=0.002):
        self.db = db
        db.execute("CREATE TABLE walwire_stop (x int)")
        db.execute("CREATE TABLE walwire_used (writer int PRIMARY KEY, count int)")
        db.execute(f"INSERT INTO walwire_used SELECT i, 0 FROM generate_series(1, {writers}) i")
        self.sessions = [db.session() for _ in range(writers)]
        for writer, session in enumerate(self.sessions, 1):
            session.send(LOOP.format(writer=writer, base=writer * 100_000_000, large=large,
                                     pause=pause))

    def stop(self):
        """No transaction is open when it is back."""
        self.db.execute("INSERT INTO walwire_stop VALUES (1)")
        for session in self.sessions:
            session.finish()


class witness:
    """A slot with the server's own plain decoder: what was committed, in the order of the WAL.

    It has nothing in common with walwire but the server.
    """

    def __init__(self, db):
        self.db = db
        self.name = "witness_" + db.name
        db.execute(f"SELECT pg_create_logical_replication_slot('{self.name}', 'test_decoding')")

    def lines(self):
        return self.db.query("SELECT lsn, data FROM pg_logical_slot_peek_changes("
                             f"'{self.name}', NULL, NULL, 'include-xids', '0')")

    def changes(self):
        """(operation, id, name) of every change of items, in commit order."""
        return [change for _, line in self.lines() if (change := parse(line))]

    def end_of(self, number):
        """The end LSN of the transaction that inserted that id: a flush below it does not cover
        the transaction, whatever else was written to the WAL meanwhile."""
        is_inside = False
        for position, line in self.lines():
            is_inside = is_inside or parse(line)[:2] == ("insert", number)
            if is_inside and line.startswith("COMMIT"):
                return lsn(position)
        raise AssertionError(f"nobody committed {number}")


def parse(line):
    change = CHANGE.match(line)
    if not change:
        return ()
    number, text = NUMBER.search(change[2]), TEXT.search(change[2])
    return change[1].lower(), int(number[1]), text and text[1]
