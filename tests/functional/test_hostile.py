# SPDX-License-Identifier: MIT
"""Bytes from a peer are never fatal and never unbounded, and each has a clear line in the log."""
import json
import socket
import threading

from harness import (DEADLINE, Feed, FunctionalTest, SCALE, main, one_cpu, open_files,
                     rss_kib, sanitized)
from varlink import Varlink

EASY = "2e-5"
NOTIFY = ('["zz","%s","0100","0200",[],"20000000","1d00ffff","6b02d1ed",true]' % ("00" * 32))


def line(method, params):
    return '{"id":null,"method":"%s","params":%s}' % (method, params)


# What changes nothing, and is accepted: other miners do, and pools rely on it without knowing.
ODD = (
    line("mining.unheard_of", "[]"),
    line("mining.unheard_of", '{"a":[1,2,{"b":null}]}'),
    line("mining.unheard_of", "[" * 200 + "]" * 200),
    '{"id":987654,"result":true,"error":null}',
    '{"id":"text","result":true,"error":null}',
    '{"id":null,"result":null,"error":null}',
    '{"id":-1,"result":true,"error":null}',
    '{"id":1,"result":[[],"00",4],"error":null}',
    '{"id":18446744073709551616,"result":false,"error":[1,"x",null]}',
    '{"id":4.5,"result":{},"error":{}}',
    line("client.show_message", "[17]"),
    line("client.reconnect", '[{"a":1}]'),
    "",
    "\r",
    "   ",
    "\ufeff",
    "null",
    "17",
    "[1,2]",
    '{"id":1',
    "[" * 5000,
    "{id:null,method:'mining.notify'}",
    "HTTP/1.1 400 Bad Request",
    line("mining.set_difficulty", "[0]"),
    line("mining.set_difficulty", "[-1]"),
    line("mining.set_difficulty", "[null]"),
    line("mining.set_difficulty", '["much"]'),
    line("mining.set_difficulty", "[NaN]"),
    line("mining.set_difficulty", "[1e999]"),
)
# Jobs that are none: the last good one stays.
BAD_JOBS = (
    line("mining.notify", "[]"),
    line("mining.notify", '"text"'),
    line("mining.notify", NOTIFY.replace('"0100"', '"01x0"')),
    line("mining.notify", NOTIFY.replace('"0100"', '"010"')),
    line("mining.notify", NOTIFY.replace("1d00ffff", "1d80ffff")),
    line("mining.notify", NOTIFY.replace("1d00ffff", "ff00ffff")),
    line("mining.notify", NOTIFY.replace("1d00ffff", "1d00ffff0")),
    line("mining.notify", NOTIFY.replace("zz", "j" * 1000)),
    line("mining.notify", NOTIFY.replace("[]", '["00"]')),
    line("mining.notify", NOTIFY.replace("[]", "[%s]" % ",".join(['"%s"' % ("00" * 32)] * 40))),
)
LARGE_JOB = line("mining.notify", NOTIFY.replace('"0100"', '"' + "00" * 300000 + '"'))
# What makes shares void that are found after it.
FATAL = (
    line("mining.set_extranonce", '["00",0]'),
    line("mining.set_extranonce", '["00",17]'),
    line("mining.set_extranonce", '["00","many"]'),
    line("mining.set_extranonce", '["0",4]'),
    line("mining.set_extranonce", '["%s",4]' % ("00" * 33)),
    line("mining.set_extranonce", "[7]"),
    line("mining.set_extranonce", "{}"),
)


