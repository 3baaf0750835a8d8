"""Called by latency.sh with a fresh cluster: every row is timed, and every one must arrive."""
import argparse
import os
import re
import signal
import statistics
import subprocess
import threading
import time

import measure
from measure import RECVLOGICAL, die, load_average

PGBENCH = "/usr/lib/postgresql/15/bin/pgbench"
WRITERS = 4
WRITE = ("INSERT INTO late (at) VALUES "
         "('at=' || (extract(epoch FROM clock_timestamp()) * 1000000)::bigint);\n")
STAMP = re.compile(rb"at=(\d{16})")
STAMP_BYTES = 19


class Reader(threading.Thread):
    """Finds the time of writing in whatever form a row comes, and notes how long ago that was."""

    def __init__(self, file):
        super().__init__()
        self.file, self.delays_us = file, []
        self.start()

    def run(self):
        rest = b""
        while block := os.read(self.file, 1 << 16):
            now_us = time.time_ns() // 1000
            block = rest + block
            end = 0
            for match in STAMP.finditer(block):
                self.delays_us.append(now_us - int(match.group(1)))
                end = match.end()
            rest = block[max(end, len(block) - STAMP_BYTES + 1):]
        os.close(self.file)


def consumers(walwire, dsn):
    """Both write what arrives to stdout at once."""
    return {
        "pg_recvlogical": [RECVLOGICAL, "-d", dsn, "-S", "late", "--start", "-f", "-",
                           "-o", "proto_version=2", "-o", "publication_names=p"],
        "walwire": [walwire, "tail", dsn, "-S", "late", "--publication", "p", "--format", "json"],
    }


def write_rows(cluster, rate, seconds, script):
    """How many rows were written; the server must have kept the rate."""
    before = int(cluster.sql("SELECT count(*) FROM late"))
    subprocess.run([PGBENCH, "-n", "-M", "prepared", "-f", script, "-R", str(rate),
                    "-T", str(seconds), "-c", str(WRITERS), "postgres"],
                   env={**os.environ, "PGHOST": cluster.directory, "PGUSER": "walwire",
                        "PGPORT": cluster.dsn("unix").split("port=")[1].split()[0]},
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    written = int(cluster.sql("SELECT count(*) FROM late")) - before
    if written < 0.9 * rate * seconds:
        print(f"  the server wrote only {written / seconds:.0f} rows a second", flush=True)
    return written


def wait_for(condition, what):
    deadline = time.monotonic() + 60
    while not condition():
        if time.monotonic() > deadline:
            die(f"not within a minute: {what}")
        time.sleep(0.02)


def one_run(cluster, command, rate, seconds, script):
    cluster.sql("SELECT pg_create_logical_replication_slot('late', 'pgoutput')")
    reading, writing = os.pipe()
    reader = Reader(reading)
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=writing,
                          stderr=subprocess.DEVNULL) as process:
        os.close(writing)
        wait_for(lambda: cluster.sql("SELECT active FROM pg_replication_slots") == "t",
                 "the consumer streams")
        written = write_rows(cluster, rate, seconds, script)
        wait_for(lambda: len(reader.delays_us) >= written, f"all of {written} rows")
        process.send_signal(signal.SIGINT)
    reader.join()
    if len(reader.delays_us) != written:
        die(f"{len(reader.delays_us)} rows arrived of {written}")
    cluster.wait_for_backends()
    cluster.sql("SELECT pg_drop_replication_slot('late')")
    return sorted(reader.delays_us)


def percentiles(delays):
    """p50, p99, p99.9 in milliseconds."""
    return [delays[min(len(delays) - 1, int(len(delays) * part))] / 1000
            for part in (0.5, 0.99, 0.999)]


def main():
    parser = argparse.ArgumentParser()
    for name in ("cluster", "walwire"):
        parser.add_argument(f"--{name}", required=True)
    for name in ("seconds", "runs"):
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--rates", type=int, nargs="+", required=True)
    arguments = parser.parse_args()

    cluster = measure.Cluster(arguments.cluster)
    cluster.sql("CREATE TABLE late (id bigserial PRIMARY KEY, at text)",
                "CREATE PUBLICATION p FOR TABLE late")
    script = os.path.join(os.path.dirname(arguments.cluster), "write.sql")
    with open(script, "w", encoding="ascii") as file:
        file.write(WRITE)
    commands = consumers(arguments.walwire, cluster.dsn("unix"))
    print(f"Load average at the start: {load_average():.2f}. Each run: {arguments.seconds} s; p50 "
          f"/ p99 / p99.9 in ms, median of {arguments.runs} interleaved runs (range of p50).\n\n"
          "| rows/s, each a transaction | pg_recvlogical | walwire |\n|---|---|---|")
    for rate in arguments.rates:
        found = {name: [] for name in commands}
        for _ in range(arguments.runs):
            for name, command in commands.items():
                found[name].append(percentiles(
                    one_run(cluster, command, rate, arguments.seconds, script)))
        cells = []
        for runs in found.values():
            medians = [statistics.median(column) for column in zip(*runs)]
            low, high = min(run[0] for run in runs), max(run[0] for run in runs)
            cells.append(" / ".join(f"{ms:.2f}" for ms in medians) + f" ({low:.2f} - {high:.2f})")
        print(f"| {rate} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
