"""Called by rss.sh with a fresh cluster: the memory of `walwire tail` while nothing happens, and
all along one transaction."""
import argparse
import os
import pathlib
import signal
import statistics
import subprocess
import time

import backlog
import measure
from measure import die, tail
from receiver import Receiver

IDLE_SECONDS = 10
PARTS = 10
MB = 2**20


def rollup(pid, name):
    for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) * 1024
    raise KeyError(name)


def wait_active(cluster, slot):
    deadline = time.monotonic() + 60
    while cluster.sql(f"SELECT active FROM pg_replication_slots WHERE slot_name = '{slot}'") != "t":
        if time.monotonic() > deadline:
            die("walwire does not stream after a minute")
        time.sleep(0.05)


def idle(cluster, walwire, dsn):
    """Resident and anonymous bytes after ten quiet seconds on a slot with nothing to read."""
    cluster.sql("SELECT pg_create_logical_replication_slot('idle', 'pgoutput')")
    command = tail(walwire, dsn, "idle", "FFFFFFFF/FFFFFFFF")
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as process:
        wait_active(cluster, "idle")
        time.sleep(IDLE_SECONDS)
        found = rollup(process.pid, "Rss"), rollup(process.pid, "Anonymous")
        process.send_signal(signal.SIGTERM)
    cluster.wait_for_backends()
    backlog.drop_slot(cluster, "idle")
    return found


def streaming(cluster, walwire, dsn, written):
    """(resident bytes over time, the cost of the run); every line is counted behind a pipe."""
    samples = []

    def sample(pid):
        # A process that is about to end has no memory any more.
        if resident := measure.status_bytes(pid, "VmRSS"):
            samples.append(resident)

    reading, writing = os.pipe()
    receiver = Receiver(reading)
    cost = measure.run(cluster, tail(walwire, dsn, "pgoutput", written.end_lsn), stdout=writing,
                       on_sample=sample, interval=0.1)
    os.close(writing)
    lines = receiver.result()[0] - 1  # the first one says what the columns are
    if lines != written.rows:
        die(f"{lines} lines arrived of {written.rows}")
    return samples, cost


def main():
    parser = argparse.ArgumentParser()
    for name in ("cluster", "walwire"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--rows", type=int, required=True)
    arguments = parser.parse_args()

    cluster = measure.Cluster(arguments.cluster)
    dsn = cluster.dsn("unix")
    written = backlog.write(cluster, arguments.rows, 1, ["pgoutput"])
    resident, anonymous = idle(cluster, arguments.walwire, dsn)
    print(f"idle for {IDLE_SECONDS} s: RSS {resident / MB:.1f} MB, of which anonymous "
          f"{anonymous / MB:.1f} MB", flush=True)
    samples, cost = streaming(cluster, arguments.walwire, dsn, written)
    if len(samples) < PARTS:
        die(f"only {len(samples)} samples; take more rows")
    print(f"one transaction of {written.rows} rows, {written.wal_bytes / 1e6:.0f} MB of WAL, all "
          f"lines received, {cost.wall:.1f} s: RSS median {statistics.median(samples) / MB:.1f} "
          f"MB, largest {max(samples) / MB:.1f} MB of {len(samples)} samples, "
          f"VmHWM {cost.rss_peak / MB:.1f} MB")
    size = len(samples) // PARTS
    tenths = [max(samples[part * size:(part + 1) * size]) / MB for part in range(PARTS)]
    print("largest in each tenth of the run, MB: " + " ".join(f"{mb:.1f}" for mb in tenths))


if __name__ == "__main__":
    main()
