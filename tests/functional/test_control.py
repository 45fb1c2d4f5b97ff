# SPDX-License-Identifier: MIT
"""minerctl and the control socket: what they show, what may be done, and by whom."""
import fcntl
import grp
import json
import os
import pathlib
import re
import socket
import time

from harness import DEADLINE, FunctionalTest, SCALE, main, one_cpu
from varlink import Varlink, call_as

EASY = "2e-5"
NOBODY = 65534
INTERFACE = pathlib.Path(__file__).parents[2] / "daemon/methods/io.minerd.Miner.varlink"

STATUS = {"version": str, "pid": int, "uptime_s": int, "state": str, "hashrate": dict,
          "hashes": int, "pool": str, "pools": list, "shares": dict, "blocks_found": int,
          "lifetime": dict, "network": dict, "workers": list, "latency_us": dict,
          "latency_last_hour_us": dict}
POOL = {"name": str, "url": str, "user": str, "state": str, "difficulty": (int, float),
        "version_mask": str, "extranonce2_size": int, "connected_s": int, "last_job_s": int,
        "accepted": int, "rejected": int, "stale": int, "in_flight": int, "submit_us": dict,
        "address": str, "state_s": int, "failures": int, "attempts": int, "losses": int,
        "active_s": int, "network_difficulty": (int, float), "height": int}
SHARES = {"found": int, "submitted": int, "accepted": int, "rejected": int, "stale": int,
          "duplicate": int, "hardware_errors": int, "best_difficulty": (int, float),
          "best_ever": dict, "luck_percent": (int, float), "reject_reasons": dict}
NETWORK = {"difficulty": (int, float), "height": int, "expected_block_s": (int, float),
           "expected_share_s": (int, float), "best_share_fraction": (int, float),
           "best_ever_fraction": (int, float)}
WORKER = {"cpu": int, "kernel": str, "hashrate": (int, float), "hashes": int,
          "outside_percent": (int, float), "hardware_errors": int, "failed_checks": int}
LATENCY = ("packet_to_hash", "parse", "dispatch", "first_hash", "submit")


class ControlCase(FunctionalTest):
    def start_mining(self, *options, shares=5, **settings):
        pool = self.pool("--difficulty", EASY, *options)
        daemon = self.daemon(self.pool_entry(pool, name="mine"), workers=one_cpu(), **settings)
        self.wait_shares(pool, shares)
        return pool, daemon


