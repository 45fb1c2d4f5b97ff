# SPDX-License-Identifier: MIT
"""Clients of the control socket that want too much: each is served within its bounds, the owner
always, and the log stays short. Nothing here depends on how fast the machine is: what is counted is
held to the time that has passed."""
import os
import re
import resource
import select
import subprocess
import time
import unittest
import unittest.mock

from harness import DEADLINE, FunctionalTest, SCALE, main, note, one_cpu, program
from varlink import Varlink

EASY = "2e-5"
NOBODY = 65534
PER_USER, UNTRUSTED = 8, 16  # CONTROL_UNTRUSTED_UID_MAX, CONTROL_UNTRUSTED_MAX
LOGGED = 10  # LOG_LIMIT_MESSAGES

# Of the budget for untrusted clients, in ns: TURNS_BUDGET_MAX, TURNS_BUDGET_RATE,
# and the least that a turn costs, TURNS_COST.
BURST, RATE, TURN = 3e6, 3e6, 80e3

STATUS = b'{"method":"io.minerd.Miner.Status"}\0'


class Pipeliner:
    """A client that asks without end, and counts what it gets."""

    def __init__(self, client, call=STATUS):
        self.socket = client.socket
        self.socket.setblocking(False)
        self.calls = call * 100
        self.replies = 0

    def fileno(self):
        return self.socket.fileno()

    def write(self):
        try:
            self.socket.send(self.calls)
        except (BlockingIOError, BrokenPipeError, ConnectionResetError):
            pass

    def read(self):
        try:
            self.replies += self.socket.recv(1 << 20).count(b"\0")
        except (BlockingIOError, ConnectionResetError):
            pass


@unittest.skipUnless(os.geteuid() == 0, "needs root, to be other users")
class ClientsCase(FunctionalTest):
    def setUp(self):
        super().setUp()
        os.chmod(self.directory, 0o755)

    def start_mining(self, **settings):
        pool = self.pool("--difficulty", EASY)
        daemon = self.daemon(pool, workers=one_cpu(), log={"level": "info"}, **settings)
        self.wait_shares(pool, 5)
        return pool, daemon

    def client(self, uid=0):
        """Of a user: what counts is who connects."""
        os.seteuid(uid)
        try:
            client = Varlink(self.socket, DEADLINE * SCALE)
        finally:
            os.seteuid(0)
        self.addCleanup(client.close)
        return client

    def reason(self, client):
        """Why a client is refused, who may have read that already; None: it is served."""
        try:
            client.send("io.minerd.Miner.Status")
        except BrokenPipeError:
            pass
        return client.receive()["parameters"].get("reason")

    def ask(self, uid=0):
        """The same of one that leaves when it knows."""
        client = self.client(uid)
        reason = self.reason(client)
        client.close()
        return reason

    def lines(self, daemon, pattern):
        return [line for line in daemon.log() if re.search(pattern, line)]


class PlacesTest(ClientsCase):
    def test_users_and_the_owner(self):
        """So many of one user, so many untrusted ones, and places that only the owner has."""
        pool, daemon = self.start_mining()
        clients = [self.client(NOBODY) for _ in range(PER_USER)]
        self.assertEqual([self.reason(client) for client in clients], [None] * PER_USER)
        self.assertEqual(self.ask(NOBODY), "too many clients of this user")
        clients += [self.client(NOBODY - 1) for _ in range(UNTRUSTED - PER_USER)]
        self.assertEqual([self.reason(client) for client in clients], [None] * UNTRUSTED)
        self.assertEqual(self.ask(NOBODY - 2), "too many clients")
        for _ in range(UNTRUSTED):
            clients.append(self.client())
            self.assertIsNone(self.reason(clients[-1]))
        self.assertEqual(self.ask(), "too many clients")
        clients.pop().close()
        self.assertEqual(daemon.ctl("status").returncode, 0)

    def test_refusals_in_the_log(self):
        """A user who is refused over and over is logged a few times, and counted."""
        pool, daemon = self.start_mining()
        served = [self.client(NOBODY) for _ in range(PER_USER)]
        self.assertIsNone(self.reason(served[-1]))
        for _ in range(40):
            self.assertIsNotNone(self.ask(NOBODY))
        for _ in range(40):
            self.assertIn("error", served[0].call("io.minerd.Miner.Pause"))
        self.assertEqual(daemon.stop(), 0)
        for pattern in ("refused: too many clients of this user",
                        "Miner.Pause refused: neither root"):
            lines = self.lines(daemon, pattern)
            self.assertLessEqual(len(lines), LOGGED + 1, lines)
            self.assertRegex(lines[-1], r"\(\d+ more suppressed\)$")


