"""Writers whose transactions are random and yet the same for the same seed: what each of them does
is decided here, before the server hears of it; only who comes first is left to chance."""
import random
import threading

from pg import eventually, sql_error

TABLES = """
CREATE TABLE items (id bigint PRIMARY KEY, name text, n int);
CREATE TABLE notes (a bigint, b int, body text, PRIMARY KEY (b, a));
ALTER TABLE notes REPLICA IDENTITY FULL;
CREATE TABLE entries (writer int, line text);
CREATE TABLE shared (id int PRIMARY KEY, n int, last text);
CREATE TABLE ledger (writer int, number int, changes int, PRIMARY KEY (writer, number));
"""
# Whatever is taken back bears it, and no sink may ever see it.
UNDONE = "undone"
RANGE = 1_000_000_000  # ids of one writer
SHARED_ROWS = 4
LARGE_ROWS = 300  # many batches


class state:
    """What a writer has committed, or would."""

    def __init__(self, base):
        self.next_id = base
        self.items, self.notes = [], []

    def copy(self):
        made = state(self.next_id)
        made.items, made.notes = list(self.items), list(self.notes)
        return made


class transaction:
    """One transaction: its SQL, how many changes it commits, what the writer has behind it."""

    def __init__(self, choose, before, writer, number):
        self.choose, self.after = choose, before.copy()
        self.tag = f"{writer}/{number}"
        self.is_kept = choose.random() < 0.85
        self.word = "kept" if self.is_kept else UNDONE
        self.lines, self.changes = ["BEGIN"], 0
        for _ in range(choose.randrange(1, 5)):
            if choose.random() < 0.2:
                self.savepoint()
            else:
                self.change()
        if choose.random() < 0.3:  # last but one: whoever holds it waits for nobody
            self.add(f"UPDATE shared SET n = n + 1, last = '{self.text()}'"
                     f" WHERE id = {choose.randrange(SHARED_ROWS)}", 1)
        self.add(f"INSERT INTO ledger VALUES ({writer}, {number}, {self.changes})", 0)
        self.lines.append("COMMIT" if self.is_kept else "ROLLBACK")
        self.sql = ";\n".join(self.lines)

    def add(self, sql, changes):
        self.lines.append(sql)
        self.changes += changes

    def text(self):
        return f"{self.word} {self.tag} {self.choose.randrange(1 << 30):x}"

    def savepoint(self):
        """What stands between may be taken back alone."""
        kept, changes, word = self.after.copy(), self.changes, self.word
        is_kept = self.choose.random() < 0.5
        self.word = word if is_kept else UNDONE
        self.lines.append("SAVEPOINT s")
        for _ in range(self.choose.randrange(1, 3)):
            self.change()
        self.word = word
        if is_kept:
            self.lines.append("RELEASE SAVEPOINT s")
        else:
            # Numbers are used once, so that a row that was taken back cannot be taken for another.
            kept.next_id = self.after.next_id
            self.after, self.changes = kept, changes
            self.lines.append("ROLLBACK TO SAVEPOINT s")

    def change(self):
        kinds = [self.insert, self.insert, self.copy_in, self.insert_note]
        if self.after.items:
            kinds += [self.update, self.update_some, self.change_key, self.delete]
        if self.after.notes:
            kinds += [self.update_note, self.change_note_key, self.delete_note]
        self.choose.choice(kinds)()

    def fresh(self, count):
        first = self.after.next_id
        self.after.next_id += count
        return range(first, first + count)

    def insert(self):
        count = LARGE_ROWS if self.choose.random() < 0.03 else self.choose.randrange(1, 6)
        ids = self.fresh(count)
        self.after.items += ids[:3]  # the others only grow old
        self.add(f"INSERT INTO items SELECT i, '{self.text()} ' || i, 0"
                 f" FROM generate_series({ids[0]}, {ids[-1]}) i", count)

    def copy_in(self):
        writer, count = self.tag.split("/")[0], self.choose.randrange(1, 8)
        rows = "\n".join(f"{writer}\t{self.text()}" for _ in range(count))
        self.add(f"COPY entries FROM STDIN;\n{rows}\n\\.\n", count)

    def update(self):
        self.add(f"UPDATE items SET name = '{self.text()}'"
                 f" WHERE id = {self.choose.choice(self.after.items)}", 1)

    def update_some(self):
        some = self.choose.sample(self.after.items, min(3, len(self.after.items)))
        self.add(f"UPDATE items SET n = n + 1, name = '{self.text()}'"
                 f" WHERE id IN ({', '.join(map(str, some))})", len(some))

    def change_key(self):
        old, new = self.taken(self.after.items), self.fresh(1)[0]
        self.after.items.append(new)
        self.add(f"UPDATE items SET id = {new}, name = '{self.text()}' WHERE id = {old}", 1)

    def delete(self):
        self.add(f"DELETE FROM items WHERE id = {self.taken(self.after.items)}", 1)

    def insert_note(self):
        note = (self.fresh(1)[0], self.choose.randrange(5))
        self.after.notes.append(note)
        self.add(f"INSERT INTO notes VALUES ({note[0]}, {note[1]}, '{self.text()}')", 1)

    def update_note(self):
        a, b = self.choose.choice(self.after.notes)
        self.add(f"UPDATE notes SET body = '{self.text()}' WHERE a = {a} AND b = {b}", 1)

    def change_note_key(self):
        a, b = self.taken(self.after.notes)
        self.after.notes.append((a, b + 10))
        self.add(f"UPDATE notes SET b = {b + 10} WHERE a = {a} AND b = {b}", 1)

    def delete_note(self):
        a, b = self.taken(self.after.notes)
        self.add(f"DELETE FROM notes WHERE a = {a} AND b = {b}", 1)

    def taken(self, rows):
        return rows.pop(self.choose.randrange(len(rows)))