class StatusTest(ControlCase):
    def check(self, object_, form):
        for key, kind in form.items():
            self.assertIn(key, object_)
            self.assertIsInstance(object_[key], kind, key)

    def test_status_has_what_was_promised(self):
        pool, daemon = self.start_mining(shares=30)
        pool.command("notify")
        status = daemon.wait_status(lambda s: s["shares"]["accepted"] >= 30
                                    and s["latency_us"]["packet_to_hash"]["count"] >= 2)
        self.check(status, STATUS)
        self.check(status["pools"][0], POOL)
        self.check(status["shares"], SHARES)
        self.check(status["network"], NETWORK)
        self.check(status["workers"][0], WORKER)
        self.assertEqual(set(status["hashrate"]), {"10s", "1m", "15m", "session"})
        self.assertEqual(status["pid"], daemon.pid)
        self.assertEqual((status["state"], status["pool"]), ("mining", "mine"))
        mine = status["pools"][0]
        self.assertEqual(mine["state"], "active")
        self.assertEqual(mine["address"], f"127.0.0.1:{pool.port}")
        self.assertEqual((mine["attempts"], mine["losses"], mine["failures"]), (1, 0, 0))
        self.assertEqual([mine[key] for key in ("down_s", "next_attempt_s", "last_loss")],
                         [None] * 3)
        self.assertGreaterEqual(mine["submit_us"]["count"], 30)
        self.assertEqual(status["pools"][0]["version_mask"], "1fffe000")
        self.assertEqual(status["workers"][0]["cpu"], max(os.sched_getaffinity(0)))
        for name in LATENCY:
            figures = status["latency_us"][name]
            self.assertLessEqual(figures["p50"], figures["p90"], name)
            self.assertLessEqual(figures["p90"], figures["p99"], name)
            self.assertLessEqual(figures["p99"], figures["max"], name)
            self.assertGreater(figures["count"], 0, name)
            # The test takes less than an hour.
            self.assertEqual(status["latency_last_hour_us"][name], figures)
        self.assertEqual(mine["submit_last_hour_us"], mine["submit_us"])
        self.assertGreaterEqual(daemon.status()["hashes"], status["workers"][0]["hashes"])

    def test_minerctl_prints_the_reply(self):
        pool, daemon = self.start_mining()
        daemon.ctl("pause")
        daemon.wait_sleep()
        done = daemon.ctl("--json", "status")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        printed, asked = json.loads(done.stdout), daemon.status()
        self.assertEqual(set(printed), set(asked))
        self.assertEqual(printed["pid"], daemon.pid)
        self.assertEqual((printed["hashes"], printed["state"]), (asked["hashes"], "paused"))

    def test_hashes_are_what_shares_say(self):
        """So many hashes must have been done for so many shares, within chance."""
        pool, daemon = self.start_mining(shares=400)
        status = daemon.status()
        expected = status["hashes"] / (2e-5 * 2 ** 32)
        found = status["shares"]["found"]
        self.assertLess(abs(found - expected), 6 * expected ** 0.5 + 5, status["shares"])

    def test_output_for_people(self):
        pool, daemon = self.start_mining()
        words = {"status": ("mining", "mine"), "pools": ("mine", "miner.test", "active"),
                 "workers": (str(max(os.sched_getaffinity(0))),), "latency": ("LAST HOUR", "SINCE THE START", "MEDIAN", "first hash"),
                 "version": ("minerd",)}
        for verb, wanted in words.items():
            with self.subTest(verb=verb):
                done = daemon.ctl(verb)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                for word in wanted:
                    self.assertIn(word, done.stdout)
                self.assertNotIn("\x1b", done.stdout, "colour without a terminal")
                self.assertTrue(all(len(line) <= 200 for line in done.stdout.splitlines()))

    def test_top_needs_a_terminal(self):
        pool, daemon = self.start_mining()
        self.assertEqual(daemon.ctl("top").returncode, 2)

    def test_json_of_every_view(self):
        pool, daemon = self.start_mining()
        for verb in ("status", "pools", "workers", "latency", "version"):
            with self.subTest(verb=verb):
                done = daemon.ctl("--json", verb)
                self.assertEqual(done.returncode, 0, done.stderr)
                json.loads(done.stdout)

    def test_exit_codes(self):
        pool, daemon = self.start_mining()
        for arguments, code in ((["switch", "nowhere"], 1), (["nonsense"], 2),
                                (["switch"], 2), (["status", "surplus"], 2), (["--odd"], 2)):
            with self.subTest(arguments=arguments):
                done = daemon.ctl(*arguments)
                self.assertEqual(done.returncode, code, done.stderr)
                self.assertTrue(done.stderr.strip() or done.stdout.strip())
        self.assertIn("nowhere", daemon.ctl("switch", "nowhere").stderr)
        self.assertEqual(daemon.stop(), 0)
        gone = daemon.ctl("status")
        self.assertEqual(gone.returncode, 3)
        self.assertRegex(gone.stderr, "systemctl start minerd|minerd -c")


