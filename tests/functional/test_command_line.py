# SPDX-License-Identifier: MIT
"""A pool from the command line in place of a file, and the limits that end the daemon."""
import os
import re
import subprocess
import time

from harness import (DEADLINE, NOTHING_KEPT, SCALE, Daemon, FunctionalTest, main, one_cpu, program)

EASY = "1e-6"
SECRET = "correcthorse"
NODE = ("-o", "http://127.0.0.1:1", "--payout", "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080")


def run(*arguments):
    """What minerd prints and its exit status; for a command line that ends by itself."""
    done = subprocess.run([program("MINERD"), *arguments], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=DEADLINE * SCALE,
                          env={**os.environ, **NOTHING_KEPT})
    return done.returncode, done.stderr


class CommandLine(Daemon):
    """minerd without a file."""

    def __init__(self, *arguments, socket=None):
        super().__init__(None, *arguments, socket=socket)


class CommandLineTest(FunctionalTest):
    def mine(self, pool, *options, url="stratum+tcp://127.0.0.1:{}", login=("-u", "u.w")):
        daemon = CommandLine("-o", url.format(pool.port), *login, *options, socket=self.socket)
        self.addCleanup(self.check_daemon, daemon)
        return daemon

    def refuse(self, status, message, *arguments):
        code, said = run(*arguments)
        self.assertEqual(code, status, said)
        self.assertEqual(len(said.splitlines()), 1, said)
        self.assertRegex(said, "^minerd: " + message)


class RunTest(CommandLineTest):
    def test_a_pool(self):
        pool = self.pool("--difficulty", EASY)
        daemon = self.mine(pool, "-p", "x", "-t", "1", "-a", "sha256d")
        self.wait_shares(pool, 3)
        self.wait_log(daemon, r"notice +minerd .*: 1 pool, 1 worker, no control socket$")
        self.wait_log(daemon, "no state directory")
        self.assertFalse(os.path.exists(self.socket))
        self.assertEqual(daemon.stop(), 0)
        self.assertEqual(self.wait(pool, "authorize")["user"], "u.w")

    def test_the_login_in_the_url(self):
        """As other miners take it; the last one wins, and nobody sees a password of a process."""
        pool = self.pool("--difficulty", EASY)
        for login in (("-O", f"a.b:{SECRET}"), ("--userpass", f"a.b:{SECRET}"),
                      ("-u", "a.b", "-p", SECRET), ("--user=a.b", f"--pass={SECRET}"), ()):
            with self.subTest(login=login):
                since = pool.mark()
                url = "stratum+tcp://127.0.0.1:{}" if login else \
                    f"stratum+tcp://a.b:{SECRET}@127.0.0.1:{{}}"
                daemon = self.mine(pool, url=url, login=login)
                self.assertEqual(self.wait(pool, "authorize", since=since)["user"], "a.b")
                with open(f"/proc/{daemon.pid}/cmdline") as line:
                    self.assertNotIn(SECRET, line.read())
                self.assertEqual(daemon.stop(), 0)
                self.assertNotIn(SECRET, "\n".join(daemon.log()))

    def test_a_control_socket(self):
        pool = self.pool("--difficulty", EASY)
        daemon = self.mine(pool, "--control", self.socket)
        self.wait_shares(pool, 1)
        self.assertEqual(daemon.status()["pools"][0]["user"], "u.w")
        done = daemon.ctl("reload")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("has no file to read again", done.stderr)
        self.wait_shares(pool, 1, since=pool.mark())
        self.assertEqual(daemon.stop(), 0)
        self.assertFalse(os.path.exists(self.socket))

    def test_a_reload_without_a_file(self):
        pool = self.pool("--difficulty", EASY)
        daemon = self.mine(pool)
        self.wait_shares(pool, 1)
        daemon.kill(1)
        self.wait_log(daemon, "not reloaded: minerd runs on its command line")
        self.wait_shares(pool, 1, since=pool.mark())

    def test_all_workers(self):
        pool = self.pool("--difficulty", EASY)
        n = len(os.sched_getaffinity(0))
        daemon = self.mine(pool, "--threads", str(n))
        self.wait_log(daemon, f"1 pool, {n} worker")

    def test_the_protocol(self):
        """Every line of both directions; not what no terminal is to see, nor a password."""
        pool = self.pool("--difficulty", EASY, "--odd-line", '{"method":"client.\x1b[31m","id":1}')
        daemon = self.mine(pool, "-P", "-p", SECRET, "--stop-after", "shares=1")
        self.expect_exit(daemon, 0)
        log = "\n".join(daemon.log())
        for line in (r'> \{"id":\d+,"method":"mining\.subscribe"',
                     r'> \{"id":\d+,"method":"mining\.authorize","params":\["u\.w","\*\*\*"\]\}',
                     r'> \{"id":\d+,"method":"mining\.submit","params":\["u\.w",',
                     r'< \{"id":\d+,"result":true,"error":null\}',
                     r'< .*"method":"mining\.notify"', r'< .*client\.\\x1b\[31m'):
            self.assertRegex(log, rf"info +pool 127\.0\.0\.1:\d+: {line}")
        self.assertNotIn(SECRET, log)
        self.assertNotIn("\x1b", log)

    def test_without_the_protocol(self):
        pool = self.pool("--difficulty", EASY)
        daemon = self.mine(pool, "--stop-after", "shares=1")
        self.expect_exit(daemon, 0)
        self.assertNotIn("mining.subscribe", "\n".join(daemon.log()))

    def test_shares_in_the_log(self):
        pool = self.pool("--difficulty", EASY)
        accepted = re.compile(r"info +pool .*: share of difficulty .* accepted after")
        # More than the rate limit of a message: each is logged.
        daemon = self.mine(pool, "--stop-after", "shares=25")
        self.expect_exit(daemon, 0)
        self.assertEqual(len([line for line in daemon.log() if accepted.search(line)]), 25)
        daemon = self.mine(pool, "-q", "--stop-after", "shares=25")
        self.expect_exit(daemon, 0)
        self.assertEqual([line for line in daemon.log() if "share of" in line], [])

    def test_debug(self):
        pool = self.pool("--difficulty", EASY)
        for option in ("-D", "--debug", "-v"):
            daemon = self.mine(pool, option, "--stop-after", "shares=1")
            self.wait_log(daemon, " debug ")
            self.expect_exit(daemon, 0)


