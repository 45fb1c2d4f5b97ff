# SPDX-License-Identifier: MIT
"""What minerd is as a process: its standard descriptors, its memory, and what a start that fails
leaves behind."""
import errno
import os
import subprocess
import unittest

from harness import DEADLINE, SCALE, FunctionalTest, main, one_cpu, open_files, program
from seccomp import CLONE3, refuse

EASY = "2e-5"
NOBODY = "65534"
CLOSED = {0: "<&-", 1: ">&-", 2: "2>&-"}
EVERY = ((0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2))


class DescriptorTest(FunctionalTest):
    def closing(self, name, fds):
        """A program that starts another one with these descriptors closed."""
        wrapper = self.write("closing", f'#!/bin/sh\nexec {program(name)} "$@" '
                             + " ".join(CLOSED[fd] for fd in fds) + "\n")
        os.chmod(wrapper, 0o700)
        return wrapper

    def visible_files(self, daemon):
        """None without the right to look; what goes to the pool shows a wrong one, too."""
        try:
            return open_files(daemon.pid)
        except unittest.SkipTest:
            return {}

    def test_the_daemon_started_with_closed_descriptors(self):
        """None of its own gets the number: a log line would go to the pool."""
        pool = self.pool("--difficulty", EASY)
        original = program("MINERD")
        self.addCleanup(os.environ.__setitem__, "MINERD", original)
        for fds in EVERY:
            with self.subTest(fds=fds):
                os.environ["MINERD"] = self.closing("MINERD", fds)
                since = pool.mark()
                daemon = self.daemon(pool, workers=one_cpu())
                os.environ["MINERD"] = original
                self.wait_shares(pool, 3, since=since)
                for fd, target in self.visible_files(daemon).items():
                    if fd in fds:
                        self.assertEqual(target, "/dev/null")
                    elif fd > 2:
                        self.assertNotEqual(target, "/dev/null")
                self.assertEqual(daemon.stop(), 0)
                self.assertEqual(pool.events("violation", since), [])

    def test_minerctl_started_with_closed_descriptors(self):
        pool = self.pool("--difficulty", EASY)
        daemon = self.daemon(pool, workers=one_cpu())
        self.wait_shares(pool, 1)
        for fds in EVERY:
            with self.subTest(fds=fds):
                done = subprocess.run(
                    [self.closing("MINERCTL", fds), "-s", self.socket, "--json", "status"],
                    capture_output=True, text=True, timeout=DEADLINE * SCALE)
                # What cannot be printed is a failure, and never goes to the daemon.
                self.assertEqual(done.returncode, 1 if 1 in fds else 0, done.stderr)
                if 1 not in fds:
                    self.assertIn('"hashrate"', done.stdout)
                elif 2 not in fds:
                    self.assertIn("cannot write to stdout", done.stderr)
        self.assertFalse([line for line in daemon.log() if "closing the connection" in line])


class MemoryTest(FunctionalTest):
    """Passwords of pools are in it."""

    def test_it_is_no_other_users(self):
        """prctl(2), PR_SET_DUMPABLE: proc(5) gives the files of such a process to root."""
        wrapper = self.path("minerd-as-nobody")
        if os.geteuid() == 0:
            self.write("minerd-as-nobody", f"#!/bin/sh\nexec setpriv --reuid {NOBODY} --regid "
                       f'{NOBODY} --clear-groups {program("MINERD")} "$@"\n')
            os.chmod(wrapper, 0o755)
            os.chmod(self.directory, 0o777)
            self.addCleanup(os.environ.__setitem__, "MINERD", program("MINERD"))
            os.environ["MINERD"] = wrapper
        pool = self.pool("--difficulty", EASY)
        config = self.configure(pool, workers=one_cpu())
        os.chmod(config, 0o644)
        daemon = self.start(config)
        self.wait_shares(pool, 1)
        self.assertEqual(os.stat(f"/proc/{daemon.pid}/environ").st_uid, 0)
        if os.geteuid() != 0:
            with self.assertRaises(PermissionError):
                open(f"/proc/{daemon.pid}/environ").close()


class FailedStartTest(FunctionalTest):
    def test_no_socket_is_left(self):
        """It fails after the socket was made: no thread is to be had for a worker."""
        config = self.configure(1, workers=one_cpu())
        done = subprocess.run([program("MINERD"), "-c", config], capture_output=True, text=True,
                              timeout=DEADLINE * SCALE,
                              preexec_fn=lambda: refuse(CLONE3, errno.EAGAIN))
        self.assertEqual(done.returncode, 71, done.stderr)
        self.assertFalse(os.path.lexists(self.socket), done.stderr)

    def test_the_socket_of_another_daemon_stays(self):
        pool = self.pool("--difficulty", EASY)
        daemon = self.daemon(pool, workers=one_cpu())
        self.wait_shares(pool, 1)
        second = self.start(daemon.config)
        self.expect_exit(second, 71)
        self.assertIn("another minerd", "\n".join(second.log()))
        self.assertEqual(daemon.status()["pid"], daemon.pid)


if __name__ == "__main__":
    main()