class ChangesTest(ControlCase):
    def test_pause_and_resume(self):
        pool, daemon = self.start_mining()
        self.assertEqual(daemon.ctl("pause").returncode, 0)
        status = daemon.wait_status(lambda s: s["state"] == "paused")
        self.assertEqual(status["pools"][0]["state"], "active")
        daemon.wait_sleep()
        before = daemon.wait_status(lambda s: s["shares"]["in_flight"] == 0)["hashes"]
        # The pool's events of all that it has answered are here once that of this command is.
        pool.stats()
        since = pool.mark()
        for _ in range(20):
            pool.command("notify clean")
        self.assertEqual(daemon.status()["hashes"], before)
        self.assertEqual(pool.events("share", since, verdict="accepted"), [])
        self.assertEqual(daemon.ctl("pause").returncode, 0)
        self.assertEqual(daemon.ctl("resume").returncode, 0)
        self.wait_shares(pool, 5, since=since)
        self.assertEqual(daemon.status()["state"], "mining")
        self.assertEqual(pool.stats()["connects"], 1)
        self.check_shares(pool)

    def test_pause_outlives_a_reload(self):
        pool, daemon = self.start_mining()
        daemon.ctl("pause")
        self.reload_by_ctl(daemon)
        pool.command("notify clean")
        self.assertEqual(daemon.status()["state"], "paused")
        daemon.ctl("resume")
        self.wait_shares(pool, 5, since=pool.mark())

    def test_switch(self):
        pool = self.pool("--difficulty", EASY)
        other = self.pool("--difficulty", EASY)
        daemon = self.daemon(self.pool_entry(pool, name="one"), self.pool_entry(other, name="two"),
                             workers=one_cpu())
        self.wait_shares(pool, 5)
        self.assertEqual(daemon.ctl("switch", "two").returncode, 0)
        self.wait_shares(other, 5)
        daemon.wait_status(lambda s: s["pool"] == "two")
        self.check_shares(other)

    def reload_by_ctl(self, daemon):
        self.assertEqual(daemon.ctl("reload").returncode, 0)

    def reload_by_signal(self, daemon):
        daemon.kill(1)

    def test_reload(self):
        """A pool that did not change keeps its connection; new ones come, old ones go."""
        for reload in (self.reload_by_ctl, self.reload_by_signal):
            with self.subTest(reload=reload.__name__):
                first, second = (self.pool("--difficulty", EASY) for _ in range(2))
                one = self.pool_entry(first, name="one")
                two = self.pool_entry(second, name="two")
                daemon = self.daemon(one, workers=one_cpu())
                self.wait_shares(first, 5)
                self.configure(one, two, workers=one_cpu())
                reload(daemon)
                daemon.wait_status(lambda s: len(s["pools"]) == 2)
                self.wait_shares(first, 5, since=first.mark())
                self.assertEqual(first.stats()["connects"], 1)
                self.configure(two, workers=one_cpu())
                reload(daemon)
                self.wait_shares(second, 5)
                self.wait(first, "close")
                self.configure(dict(two, user="other.user"), workers=one_cpu())
                reload(daemon)
                self.wait(second, "authorize", user="other.user")
                self.wait_shares(second, 5, user="other.user")
                for pool in (first, second):
                    self.check_shares(pool)
                self.assertEqual(daemon.stop(), 0)

    def test_reload_of_workers(self):
        pool, daemon = self.start_mining()
        hashes = daemon.status()["hashes"]
        everything = ",".join(map(str, sorted(os.sched_getaffinity(0))))
        self.configure(self.pool_entry(pool, name="mine"),
                       workers=[{"cpus": everything, "kernel": "generic"}])
        self.reload_by_ctl(daemon)
        status = daemon.wait_status(lambda s: len(s["workers"]) == len(os.sched_getaffinity(0))
                                    and s["workers"][0]["hashes"] > 0)
        self.assertEqual(status["workers"][0]["kernel"], "generic")
        self.assertGreater(status["hashes"], hashes)
        self.wait_shares(pool, 3, since=pool.mark())
        self.assertEqual(pool.stats()["connects"], 1)
        self.check_shares(pool)

    def test_reload_of_a_bad_file(self):
        """It says what is wrong, and what runs goes on."""
        pool, daemon = self.start_mining()
        before = daemon.status()["pools"]
        self.write("minerd.conf", 'pools = ();\nodd = 1;\n')
        done = daemon.ctl("reload")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"minerd\.conf:\d+")
        log_mark = daemon.mark()
        self.reload_by_signal(daemon)
        self.wait_log(daemon, r"minerd\.conf:\d+", since=log_mark)
        self.wait_shares(pool, 5, since=pool.mark())
        self.assertEqual([p["name"] for p in daemon.status()["pools"]],
                         [p["name"] for p in before])
        self.assertEqual(pool.stats()["connects"], 1)

    def with_kernel(self, kernel):
        return [dict(one_cpu()[0], kernel=kernel)]

    def start_generic(self):
        pool = self.pool("--difficulty", EASY)
        daemon = self.daemon(self.pool_entry(pool, name="mine"),
                             workers=self.with_kernel("generic"))
        self.wait_shares(pool, 3)
        return pool, daemon

    def reload_for_long(self, pool, daemon):
        """Begins a reload that measures kernels."""
        self.configure(self.pool_entry(pool, name="mine"), workers=self.with_kernel("auto"))
        self.reload_by_signal(daemon)

    def test_calls_of_clients_that_leave_meanwhile(self):
        """More than there are places for clients."""
        pool, daemon = self.start_generic()
        self.reload_for_long(pool, daemon)
        for _ in range(8):
            clients = [Varlink(self.socket) for _ in range(10)]
            for client in clients:
                client.send("io.minerd.Miner.Reload")
            time.sleep(0.01)
            for client in clients:
                client.close()
        self.wait_log(daemon, "reloaded")
        self.reload_by_ctl(daemon)
        self.wait_shares(pool, 5, since=pool.mark())

    def test_stop_during_a_reload(self):
        for delay in (0, 0.01, 0.05, 0.2):
            pool, daemon = self.start_generic()
            self.reload_for_long(pool, daemon)
            time.sleep(delay)
            self.assertEqual(daemon.stop(), 0)

    def test_second_daemon_on_the_same_socket(self):
        pool, daemon = self.start_mining()
        second = self.start(self.path("minerd.conf"))
        second.checked = True
        self.assertEqual(second.finish(), 71)
        log = "\n".join(second.log())
        self.assertIn(self.socket, log)
        self.assertRegex(log, "[Aa]nother|in use|already")
        self.assertEqual(daemon.status()["pid"], daemon.pid)

    def test_a_folder_that_somebody_locks(self):
        """It is what two daemons that start at once go by, and stops none of them for long."""
        folder = os.open(os.path.dirname(self.socket), os.O_RDONLY)
        self.addCleanup(os.close, folder)
        fcntl.flock(folder, fcntl.LOCK_EX)
        daemon = self.daemon(1, workers=one_cpu())
        self.assertEqual(daemon.status()["pid"], daemon.pid)
        self.assertEqual(daemon.stop(), 0)

    def test_two_that_start_at_once(self):
        """Where a dead daemon has left its socket: one takes it over, the other sees that."""
        for _ in range(8):
            left = socket.socket(socket.AF_UNIX)
            left.bind(self.socket)
            left.close()
            config = self.configure(1, workers=one_cpu())
            both = [self.start(config), self.start(config)]
            deadline = time.monotonic() + DEADLINE * SCALE
            while time.monotonic() < deadline and all(d.child.poll() is None for d in both):
                time.sleep(0.005)
            one, other = sorted(both, key=lambda daemon: daemon.child.poll() is not None)
            self.expect_exit(other, 71)
            self.assertIn("another minerd is running", "\n".join(other.log()))
            self.assertEqual(one.status()["pid"], one.pid)
            self.assertEqual(one.stop(), 0)

    def test_socket_of_a_killed_daemon(self):
        pool, daemon = self.start_mining()
        daemon.checked = True
        daemon.kill(9)
        daemon.finish()
        self.assertTrue(os.path.exists(self.socket))
        again = self.start(self.path("minerd.conf"))
        self.wait_shares(pool, 5, since=pool.mark())
        self.assertEqual(again.status()["pid"], again.pid)
        self.assertEqual(again.stop(), 0)
        self.assertFalse(os.path.exists(self.socket))


