# SPDX-License-Identifier: MIT
"""Whoever does not read what the daemon says, its log or its notifications, does not stop it."""
import os
import shutil
import socket
import subprocess
import unittest
import unittest.mock

from harness import FunctionalTest, main, one_cpu, program

EASY = "2e-5"
JOURNAL = "/run/systemd/journal/socket"

# Runs the daemon with the stream on its stderr as the journal's, as systemd does, in a place where
# the journal's socket is a socket that nobody reads ("deaf") or is not there ("none").
AS_A_SERVICE = """
set -e
mount -t tmpfs none /run/systemd
mkdir -p /run/systemd/journal
[ "$1" = none ] || ln -s "$1" {journal}
JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2)
export JOURNAL_STREAM
shift
exec "$@"
""".format(journal=JOURNAL)


class BlockedCase(FunctionalTest):
    def check_alive(self, pool, daemon):
        """The daemon mines, answers, and ends on SIGTERM."""
        for _ in range(3):
            self.wait_shares(pool, 20, since=pool.mark())
            pool.command("notify clean")
            self.assertEqual(daemon.status()["state"], "mining")
        self.assertEqual(daemon.stop(), 0)


class LogTest(BlockedCase):
    def start_unread(self):
        """With all messages, on a pipe of one page."""
        pool = self.pool("--difficulty", EASY)
        daemon = self.start(self.configure(pool, workers=one_cpu()), listen=False)
        return pool, daemon

    def fill(self, pool, daemon):
        """Until more has been said than the pipe and the queue hold."""
        pool.command("difficulty 1e-6")
        before = daemon.status()
        for _ in range(100):
            pool.command("burst 100")
        daemon.wait_status(lambda s: s["shares"]["accepted"]
                           > before["shares"]["accepted"] + 10_000)

    def test_pipe_that_nobody_reads(self):
        pool, daemon = self.start_unread()
        self.wait_shares(pool, 5)
        self.fill(pool, daemon)
        self.check_alive(pool, daemon)

    def test_pipe_that_is_read_again(self):
        """What was said first is there, and how much is missing."""
        pool, daemon = self.start_unread()
        self.wait_shares(pool, 5)
        self.fill(pool, daemon)
        daemon.listen()
        self.wait_log(daemon, r"warning log: \d+ messages lost: ")
        self.assertIn("control socket", "\n".join(daemon.log()[:5]))
        log_mark = daemon.mark()
        daemon.ctl("pause")
        self.wait_log(daemon, "paused by hand", since=log_mark)
        daemon.ctl("resume")
        self.check_alive(pool, daemon)

    def test_closed_pipe(self):
        pool, daemon = self.start_unread()
        self.wait_shares(pool, 5)
        daemon.child.stderr.close()
        self.check_alive(pool, daemon)


class NotifyTest(BlockedCase):
    def start_managed(self, listen):
        manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(manager.close)
        manager.bind(self.path("notify"))
        pool = self.pool("--difficulty", EASY)
        env = {"NOTIFY_SOCKET": self.path("notify"), "WATCHDOG_USEC": "1000"}
        daemon = self.start(self.configure(pool, workers=one_cpu()), env=env, listen=listen)
        self.wait_shares(pool, 5)
        return manager, pool, daemon

    def test_manager_that_does_not_read(self):
        """Reloads alone say twice as much as the socket of the manager holds."""
        manager, pool, daemon = self.start_managed(True)
        for _ in range(10):
            self.assertEqual(daemon.ctl("reload").returncode, 0)
        self.check_alive(pool, daemon)
        said = []
        manager.setblocking(False)
        try:
            while True:
                said.append(manager.recv(4096).decode())
        except BlockingIOError:
            pass
        self.assertEqual(said[0], "READY=1")

    def test_manager_that_reads_late(self):
        """What counts is all there, in order."""
        manager, pool, daemon = self.start_managed(True)
        for _ in range(10):
            self.assertEqual(daemon.ctl("reload").returncode, 0)
        daemon.kill(15)
        manager.settimeout(30)
        said = []
        while "STOPPING=1" not in said:
            said.append(manager.recv(4096).decode().split("\n")[0])
        said = [text for text in said if text in ("READY=1", "RELOADING=1", "STOPPING=1")]
        self.assertEqual(said, ["READY=1"] + ["RELOADING=1", "READY=1"] * 10 + ["STOPPING=1"])
        self.assertEqual(daemon.stop(), 0)

    def test_blocked_log_and_watchdog(self):
        """The one does not wait for the other."""
        manager, pool, daemon = self.start_managed(False)
        for _ in range(100):
            pool.command("burst 100")
        manager.settimeout(30)
        for _ in range(3):
            while manager.recv(4096) != b"WATCHDOG=1":
                pass
        self.check_alive(pool, daemon)


@unittest.skipUnless(os.geteuid() == 0, "needs root, for mounts of its own")
@unittest.skipUnless(shutil.which("unshare"), "needs unshare(1) of util-linux")
class JournalTest(BlockedCase):
    def start_service(self, journal):
        """The daemon as AS_A_SERVICE starts it."""
        if subprocess.run(["unshare", "-m", "true"], check=False, capture_output=True).returncode:
            self.skipTest("no mount namespace may be made here")
        path = self.write("service", '#!/bin/sh\nexec unshare -m sh -c \'\n' + AS_A_SERVICE
                          + f'\' sh {journal} {program("MINERD")} "$@"\n')
        os.chmod(path, 0o700)
        os.makedirs("/run/systemd", exist_ok=True)
        with unittest.mock.patch.dict(os.environ, {"MINERD": path}):
            return self.start(self.path("minerd.conf"))

    def deaf(self):
        """A journal that does not read."""
        deaf = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(deaf.close)
        deaf.bind(self.path("journal"))
        return deaf

    def test_journal_that_does_not_read(self):
        deaf = self.deaf()
        pool = self.pool("--difficulty", EASY)
        self.configure(pool, workers=one_cpu())
        daemon = self.start_service(self.path("journal"))
        self.wait_shares(pool, 100)
        self.check_alive(pool, daemon)
        first = deaf.recv(65536).decode()
        self.assertIn("MESSAGE=", first)
        self.assertIn("SYSLOG_IDENTIFIER=minerd\n", first)
        self.assertEqual(daemon.log(), [])

    def test_no_journal(self):
        pool = self.pool("--difficulty", EASY)
        self.configure(pool, workers=one_cpu())
        daemon = self.start_service("none")
        self.wait_log(daemon, "^<5>minerd .*1 pool")
        self.wait_log(daemon, "^<6>pool .*logged in")
        self.check_alive(pool, daemon)

    def test_start_that_fails(self):
        """Its reason goes where it is found when the process is gone."""
        deaf = self.deaf()
        self.write("minerd.conf", "pools = ();\n")
        daemon = self.start_service(self.path("journal"))
        self.expect_exit(daemon, 78)
        self.assertRegex("\n".join(daemon.log()), r"<3>.*minerd\.conf:1:")
        self.configure(1, workers=one_cpu(), control={"socket": self.path("no/such/folder")})
        daemon = self.start_service(self.path("journal"))
        self.expect_exit(daemon, 71)
        self.assertRegex("\n".join(daemon.log()), "<3>control socket .*/no/such/folder")
        deaf.setblocking(False)
        self.assertRaises(BlockingIOError, deaf.recv, 65536)


if __name__ == "__main__":
    main()
