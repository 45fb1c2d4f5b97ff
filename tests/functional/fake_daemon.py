# SPDX-License-Identifier: MIT
"""A control socket that replies what a test wants: statuses that no daemon would have just then."""
import json
import os
import socket
import threading


class FakeDaemon:
    """Replies to each call with the status of now; to Monitor() again every now and then."""

    def __init__(self, path, status):
        self.path, self.status = path, status
        self.lock = threading.Lock()
        self.clients, self.monitors, self.calls = [], [], []
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(path)
        self.server.listen(16)
        self.closed = threading.Event()
        threading.Thread(target=self.accept, daemon=True).start()
        threading.Thread(target=self.tick, daemon=True).start()

    def tick(self):
        while not self.closed.wait(0.3):
            self.tell(self.status)

    def accept(self):
        while True:
            try:
                client, _ = self.server.accept()
            except OSError:
                return
            self.clients.append(client)
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        buffer = b""
        try:
            while data := client.recv(65536):
                buffer += data
                while b"\0" in buffer:
                    call, buffer = buffer.split(b"\0", 1)
                    self.call(client, json.loads(call))
        except OSError:
            pass

    def call(self, client, call):
        with self.lock:
            self.calls.append(call["method"])
            if call.get("more"):
                self.monitors.append(client)
            self.reply(client, bool(call.get("more")))

    def reply(self, client, more):
        message = {"parameters": self.status, **({"continues": True} if more else {})}
        client.sendall(json.dumps(message).encode() + b"\0")

    def tell(self, status):
        """A new status, to all who monitor."""
        with self.lock:
            self.status = status
            for client in list(self.monitors):
                try:
                    self.reply(client, True)
                except OSError:
                    self.monitors.remove(client)

    def close(self):
        self.closed.set()
        try:
            self.server.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.server.close()
        for client in self.clients:
            try:
                client.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            client.close()
        if os.path.exists(self.path):
            os.unlink(self.path)
