# SPDX-License-Identifier: MIT
"""What every functional test needs: the pool, the daemon and its ctl tool as processes.

The programs are named by the environment: MINERD, MINERCTL, TESTPOOL. Nothing here sleeps for a
fixed time: a test waits for an event of the pool, a line of the log or a state, each with a
deadline. A deadline is for what never comes, and says nothing of how fast it should: it is long,
for a machine that is busy with other things. TEST_TIME_SCALE stretches it (sanitizers, valgrind).
"""
import ctypes
import json
import math
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from varlink import Varlink

SCALE = float(os.environ.get("TEST_TIME_SCALE", "1"))
DEADLINE = 30.0  # s, before SCALE
FIRST_PORT = 10000
SANITIZER = re.compile(r"(Address|Leak|Memory|Thread|UndefinedBehavior)Sanitizer|runtime error:")
PR_SET_PDEATHSIG = 1

# A test begins with nothing and leaves nothing, unless it is about that.
NOTHING_KEPT = {"STATE_DIRECTORY": ""}

LIBC = ctypes.CDLL(None, use_errno=True)

# For how long after the pool's news a share may come that is late by just that.
LATE_MS = 1000


def program(name):
    path = os.environ.get(name)
    if not path or not os.access(path, os.X_OK):
        raise AssertionError(f"{name} does not name a program: {path!r}")
    return path


def die_with_parent():
    """No process of a test outlives it, whatever ends the test."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Feed:
    """Items that a thread appends and a test waits for."""

    def __init__(self):
        self.items = []
        self.ended = False
        self.condition = threading.Condition()

    def add(self, item):
        with self.condition:
            self.items.append(item)
            self.condition.notify_all()

    def end(self):
        with self.condition:
            self.ended = True
            self.condition.notify_all()

    def mark(self):
        with self.condition:
            return len(self.items)

    def forget(self):
        """Drops all items, for a test of hours; marks of before mean nothing any more."""
        with self.condition:
            self.items.clear()

    def wait(self, accept, since=0, count=1, timeout=DEADLINE):
        """The count-th item that accept() takes; None when the deadline passes or the feed ends."""
        deadline = time.monotonic() + timeout * SCALE
        with self.condition:
            place, found = since, 0
            while True:
                while place < len(self.items):
                    if accept(self.items[place]):
                        found += 1
                        if found == count:
                            return self.items[place]
                    place += 1
                left = deadline - time.monotonic()
                if self.ended or left <= 0:
                    return None
                self.condition.wait(left)


class Process:
    """A child with a feed of its output lines."""

    def __init__(self, arguments, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=None):
        self.feed = Feed()
        self.child = subprocess.Popen(arguments, stdin=stdin, stdout=stdout,
                                      stderr=subprocess.PIPE, env=env, preexec_fn=die_with_parent)
        self.pid = self.child.pid
        self.threads = []

    def read(self, stream, handle):
        def run():
            for line in stream:
                handle(line.decode(errors="replace").rstrip("\n"))
            self.feed.end()
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        self.threads.append(thread)

    def finish(self, timeout=DEADLINE):
        """Waits for the end; the exit code, None if it had to be killed."""
        try:
            code = self.child.wait(timeout * SCALE)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
            code = None
        for thread in self.threads:
            thread.join(5)
        for stream in (self.child.stdin, self.child.stdout, self.child.stderr):
            if stream:
                stream.close()
        return code


class Pool(Process):
    """testpool: events come as dicts, commands go as lines."""

    def __init__(self, *options):
        # A network target that no share meets by chance: a block would bring a new job.
        super().__init__([program("TESTPOOL"), "--exit-on-eof", "--job-interval", "0",
                          "--nbits", "17034219", *map(str, options)],
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.complaints = []
        self.read(self.child.stdout, lambda line: self.feed.add(json.loads(line)))
        thread = threading.Thread(target=self.complain, daemon=True)
        thread.start()
        self.threads.append(thread)
        listen = self.wait("listen")
        if not listen:
            raise AssertionError(f"testpool does not listen: {self.complaints}")
        self.port = listen["port"]

    def complain(self):
        self.complaints += [line.decode(errors="replace") for line in self.child.stderr]

    def mark(self):
        return self.feed.mark()

    def wait(self, event, since=0, count=1, timeout=DEADLINE, where=None, **match):
        def accept(item):
            return (item["event"] == event and all(item.get(k) == v for k, v in match.items())
                    and (where is None or where(item)))
        return self.feed.wait(accept, since, count, timeout)

    def events(self, event, since=0, **match):
        with self.feed.condition:
            items = self.feed.items[since:]
        return [item for item in items if item["event"] == event
                and all(item.get(k) == v for k, v in match.items())]

    def command(self, line):
        """Runs a command; when it returns, the pool has done it."""
        self.child.stdin.write(line.encode(errors="surrogateescape") + b"\n")
        self.stats()

    def stats(self):
        """Its counts of now; of one that was stopped, those of its end."""
        if self.child.poll() is not None:
            return self.events("summary")[-1]
        since = self.mark()
        self.child.stdin.write(b"stats\n")
        self.child.stdin.flush()
        stats = self.wait("stats", since)
        if not stats:
            raise AssertionError("testpool gives no stats")
        return stats

    def stop(self):
        if self.child.poll() is None:
            try:
                self.child.stdin.close()
            except BrokenPipeError:
                pass
        return self.finish()


def sanitized():
    """Whether the daemon is a sanitizer's build, whose memory and times say nothing."""
    return bool(os.environ.get("MINERD_SANITIZED"))


