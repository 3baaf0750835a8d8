#!/usr/bin/python3
"""Does the judge see every way in which what a sink has can be wrong, and none where it is right?

The truth and the files are made here; no server and no walwire is needed.
"""
import json
import pathlib
import random
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]

from checker import change_of_line, columns, fold, judge, truth  # noqa: E402
from writers import state, transaction as random_transaction  # noqa: E402

PIDS = {7: 0, 8: 0x300}  # the second process begins at the third transaction


def transaction(number, rows):
    """Its changes as the truth has them."""
    return [*(("insert", "items", None, {"id": str(row), "name": f"kept {row}"}) for row in rows),
            ("insert", "ledger", None,
             {"writer": "1", "number": str(number), "changes": str(len(rows))})]


ROWS = {1: [1, 2], 2: [3], 3: [4, 5], 4: [6]}
COMMITTED = {(1, number): transaction(number, rows) for number, rows in ROWS.items()}
EXPECTED = truth(COMMITTED, fold(COMMITTED.values()))


def line(number, index, change):
    operation, table, before, after = change
    return json.dumps({"op": operation, "pos": f"{number << 8:016X}-1-{index:08X}",
                       "table": table, "before": before, "after": after})


def payloads(number):
    return [line(number, index, change)
            for index, change in enumerate(COMMITTED[1, number], 1)]


def batch(sequence, *lines, ack=True):
    text = f"#deliver {sequence}\n#taken {sequence} {len(lines)}\n"
    text += "".join(one + "\n" for one in lines)
    return text + (f"#ack {sequence} {sequence}\n" if ack else "")


def start(pid):
    return f"\n#start {pid}\n"


def look(*parts, expected=EXPECTED):
    return judge("a", "".join(parts).encode(), PIDS, expected).look()


ALL = [batch(number, *payloads(number)) for number in ROWS]


class checker(unittest.TestCase):
    def assert_kinds(self, verdict, *kinds):
        self.assertEqual(set(verdict.mistakes), set(kinds), verdict.report())

    def test_everything_is_there(self):
        verdict = look(start(7), *ALL)
        self.assert_kinds(verdict)
        self.assertEqual((verdict.transactions, verdict.events, verdict.duplicates), (4, 10, 0))

    def test_what_comes_again_behind_a_kill_is_explained(self):
        again = [batch(1, *payloads(3)), batch(2, *payloads(4))]
        verdict = look(start(7), *ALL[:2], batch(3, *payloads(3), ack=False), start(8), *again)
        self.assert_kinds(verdict)
        self.assertEqual(verdict.duplicates, 3)

    def test_a_line_that_a_kill_cut_off_is_no_line(self):
        cut = batch(3, *payloads(3), ack=False)[:-20]
        verdict = look(start(7), *ALL[:2], cut, start(8), batch(1, *payloads(3)),
                       batch(2, *payloads(4)))
        self.assert_kinds(verdict)
        self.assertEqual(verdict.torn, 1)

    def test_a_repeated_call_is_explained(self):
        twice = batch(3, *payloads(3), ack=False) + ALL[2]
        self.assertEqual(look(start(7), *ALL[:2], twice, ALL[3]).duplicates, 3)
        self.assert_kinds(look(start(7), *ALL[:2], twice, ALL[3]))

    def test_a_missing_transaction(self):
        self.assert_kinds(look(start(7), ALL[0], ALL[2], ALL[3]), "lost", "tables")

    def test_the_last_transaction_is_missing(self):
        self.assert_kinds(look(start(7), *ALL[:3]), "lost", "tables")

    def test_what_was_never_acked_is_lost(self):
        self.assert_kinds(look(start(7), *ALL[:3], batch(4, *payloads(4), ack=False)),
                          "lost", "tables")

    def test_a_missing_row(self):
        self.assert_kinds(look(start(7), batch(1, *payloads(1)[1:]), *ALL[1:]),
                          "not whole", "tables")

    def test_a_missing_end(self):
        self.assert_kinds(look(start(7), batch(1, *payloads(1)[:-1]), *ALL[1:]),
                          "lost", "not whole", "tables")

    def test_another_value(self):
        broken = [one.replace("kept 3", "kept 9") for one in payloads(2)]
        self.assert_kinds(look(start(7), ALL[0], batch(2, *broken), *ALL[2:]),
                          "not whole", "tables")

    def test_two_transactions_change_places(self):
        verdict = look(start(7), ALL[0], ALL[2], ALL[1], ALL[3])
        self.assert_kinds(verdict, "order")

    def test_two_transactions_change_their_positions(self):
        # The positions rise, but the order is not that of the log.
        two = [one.replace(f"{2 << 8:016X}", f"{3 << 8:016X}") for one in payloads(2)]
        three = [one.replace(f"{3 << 8:016X}", f"{2 << 8:016X}") for one in payloads(3)]
        self.assert_kinds(look(start(7), ALL[0], batch(2, *three), batch(3, *two), ALL[3]),
                          "order")

    def test_two_rows_change_places(self):
        one, two, ledger = payloads(1)
        self.assert_kinds(look(start(7), batch(1, two, one, ledger), *ALL[1:]),
                          "order", "not whole")

    def test_a_transaction_that_was_never_committed(self):
        invented = [line(5, 1, change) for change in transaction(5, [])]
        self.assert_kinds(look(start(7), *ALL, batch(5, *invented)), "aborted", "tables")

    def test_what_was_taken_back(self):
        undone = payloads(4)[0].replace("kept", "undone")
        self.assert_kinds(look(start(7), *ALL[:3], batch(4, undone, payloads(4)[1])),
                          "aborted", "not whole", "tables")

    def test_below_the_flush(self):
        verdict = look(start(7), *ALL[:3], start(8), batch(1, *payloads(2)), batch(2, *payloads(3)),
                       batch(3, *payloads(4)))
        self.assert_kinds(verdict, "unexplained")

    def test_acked_and_again_in_the_same_process(self):
        self.assert_kinds(look(start(7), *ALL[:3], start(7), batch(5, *payloads(3)),
                               batch(6, *payloads(4))), "unexplained")

    def test_unacked_and_again_in_the_same_process(self):
        self.assert_kinds(look(start(7), *ALL[:2], batch(3, *payloads(3), ack=False), start(7),
                               batch(4, *payloads(3)), batch(5, *payloads(4))))

    def test_again_with_another_text(self):
        other = [one.replace('"op": ', '"op":') for one in payloads(3)]
        self.assert_kinds(look(start(7), *ALL[:2], batch(3, *payloads(3), ack=False), start(8),
                               batch(1, *other), batch(2, *payloads(4))), "two texts")

    def test_a_repeated_call_with_another_text(self):
        other = [one.replace('"op": ', '"op":') for one in payloads(3)]
        self.assert_kinds(look(start(7), *ALL[:2], batch(3, *payloads(3), ack=False),
                               batch(3, *other), ALL[3]), "two texts")

    def test_a_batch_that_is_shorter_than_it_says(self):
        short = ALL[2].replace("#taken 3 3", "#taken 3 4")
        self.assertIn("file", look(start(7), *ALL[:2], short, ALL[3]).mistakes)

    def test_an_end_of_a_transaction_is_missing(self):
        begin = json.dumps({"op": "begin", "pos": f"{1 << 8:016X}-1-00000000"})
        self.assert_kinds(look(start(7), batch(1, begin, *payloads(1)), *ALL[1:]), "not whole")


