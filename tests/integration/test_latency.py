"""How long does a committed row take to the reader? Printed; asserted only very loosely."""
import time

from case import integration_case

ROUNDS = 50


class latency(integration_case):
    def test_a_committed_row_reaches_the_reader(self):
        self.table()
        stream = self.tail(form="json")
        # The first row pays for the relation, the plugin's start and so on.
        self.rows(0, 0)
        stream.wait_events(1)
        from_send, from_commit = [], []
        for i in range(1, ROUNDS + 1):
            before = len(stream.lines)
            sent = time.monotonic()
            self.db.execute(f"INSERT INTO items VALUES ({i}, 'row')")
            committed = time.monotonic()
            stream.wait_for(lambda t, n=before: len(t.lines) > n, f"row {i}")
            arrived = stream.arrivals[before]
            from_send.append((arrived - sent) * 1e3)
            from_commit.append(max(0.0, arrived - committed) * 1e3)
        self.assert_ids(stream.wait_events(ROUNDS + 1), range(ROUNDS + 1))
        stream.stop()
        for what, found in (("INSERT sent -> line read", from_send),
                            ("commit returned -> line read", from_commit)):
            found.sort()
            print(f"latency, {what}: median {found[ROUNDS // 2]:.2f} ms, worst {found[-1]:.2f} ms"
                  f" of {ROUNDS}")
        # Loose on purpose: ten times slower than asked for would still be broken.
        self.assertLess(from_send[ROUNDS // 2], 500)