class FloodTest(ClientsCase):
    def flood(self, clients, until):
        """All of them ask as fast as they can; the time that has passed when until() is true."""
        begun = time.monotonic()
        while not until():
            readable, writable, _ = select.select(clients, clients, [], 0.1)
            for client in writable:
                client.write()
            for client in readable:
                client.read()
        return time.monotonic() - begun

    def test_calls(self):
        """The owner is served at once; untrusted clients have a budget, in equal parts."""
        pool, daemon = self.start_mining()
        hostile = [Pipeliner(self.client(NOBODY - i // PER_USER)) for i in range(UNTRUSTED)]
        owner, served = self.client(), 0

        def all_served():
            nonlocal served
            self.assertIsNone(self.reason(owner))
            served += 1
            return min(h.replies for h in hostile) >= 1

        # Until all of them have begun.
        passed = self.flood(hostile, all_served)
        first = [h.replies for h in hostile]
        passed += self.flood(hostile, lambda: all_served() and served >= 200
                             and sum(h.replies for h in hostile) >= sum(first) + 4 * UNTRUSTED)
        replies = [h.replies for h in hostile]
        note(f"in {passed:.1f} s the owner got {served} replies, the others {replies}")
        self.assertLessEqual(sum(replies), (BURST + RATE * passed) / TURN + UNTRUSTED)
        parts = [now - then for now, then in zip(replies, first)]
        self.assertGreaterEqual(min(parts), 2)
        self.assertLessEqual(max(parts) - min(parts), 2)
        self.wait_shares(pool, 20, since=pool.mark())
        self.assertEqual(self.lines(daemon, "control: closing"), [])

    def test_bytes_one_by_one(self):
        """Whoever sends a call in pieces gets no more turns than with whole ones."""
        pool, daemon = self.start_mining()
        hostile = [Pipeliner(self.client(NOBODY)) for _ in range(PER_USER)]
        for client in hostile:
            client.calls = b" "
        before, begun = daemon.cpu_seconds(), time.monotonic()
        self.flood(hostile, lambda: time.monotonic() - begun > 2)
        used, passed = daemon.cpu_seconds() - before, time.monotonic() - begun
        note(f"io thread {used:.2f} s in {passed:.1f} s")
        self.assertLess(used, 0.3 * passed)
        self.assertEqual(daemon.ctl("status").returncode, 0)

    def test_connections(self):
        """Connections that come and go: the owner is served meanwhile, and mining goes on."""
        pool, daemon = self.start_mining()
        code = ("import os, socket\nos.setuid(65534)\nwhile True:\n  s = socket.socket(1)\n"
                f"  s.connect({self.socket!r})\n  s.close()\n")
        hostile = [subprocess.Popen(["python3", "-c", code], stderr=subprocess.DEVNULL)
                   for _ in range(4)]
        try:
            for _ in range(20):
                done = daemon.ctl("status")
                self.assertEqual(done.returncode, 0, done.stderr)
            self.wait_shares(pool, 20, since=pool.mark())
            self.assertEqual([h.poll() for h in hostile], [None] * 4)
        finally:
            for child in hostile:
                child.kill()
                child.wait()

    def test_calls_without_an_end(self):
        """No more than a call's length is kept of each."""
        pool, daemon = self.start_mining()
        client = self.client(NOBODY)
        with self.assertRaises(OSError):
            for _ in range(1000):
                client.send_bytes(b"x" * 65536)
        self.wait_log(daemon, "uid 65534, pid .*: a call is longer than 16 KiB")

    def test_replies_that_are_not_taken(self):
        """Then no more calls are read, and the others do not notice."""
        pool, daemon = self.start_mining()
        deaf = [Pipeliner(self.client()) for _ in range(4)]
        for _ in range(50):
            for client in deaf:
                client.write()
            self.assertIsNone(self.ask())
        before = daemon.cpu_seconds()
        self.assertIsNone(daemon.wait_log("never to be seen", timeout=1 / SCALE))
        self.assertLess(daemon.cpu_seconds() - before, 0.5)


class FilesTest(ClientsCase):
    def test_no_more_files(self):
        """The owner is served with descriptors kept back for him, and the others are not."""
        pool, daemon = self.start_mining()
        daemon.wait_status(lambda s: s["shares"]["accepted"] > 0)
        self.assertIsNone(daemon.wait_log("never to be seen", timeout=0.2 / SCALE))
        used = {int(name) for name in os.listdir(f"/proc/{daemon.pid}/fd")}
        free = min(set(range(len(used) + 1)) - used)
        resource.prlimit(daemon.pid, resource.RLIMIT_NOFILE, (free, 1024))
        for _ in range(3):
            self.assertEqual(daemon.ctl("status").returncode, 0)
            self.assertEqual(self.ask(NOBODY), "too many open files")
        both = [self.client(), self.client()]
        self.assertEqual([self.reason(client) for client in both], [None, None])
        self.wait_log(daemon, r"warning control: cannot accept .*: Too many open files; .*Limit")
        resource.prlimit(daemon.pid, resource.RLIMIT_NOFILE, (1024, 1024))
        for client in both:
            client.close()
        self.assertIsNone(self.ask(NOBODY))
        self.wait_shares(pool, 20, since=pool.mark())


class ThreadsTest(ClientsCase):
    """Threads that cannot be started, for which root has no limit."""

    NOBODY = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]

    def as_nobody(self, *command):
        os.chmod(self.directory, 0o777)
        # LeakSanitizer looks from a thread and a traced process of its own: it may have neither.
        options = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
        path = self.write("as_nobody", "#!/bin/sh\nexec " + " ".join((
            "env", "ASAN_OPTIONS=" + options, *self.NOBODY, *command, program("MINERD"))) +
            ' "$@"\n')
        os.chmod(path, 0o755)
        with unittest.mock.patch.dict(os.environ, {"MINERD": path}):
            return self.start(self.path("minerd.conf"))

    def test_start(self):
        """It says which limits there are, and leaves no socket."""
        self.configure(1, workers=one_cpu())
        daemon = self.as_nobody("prlimit", "--nproc=1:1")
        self.expect_exit(daemon, 71)
        for place in ("log", "cannot measure kernels"):
            self.assertTrue(self.lines(daemon, f"{place}: .*RLIMIT_NPROC.*TasksMax="),
                            daemon.log())
        self.assertFalse(os.path.exists(self.socket))

    def test_look_up(self):
        self.configure({"url": "stratum+tcp://localhost:1", "user": "u", "password": "x"},
                       workers=one_cpu(), failover={"backoff_max": 1})
        daemon = self.as_nobody()
        self.wait_log(daemon, "failed: .*refused")
        subprocess.run([*self.NOBODY, "prlimit", "--pid", str(daemon.pid), "--nproc=1:1"],
                       check=True)
        self.wait_log(daemon, "failed: look-up of localhost: .*RLIMIT_NPROC.*TasksMax=")


if __name__ == "__main__":
    main()
