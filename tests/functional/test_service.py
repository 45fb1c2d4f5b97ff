# SPDX-License-Identifier: MIT
"""The daemon as its service manager and its administrator meet it."""
import errno
import json
import os
import re
import signal
import socket
import subprocess
import time


from harness import (DEADLINE, FunctionalTest, SCALE, main, note, one_cpu, program, rss_kib,
                     sanitized)
from seccomp import IO_URING_SETUP, refuse

EASY = "2e-5"


class CheckConfigTest(FunctionalTest):
    def check(self, text):
        config = self.write("minerd.conf", text)
        return config, subprocess.run([program("MINERD"), "-c", config, "--check-config"],
                                      capture_output=True, text=True, timeout=DEADLINE * SCALE)

    def test_good(self):
        config, done = self.check(
            'pools = ( { url = "stratum+tcp://127.0.0.1:3333"; user = "u"; } );\n')
        self.assertEqual((done.returncode, done.stdout), (0, f"{config}: ok\n"))

    def test_all_errors_at_once(self):
        config, done = self.check(
            'pools = (\n'
            '  { url = "stratum+tcp://127.0.0.1:3333"; user = 5; },\n'
            '  { url = "gopher://x"; user = "u"; oddity = 1; },\n'
            '  { url = "stratum+tcp://a:99999"; user = "u"; }\n'
            ');\n'
            'priority = "frantic";\n'
            'failover = { standby = "many";\n'
            '             job_timeout = -1; };\n'
            'workers = ( { cpus = "99999"; kernel = "abacus"; } );\n'
            'surprise = true;\n')
        self.assertEqual(done.returncode, 78)
        named = {int(m) for m in re.findall(re.escape(config) + r":(\d+): \S",
                                           done.stdout + done.stderr)}
        self.assertEqual(named, {2, 3, 4, 6, 7, 8, 9, 10})

    def test_syntax(self):
        config, done = self.check('pools = (\n { url = ; }\n);\n')
        self.assertEqual(done.returncode, 78)
        self.assertIn(f"{config}:2:", done.stdout + done.stderr)

    def test_file_that_is_not_there(self):
        done = subprocess.run([program("MINERD"), "-c", self.path("none"), "--check-config"],
                              capture_output=True, text=True, timeout=DEADLINE * SCALE)
        self.assertEqual(done.returncode, 78)
        self.assertIn(self.path("none"), done.stdout + done.stderr)

    def test_include(self):
        self.write("more.conf", 'log = { level = "loud"; };\n')
        _, done = self.check('pools = ( { url = "stratum+tcp://h:1"; user = "u"; } );\n'
                             f'@include "{self.path("more.conf")}"\n')
        self.assertEqual(done.returncode, 78)
        self.assertIn(self.path("more.conf") + ":1:", done.stdout + done.stderr)


class ExitTest(FunctionalTest):
    def test_bad_configuration(self):
        daemon = self.start(self.write("minerd.conf", "pools = ();\n"))
        self.expect_exit(daemon, 78)
        self.assertRegex("\n".join(daemon.log()), r"minerd\.conf:1:")

    def test_signals_end_it_well(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            pool = self.pool("--difficulty", EASY)
            daemon = self.daemon(pool, workers=one_cpu())
            self.wait_shares(pool, 3)
            self.assertEqual(daemon.stop(number), 0)
            self.assertFalse(os.path.exists(self.socket))

    def refused_ring(self, error):
        """The daemon under a filter that answers io_uring_setup(2) with an error."""
        config = self.configure(1)
        done = subprocess.run([program("MINERD"), "-c", config], capture_output=True, text=True,
                              timeout=DEADLINE * SCALE,
                              preexec_fn=lambda: refuse(IO_URING_SETUP, error))
        return done.returncode, done.stderr

    def test_io_uring_that_is_refused(self):
        for error in (errno.EPERM, errno.ENOSYS, errno.EACCES):
            with self.subTest(error=errno.errorcode[error]):
                code, text = self.refused_ring(error)
                self.assertEqual(code, 77, text)
                self.assertIn("io_uring", text)
                self.assertRegex(text, "kernel.io_uring_disabled|seccomp|SystemCallFilter|filter")

    def test_socket_in_a_folder_that_is_not_there(self):
        self.socket = self.path("no/such/folder/control.sock")
        daemon = self.daemon(1, workers=one_cpu())
        self.expect_exit(daemon, 71)
        self.assertIn(self.socket, "\n".join(daemon.log()))

    def test_socket_where_it_may_not_be_made(self):
        """A remedy is within reach, so it is another status than for what is broken."""
        if os.geteuid() != 0:
            self.skipTest("not root, who alone can become somebody else")
        config = self.configure(1, workers=one_cpu())
        os.chmod(self.directory, 0o755)
        done = subprocess.run(
            ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups",
             program("MINERD"), "-c", config],
            capture_output=True, text=True, timeout=DEADLINE * SCALE)
        self.assertEqual(done.returncode, 77, done.stderr)
        self.assertIn(self.socket, done.stderr)
        self.assertIn("Permission denied", done.stderr)

    def test_too_few_files(self):
        config = self.configure(1, workers=one_cpu())
        done = subprocess.run(
            ["sh", "-c", 'ulimit -n 4; exec "$@"', "sh", program("MINERD"), "-c", config],
            capture_output=True, text=True, timeout=DEADLINE * SCALE)
        self.assertEqual(done.returncode, 71, done.stderr)

    def test_wrong_use(self):
        for arguments in (["--odd"], ["surplus"], ["--json"], ["--benchmark", "--seconds", "x"]):
            done = subprocess.run([program("MINERD"), *arguments], capture_output=True, text=True,
                                  timeout=DEADLINE * SCALE)
            self.assertEqual(done.returncode, 64, arguments)
            self.assertTrue(done.stderr)


