"""A TCP proxy between walwire and the server that makes the network behave badly on purpose."""
import itertools
import socket
import threading

import frames


class proxy:
    """Forwards each connection to 127.0.0.1:port. What the server sends arrives in pieces of the
    given sizes, each in a segment of its own, round and round; pause() holds that direction up,
    cut() ends every connection, refuse() lets no new one in.

    walwire has an ordinary connection as well, for the catalogs; only bytes of those that asked for
    replication are counted."""

    def __init__(self, port, sizes=(65536,)):
        self.target = port
        self.sizes = list(sizes)
        self.running = threading.Event()
        self.running.set()
        self.pieces = 0
        self.lock = threading.Lock()
        self.sockets = []
        self.streams = set()  # the near ends of replication connections
        self.left = None  # bytes of the server until `then`; both guarded by lock
        self.then = self.cut
        self.cuts = 0
        self.is_refusing = False
        self.refused = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            far = None if self.is_refusing else self.connect()
            if far is None:
                near.close()
                self.refused += 1
                continue
            for end in (near, far):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.lock:
                self.sockets += [near, far]
            threading.Thread(target=self.ask, args=(near, far), daemon=True).start()
            threading.Thread(target=self.answer, args=(far, near), daemon=True).start()

    def connect(self):
        try:
            return socket.create_connection(("127.0.0.1", self.target))
        except OSError:
            return None

    def ask(self, near, far):
        try:
            while part := near.recv(65536):
                if b"\0replication\0database\0" in part:
                    with self.lock:
                        self.streams.add(near)
                far.sendall(part)
        except OSError:
            pass
        shut(far)

    def answer(self, far, near):
        sizes = itertools.cycle(self.sizes)
        change = self.changes()
        try:
            while part := far.recv(65536):
                part = change(part)
                offset = 0
                while offset < len(part):
                    self.running.wait()
                    offset += self.pass_on(near, part[offset:offset + next(sizes)])
        except OSError:
            pass
        shut(near)

    def changes(self):
        """What one connection does to the server's bytes before they are cut in pieces."""
        return lambda part: part

    def pass_on(self, near, piece):
        with self.lock:
            left = self.left if near in self.streams else None
            allowed = len(piece) if left is None else min(left, len(piece))
            is_last = left is not None and allowed == left
            if left is not None:
                self.left = None if is_last else left - allowed
        near.sendall(piece[:allowed])
        self.pieces += 1
        if is_last:
            self.then()
        return allowed

    def connections(self):
        """How many there are now."""
        with self.lock:
            return len(self.sockets) // 2

    def pause(self):
        self.running.clear()

    def is_paused(self):
        return not self.running.is_set()

    def go_on(self):
        self.running.set()

    def cut(self):
        """Ends every connection, wherever in a message it stands."""
        with self.lock:
            gone, self.sockets = self.sockets, []
            self.streams.clear()
        for end in gone:
            shut(end)
        self.cuts += 1

    def cut_after(self, count):
        """cut(), when the server has sent that many bytes more."""
        self.after(count, self.cut)

    def pause_after(self, count):
        """pause(), when the server has sent that many bytes more."""
        self.after(count, self.pause)

    def after(self, count, then):
        with self.lock:
            self.left, self.then = count, then

    def refuse(self):
        self.is_refusing = True

    def admit(self):
        self.is_refusing = False

    def close(self):
        self.running.set()
        self.listener.close()
        with self.lock:
            gone, self.sockets = self.sockets, []
        for end in gone:
            shut(end)


class injecting_proxy(proxy):
    """Puts bytes between two messages of the server's stream: before the first message for which
    `before` is true. Needs connections that are not encrypted."""

    def __init__(self, port, **more):
        self.injection = None
        self.injected = threading.Event()
        super().__init__(port, **more)

    def inject(self, what, before):
        with self.lock:
            self.injection = (what, before)

    def changes(self):
        splitter = frames.splitter()
        return lambda part: b"".join(map(self.with_injection, splitter.take(part)))

    def with_injection(self, message):
        with self.lock:
            if self.injection is None or not self.injection[1](message):
                return message
            what, self.injection = self.injection[0], None
        self.injected.set()
        return what + message


def shut(end):
    try:
        end.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # it has gone already


def through(between, conninfo, port):
    """The same server by way of the proxy."""
    return conninfo.replace(f"port={port}", f"port={between.port}")