def rss_kib(pid):
    """Resident memory of a process."""
    with open(f"/proc/{pid}/status") as status:
        return int(re.search(r"VmRSS:\s+(\d+) kB", status.read()).group(1))


def open_files(pid):
    """{descriptor: what it is} of the daemon, whose memory is root's: ptrace(2), "access mode"."""
    folder, found = f"/proc/{pid}/fd", {}
    try:
        for name in os.listdir(folder):
            try:
                found[int(name)] = os.readlink(f"{folder}/{name}")
            except FileNotFoundError:
                pass  # closed meanwhile
    except PermissionError as error:
        raise unittest.SkipTest("needs root with CAP_SYS_PTRACE, to see the daemon's files") \
            from error
    return found


def note(text):
    """A measured figure, beside what the test asserts."""
    print(f"# {text}", file=sys.stderr, flush=True)


def one_cpu():
    """Worker groups of one worker, on the last CPU: the first is left to the pool and the test."""
    return [{"cpus": str(max(os.sched_getaffinity(0)))}]


def hold_port(test):
    """A port of this machine on which nobody listens, until a pool of the test does: held, so that
    no connection of anybody gets it meanwhile."""
    holder = socket.socket()
    test.addCleanup(holder.close)
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.bind(("127.0.0.1", 0))
    return holder.getsockname()[1]


def free_ports(count):
    """Ports that nobody has now, and that Linux gives to no connection or server of other tests."""
    with open("/proc/sys/net/ipv4/ip_local_port_range") as file:
        first = int(file.read().split()[0])
    found = []
    while len(found) < count:
        port = random.randrange(FIRST_PORT, max(first, 2 * FIRST_PORT))
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        found += [port] if port not in found else []
    return found