class VarlinkTest(ControlCase):
    def client(self):
        client = Varlink(self.socket)
        self.addCleanup(client.close)
        return client

    def test_service(self):
        self.start_mining()
        client = self.client()
        info = client.call("org.varlink.service.GetInfo")["parameters"]
        self.assertEqual(set(info), {"vendor", "product", "version", "url", "interfaces"})
        self.assertEqual(set(info["interfaces"]), {"org.varlink.service", "io.minerd.Miner"})
        for name in info["interfaces"]:
            text = client.call("org.varlink.service.GetInterfaceDescription",
                               {"interface": name})["parameters"]["description"]
            self.assertRegex(text, rf"(?m)^interface {re.escape(name)}$")
        status = client.call("io.minerd.Miner.Status", {})["parameters"]
        self.assertEqual(status["state"], "mining")

    def test_errors(self):
        self.start_mining()
        client = self.client()
        service = "org.varlink.service."
        for method, parameters, error in (
                ("io.minerd.Other.Status", {}, service + "InterfaceNotFound"),
                ("io.minerd.Miner.Odd", {}, service + "MethodNotFound"),
                ("io.minerd.Miner.SwitchPool", {}, service + "InvalidParameter"),
                ("io.minerd.Miner.SwitchPool", {"name": 5}, service + "InvalidParameter"),
                ("io.minerd.Miner.SwitchPool", {"name": "x"}, "io.minerd.Miner.NoSuchPool"),
                # What names no group limits all of them.
                ("io.minerd.Miner.Limit", {"workers": 0, "cpu": 50}, service + "InvalidParameter"),
                ("io.minerd.Miner.Limit", {"group": 0, "cpu": "5"}, service + "InvalidParameter"),
                (service + "GetInterfaceDescription", {"interface": "a.b"},
                 service + "InterfaceNotFound")):
            with self.subTest(method=method, parameters=parameters):
                self.assertEqual(client.call(method, parameters)["error"], error)

    def test_pipelined_and_oneway(self):
        self.start_mining()
        client = self.client()
        client.send("io.minerd.Miner.Status", oneway=True)
        client.send("org.varlink.service.GetInfo")
        client.send("io.minerd.Miner.Status")
        self.assertIn("interfaces", client.receive()["parameters"])
        self.assertIn("pools", client.receive()["parameters"])

    def test_monitor(self):
        self.start_mining()
        client = self.client()
        client.send("io.minerd.Miner.Monitor", more=True)
        replies = [client.receive() for _ in range(3)]
        self.assertTrue(all(r["continues"] for r in replies))
        hashes = [r["parameters"]["hashes"] for r in replies]
        self.assertLess(hashes[0], hashes[2])


