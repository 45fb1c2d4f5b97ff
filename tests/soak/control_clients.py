# SPDX-License-Identifier: MIT
"""Clients of the control socket, a few at once: they ask, subscribe, hang, and say odd things."""
from harness import DEADLINE, SCALE
from varlink import Varlink

CLIENTS_MAX = 8

STATUS, MONITOR = "io.minerd.Miner.Status", "io.minerd.Miner.Monitor"


class ControlClients:
    def __init__(self, path, random):
        self.path, self.random = path, random
        self.open = []  # (client, whether it reads)

    def come(self):
        """One more client, in place of the oldest if there are many. Returns its kind."""
        if len(self.open) >= CLIENTS_MAX:
            self.open.pop(0)[0].close()
        kind = self.random.choice((self.asks, self.subscribes, self.hangs, self.says_nothing,
                                   self.says_half, self.says_garbage, self.leaves))
        client = Varlink(self.path, DEADLINE * SCALE)
        self.open.append((client, kind == self.subscribes))
        try:
            kind(client)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the daemon may close any of them
        return kind.__name__

    def asks(self, client):
        client.call(STATUS)

    def subscribes(self, client):
        client.send(MONITOR, more=True)

    def hangs(self, client):
        """Asks for more than a socket holds, and never reads."""
        client.socket.setblocking(False)
        try:
            client.send(MONITOR, more=True)
            for _ in range(200):
                client.send(STATUS)
        except BlockingIOError:
            pass

    def says_nothing(self, client):
        pass

    def says_half(self, client):
        client.send_bytes(b'{"method":"io.minerd.Mi')

    def says_garbage(self, client):
        client.send_bytes(self.random.randbytes(300) + b"\0")

    def leaves(self, client):
        client.send(STATUS)
        self.open.pop()
        client.close()

    def read(self):
        """Those that subscribed take what there is."""
        for client, reads in self.open:
            if reads:
                client.socket.setblocking(False)
                try:
                    while client.socket.recv(1 << 20):
                        pass
                except (BlockingIOError, ConnectionResetError):
                    pass

    def close(self):
        for client, _ in self.open:
            client.close()
        self.open.clear()