class PoolTest(FunctionalTest):
    def start_mining(self, *options):
        pool = self.pool("--difficulty", EASY, *options)
        daemon = self.daemon(pool, workers=one_cpu(),
                             failover={"backoff_max": 1, "failback_after": 0})
        self.wait_shares(pool, 5)
        return pool, daemon

    def test_odd_lines(self):
        pool, daemon = self.start_mining()
        for count, text in enumerate(ODD + BAD_JOBS + (LARGE_JOB,), 1):
            with self.subTest(line=text[:100]):
                pool.command("raw " + text)
                status = daemon.wait_status(lambda s: s["pools"][0]["invalid_lines"] >= count)
                self.assertEqual(status["pools"][0]["invalid_lines"], count)
                self.wait_shares(pool, 1, since=pool.mark())
        pool.command('raw ' + line("mining.set_version_mask", '["zz"]'))
        pool.command("notify clean")
        self.wait_shares(pool, 10, since=pool.mark())
        self.assertEqual(pool.stats()["connects"], 1,
                         [text for text in daemon.log() if " lost: " in text])
        for text in daemon.log():
            self.assertLess(len(text), 1200)
        self.check_shares(pool)

    def test_fatal_to_the_connection_alone(self):
        pool, daemon = self.start_mining()
        for text in FATAL:
            with self.subTest(line=text[:100]):
                since, log_mark = pool.mark(), daemon.mark()
                pool.command("raw " + text)
                closed = self.wait(pool, "close", since=since)
                self.wait_log(daemon, "connection lost: .*mining.set_extranonce", since=log_mark)
                self.wait_shares(pool, 1, since=since, after=closed)
        self.check_shares(pool)

    def test_garbage(self):
        """Bytes of every value: a line end among them makes two lines of it."""
        pool, daemon = self.start_mining()
        pool.command("garbage")
        line = self.wait_log(daemon, "invalid line")
        self.assertTrue(line.isprintable())
        self.wait_shares(pool, 5, since=pool.mark())
        self.assertEqual(pool.stats()["connects"], 1)

    def test_flood(self):
        """Valid lines without end, from the pool that stands by: it is left, and the other one is
        mined on meanwhile."""
        good = self.pool("--difficulty", EASY)
        flood = self.pool("--difficulty", EASY)
        daemon = self.daemon(good, flood, workers=one_cpu(),
                             failover={"backoff_max": 60, "failback_after": 0})
        daemon.wait_status(lambda s: s["pools"][1]["state"] == "standby")
        since = flood.mark()
        ping = line("mining.ping", "[]")
        for _ in range(20000):
            flood.child.stdin.write(f"raw {ping}\n".encode())
        flood.child.stdin.flush()
        self.wait(flood, "close", since=since)
        self.wait_log(daemon, "flood")
        self.wait_shares(good, 20, since=good.mark())
        self.assertEqual(good.stats()["connects"], 1)

    def test_long_line(self):
        """Three megabytes are too long a line; what it may hold stays small."""
        pool, daemon = self.start_mining()
        before = rss_kib(daemon.pid)
        for _ in range(3):
            since = pool.mark()
            pool.command("long-line 3000000")
            closed = self.wait(pool, "close", since=since)
            self.wait_shares(pool, 1, since=since, after=closed)
        self.wait_log(daemon, "longer than|too long")
        if not sanitized():
            self.assertLess(rss_kib(daemon.pid) - before, 2500)

    def test_long_line_within_the_limit(self):
        """A line just below the limit is only looked at as JSON."""
        pool, daemon = self.start_mining()
        pool.command("raw " + line("client.show_message", '["%s"]' % ("x" * 1_000_000)))
        self.wait_log(daemon, "message from the pool: xxx")
        self.wait_shares(pool, 5, since=pool.mark())
        self.assertEqual(pool.stats()["connects"], 1)

    def grant(self, listener):
        """Lets the miner log in, gives it a job that any hash meets, and reads no more."""
        peer, _ = listener.accept()
        self.addCleanup(peer.close)
        peer.settimeout(DEADLINE * SCALE)
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        reader = peer.makefile("rb")
        for reply in ('{"id":1,"result":false,"error":null}',
                      '{"id":2,"result":[[],"00000001",4],"error":null}',
                      '{"id":3,"result":true,"error":null}'):
            reader.readline()
            peer.sendall(reply.encode() + b"\n")
        peer.sendall((line("mining.set_difficulty", "[1e-9]") + "\n"
                      + line("mining.notify", NOTIFY) + "\n").encode())
        return peer, reader

    @staticmethod
    def answer(peer, reader, answered):
        """Takes each share, until the connection ends."""
        for text in reader:
            request = json.loads(text)
            if request["method"] == "mining.submit":
                answered.add(request)
            peer.sendall(b'{"id":%d,"result":true,"error":null}\n' % request["id"])

    def test_a_pool_that_reads_nothing(self):
        """It grants and talks, but never takes a share: nothing grows and all is counted. Once it
        reads, there is each share that was sent, and each is answered."""
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        daemon = self.daemon(listener.getsockname()[1], workers=one_cpu(),
                             failover={"reply_timeout": 600, "job_timeout": 600,
                                       "tcp_timeout": 600},
                             log={"level": "info"})
        peer, reader = self.grant(listener)
        status = daemon.wait_status(lambda s: s["hashes"] > 1_000_000)
        self.assertGreater(status["shares"]["in_flight"], 0)
        self.check_accounting(status["shares"])
        if not sanitized():
            self.assertLess(rss_kib(daemon.pid), 16 * 1024)
        self.assertEqual(daemon.ctl("pause").returncode, 0)
        daemon.wait_sleep()
        answered = Feed()
        threading.Thread(target=self.answer, args=(peer, reader, answered), daemon=True).start()
        shares = daemon.wait_status(lambda s: s["shares"]["in_flight"] == 0)["shares"]
        self.check_accounting(shares)
        self.assertEqual((shares["submitted"], shares["accepted"], shares["unanswered"]),
                         (answered.mark(), answered.mark(), 0))
        self.assertEqual(daemon.stop(), 0)


