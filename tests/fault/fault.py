#!/usr/bin/python3
"""Tries to lose, repeat or misorder a change of `walwire run` while it, its server or a sink fails.

usage: scripts/fault [--rounds N] [--nemesis NAME]... [--seed N] [--walwire FILE] [--table FILE]
       scripts/fault --list

A round gives four writers some transactions and lets the nemesis strike meanwhile; behind the last
one everything is settled, and what each of three sinks acked is compared with what was committed.
Without --nemesis every one of them, --rounds 5 each. The seed is printed and decides what is
written and done; --table appends a row per nemesis to a file. Ends with 1 when something was lost,
out of order or there without a reason, or when fewer than 80 % of the kills met a batch in flight.
"""
import argparse
import datetime
import os
import pathlib
import random
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent), str(ROOT / "tests" / "support")]

TRANSACTIONS = 20  # of each writer in a round
IN_FLIGHT_MIN = 0.8
COLUMNS = ("date", "walwire", "nemesis", "seed", "rounds", "transactions", "events", "kills",
           "in flight", "duplicates", "torn", "lost", "order", "unexplained", "other", "s")
KINDS = {"lost": ("lost", "not whole"), "order": ("order",),
         "unexplained": ("unexplained", "two texts")}


def parse_arguments():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1].removeprefix("usage: "),
                                     description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--nemesis", action="append", metavar="NAME")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--walwire", type=pathlib.Path)
    parser.add_argument("--table", type=pathlib.Path)
    parser.add_argument("--keep", type=pathlib.Path, default=ROOT / "build" / "fault",
                        help="where the files of a run that failed are kept")
    parser.add_argument("--list", action="store_true")
    return parser.parse_args()


def use_walwire(path):
    """Before anything is imported that asks which walwire to run."""
    if path is None:
        return
    os.environ["WALWIRE"] = str(path.resolve())
    os.environ["WALWIRE_TEST_PLUGINS"] = str(path.resolve().parent / "tests/support/plugins")


def commit():
    done = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, text=True,
                          capture_output=True, check=False)
    return done.stdout.strip() or "?"


class outcome:
    """One row of the table."""

    def __init__(self, name, seed, rounds):
        self.name, self.seed, self.rounds = name, seed, rounds
        self.began = time.monotonic()
        self.verdicts = []
        self.kills = self.kills_in_flight = 0

    def of_kind(self, kind):
        return sum(one.count(*KINDS[kind]) for one in self.verdicts)

    def mistakes(self):
        return sum(one.count() for one in self.verdicts)

    def has_too_few_in_flight(self):
        return self.kills_in_flight < IN_FLIGHT_MIN * self.kills

    def row(self):
        def total(name):
            return sum(getattr(one, name) for one in self.verdicts)
        named = [self.of_kind(kind) for kind in KINDS]
        now = datetime.datetime.now(datetime.timezone.utc)
        return (f"{now:%Y-%m-%d %H:%M}", commit(), self.name, self.seed, self.rounds,
                max((one.transactions for one in self.verdicts), default=0), total("events"),
                self.kills, self.kills_in_flight, total("duplicates"), total("torn"), *named,
                self.mistakes() - sum(named), f"{time.monotonic() - self.began:.0f}")


def run(name, rounds, seed, keep):
    """Makes a world, lets the nemesis strike that often, and judges."""
    import nemeses
    done = outcome(name, seed, rounds)
    nemesis = nemeses.ALL[name]()
    of = None
    try:
        of = nemesis.make(random.Random(f"{seed}/{name}"), seed)
        for _ in range(rounds):
            of.give(TRANSACTIONS)
            nemesis.strike(of)
            of.writers.wait()
        nemesis.end(of)
        of.finish()
        done.verdicts = of.judge()
        done.kills, done.kills_in_flight = of.kills, of.kills_in_flight
    except BaseException:
        save(of, keep / f"{name}-{seed}")
        raise
    else:
        if done.mistakes():
            save(of, keep / f"{name}-{seed}")
    finally:
        if of is not None:
            of.close()
        nemesis.close()
    return done


def save(of, folder):
    if of is None:
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(of.scratch.name, folder)
    (folder / "walwire.log").write_text("\n".join([*of.ended, of.daemon.report()]),
                                        encoding="utf-8")
    print(f"what the sinks wrote and walwire said is kept in {folder}")


def append(table, cells):
    line = "| " + " | ".join(map(str, cells)) + " |\n"
    if table is None:
        return
    if not table.exists():
        table.parent.mkdir(parents=True, exist_ok=True)
        table.write_text("| " + " | ".join(COLUMNS) + " |\n" + "|---" * len(COLUMNS) + "|\n",
                         encoding="utf-8")
    with open(table, "a", encoding="utf-8") as file:
        file.write(line)


def main():
    arguments = parse_arguments()
    use_walwire(arguments.walwire)
    import nemeses
    if arguments.list:
        print("\n".join(nemeses.ALL))
        return 0
    names = arguments.nemesis or list(nemeses.ALL)
    if unknown := set(names) - set(nemeses.ALL):
        sys.exit(f"there is no nemesis {', '.join(unknown)}; --list names those there are")
    seed = arguments.seed or random.randrange(1, 1 << 31)
    print(f"--seed {seed}", flush=True)
    failed = 0
    for name in names:
        done = run(name, arguments.rounds, seed, arguments.keep)
        append(arguments.table, done.row())
        print(", ".join(f"{column} {cell}" for column, cell in zip(COLUMNS[2:], done.row()[2:])),
              flush=True)
        for verdict in done.verdicts:
            if verdict.count():
                print(verdict.report())
        if done.has_too_few_in_flight():
            print(f"only {done.kills_in_flight} of {done.kills} kills met a batch in flight")
        failed += bool(done.mistakes()) or done.has_too_few_in_flight()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