def quote(value):
    """A value as libconfig writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, dict):
        return "{ " + " ".join(f"{k} = {quote(v)};" for k, v in value.items()) + " }"
    if isinstance(value, list):
        return "( " + ", ".join(quote(v) for v in value) + " )"
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


class Daemon(Process):
    """minerd in the foreground, with minerctl on its own socket. Without config: of options."""

    def __init__(self, config, *options, env=None, socket=None, listen=True, before=()):
        self.config = config
        self.socket = socket
        self.started = time.monotonic()
        file = ["-c", config] if config else []
        super().__init__([*before, program("MINERD"), *file, *options],
                         stdout=subprocess.DEVNULL, env={**os.environ, **NOTHING_KEPT, **(env or {})})
        if listen:
            self.listen()

    def listen(self):
        """From now on its log is read."""
        self.read(self.child.stderr, self.feed.add)

    def wait_log(self, pattern, since=0, count=1, timeout=DEADLINE):
        wanted = re.compile(pattern)
        return self.feed.wait(wanted.search, since, count, timeout)

    def log(self):
        with self.feed.condition:
            return list(self.feed.items)

    def mark(self):
        return self.feed.mark()

    def ctl(self, *arguments, timeout=DEADLINE):
        return subprocess.run([program("MINERCTL"), "-s", self.socket, *arguments],
                              capture_output=True, text=True, timeout=timeout * SCALE)

    def connect(self, timeout=DEADLINE):
        """The control socket, as soon as the daemon has made it."""
        deadline = time.monotonic() + timeout * SCALE
        while True:
            try:
                return Varlink(self.socket, timeout * SCALE)
            except OSError:
                if time.monotonic() > deadline or self.child.poll() is not None:
                    raise
            time.sleep(0.005)

    def status(self):
        """What `minerctl --json status` prints (a test of test_control.py holds it to that)."""
        client = self.connect()
        try:
            return client.call("io.minerd.Miner.Status")["parameters"]
        finally:
            client.close()

    def wait_status(self, accept, timeout=DEADLINE):
        """A status that accept() takes, looked at every few milliseconds."""
        deadline = time.monotonic() + timeout * SCALE
        while True:
            status = self.status()
            if accept(status):
                return status
            if time.monotonic() > deadline:
                raise AssertionError(f"status never got there: {json.dumps(status)}")
            time.sleep(0.02)

    def wait_sleep(self, timeout=DEADLINE):
        """Waits until every worker sleeps: from then on its counters stand."""
        deadline = time.monotonic() + timeout * SCALE
        while True:
            states = [self.thread_state(task) for task in os.listdir(f"/proc/{self.pid}/task")]
            if all(state == "S" for name, state in states if re.fullmatch(r"minerd/\d+", name)):
                return
            if time.monotonic() > deadline:
                raise AssertionError(f"workers that do not sleep: {states}")
            time.sleep(0.005)

    def thread_state(self, task):
        """Name and state of a thread, as in proc(5); one that has just ended is nobody."""
        try:
            with open(f"/proc/{self.pid}/task/{task}/stat") as stat:
                name, fields = stat.read().split("(", 1)[1].rsplit(")", 1)
        except (FileNotFoundError, ProcessLookupError):
            return "", ""
        return name, fields.split()[0]

    def kill(self, number):
        self.child.send_signal(number)

    def cpu_seconds(self):
        """User and system time of the io thread, which carries the process's own id."""
        with open(f"/proc/{self.pid}/task/{self.pid}/stat") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self, number=signal.SIGTERM, timeout=DEADLINE):
        if self.child.poll() is None:
            self.kill(number)
        return self.finish(timeout)