class ControlSocketTest(FunctionalTest):
    def start(self, *arguments, **named):
        daemon = super().start(*arguments, **named)
        daemon.wait_log("logged in")
        return daemon

    def client(self):
        client = Varlink(self.socket)
        self.addCleanup(client.close)
        return client

    def closed_by_daemon(self, client):
        try:
            while client.socket.recv(65536):
                pass
        except ConnectionResetError:
            pass

    def test_garbage(self):
        pool = self.pool("--difficulty", EASY)
        daemon = self.daemon(pool, workers=one_cpu())
        for data in (b"\0", b"garbage\0", b"{}\0", b"[]\0", b"null\0", b'{"method":7}\0',
                     b'{"method":"x","parameters":[]}\0', bytes(range(1, 256)) + b"\0",
                     b'{"method":"' + b"a" * 100000 + b'"}\0', b"[" * 10000 + b"\0"):
            client = self.client()
            client.send_bytes(data)
            try:
                reply = client.receive()
            except ConnectionResetError:
                reply = None
            if reply is not None:
                self.assertIn("error", reply)
        self.assertEqual(daemon.status()["state"], "mining")

    def test_endless_message(self):
        pool = self.pool("--difficulty", EASY)
        daemon = self.daemon(pool, workers=one_cpu())
        client = self.client()
        with self.assertRaises((BrokenPipeError, ConnectionResetError)):
            for _ in range(300):
                client.send_bytes(b"x" * 65536)
        self.assertEqual(daemon.status()["state"], "mining")

    def test_client_that_never_reads(self):
        pool = self.pool("--difficulty", EASY)
        daemon = self.daemon(pool, workers=one_cpu())
        client = self.client()
        client.socket.setblocking(False)
        sent = 0
        call = b'{"method":"io.minerd.Miner.Status"}\0'
        try:
            while sent < 20000:
                client.socket.send(call)
                sent += 1
        except (BlockingIOError, BrokenPipeError, ConnectionResetError):
            pass
        since = pool.mark()
        self.wait_shares(pool, 20, since=since)
        self.assertEqual(daemon.status()["state"], "mining")
        if not sanitized():
            self.assertLess(rss_kib(daemon.pid), 20 * 1024)

    def test_too_many_clients(self):
        pool = self.pool("--difficulty", EASY)
        daemon = self.daemon(pool, workers=one_cpu())
        clients = [self.client() for _ in range(32)]
        for client in clients:
            self.assertIn("parameters", client.call("org.varlink.service.GetInfo"))
        more = self.client()
        self.closed_by_daemon(more)
        self.wait_log(daemon, "[Cc]lients|connections")
        before = daemon.cpu_seconds()
        self.wait_shares(pool, 50, since=pool.mark())
        for client in clients:
            client.close()
        self.assertEqual(daemon.wait_status(lambda s: "state" in s)["state"], "mining")
        self.assertLess(daemon.cpu_seconds() - before, 2)

    def test_clients_that_vanish(self):
        """In the middle of a message, of a reply, and of a stream."""
        pool = self.pool("--difficulty", EASY)
        daemon = self.daemon(pool, workers=one_cpu())
        files = len(open_files(daemon.pid))
        for number in range(60):
            client = Varlink(self.socket)
            if number % 3 == 0:
                client.send_bytes(b'{"method":"io.mi')
            elif number % 3 == 1:
                client.send("io.minerd.Miner.Status")
            else:
                client.send("io.minerd.Miner.Monitor", more=True)
            client.close()
        # Until it has seen that they are gone there is no place for one more.
        daemon.wait_status(lambda s: s.get("state") == "mining")
        daemon.wait_status(lambda s: len(open_files(daemon.pid)) <= files + 2)


if __name__ == "__main__":
    main()