class BenchmarkTest(FunctionalTest):
    def benchmark(self, *arguments):
        return subprocess.run([program("MINERD"), "--benchmark", *arguments], capture_output=True,
                              text=True, timeout=DEADLINE * SCALE)

    def test_a_thread_has_a_cpu_of_its_own(self):
        cpus = len(os.sched_getaffinity(0))
        for threads in (cpus + 1, 99 + cpus):
            done = self.benchmark("--seconds", "1", "--threads", str(threads))
            self.assertEqual(done.returncode, 64, done)
            self.assertEqual(done.stdout, "")
            self.assertIn(f"--threads {threads} is above {cpus}", done.stderr)

    def test_all_allowed_cpus_are_used(self):
        allowed = sorted(os.sched_getaffinity(0))
        for arguments, cpus in (([], allowed), (["--threads", "1"], allowed[:1]),
                                (["--threads", str(len(allowed))], allowed)):
            done = self.benchmark("--seconds", "1", "--kernel", "generic", "--json", *arguments)
            self.assertEqual(done.returncode, 0, done.stderr)
            result = json.loads(done.stdout)
            self.assertEqual(result["threads"], len(cpus))
            self.assertEqual([cpu["cpu"] for cpu in result["cpus"]], cpus)

    def test_it_keeps_to_the_cpus_it_may_use(self):
        last = max(os.sched_getaffinity(0))
        done = subprocess.run(["taskset", "-c", str(last), program("MINERD"), "--benchmark",
                               "--threads", "2"], capture_output=True, text=True,
                              timeout=DEADLINE * SCALE)
        self.assertEqual(done.returncode, 64, done)
        self.assertIn("above 1, ", done.stderr)


