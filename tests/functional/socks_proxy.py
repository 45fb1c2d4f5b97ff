# SPDX-License-Identifier: MIT
"""A SOCKS5 proxy (RFC 1928, RFC 1929) to test with: it may refuse, dawdle, fall silent or hang up.

It alone knows where a name leads: it looks up no other name.
"""
import ipaddress
import socket
import threading
import time

from harness import Feed, SCALE

NONE, PASSWORD, REFUSED = 0, 2, 0xff
IPV4, NAME, IPV6 = 1, 3, 4
# At the end of which step of ours a proxy can fall silent or hang up.
CONNECTED, METHOD, LOGIN, REQUEST = "connected", "method", "login", "request"


class Hangup(Exception):
    pass


class SocksProxy:
    """names: {name: (host, port)}; users: {user: password}, then one of them is wanted."""

    def __init__(self, names=None, users=None, host="127.0.0.1"):
        self.names = names or {}
        self.users = users or {}
        self.refuse = 0  # the code of every reply
        self.method = None  # chosen whatever was offered
        self.slow = False  # byte by byte
        self.silent = None  # after which step
        self.hangup = None
        self.greeting = None  # bytes to say in place of any answer
        self.bound = IPV4  # kind of address in the reply
        self.requests = Feed()  # {kind, host, port, user, password}
        self.live = set()
        self.lock = threading.Lock()
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.listener = socket.create_server((host, 0), family=family)
        self.port = self.listener.getsockname()[1]
        self.url = f"socks5://[{host}]:{self.port}" if ":" in host else f"socks5://{host}:{self.port}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            with self.lock:
                self.live.add(client)
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        try:
            client.settimeout(60 * SCALE)
            self.step(client, CONNECTED)
            user, password = self.log_in(client)
            with self.request(client, user, password) as server:
                back = threading.Thread(target=self.copy, args=(server, client), daemon=True)
                back.start()
                self.copy(client, server)
                back.join()
        except (OSError, Hangup):
            pass
        self.end(client)
        client.close()
        with self.lock:
            self.live.discard(client)

    def log_in(self, client):
        version, n = self.receive(client, 2)
        offered = self.receive(client, n)
        wanted = PASSWORD if self.users else NONE
        method = wanted if wanted in offered else REFUSED
        self.say(client, bytes([version, method if self.method is None else self.method]))
        if method == REFUSED:
            raise Hangup
        self.step(client, METHOD)
        if method == NONE:
            return None, None
        self.receive(client, 1)
        user = self.receive(client, self.receive(client, 1)[0]).decode()
        password = self.receive(client, self.receive(client, 1)[0]).decode()
        right = self.users.get(user) == password
        self.say(client, bytes([1, not right]))
        if not right:
            raise Hangup
        self.step(client, LOGIN)
        return user, password

    def request(self, client, user, password):
        version, command, _, kind = self.receive(client, 4)
        if kind == NAME:
            host = self.receive(client, self.receive(client, 1)[0]).decode()
        else:
            host = str(ipaddress.ip_address(self.receive(client, 4 if kind == IPV4 else 16)))
        port = int.from_bytes(self.receive(client, 2), "big")
        self.requests.add({"kind": {IPV4: "ipv4", IPV6: "ipv6", NAME: "name"}[kind], "host": host,
                           "port": port, "user": user, "password": password})
        self.step(client, REQUEST)
        place = self.names.get(host, None if kind == NAME else (host, port))
        code = self.refuse or (7 if command != 1 else 0) or (0 if place else 4)
        server = None
        if not code:
            try:
                server = socket.create_connection(place, timeout=10 * SCALE)
                server.settimeout(60 * SCALE)
            except OSError:
                code = 5
        address = {IPV4: bytes(4), IPV6: bytes(16), NAME: b"\x05bound"}[self.bound]
        self.say(client, bytes([version, code, 0, self.bound]) + address + b"\x04\x38")
        if code:
            raise Hangup
        return server

    def copy(self, source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
        except OSError:
            pass
        self.end(source)
        self.end(target)

    def step(self, client, step):
        if self.silent == step:
            while client.recv(4096):
                pass
        if self.hangup == step or self.silent == step:
            raise Hangup

    def say(self, client, data):
        data = self.greeting or data
        if not self.slow:
            client.sendall(data)
            return
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in data:
            client.sendall(bytes([byte]))
            time.sleep(0.005)

    @staticmethod
    def receive(client, n):
        data = b""
        while len(data) < n:
            part = client.recv(n - len(data))
            if not part:
                raise Hangup
            data += part
        return data

    @staticmethod
    def end(connection):
        try:
            connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def drop(self):
        """Ends every connection."""
        with self.lock:
            for client in self.live:
                self.end(client)

    def close(self):
        self.end(self.listener)  # which ends accept() in the other thread too
        self.listener.close()
        self.drop()
