# SPDX-License-Identifier: MIT
"""A proxy between a miner and its pool that resets, ends, stalls, cuts and joins connections. The
pool behind it counts the shares."""
import contextlib
import random
import selectors
import socket
import struct
import threading
import time

NEWEST = 65536  # bytes read at once
JOIN_S = 0.1    # how long "join" keeps what comes
ITERATION_S = 0.001
IDLE_S = 0.02   # an iteration where nothing is held, so that a proxy of hours costs little


class Way:
    """One direction of a connection: what was read there and is not written yet."""

    def __init__(self, source, target):
        self.source, self.target = source, target
        self.held = bytearray()
        self.due = 0.0


class FaultProxy:
    """mode: "plain" passes on what comes, "slow" one byte an iteration, "bytes" each by itself, "cut" in
    pieces of chance, "join" what came within JOIN_S at once, "stall" nothing, in both directions.
    "refuse" ends each new connection at once. A fault is done when its method returns."""

    def __init__(self, port, seed=1):
        self.pool_port = port
        self.mode = "plain"
        self.random = random.Random(seed)
        self.accepted = 0
        self.links = []
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.listener.setblocking(False)
        self.port = self.listener.getsockname()[1]
        self.ended = False
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while not self.ended:
            with self.lock:
                sources = {way.source: way for link in self.links for way in link}
            with selectors.DefaultSelector() as selector:
                selector.register(self.listener, selectors.EVENT_READ)
                for source in sources if self.mode != "stall" else ():
                    try:
                        selector.register(source, selectors.EVENT_READ)
                    except (ValueError, OSError):
                        pass  # a fault has just closed it
                idle = self.mode == "plain" and not any(way.held for way in sources.values())
                ready = [key.fileobj for key, _ in selector.select(IDLE_S if idle else ITERATION_S)]
            with self.lock:
                if self.ended:
                    break
                if self.listener in ready:
                    self.accept()
                for source in ready:
                    if source in sources:
                        self.carry(sources[source])
                self.release()

    def accept(self):
        miner, _ = self.listener.accept()
        self.accepted += 1
        if self.mode == "refuse":
            miner.close()
            return
        pool = socket.create_connection(("127.0.0.1", self.pool_port))
        for end in (miner, pool):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.links.append((Way(miner, pool), Way(pool, miner)))

    def carry(self, way):
        """Reads once; the end of one side is the end of both."""
        if way.source.fileno() < 0:
            return
        try:
            data = way.source.recv(NEWEST)
        except OSError:
            data = b""
        if not data:
            self.drop([link for link in self.links if way in link])
            return
        if not way.held:
            way.due = time.monotonic() + (JOIN_S if self.mode == "join" else 0)
        way.held += data

    def piece(self, way):
        """How many of the held bytes go out at once, now."""
        if self.mode in ("slow", "bytes"):
            return 1
        if self.mode == "cut":
            return self.random.randint(1, 40)
        return len(way.held)

    def release(self):
        for link in list(self.links):
            for way in link:
                while way.held and self.mode != "stall" and time.monotonic() >= way.due:
                    n = self.piece(way)
                    try:
                        way.target.sendall(way.held[:n])
                    except OSError:
                        way.held.clear()  # its end is read soon
                        break
                    del way.held[:n]
                    if self.mode == "slow":
                        break

    def drop(self, links, reset=False):
        """Ends connections: with FIN, or with RST (SO_LINGER of 0 s, tcp(7))."""
        for link in links:
            for way in link:
                if reset:
                    way.source.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                          struct.pack("ii", 1, 0))
                way.source.close()
            self.links.remove(link)

    def reset(self):
        with self.lock:
            self.drop(list(self.links), reset=True)

    def end(self):
        with self.lock:
            self.drop(list(self.links))

    def half_a_line(self):
        """The beginning of a message, and the end of the connection."""
        with self.lock:
            for _, down in self.links:
                with contextlib.suppress(OSError):  # the miner has just left
                    down.target.sendall(b'{"id":null,"method":"mining.notify","params":["cut')
            self.drop(list(self.links))

    def half_closed(self):
        """The pool says no more, but still reads: FIN in one direction."""
        with self.lock:
            for _, down in self.links:
                with contextlib.suppress(OSError):
                    down.target.shutdown(socket.SHUT_WR)

    def set(self, mode):
        with self.lock:
            self.mode = mode

    def close(self):
        with self.lock:
            self.ended = True
        self.thread.join()
        self.drop(list(self.links))
        self.listener.close()