class writer:
    """A thread with a session of its own, that does as many transactions as it is told."""

    def __init__(self, connect, seed, number):
        self.connect, self.number = connect, number
        self.choose = random.Random(f"{seed}/{number}")
        self.state = state(number * RANGE)
        self.session, self.done = None, 0
        self.committed = []  # (writer, number), in order
        self.quota = threading.Semaphore(0)
        self.is_over, self.error = False, None
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        try:
            while self.quota.acquire() and not self.is_over:
                self.write(transaction(self.choose, self.state, self.number, self.done + 1))
        except Exception as e:  # told by whoever waits
            self.error = e
        if self.session:
            self.session.close()

    def write(self, wanted):
        """Once, whatever becomes of the connection meanwhile."""
        while not self.attempt(wanted):
            if eventually(self.is_in_ledger, "the server is back") == "yes":
                break
        if wanted.is_kept:
            self.state = wanted.after
            self.committed.append((self.number, self.done + 1))
        self.done += 1

    def attempt(self, wanted):
        try:
            if self.session is None:
                self.session = self.connect()
            self.session.query(wanted.sql)
            return True
        except (sql_error, OSError) as e:
            if isinstance(e, sql_error) and e.sqlstate not in ("08006", "57P01", "57P02", "57P03"):
                raise
            self.forget()
            return False

    def is_in_ledger(self):
        try:
            if self.session is None:
                self.session = self.connect()
            return "yes" if self.session.query(
                f"SELECT 1 FROM ledger WHERE writer = {self.number}"
                f" AND number = {self.done + 1}") else "no"
        except (sql_error, OSError):
            self.forget()
            return None

    def forget(self):
        if self.session is not None:
            self.session.close()
            self.session = None


class writers:
    """Several at once. give() lets each do more; wait() is back when they have."""

    def __init__(self, connect, seed, count):
        self.all = [writer(connect, seed, number + 1) for number in range(count)]
        self.given = 0

    def give(self, transactions):
        self.given += transactions
        for one in self.all:
            one.quota.release(transactions)

    def done(self):
        for one in self.all:
            if one.error is not None:
                raise one.error
        return sum(one.done for one in self.all)

    def are_idle(self):
        return self.done() == self.given * len(self.all)

    def wait(self):
        eventually(self.are_idle, "the writers have written")

    def stop(self):
        for one in self.all:
            one.is_over = True
            one.quota.release()
        for one in self.all:
            one.thread.join(30)

    def committed(self):
        return [pair for one in self.all for pair in one.committed]