class Manager:
    """The service manager's side of sd_notify(3)."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(path)
        self.messages = []

    def close(self):
        self.socket.close()

    def wait(self, text, timeout=DEADLINE, since=0):
        """The first message from `since` on with a line that starts so; None in time."""
        deadline = time.monotonic() + timeout * SCALE
        place = since
        while True:
            while place < len(self.messages):
                if any(line.startswith(text) for line in self.messages[place].split("\n")):
                    return self.messages[place]
                place += 1
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            self.socket.settimeout(left)
            try:
                self.messages.append(self.socket.recv(65536).decode())
            except TimeoutError:
                return None


class NotifyTest(FunctionalTest):
    def start_managed(self, **environment):
        manager = Manager(self.path("notify"))
        self.addCleanup(manager.close)
        pool = self.pool("--difficulty", EASY)
        daemon = self.daemon(pool, workers=one_cpu(),
                             env={"NOTIFY_SOCKET": self.path("notify"), **environment})
        return manager, pool, daemon

    def test_the_life_of_a_service(self):
        manager, pool, daemon = self.start_managed(WATCHDOG_USEC="2000000")
        self.assertTrue(manager.wait("READY=1"))
        # Ready means that the control socket answers.
        self.assertEqual(daemon.status()["pid"], daemon.pid)
        self.wait_shares(pool, 1)
        for _ in range(3):
            self.assertTrue(manager.wait("WATCHDOG=1", since=len(manager.messages)))
        since = len(manager.messages)
        daemon.kill(signal.SIGHUP)
        reloading = manager.wait("RELOADING=1", since=since)
        self.assertRegex(reloading, r"(?m)^MONOTONIC_USEC=\d+$")
        monotonic_us = int(re.search(r"MONOTONIC_USEC=(\d+)", reloading).group(1))
        self.assertLess(abs(time.monotonic() * 1e6 - monotonic_us), 30e6 * SCALE)
        self.assertTrue(manager.wait("READY=1", since=since))
        since = len(manager.messages)
        status = manager.wait("STATUS=", since=since)
        self.assertRegex(status, r"H/s.*shares")
        since = len(manager.messages)
        self.assertEqual(daemon.stop(), 0)
        self.assertTrue(manager.wait("STOPPING=1", since=since))

    def test_watchdog_without_work(self):
        """A loop that iterates is alive, though no pool gives work."""
        manager, pool, daemon = self.start_managed(WATCHDOG_USEC="1000000")
        pool.stop()
        daemon.wait_status(lambda s: s["state"] == "idle")
        for _ in range(3):
            self.assertTrue(manager.wait("WATCHDOG=1", since=len(manager.messages)))

    def test_no_watchdog_unless_asked(self):
        manager, pool, daemon = self.start_managed()
        self.assertTrue(manager.wait("READY=1"))
        self.assertIsNone(manager.wait("WATCHDOG=1", 2))

    def test_watchdog_sees_a_loop_that_stands(self):
        """A stopped process says nothing: then the manager would end it."""
        manager, pool, daemon = self.start_managed(WATCHDOG_USEC="1000000")
        self.assertTrue(manager.wait("WATCHDOG=1"))
        daemon.kill(signal.SIGSTOP)
        try:
            manager.wait("WATCHDOG=1", 0.2 / SCALE, since=len(manager.messages))
            self.assertIsNone(manager.wait("WATCHDOG=1", 1.5 / SCALE, since=len(manager.messages)))
        finally:
            daemon.kill(signal.SIGCONT)


class FiguresTest(FunctionalTest):
    """Measured on the way, asserted with room for a busy machine."""

    def test_start_to_first_share(self):
        times = []
        for _ in range(5):
            pool = self.pool("--difficulty", "1e-7")
            config = self.configure(pool, log={"level": "info"})
            zero = time.monotonic()
            daemon = self.start(config)
            self.wait_shares(pool, 1)
            times.append((time.monotonic() - zero) * 1000)
            self.assertEqual(daemon.stop(), 0)
            pool.stop()
        note(f"start to first share, ms: {' '.join(f'{t:.0f}' for t in times)}")
        if not sanitized():
            self.assertLess(sorted(times)[2], 4000 * SCALE)

    def test_stop(self):
        times = []
        for _ in range(3):
            pool = self.pool("--difficulty", EASY)
            daemon = self.daemon(pool)
            self.wait_shares(pool, 5)
            zero = time.monotonic()
            self.assertEqual(daemon.stop(), 0)
            times.append((time.monotonic() - zero) * 1000)
            pool.stop()
        note(f"SIGTERM to exit, ms: {' '.join(f'{t:.0f}' for t in times)}")
        self.assertLess(sorted(times)[1], 4000 * SCALE)

    def test_stop_while_the_pool_is_silent(self):
        pool = self.pool("--difficulty", EASY)
        daemon = self.daemon(pool, workers=one_cpu())
        self.wait_shares(pool, 5)
        pool.command("silence on")
        zero = time.monotonic()
        self.assertEqual(daemon.stop(), 0)
        self.assertLess(time.monotonic() - zero, 4 * SCALE)

    def test_memory_with_two_workers(self):
        if sanitized():
            self.skipTest("a sanitizer's build")
        cpus = sorted(os.sched_getaffinity(0))[:2]
        pool = self.pool("--difficulty", EASY, "--coinbase-size", 20000)
        daemon = self.daemon(pool, workers=[{"cpus": ",".join(map(str, cpus))}])
        self.wait_shares(pool, 100)
        for _ in range(200):
            pool.command("notify clean")
        self.wait_shares(pool, 50, since=pool.mark())
        resident = rss_kib(daemon.pid)
        note(f"resident memory with {len(cpus)} workers: {resident} KiB")
        self.assertLess(resident, 16 * 1024)

    def test_packet_to_hash(self):
        """All CPUs hash, and each job is mined on before the next one comes."""
        pool = self.pool("--difficulty", EASY, "--branches", 12)
        daemon = self.daemon(pool, log={"level": "info"})
        self.wait_shares(pool, 10)
        for _ in range(150):
            since = pool.mark()
            pool.command("notify clean")
            job = self.wait(pool, "job", since=since)
            self.wait_shares(pool, 1, since=since, job=job["job"])
        latency = daemon.status()["latency_us"]
        self.assertGreaterEqual(latency["packet_to_hash"]["count"], 150)
        note("packet to hash, us: " + " ".join(
            f"{k} {v:.1f}" for k, v in latency["packet_to_hash"].items() if k != "count"))
        note("send(notify) to first submit, us: " + str(pool.stats()["reaction_us"]))
        self.assertLessEqual(latency["parse"]["p50"], latency["packet_to_hash"]["p50"])
        if not sanitized():
            self.assertLess(latency["packet_to_hash"]["p50"], 50_000 * SCALE)

    def test_no_system_call_but_the_ring(self):
        """Quiet hashing wakes nobody: the io thread sleeps in the kernel."""
        pool = self.pool("--difficulty", "1e6")
        daemon = self.daemon(pool, workers=one_cpu(), log={"level": "info"})
        daemon.wait_status(lambda s: s["hashes"] > 0)
        before = daemon.cpu_seconds()
        self.assertIsNone(daemon.wait_log("never to be seen", timeout=2 / SCALE))
        self.assertLess(daemon.cpu_seconds() - before, 0.1)


if __name__ == "__main__":
    main()