class truths(unittest.TestCase):
    def test_lines_of_the_servers_decoder(self):
        self.assertEqual(columns("id[bigint]:1 name[text]:'it''s [a]:b' n[integer]:null"),
                         {"id": "1", "name": "it's [a]:b", "n": None})
        self.assertEqual(change_of_line("table public.items: UPDATE: old-key: id[bigint]:1"
                                        " new-tuple: id[bigint]:2 n[integer]:3"),
                         ("update", "items", {"id": "1"}, {"id": "2", "n": "3"}))
        self.assertEqual(change_of_line("table public.items: DELETE: id[bigint]:1"),
                         ("delete", "items", {"id": "1"}, None))
        self.assertIsNone(change_of_line("COMMIT"))

    def test_an_oracle_that_contradicts_itself_judges_nobody(self):
        lines = ["BEGIN", "table public.ledger: INSERT: writer[integer]:1 number[integer]:1"
                 " changes[integer]:0", "COMMIT"]
        good = truth.read(lines, {}, {(1, 1): 0}, [(1, 1)])
        self.assertEqual(list(good.transactions), [(1, 1)])
        for ledger, written in (({(1, 1): 1}, [(1, 1)]), ({}, [(1, 1)]), ({(1, 1): 0}, [])):
            with self.assertRaises(AssertionError):
                truth.read(lines, {}, ledger, written)

    def test_folding(self):
        keyed = {"id": "1", "name": "a"}
        moved = {"id": "2", "name": "a"}
        self.assertEqual(dict(fold([[("insert", "items", None, keyed)],
                                    [("update", "items", {"id": "1"}, moved)]])["items"]),
                         {(("id", "2"), ("name", "a")): 1})
        self.assertEqual(fold([[("insert", "items", None, keyed),
                                ("delete", "items", {"id": "1"}, None)]])["items"].total(), 0)


class seeds(unittest.TestCase):
    def written(self, seed):
        choose, before, found = random.Random(seed), state(0), []
        for number in range(1, 201):
            made = random_transaction(choose, before, 1, number)
            before = made.after if made.is_kept else before
            found.append(made.sql)
        return found

    def test_a_seed_decides_every_statement(self):
        self.assertEqual(self.written("1/1"), self.written("1/1"))
        self.assertNotEqual(self.written("1/1"), self.written("2/1"))

    def test_every_kind_of_statement_is_written(self):
        text = "\n".join(self.written("1/1"))
        for words in ("INSERT INTO items", "COPY entries", "UPDATE items SET name", "SET n = n + 1",
                      "UPDATE items SET id", "DELETE FROM items", "UPDATE notes SET b",
                      "DELETE FROM notes", "UPDATE shared", "SAVEPOINT s", "RELEASE SAVEPOINT",
                      "ROLLBACK TO SAVEPOINT", "\nROLLBACK", "\nCOMMIT"):
            self.assertIn(words, text)


if __name__ == "__main__":
    unittest.main()