class FunctionalTest(unittest.TestCase):
    """Its processes end with it, whatever happens, and none may have a sanitizer's complaint."""

    maxDiff = None

    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="minerd-test-")
        self.addCleanup(directory.cleanup)
        self.directory = directory.name
        self.socket = os.path.join(self.directory, "control.sock")

    def path(self, name):
        return os.path.join(self.directory, name)

    def write(self, name, text):
        with open(self.path(name), "w") as file:
            file.write(text)
        return self.path(name)

    def pool(self, *options):
        pool = Pool(*options)
        self.addCleanup(self.check_pool, pool)
        return pool

    def check_pool(self, pool):
        pool.stop()
        self.assertFalse(SANITIZER.search("".join(pool.complaints)), pool.complaints)

    def pool_entry(self, pool, **keys):
        port = pool if isinstance(pool, int) else pool.port
        return {"url": f"stratum+tcp://127.0.0.1:{port}", "user": "miner.test", "password": "x",
                **keys}

    def configure(self, *entries, **settings):
        """Writes a configuration; entries are pools (or ports), settings other groups."""
        groups = {
            "pools": [e if isinstance(e, dict) else self.pool_entry(e) for e in entries],
            "control": {"socket": self.socket},
            "log": {"level": "debug"},
            # At idle priority, the default, whatever else runs on the machine would come first.
            "priority": "batch",
            **settings,
        }
        text = "".join(f"{k} = {quote(v)};\n" for k, v in groups.items())
        return self.write("minerd.conf", text)

    def daemon(self, *entries, env=None, **settings):
        return self.start(self.configure(*entries, **settings), env=env)

    def start(self, config, *options, socket=None, **arguments):
        """before: what a command line begins with that runs the daemon."""
        daemon = Daemon(config, *options, socket=socket or self.socket, **arguments)
        self.addCleanup(self.check_daemon, daemon)
        return daemon

    def check_daemon(self, daemon):
        code = daemon.stop()
        lines = daemon.log()
        # A report may be far from the end of a long log.
        report = next((at for at, line in enumerate(lines) if SANITIZER.search(line)), None)
        if report is not None:
            self.fail("\n".join(lines[report:report + 100]))
        log = "\n".join(lines[-200:])
        if not getattr(daemon, "checked", False):
            self.assertEqual(code, 0, f"minerd's exit code; its log:\n{log}")

    def expect_exit(self, daemon, code, timeout=DEADLINE):
        daemon.checked = True
        self.assertEqual(daemon.finish(timeout), code, "\n".join(daemon.log()[-50:]))

    def wait(self, pool, event, **arguments):
        found = pool.wait(event, **arguments)
        self.assertIsNotNone(found, f"no {event} {arguments}; last events of the pool: "
                             + "\n".join(map(str, pool.feed.items[-8:])))
        return found

    def wait_log(self, daemon, pattern, **arguments):
        line = daemon.wait_log(pattern, **arguments)
        self.assertIsNotNone(line, f"no line {pattern!r} in the log:\n"
                             + "\n".join(daemon.log()[-30:]))
        return line

    def wait_shares(self, pool, count, since=0, timeout=DEADLINE, after=None, **match):
        """Accepted shares; after: an event of a connection that must be an earlier one."""
        where = after and (lambda share: share["conn"] > after["conn"])
        return self.wait(pool, "share", since=since, count=count, timeout=timeout, where=where,
                         verdict="accepted", **match)

    def check_shares(self, pool, since=0, forced=False, late_ms=LATE_MS):
        """The pool accepted every share, except those that were on their way when it sent a new
        job or difficulty, and, with forced, those that the test made it reject."""
        for share in pool.events("share", since):
            if share["verdict"] == "accepted" or forced and share["verdict"] == "forced":
                continue
            # Only shares that were good before the change have late_ms.
            late = share.get("late_ms", math.inf) < late_ms * SCALE
            self.assertTrue(late, f"refused share: {share}")
        self.assertEqual(pool.events("violation", since), [])

    def check_best(self, measure, *limits, rounds=10):
        """Holds each figure of measure() to its limit, in the best of some rounds: other load
        makes them greater, never smaller. A sanitizer's build has one round, and its times say
        nothing."""
        best = (math.inf,) * len(limits)
        for _ in range(1 if sanitized() else rounds):
            best = tuple(map(min, best, measure()))
            if all(figure <= limit for figure, limit in zip(best, limits)):
                return best
        self.assertTrue(sanitized(), f"{best}, where {limits} is the most")
        return best

    def settle(self, pool, daemon):
        """Ends the shares of all pools and waits for the last reply. Returns the share counts, which
        balance."""
        pool.command("difficulty 1e6")
        pool.command("notify clean")
        shares = daemon.wait_status(lambda s: s["shares"]["in_flight"] == 0
                                    and s["pools"][0]["difficulty"] == 1e6)["shares"]
        self.check_accounting(shares)
        return shares

    def check_accounting(self, shares):
        """found = accepted + rejected + stale + duplicate + unanswered + dropped + in flight."""
        self.assertEqual(shares["found"],
                         sum(shares[kind] for kind in ("accepted", "rejected", "stale",
                                                       "duplicate", "unanswered", "dropped",
                                                       "in_flight")), shares)


def main():
    unittest.main(verbosity=2)
