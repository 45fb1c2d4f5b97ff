# SPDX-License-Identifier: MIT
"""The line for `systemctl status` and the log: what the daemon does, and if it does nothing, why."""
import os
import socket

from harness import DEADLINE, FunctionalTest, SCALE, hold_port, main, one_cpu

EASY = "2e-5"
NEXT = r"(next attempt in \d+ s|trying again now)"
BLOCK = r", a block \(difficulty 86\.4T\) every [\d.]+ .+"
SHARES = r", shares \d+ accepted \d+ rejected \d+ stale, best [\d.e-]+"


class StatusLineTest(FunctionalTest):
    def start_reporting(self, *entries, **settings):
        """A report line each second; the reports alone begin as they do."""
        return self.daemon(*entries, workers=one_cpu(),
                           log={"level": "info", "report_interval": 1}, **settings)

    def wait_line(self, daemon, pattern, **arguments):
        return self.wait_log(daemon, rf"info +{pattern}$", **arguments)

    def test_mining(self):
        pool = self.pool("--difficulty", EASY)
        daemon = self.start_reporting(self.pool_entry(pool, name="one"))
        self.wait_shares(pool, 3)
        pool.command("notify")
        self.wait_line(daemon, rf"[\d.]+ .?H/s on one{SHARES}, packet to hash [\d.]+ .?s"
                               + BLOCK)
        self.assertNotIn("packet to hash 0", "\n".join(daemon.log()))
        self.assertEqual(daemon.stop(), 0)
        self.wait_log(daemon, rf"stopping on SIGTERM: .* on one{SHARES}")

    def test_before_a_share(self):
        """What was not measured is not there: no best difficulty, no latency of 0."""
        pool = self.pool("--difficulty", "1e9")
        daemon = self.start_reporting(self.pool_entry(pool, name="one"))
        line = self.wait_line(daemon, r"[\d.]+ .?H/s on one, shares 0 .*")
        self.assertNotRegex(line, r"packet to hash 0|best 0\b")

    def test_idle(self):
        """One pool, then the one that is tried first of three."""
        daemon = self.start_reporting(self.pool_entry(hold_port(self), name="n1"))
        self.wait_line(daemon, r"idle: no pool: n1: [^;]*[Cc]onnection refused[^;]*; " + NEXT)
        self.assertEqual(daemon.stop(), 0)
        self.assertRegex("\n".join(daemon.log()), "stopping on SIGTERM: idle: no pool: n1: ")
        ports = [hold_port(self) for _ in range(3)]
        daemon = self.start_reporting(*(self.pool_entry(port, name=f"n{i}")
                                        for i, port in enumerate(ports)))
        self.wait_line(daemon, r"idle: no pool: n\d: [^;]*[Cc]onnection refused[^;]*; "
                               rf"{NEXT}; 2 other pools are down")

    def test_idle_after_shares(self):
        pool = self.pool("--difficulty", EASY)
        daemon = self.start_reporting(self.pool_entry(pool, name="one"))
        self.wait_shares(pool, 3)
        pool.stop()
        self.wait_line(daemon, rf"idle: no pool: one: [^;]+; {NEXT}{SHARES}")

    def test_name_that_is_looked_up(self):
        daemon = self.start_reporting({"url": "stratum+tcp://no-such-name.invalid:1", "user": "u",
                                       "name": "n1"})
        self.wait_line(daemon, r"idle: no pool: n1: .*no-such-name\.invalid.*; " + NEXT,
                       timeout=2 * DEADLINE)

    def test_first_attempt(self):
        """A pool that takes connections and says nothing has not failed yet."""
        listening = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listening.close)
        daemon = self.start_reporting(self.pool_entry(listening.getsockname()[1], name="n1"))
        self.wait_line(daemon, "idle: no pool: n1: connecting")

    def test_paused(self):
        pool = self.pool("--difficulty", EASY)
        daemon = self.start_reporting(self.pool_entry(pool, name="one"))
        self.wait_shares(pool, 3)
        self.assertEqual(daemon.ctl("pause").returncode, 0)
        self.wait_line(daemon, rf"paused, connected to one{SHARES}")
        pool.stop()
        self.wait_line(daemon, rf"paused: no pool: one: .*{SHARES}")

    def test_a_long_name(self):
        """It is cut, between two characters; what follows it is not."""
        name = "größe" * 30
        pool = self.pool("--difficulty", EASY)
        daemon = self.start_reporting(self.pool_entry(pool, name=name))
        self.wait_shares(pool, 1)
        self.wait_line(daemon, rf"[\d.]+ .?H/s on (größe)+[größe]*{SHARES}(, packet to hash .*)?")
        pool.stop()
        self.wait_line(daemon, r"idle: no pool: (größe)+[größe]*: .*; "
                               rf"{NEXT}{SHARES}")
        self.assertNotIn("\ufffd", "\n".join(daemon.log()))

    def test_for_the_service_manager(self):
        path = os.path.join(self.directory, "notify")
        manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(manager.close)
        manager.bind(path)
        manager.settimeout(DEADLINE * SCALE)
        self.daemon(self.pool_entry(hold_port(self), name="n1"), workers=one_cpu(),
                    env={"NOTIFY_SOCKET": path})
        while True:
            text = manager.recv(4096).decode()
            if text.startswith("STATUS=idle"):
                break
        self.assertRegex(text, r"^STATUS=idle: no pool: n1: ")


if __name__ == "__main__":
    main()