class PermissionTest(ControlCase):
    """Reading is open; what changes the daemon needs root, its own user or its group."""
    READS = {"Status", "Monitor", "Blocks"}

    def setUp(self):
        if os.geteuid() != 0:
            self.skipTest("needs root, to be other users")
        super().setUp()
        os.chmod(self.directory, 0o755)

    def test_others_may_read(self):
        pool, daemon = self.start_mining()
        reply = call_as(self.socket, "io.minerd.Miner.Status", NOBODY)
        self.assertEqual(reply["parameters"]["state"], "mining")
        methods = set(re.findall(r"^method (\w+)\(", INTERFACE.read_text(), re.MULTILINE))
        self.assertLess(self.READS, methods)
        for method in methods - self.READS:
            reply = call_as(self.socket, "io.minerd.Miner." + method, NOBODY)
            self.assertEqual(reply["error"], "org.varlink.service.PermissionDenied", method)
        self.assertEqual(daemon.status()["state"], "mining")

    def test_members_of_the_group_may_change(self):
        try:
            group = grp.getgrnam("minerd").gr_gid
        except KeyError:
            self.skipTest("there is no group minerd here")
        pool, daemon = self.start_mining()
        reply = call_as(self.socket, "io.minerd.Miner.Pause", NOBODY, groups=[group])
        self.assertNotIn("error", reply)
        self.assertEqual(daemon.status()["state"], "paused")


if __name__ == "__main__":
    main()
