"""One cluster and one consumer: what a run costs on both sides of the connection."""
import dataclasses
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
RECVLOGICAL = "/usr/lib/postgresql/15/bin/pg_recvlogical"
TICK = 1 / os.sysconf("SC_CLK_TCK")
LASTING = tuple(f"postgres: {title}".encode() for title in (
    "checkpointer", "background writer", "walwriter", "logical replication launcher", "logger",
    "autovacuum launcher", "stats collector"))
RUN_MAX = 1800  # seconds; a consumer that never ends is an error, not a number


def die(text):
    sys.exit(f"{pathlib.Path(sys.argv[0]).name}: {text}")


class Cluster:
    """A cluster made by scripts/pg."""

    def __init__(self, directory):
        self.directory = directory
        pid_file = pathlib.Path(directory) / "data" / "postmaster.pid"
        self.postmaster = int(pid_file.read_text().splitlines()[0])

    def script(self, *arguments, **options):
        command = [str(ROOT / "scripts" / "pg"), arguments[0], self.directory, *arguments[1:]]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True,
                              **options).stdout.strip()

    def sql(self, *statements):
        """Each in a transaction of its own; what the last one says."""
        said = ""
        for statement in statements:
            said = self.script("psql", "-qAt", "-v", "ON_ERROR_STOP=1", "-c", statement)
        return said

    def dsn(self, transport):
        return self.script("dsn", *([] if transport == "unix" else [f"--{transport}"]))

    def ended_cpu(self):
        """CPU seconds of the server processes that have ended, exact to a tick."""
        fields = pathlib.Path(f"/proc/{self.postmaster}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[13]) + int(fields[14])) * TICK

    def wait_for_backends(self):
        """Until whoever served a client is gone and counted."""
        deadline = time.monotonic() + 60
        while any(self.is_backend(stat) for stat in pathlib.Path("/proc").glob("[0-9]*/stat")):
            if time.monotonic() > deadline:
                die("a server process outlives its client by a minute")
            time.sleep(0.005)

    def is_backend(self, stat):
        """A child of the postmaster that does not run all the time; a dead one, not yet counted,
        has no title any more."""
        try:
            if int(stat.read_text().rsplit(")", 1)[1].split()[1]) != self.postmaster:
                return False
            return not (stat.parent / "cmdline").read_bytes().startswith(LASTING)
        except (FileNotFoundError, ProcessLookupError):
            return False


def tail(walwire, dsn, slot, end_lsn):
    """Default options, but for the ones that say what to read and as what."""
    return [walwire, "tail", dsn, "-S", slot, "--publication", "p", "--format", "json",
            "-E", end_lsn]


@dataclasses.dataclass
class Run:
    wall: float
    cpu: float         # user + system of the consumer alone
    server_cpu: float  # of the server processes that served it
    rss_peak: int      # bytes: VmHWM, for ru_maxrss would count what this process had at the fork


def status_bytes(pid, name):
    """A size of /proc/PID/status, None when the process has ended."""
    try:
        for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(name + ":"):
                return int(line.split()[1]) * 1024
    except (FileNotFoundError, ProcessLookupError):
        pass
    return None


def watch(pid, ended, on_sample, interval):
    while not ended.wait(interval):
        on_sample(pid)


def run(cluster, command, stdout=subprocess.DEVNULL, on_sample=None, interval=0.02):
    """Waits for the command; it must end with 0."""
    peaks = [0]

    def sample(pid):
        peaks.append(status_bytes(pid, "VmHWM") or 0)
        if on_sample:
            on_sample(pid)

    cluster.wait_for_backends()
    before = cluster.ended_cpu()
    ended = threading.Event()
    with tempfile.TemporaryFile() as errors:
        started = time.monotonic()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=errors)
        watcher = threading.Thread(target=watch, args=(process.pid, ended, sample, interval))
        limit = threading.Timer(RUN_MAX, os.kill, (process.pid, signal.SIGKILL))
        watcher.start()
        limit.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - started
        limit.cancel()
        ended.set()
        watcher.join()
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            errors.seek(0)
            said = errors.read().decode(errors="replace")[-2000:]
            die(f"{command[0]} ended with {process.returncode}:\n{said}")
    cluster.wait_for_backends()
    return Run(wall, usage.ru_utime + usage.ru_stime, cluster.ended_cpu() - before, max(peaks))


def load_average():
    return os.getloadavg()[0]
