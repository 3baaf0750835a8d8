"""`walwire tail` as a subprocess: its lines collected by threads, its end asserted."""
import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import threading
import time

from pg import DEADLINE, clean_environment, eventually

ROOT = pathlib.Path(__file__).resolve().parents[2]
READY = re.compile(r"streaming")
SCHEMA = '{"op":"schema",'


def executable():
    return os.environ.get("WALWIRE", str(ROOT / "build" / "dev" / "walwire"))


def plugin_file(name):
    folder = os.environ.get("WALWIRE_TEST_PLUGINS", str(ROOT / "build/dev/tests/support/plugins"))
    return str(pathlib.Path(folder) / f"{name}.so")


def is_sanitized():
    """Whether walwire was built with a sanitizer: then its memory says nothing."""
    return os.environ.get("WALWIRE_TEST_SANITIZED", "") not in ("", "0")


def run(*arguments, env=None, cwd=None, deadline=DEADLINE):
    """Runs walwire to its end in an empty folder; returns (exit code, stdout, stderr)."""
    with tempfile.TemporaryDirectory(prefix="walwire-run-") as folder:
        done = subprocess.run([executable(), *map(str, arguments)], text=True, check=False,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=deadline, cwd=cwd or folder,
                              env=clean_environment(**(env or {})))
    return done.returncode, done.stdout, done.stderr


class tail:
    """One running `walwire tail`. Arguments are those of the command, after the DSN.

    stdout is a pipe that is read at once, unless a descriptor is given: then it is the caller's.
    `lines` is what has a row or a message; with json's schema events, it is `all_lines`.
    """

    def __init__(self, dsn, *arguments, form="json", env=None, cwd=None, stdout=None, ready=True):
        self.form = form
        command = ["tail", *([] if dsn is None else [dsn])]
        if form is not None:
            command += ["--format", form]
        self.begin([*command, *arguments], env, cwd, stdout)
        if ready:
            self.wait_ready()

    def begin(self, command, env=None, cwd=None, stdout=None):
        self.folder = tempfile.TemporaryDirectory(prefix="walwire-tail-")
        self.lines, self.all_lines, self.arrivals, self.errors = [], [], [], []
        self.parsed, self.parsed_lines = [], 0
        self.changed = threading.Condition()
        self.process = subprocess.Popen(
            [executable(), *map(str, command)], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if stdout is None else stdout,
            stderr=subprocess.PIPE, cwd=cwd or self.folder.name,
            env=clean_environment(**(env or {})))
        self.threads = [threading.Thread(target=self.read_errors, daemon=True)]
        if stdout is None:
            self.threads.append(threading.Thread(target=self.read_lines, daemon=True))
        for thread in self.threads:
            thread.start()

    # Each runs on a thread of its own; everything they touch is guarded by `changed`.
    def read_lines(self):
        for raw in self.process.stdout:
            now = time.monotonic()
            line = raw.decode("utf-8").rstrip("\n")
            with self.changed:
                self.all_lines.append(line)
                if not line.startswith(SCHEMA):
                    self.lines.append(line)
                    self.arrivals.append(now)
                self.changed.notify_all()

    def read_errors(self):
        for raw in self.process.stderr:
            with self.changed:
                self.errors.append(raw.decode("utf-8", "replace").rstrip("\n"))
                self.changed.notify_all()

    @property
    def pid(self):
        return self.process.pid

    def stderr(self):
        with self.changed:
            return "\n".join(self.errors)

    def stdout(self):
        with self.changed:
            return "\n".join(self.lines)

    def schemas(self):
        """The schema events so far, parsed."""
        with self.changed:
            return [json.loads(line) for line in self.all_lines if line.startswith(SCHEMA)]

    def events(self):
        """Every line so far, parsed; schema events, which have no row, are left out."""
        with self.changed:
            fresh = self.lines[self.parsed_lines:]
        self.parsed_lines += len(fresh)
        self.parsed += map(json.loads, fresh)
        return list(self.parsed)

    def wait_for(self, check, what, deadline=DEADLINE):
        """Waits until check(self) is true while the process lives; returns what it answered."""
        def look():
            found = check(self)
            if not found and self.process.poll() is not None:
                self.join()
                found = check(self)
                if not found:
                    raise AssertionError(f"walwire ended with {self.process.returncode} while the"
                                         f" test waited for {what}\n{self.report()}")
            return found
        try:
            return eventually(look, what, deadline)
        except AssertionError as e:
            raise AssertionError(f"{e}\n{self.report()}") from None

    def wait_ready(self, deadline=DEADLINE):
        self.wait_for(lambda t: READY.search(t.stderr()), "START_REPLICATION", deadline)
        return self

    def wait_events(self, count, deadline=DEADLINE):
        """At least count events; returns all of them."""
        return self.wait_for(lambda t: len(t.lines) >= count and len(t.events()) >= count
                             and t.events(), f"{count} events", deadline)

    def wait_text(self, text, deadline=DEADLINE):
        self.wait_for(lambda t: text in t.stdout(), f"{text!r} on stdout", deadline)
        return self.stdout()

    def wait_error(self, pattern, deadline=DEADLINE):
        return self.wait_for(lambda t: re.search(pattern, t.stderr()), f"{pattern!r} on stderr",
                             deadline)

    def slot_name(self, db):
        """The slot that this tail streams from, as the server tells it."""
        return eventually(lambda: db.slot(), "the slot of the tail")["name"]

    def signal(self, number):
        self.process.send_signal(number)

    def rss_kib(self):
        return self.memory_kib("VmRSS")

    def address_bytes(self):
        """The address space in use: what RLIMIT_AS counts."""
        return self.memory_kib("VmSize") * 1024

    def memory_kib(self, field):
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        return int(re.search(rf"^{field}:\s+(\d+) kB", status, re.M).group(1))

    def wait_exit(self, deadline=DEADLINE):
        """The exit code, with everything that was printed collected."""
        try:
            self.process.wait(deadline)
        except subprocess.TimeoutExpired:
            raise AssertionError(
                f"walwire did not end within {deadline:g} s\n{self.report()}") from None
        self.join()
        return self.process.returncode

    def join(self):
        for thread in self.threads:
            thread.join(10)

    def stop(self, deadline=DEADLINE):
        """SIGTERM, and the exit code 0 that belongs to it."""
        self.signal(signal.SIGTERM)
        code = self.wait_exit(deadline)
        if code != 0:
            raise AssertionError(f"walwire ended with {code} after SIGTERM\n{self.report()}")

    def kill(self):
        """SIGKILL: nothing can be said or cleaned any more."""
        self.process.kill()
        self.process.wait()
        self.join()

    def close(self):
        """For the end of a test, whatever happened in it."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.kill()
        self.join()
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()
        self.folder.cleanup()

    def report(self):
        with self.changed:
            return (f"--- last of {len(self.lines)} lines of stdout\n" +
                    "\n".join(self.lines[-8:]) +
                    "\n--- stderr\n" + "\n".join(self.errors[-40:]))


class daemon(tail):
    """One running `walwire run`, in the same hands. What its sinks do is theirs to tell."""

    def __init__(self, config):
        self.form = None
        self.begin(["run", "-c", config])
