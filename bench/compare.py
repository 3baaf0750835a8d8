"""Called by stream.sh with a fresh cluster: writes the backlog, checks what walwire prints against
the server's own word, then runs the contenders in turn and prints every pair."""
import argparse
import os
import platform
import statistics
import subprocess
import tempfile
import time

import backlog
import measure
from measure import RECVLOGICAL, ROOT, die, load_average, tail
from receiver import Receiver

LOAD_MAX = 0.3


def floor(dsn, slot, end_lsn, *options):
    """pg_recvlogical takes the plugin's options as given and decodes nothing."""
    command = [RECVLOGICAL, "-d", dsn, "-S", slot, "--start", "-f", "/dev/null", "-E", end_lsn]
    for option in options or ("proto_version=2", "publication_names=p"):
        command += ["-o", option]
    return command


def reference(cluster, written):
    """What reference.sql says the lines are."""
    variables = [f"{name}={value}" for name, value in
                 (("from_lsn", written.from_lsn), ("to_lsn", written.to_lsn),
                  ("rows", written.rows), ("FETCH_COUNT", 10000), ("ON_ERROR_STOP", 1))]
    command = [str(ROOT / "scripts" / "pg"), "psql", cluster.directory, "-qAt"]
    for variable in variables:
        command += ["-v", variable]
    process = subprocess.Popen(command + ["-f", str(ROOT / "bench" / "reference.sql")],
                               stdout=subprocess.PIPE)
    receiver = Receiver(os.dup(process.stdout.fileno()))
    process.stdout.close()
    if process.wait() != 0:
        die("reference.sql failed")
    return receiver.result()


def received(cluster, walwire, dsn, written):
    """What walwire writes into a FIFO, and the cost of that run."""
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "lines")
        os.mkfifo(path)
        reading = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        writing = os.open(path, os.O_WRONLY)
        os.set_blocking(reading, True)
        receiver = Receiver(reading)
        backlog.copy_slot(cluster, "pgoutput", "checked")
        cost = measure.run(cluster, tail(walwire, dsn, "checked", written.end_lsn), stdout=writing)
        os.close(writing)
        backlog.drop_slot(cluster, "checked")
        return receiver.result(), cost


def check_lines(cluster, walwire, dsn, written):
    """Ends the benchmark when a line is missing, too many or wrong: then no figure counts."""
    found, cost = received(cluster, walwire, dsn, written)
    wanted = reference(cluster, written)
    if found != wanted or found[0] != written.rows + 1:  # and the schema
        die(f"wrong output: lines, bytes, SHA-256 are {found}, not {wanted}")
    print(f"Through a FIFO: {found[0]} lines, {found[1]} bytes, SHA-256 {found[2]}, equal to the "
          f"reference encoder's; {cost.wall:.2f} s, {cost.cpu:.2f} CPU s.\n")


def measured(cluster, command_of, plugin):
    backlog.copy_slot(cluster, plugin, "measured")
    cost = measure.run(cluster, command_of("measured"))
    backlog.drop_slot(cluster, "measured")
    return cost


def wait_quiet(seconds):
    deadline = time.monotonic() + seconds
    while load_average() > LOAD_MAX and time.monotonic() < deadline:
        time.sleep(1)
    load = load_average()
    verdict = "" if load <= LOAD_MAX else f" - **void**: above {LOAD_MAX}"
    print(f"Load average before the first pair: {load:.2f}{verdict}.\n")


def row(name, cost, rows):
    print(f"| {name} | {cost.wall:.3f} | {cost.cpu:.3f} | {cost.server_cpu:.2f} | "
          f"{cost.rss_peak / 2**20:.1f} | {rows / cost.wall / 1000:.0f} k | "
          f"{rows / cost.cpu / 1000:.0f} k |", flush=True)


def spread(ratios):
    return f"{statistics.median(ratios):.3f} ({min(ratios):.3f} - {max(ratios):.3f})"


def compare(cluster, floor_of, tail_of, peers, pairs, rows):
    print("| run | wall s | CPU s | server CPU s | peak RSS MB | events/s | events per CPU s |\n"
          "|---|---|---|---|---|---|---|")
    done = []
    for pair in range(1, pairs + 1):
        ours = []
        for name, command_of in (("pg_recvlogical", floor_of), ("walwire", tail_of)):
            ours.append(measured(cluster, command_of, "pgoutput"))
            row(f"{pair} {name}", ours[-1], rows)
        done.append(ours)
    for name, command_of in peers:
        row(name, measured(cluster, command_of, "wal2json"), rows)
    print("\n| walwire / pg_recvlogical | median of the pairs' ratios (range) |\n|---|---|")
    for name, of in (("wall", lambda cost: cost.wall), ("CPU", lambda cost: cost.cpu),
                     ("server CPU", lambda cost: cost.server_cpu),
                     ("CPU of both", lambda cost: cost.cpu + cost.server_cpu)):
        print(f"| {name} | {spread([of(b) / of(a) for a, b in done])} |")
    print(flush=True)


def said(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


def describe(cluster, arguments, written):
    with open("/proc/cpuinfo", encoding="ascii") as file:
        model = next(line.split(":")[1].strip() for line in file if line.startswith("model name"))
    versions = [cluster.sql("SELECT 'PostgreSQL ' || current_setting('server_version')"),
                said(RECVLOGICAL, "--version"), said(arguments.walwire, "version").split("\n")[0],
                f"Linux {platform.release()}", f"{model}, {os.cpu_count()} cores"]
    print(f"## {arguments.transport}\n\n{written.rows} rows of 7 columns in transactions of "
          f"{backlog.ROWS_PER_TRANSACTION}, {written.wal_bytes / 1e6:.0f} MB of WAL.")
    print("; ".join(versions) + ".", flush=True)


def main():
    parser = argparse.ArgumentParser()
    for name in ("cluster", "walwire", "transport"):
        parser.add_argument(f"--{name}", required=True)
    for name in ("rows", "pairs", "wait-quiet"):
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--no-peers", action="store_true")
    arguments = parser.parse_args()

    cluster = measure.Cluster(arguments.cluster)
    plugins = ["pgoutput"] + ([] if arguments.no_peers else ["wal2json"])
    written = backlog.write(cluster, arguments.rows,
                            arguments.rows // backlog.ROWS_PER_TRANSACTION, plugins)
    dsn, end_lsn = cluster.dsn(arguments.transport), written.end_lsn
    describe(cluster, arguments, written)
    check_lines(cluster, arguments.walwire, dsn, written)
    peers = [(f"wal2json v{version}",
              lambda slot, version=version: floor(dsn, slot, end_lsn, f"format-version={version}"))
             for version in (1, 2) if not arguments.no_peers]
    wait_quiet(arguments.wait_quiet)
    compare(cluster, lambda slot: floor(dsn, slot, end_lsn),
            lambda slot: tail(arguments.walwire, dsn, slot, end_lsn), peers, arguments.pairs,
            written.rows)


if __name__ == "__main__":
    main()