class StopTest(CommandLineTest):
    def test_shares(self):
        """No more are counted, in whatever pieces the replies come."""
        pool = self.pool("--difficulty", EASY)
        for limit in (1, 5, 40):
            since = pool.mark()
            daemon = self.mine(pool, "--stop-after", f"shares={limit}")
            self.expect_exit(daemon, 0)
            self.wait_log(daemon, f"notice +stopping on {limit} shares? accepted: .*"
                                  f"shares {limit} accepted 0 rejected")
            self.assertGreaterEqual(len(pool.events("share", since, verdict="accepted")), limit)
            self.assertEqual(pool.events("violation", since), [])

    def test_blocks(self):
        pool = self.pool("--difficulty", EASY, "--nbits", "207fffff")
        daemon = self.mine(pool, "--stop-after=seconds=86400,blocks=2",
                           "--stop-after", "shares=100000")
        self.expect_exit(daemon, 0)
        self.wait_log(daemon, "stopping on 2 blocks accepted: ")

    def test_seconds(self):
        """Also without a pool."""
        begin = time.monotonic()
        daemon = CommandLine("-o", "stratum+tcp://127.0.0.1:1", "-u", "u", "--stop-after",
                             "shares=100", "--stop-after", "seconds=1")
        self.addCleanup(self.check_daemon, daemon)
        self.expect_exit(daemon, 0)
        self.wait_log(daemon, "stopping on 1 s since the start: ")
        self.assertGreaterEqual(time.monotonic() - begin, 1)

    def test_a_limit_of_the_file(self):
        pool = self.pool("--difficulty", EASY)
        daemon = self.daemon(pool, workers=one_cpu(), stop_after={"shares": 3})
        self.expect_exit(daemon, 0)
        self.wait_log(daemon, "stopping on 3 shares accepted: ")

    def test_a_limit_that_a_reload_sets(self):
        """It counts what was before, too."""
        pool = self.pool("--difficulty", EASY)
        daemon = self.daemon(pool, workers=one_cpu())
        self.wait_shares(pool, 2)
        daemon.wait_status(lambda status: status["shares"]["accepted"] >= 2)
        pool.command("difficulty 1e6")
        pool.command("notify clean")
        self.configure(pool, workers=one_cpu(), stop_after={"shares": 2})
        daemon.kill(1)
        self.expect_exit(daemon, 0)
        self.wait_log(daemon, r"stopping on \d+ shares accepted: ")


