"""What is done to walwire, its connection, its server and its sinks. Each strikes once per round,
while transactions are written and batches are on the way.

A nemesis is a class: `make` is the world it needs, `strike` what it does."""
import signal
import threading

import pg
from proxy import proxy
from world import attempt, world


class nemesis:
    def make(self, choose, seed):
        return world(pg.shared_cluster(), choose, seed)

    def strike(self, of):
        raise NotImplementedError

    def end(self, of):
        """Before everything is to be settled: what would never let it."""

    def close(self):
        pass


class kill(nemesis):
    """kill -9, sometimes at once, mostly when the server has heard of something."""

    def strike(self, of):
        if of.choose.random() < 0.8:
            of.wait_flush_moved()
        of.wait_growth(of.choose.choice((0, 1, 2_000, 20_000)))
        of.kill()
        of.shuffle()
        of.start()


class stop(nemesis):
    """SIGSTOP, until the writers have written or the server has given it up; then SIGCONT."""

    def strike(self, of):
        of.wait_growth(of.choose.choice((0, 1, 5_000)))
        of.daemon.signal(signal.SIGSTOP)
        if of.choose.random() < 0.5:
            attempt(lambda: of.free_slot() is not None, "the server gives it up")
        else:
            before = of.writers.done()
            attempt(lambda: of.writers.done() >= before + 20, "transactions meanwhile")
        of.daemon.signal(signal.SIGCONT)


class terminate(nemesis):
    """pg_terminate_backend of the walsender, now and then twice."""

    def strike(self, of):
        for _ in range(of.choose.randrange(1, 3)):
            of.wait_growth(of.choose.choice((0, 1, 5_000)))
            of.terminate_walsender()


class cut(nemesis):
    """A proxy ends the connections after a random number of the server's bytes."""

    def make(self, choose, seed):
        cluster = pg.shared_cluster()
        return world(cluster, choose, seed, proxy(int(cluster.port())))

    def strike(self, of):
        before = of.between.cuts
        of.between.cut_after(of.choose.randrange(1, 40_000))
        attempt(lambda: of.between.cuts > before, "the cut")


class restart(nemesis):
    """The server is stopped at once and started again, while somebody checkpoints all the time."""

    def __init__(self):
        self.cluster = pg.cluster.start()
        self.is_over = False
        self.thread = threading.Thread(target=self.checkpoints, daemon=True)
        self.thread.start()

    def make(self, choose, seed):
        return world(self.cluster, choose, seed)

    def checkpoints(self):
        """Each makes the server keep what the slot confirmed last, and forget the log before."""
        session = None
        while not self.is_over:
            try:
                session = session or self.cluster.session()
                session.execute("CHECKPOINT;\nSELECT pg_sleep(0.02)")
            except (pg.sql_error, OSError):
                session = session and session.close()
        if session:
            session.close()

    def strike(self, of):
        of.wait_growth(of.choose.choice((0, 1, 5_000)))
        self.cluster.run("stop")
        self.cluster.run("start")
        of.session_again()

    def close(self):
        self.is_over = True
        self.thread.join(30)
        self.cluster.remove()


class faulty(nemesis):
    """One of the sinks does as a script says, again and again; in every process another one. Every
    third round walwire is stopped, every third killed: what it told the server must be true."""

    def __init__(self, script, delay=None):
        self.script, self.delay = script, delay
        self.deeds = []

    def make(self, choose, seed):
        made = super().make(choose, seed)
        self.begin_again(made)
        return made

    def begin_again(self, of):
        """Cleanly: roles are dealt with at the beginning of a process."""
        of.daemon.stop()
        of.forget()
        self.deal(of)

    def deal(self, of):
        of.shuffle()
        one = of.choose.choice(of.sinks)
        one.script, one.delay = self.script, self.delay or one.delay
        of.start()

    def strike(self, of):
        self.deeds = self.deeds or of.choose.sample(("go on", "stop", "kill"), 3)
        deed = self.deeds.pop()
        of.wait_growth(of.choose.choice((1, 5_000, 20_000)))
        if deed == "stop":
            self.begin_again(of)
        elif deed == "kill":
            of.wait_flush_moved()
            of.kill()
            self.deal(of)


class ending(faulty):
    """A script that ends the whole process with `code`, late enough for the server to have heard of
    what was settled before."""

    def __init__(self, script, code, kills):
        super().__init__(script, delay=30)
        self.code, self.kills = code, kills

    def strike(self, of):
        def ended():
            # What was given may have come in fewer batches than the script is long.
            if of.is_running() and of.writers.are_idle():
                of.give(1)
            return not of.is_running()
        pg.eventually(ended, "it ends")
        code = of.daemon.wait_exit()
        if code != self.code:
            raise AssertionError(f"ended with {code}\n{of.daemon.report()}")
        if self.kills:
            of.kills += 1
            of.kills_in_flight += of.in_flight() > 0
        of.forget()
        self.deal(of)

    def end(self, of):
        of.daemon.kill()
        of.forget()
        of.shuffle(("ok",))
        of.start()


ALL = {
    "kill": kill,
    "stop": stop,
    "terminate": terminate,
    "cut": cut,
    "restart": restart,
    "sink_retry": lambda: faulty("ok*3 retry*2"),
    "sink_fail_after_write": lambda: faulty("ok*3 fail_after_write"),
    "sink_throw": lambda: faulty("ok throw hold"),
    "sink_hold": lambda: faulty("hold"),
    "sink_out_of_order": lambda: faulty("hold ok*2 backwards*4"),
    "sink_fails_blocked": lambda: faulty("ok*6 hold*2 fail_blocked"),
    "sink_old_ack": lambda: faulty("hold*2 ok*10 ack_old"),
    "sink_crash": lambda: ending("ok*9 hold ok*18 hold*3 crash", -signal.SIGABRT, True),
    "sink_unknown_ack": lambda: ending("ok*9 hold ok*18 hold*3 ack_unknown", 1, False),
}
