# SPDX-License-Identifier: MIT
"""A Stratum miner in a page of Python, to prove the pool with: it shares no code with anything."""
import hashlib
import json
import socket
import struct
import time

DIFF1 = 0xFFFF << 208


def sha256d(data):
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()


class Job:
    def __init__(self, params, client):
        (self.id, prevhash, coinb1, coinb2, branches, version, nbits, ntime, self.clean) = params
        raw = bytes.fromhex(prevhash)
        self.prevhash = b"".join(raw[i:i + 4][::-1] for i in range(0, 32, 4))
        self.coinb1, self.coinb2 = bytes.fromhex(coinb1), bytes.fromhex(coinb2)
        self.branches = [bytes.fromhex(b) for b in branches]
        self.version, self.nbits, self.ntime = (int(x, 16) for x in (version, nbits, ntime))
        self.extranonce1, self.size = client.extranonce1, client.extranonce2_size
        self.difficulty = client.difficulty

    def header(self, extranonce2, ntime, nonce, bits=0):
        root = sha256d(self.coinb1 + self.extranonce1 + extranonce2 + self.coinb2)
        for branch in self.branches:
            root = sha256d(root + branch)
        return (struct.pack("<I", self.version | bits) + self.prevhash + root
                + struct.pack("<III", ntime, self.nbits, nonce))


class Client:
    def __init__(self, port, user="py.test", timeout=30):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        self.file = self.socket.makefile("rb")
        self.user, self.next_id = user, 0
        self.difficulty, self.jobs, self.mask = 1.0, [], 0
        self.extranonce1, self.extranonce2_size, self.counter = b"", 0, 0
        self.held, self.others = [], []

    def close(self):
        self.file.close()
        self.socket.close()

    def send(self, method, params):
        self.next_id += 1
        line = json.dumps({"id": self.next_id, "method": method, "params": params})
        self.socket.sendall(line.encode() + b"\n")
        return self.next_id

    def receive(self):
        line = self.file.readline()
        if not line:
            raise ConnectionError("closed")
        return json.loads(line)

    def notice(self, message):
        method, params = message["method"], message["params"]
        if method == "mining.set_difficulty":
            self.difficulty = params[0]
        elif method == "mining.set_extranonce":
            self.extranonce1, self.extranonce2_size = bytes.fromhex(params[0]), params[1]
        elif method == "mining.set_version_mask":
            self.mask = int(params[0], 16)
        elif method == "mining.notify":
            self.jobs.append(Job(params, self))
        else:
            self.others.append(message)

    def call(self, method, *params):
        wanted = self.send(method, list(params))
        while True:
            message = self.receive()
            if "method" not in message:
                assert message["id"] == wanted, message
                return message
            if self.extranonce1 or method == "mining.configure":
                self.notice(message)
            else:
                self.held.append(message)

    def login(self, rolling=True):
        if rolling:
            reply = self.call("mining.configure", ["version-rolling"],
                              {"version-rolling.mask": "ffffffff"})
            result = reply["result"] or {}
            if result.get("version-rolling") is True:
                self.mask = int(result["version-rolling.mask"], 16)
        result = self.call("mining.subscribe", "client/1")["result"]
        self.extranonce1, self.extranonce2_size = bytes.fromhex(result[1]), result[2]
        for message in self.held:
            self.notice(message)
        assert self.call("mining.authorize", self.user, "x")["result"] is True
        self.wait_job()

    def wait_job(self, count=1):
        """Until there are count jobs more than were used."""
        while len(self.jobs) < count:
            self.notice(self.receive())
        return self.jobs[-1]

    def mine(self, job=None, good=True, rolling=None, ntime_over=0):
        """A share as parameters of mining.submit: one that meets the difficulty, or one that
        does not."""
        job = job or self.jobs[-1]
        rolling = (self.mask and not self.version_clash(job)) if rolling is None else rolling
        self.counter += 1
        extranonce2 = (self.counter % 256 ** job.size).to_bytes(job.size, "big")
        bits = (self.counter << 13) & self.mask if rolling else 0
        target = int(DIFF1 / job.difficulty)
        ntime = job.ntime + ntime_over
        header = job.header(extranonce2, ntime, 0, bits)[:76]
        deadline = time.monotonic() + 60
        for nonce in range(1 << 32):
            value = int.from_bytes(sha256d(header + struct.pack("<I", nonce)), "little")
            if (value <= target) == good:
                break
            assert time.monotonic() < deadline, "too hard for Python"
        params = [self.user, job.id, extranonce2.hex(), f"{ntime:08x}", f"{nonce:08x}"]
        return params + [f"{bits:08x}"] if rolling else params

    @staticmethod
    def meets(job, params):
        """Whether a share of the job is good, with the version bits of params or without."""
        bits = int(params[5], 16) if len(params) > 5 else 0
        header = job.header(bytes.fromhex(params[2]), int(params[3], 16), 0, bits)[:76]
        value = sha256d(header + struct.pack("<I", int(params[4], 16)))
        return int.from_bytes(value, "little") <= int(DIFF1 / job.difficulty)

    def version_clash(self, job):
        return job.version & self.mask

    def submit(self, params):
        return self.call("mining.submit", *params)