class WrongUseTest(CommandLineTest):
    def test_what_is_missing(self):
        self.refuse(64, "a Stratum pool needs -u USER", "-o", "stratum+tcp://127.0.0.1:1")
        self.refuse(64, r"a node \(http://\) needs --payout ADDRESS, which .*; a Stratum pool is "
                        r"-o stratum\+tcp://HOST:PORT", "-o", "127.0.0.1:1")
        self.refuse(64, r"a node needs -u USER and -p PASSWORD, or --cookie-file FILE", *NODE)
        self.refuse(64, r"a node needs -u USER and -p PASSWORD", *NODE, "-u", "u")

    def test_options_that_exclude_each_other(self):
        pool = ("-o", "stratum+tcp://127.0.0.1:1", "-u", "u")
        for others in (("-c", "/x"), ("--check-config",), ("--benchmark",), ("--list-kernels",)):
            self.refuse(64, "-o takes the place of a file, and excludes -c,", *pool, *others)
        for others in (("-u", "u"), ("-p", "p"), ("-O", "u:p"), ("-P",), ("-q",),
                       ("-a", "sha256d"), ("--cookie-file", "/x"), ("--payout", "x"),
                       ("--coinbase-addr", "x"), ("--coinbase-sig", "x"),
                       ("--stop-after", "blocks=1"), ("--control", "/x")):
            self.refuse(64, "-u, -p, -O, .* go with -o URL$", *others)
        self.refuse(64, "--threads goes with --benchmark or -o", "-t", "1")

    def test_values_that_are_wrong(self):
        pool = ("-o", "stratum+tcp://127.0.0.1:1", "-u", "u")
        cpus = len(os.sched_getaffinity(0))
        self.refuse(64, f"--threads {cpus + 1} is above {cpus}, the number of CPUs", *pool,
                    "-t", str(cpus + 1))
        self.refuse(64, "--threads takes a whole number from 1 to ", *pool, "-t", "0")
        for text in ("", "blocks", "blocks=", "blocks=0", "blocks=-1", "blocks=1x", "hashes=1",
                     "blocks=1,", "shares=1000000001", "seconds= 1"):
            self.refuse(64, "--stop-after takes blocks=N, shares=N or seconds=S", *pool,
                        "--stop-after", text)
        self.refuse(64, "--algo scrypt: minerd mines SHA-256d", *pool, "-a", "scrypt")

    def test_what_the_configuration_refuses(self):
        """The option stands where a file has its name and the line."""
        pool = ("-o", "stratum+tcp://127.0.0.1:1", "-u", "u")
        self.refuse(78, '--url: url: "gopher://h:1": its scheme is not known', "-o",
                    "gopher://h:1", "-u", "u")
        self.refuse(78, '--url: url: "stratum.tcp://h": it has no port', "-o", "stratum+tcp://h",
                    "-u", "u")
        self.refuse(78, "--user: user: is empty", "-o", "stratum+tcp://h:1", "-u", "")
        self.refuse(78, r"--user: user: byte 2, \\x0a, is a control character", "-o",
                    "stratum+tcp://h:1", "-u", 'u\n"')
        self.refuse(78, '--payout: address: "xyz": its network is not known', *pool, "--payout",
                    "xyz")
        self.refuse(78, "--coinbase-sig: coinbase_text: is for nodes", *pool, "--coinbase-sig",
                    "x")
        self.refuse(78, '--control: socket: "x" is not an absolute path', *pool, "--control", "x")
        self.refuse(78, "--cookie-file: cookie_file: excludes user", *NODE, "-u", "u",
                    "--cookie-file", "/x")


if __name__ == "__main__":
    main()
