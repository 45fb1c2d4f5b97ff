# SPDX-License-Identifier: MIT
"""Pools that are not there, go away, fall silent or refuse: the miner stays calm and comes back."""
import json
import socket
import time

from faults import EASY, AccountingCase
from harness import DEADLINE, SCALE, hold_port, main, note, one_cpu


class FailoverCase(AccountingCase):
    def entry(self, pool, name, **keys):
        return self.pool_entry(pool, name=name, **keys)

    def easy(self, *options):
        return self.pool("--difficulty", EASY, *options)

    def failover(self, **limits):
        return {"failback_after": 1, "job_timeout": 120, "reply_timeout": 30, "max_rejects": 20,
                "backoff_max": 1, **limits}


class UnreachableTest(FailoverCase):
    def observe(self, daemon, seconds):
        """How the daemon spends its time while nothing can be done: CPU seconds of its io thread
        a second."""
        before, start = daemon.cpu_seconds(), time.monotonic()
        self.assertIsNone(daemon.wait_log("never to be seen", timeout=seconds / SCALE))
        return (daemon.cpu_seconds() - before) / (time.monotonic() - start)

    def test_closed_port(self):
        daemon = self.daemon(hold_port(self), workers=one_cpu())
        self.wait_log(daemon, "[Cc]onnection refused")
        status = daemon.wait_status(lambda s: s["pools"][0]["state"] == "backoff")
        self.assertEqual((status["state"], status["pool"]), ("idle", None))
        pool = status["pools"][0]
        self.assertIn("efused", pool["last_error"])
        self.assertEqual(pool["last_loss"], pool["last_error"])
        self.assertIsNotNone(pool["down_s"])
        self.assertLessEqual(pool["next_attempt_s"], 60)
        self.assertGreaterEqual(pool["attempts"], pool["failures"])
        self.assertGreater(pool["failures"], 0)
        self.assertEqual((pool["losses"], pool["active_s"], pool["address"]), (0, 0, None))
        self.assertLess(self.observe(daemon, 2), 0.1)

    def test_name_that_does_not_resolve(self):
        daemon = self.daemon({"url": "stratum+tcp://no-such-host.invalid:3333", "user": "u",
                              "password": "x"}, workers=one_cpu())
        self.wait_log(daemon, "no-such-host.invalid")
        status = daemon.wait_status(lambda s: s["pools"][0]["last_error"])
        self.assertEqual(status["state"], "idle")
        started = time.monotonic()
        self.assertEqual(daemon.stop(), 0)
        self.assertLess(time.monotonic() - started, 3 * SCALE)

    def test_closes_at_once(self):
        pool = self.pool("--close-on-accept")
        daemon = self.daemon(pool, workers=one_cpu())
        self.wait(pool, "connect")
        self.assertLess(self.observe(daemon, 4), 0.1)
        connects = pool.stats()["connects"]
        self.assertLessEqual(connects, 20, "a busy loop of connects")
        self.assertGreaterEqual(connects, 2, "it does not come back")
        self.assertIn("idle", daemon.status()["state"])

    def test_server_that_is_down_keeps_version_rolling(self):
        """One that ends every login, with configure or without, has said nothing about it."""
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        listener.settimeout(DEADLINE * SCALE)
        self.daemon(listener.getsockname()[1], workers=one_cpu(), failover=self.failover())
        methods = []
        for _ in range(4):
            peer, _ = listener.accept()
            with peer, peer.makefile() as lines:
                methods.append(json.loads(lines.readline())["method"])
        self.assertEqual(methods, ["mining.configure", "mining.subscribe"] * 2)

    def test_stays_down_then_comes(self):
        port = hold_port(self)
        daemon = self.daemon(port, workers=one_cpu(), failover=self.failover())
        self.wait_log(daemon, "[Cc]onnection refused", count=2)
        pool = self.pool("--port", port, "--difficulty", EASY)
        self.wait_shares(pool, 5)
        self.check_shares(pool)

    def test_dropped_connection_comes_back(self):
        pool = self.easy()
        daemon = self.daemon(pool, workers=one_cpu(), failover=self.failover())
        self.wait_shares(pool, 10)
        for number in range(3):
            since = pool.mark()
            pool.command("drop-after 5" if number == 1 else "drop")
            closed = self.wait(pool, "close", since=since)
            self.wait_shares(pool, 10, since=since, after=closed)
        self.check_shares(pool)
        shares, stats = self.settle(pool, daemon), pool.stats()
        self.assertLessEqual(shares["accepted"], stats["accepted"])
        self.assertGreaterEqual(shares["accepted"] + shares["unanswered"], stats["accepted"])
        self.assertEqual(shares["duplicate"], 0)


class SecondPoolTest(FailoverCase):
    def test_over_and_back(self):
        port = hold_port(self)
        first, second = self.easy("--port", port), self.easy()
        daemon = self.daemon(self.entry(first, "one"), self.entry(second, "two", user="two.x"),
                             workers=one_cpu(), failover=self.failover(failback_after=2))
        self.wait_shares(first, 10)
        self.assertEqual(daemon.status()["pool"], "one")
        since = second.mark()
        self.assertEqual(first.stop(), 0)
        self.wait_shares(second, 10, since=since, user="two.x")
        status = daemon.wait_status(lambda s: s["pool"] == "two")
        self.assertIn(status["pools"][0]["state"], ("backoff", "connecting"))

        first = self.easy("--port", port)
        ready = self.wait(first, "authorize")["t"]
        share = self.wait_shares(first, 1)
        self.assertGreater(share["t"] - ready, 1.9, "it came back before the pool proved itself")
        status = daemon.wait_status(lambda s: s["pool"] == "one")
        one, two = status["pools"]
        self.assertEqual(one["losses"], 1)
        self.assertGreaterEqual(one["attempts"], 2)
        self.assertGreaterEqual(two["active_s"], 1)
        self.assertEqual((one["down_s"], two["losses"]), (None, 0))
        self.assertIsNotNone(one["last_loss"])
        for pool in (first, second):
            self.check_shares(pool)

    def take_over(self):
        """ms from the loss of a pool to the first share at the one that stood by, and from the loss
        seen to the first hash on its job.
        The second comes by a reload, when the first is mined on: of two that come at once either
        may be the first to have a job, and then rightly has the workers until the better one
        has."""
        first, second = self.easy(), self.pool("--difficulty", "4e-6")  # a fraction of a ms
        settings = {"workers": one_cpu(), "failover": self.failover(standby=1)}
        daemon = self.daemon(self.entry(first, "one"), **settings)
        self.wait_shares(first, 5)
        self.configure(self.entry(first, "one"), self.entry(second, "two"), **settings)
        self.assertEqual(daemon.ctl("reload").returncode, 0)
        daemon.wait_status(lambda s: s["pools"][1]["state"] == "standby")
        self.assertEqual(second.stats()["submits"], 0)
        since = second.mark()
        zero = time.monotonic()
        first.child.kill()
        self.wait_shares(second, 1)
        share = (time.monotonic() - zero) * 1000
        self.assertEqual(second.events("connect", since), [])
        failover = daemon.wait_status(lambda s: s["pool"] == "two")["latency_us"]["failover"]
        self.assertEqual(failover["count"], 1)
        self.check_shares(second)
        self.assertEqual(daemon.stop(), 0)
        second.stop()
        return share, failover["max"] / 1000

    def test_hot_standby(self):
        """The second is logged in and has a job before it is needed: it takes over at once."""
        share, first_hash = self.check_best(self.take_over, 10, 1)
        note(f"loss of a pool to the first share at the next, ms: {share:.1f}; "
             f"loss seen to the first hash for the next, ms: {first_hash:.3f}")

    def test_better_pool_that_is_slow_to_come(self):
        """The workers never wait for a better pool, but go over to it as soon as it is usable for
        the first time: it has nothing to prove."""
        port = hold_port(self)
        second = self.easy()
        daemon = self.daemon(self.entry(port, "one"), self.entry(second, "two"),
                             workers=one_cpu(), failover=self.failover(failback_after=600))
        self.wait_shares(second, 5)
        self.wait_log(daemon, "pool one: attempt failed: ")
        first = self.easy("--port", port, "--delay", 200)
        self.wait_shares(first, 5)
        self.assertEqual(daemon.status()["pool"], "one")
        # Now it has been lost, and is on probation.
        since = second.mark()
        first.command("drop")
        self.wait_shares(second, 1, since=since)
        daemon.wait_status(lambda s: s["pools"][0]["state"] == "standby")
        self.wait_shares(second, 20, since=second.mark())
        self.assertEqual(daemon.status()["pool"], "two")
        for pool in (first, second):
            self.check_shares(pool)

    def test_loss_of_a_pool_that_takes_no_more(self):
        """More shares wait than the lost pool had answered for: they are not in the next one's
        way."""
        first, second = self.pool("--difficulty", "1e-7", "--quiet"), self.easy()
        daemon = self.daemon(self.entry(first, "one"), self.entry(second, "two"),
                             workers=one_cpu(), failover=self.failover(standby=1))
        daemon.wait_status(lambda s: s["shares"]["accepted"] > 10
                           and s["pools"][1]["state"] == "standby")
        first.command("silence replies")
        daemon.wait_status(lambda s: s["shares"]["in_flight"] >= 512
                           and s["shares"]["overflows"] > 0)
        first.command("drop")
        self.wait_shares(second, 5)

    def test_no_standby(self):
        first, second = self.easy(), self.easy()
        self.daemon(self.entry(first, "one"), self.entry(second, "two"),
                    workers=one_cpu(), failover=self.failover(standby=0))
        self.wait_shares(first, 20)
        since = second.mark()
        self.assertEqual(first.stop(), 0)
        self.wait_shares(second, 1, since=since)
        self.check_shares(second)

    def test_switch_does_not_mix_pools(self):
        """No share ever goes to a pool that did not issue its job."""
        first = self.easy("--extranonce2-size", 3)
        second = self.easy("--extranonce2-size", 7, "--version-mask", "none")
        daemon = self.daemon(self.entry(first, "one"), self.entry(second, "two"),
                             workers=one_cpu())
        self.wait_shares(first, 1)
        for name, pool in (("two", second), ("one", first), ("two", second), ("one", first)):
            since = pool.mark()
            self.assertEqual(daemon.ctl("switch", name).returncode, 0)
            self.wait_shares(pool, 20, since=since)
            self.assertEqual(daemon.status()["pool"], name)
        for pool in (first, second):
            self.check_shares(pool)
            self.assertEqual(pool.stats()["refused"].get("no-job", 0), 0)

    def test_first_is_unreachable(self):
        second = self.easy()
        daemon = self.daemon(self.entry(hold_port(self), "one"), self.entry(second, "two"),
                             workers=one_cpu())
        self.wait_shares(second, 5)
        self.assertEqual(daemon.status()["pool"], "two")


class ProgressTest(FailoverCase):
    def test_no_job_for_too_long(self):
        pool, second = self.easy(), self.easy()
        daemon = self.daemon(self.entry(pool, "one"), self.entry(second, "two"),
                             workers=one_cpu(), failover=self.failover(job_timeout=2))
        self.wait_shares(pool, 1)
        pool.command("silence jobs")
        self.wait(pool, "close")
        self.wait_log(daemon, "no mining.notify for 2 s")
        self.wait_shares(second, 1)

    def test_replies_that_stop(self):
        pool, second = self.easy(), self.easy()
        daemon = self.daemon(self.entry(pool, "one"), self.entry(second, "two"),
                             workers=one_cpu(), failover=self.failover(reply_timeout=1,
                                                                        handshake_timeout=1))
        self.wait_shares(pool, 1)
        pool.command("silence replies")
        self.wait(pool, "close")
        self.wait_log(daemon, "no reply to a share")
        self.wait_shares(second, 1)
        # They are kept for a minute, though the next logins fail: the pool may know them still.
        daemon.wait_status(lambda s: s["pools"][0]["attempts"] > 3)
        shares = daemon.status()["shares"]
        self.assertEqual(shares["unanswered"], 0)
        self.assertGreater(shares["in_flight"], 0)
        self.check_accounting(shares)

    def test_silence_during_the_login(self):
        pool = self.easy()
        pool.command("silence on")
        daemon = self.daemon(self.entry(pool, "one", version_rolling=False), workers=one_cpu(),
                             failover=self.failover(handshake_timeout=1))
        self.wait(pool, "close")
        self.wait_log(daemon, "no reply to mining.subscribe within 1 s")
        pool.command("silence off")
        self.wait_shares(pool, 1)

    def test_too_many_rejects(self):
        pool, second = self.easy(), self.easy()
        daemon = self.daemon(self.entry(pool, "one"), self.entry(second, "two"),
                             workers=one_cpu(), failover=self.failover(max_rejects=5))
        self.wait_shares(pool, 1)
        pool.command("reject 1000 20 No more of this")
        self.wait(pool, "close")
        self.wait_log(daemon, "rejected 5 shares in a row")
        self.wait_shares(second, 1)
        self.assertGreaterEqual(daemon.status()["shares"]["rejected"], 5)

    def test_late_shares_are_no_fault(self):
        """A new block takes its time on the way: dozens of shares cross it and are refused as
        stale in a row, which says nothing against the pool."""
        pool = self.pool("--difficulty", "1e-6")
        daemon = self.daemon(pool, workers=one_cpu(), failover=self.failover(max_rejects=5),
                             log={"level": "info"})
        self.wait_shares(pool, 20)
        pool.command("lag 200")
        for _ in range(3):
            since = pool.mark()
            pool.command("notify clean")
            job = self.wait(pool, "job", since=since)
            self.wait(pool, "share", since=since, count=10, verdict="stale")
            self.wait_shares(pool, 20, since=since, job=job["job"])
        self.assertEqual(pool.stats()["connects"], 1, daemon.log()[-5:])

    def test_slow_replies(self):
        """Shares go on while replies are a second late, and the share counts balance."""
        pool = self.easy("--delay", 300)
        daemon = self.daemon(pool, workers=one_cpu())
        self.wait_shares(pool, 100)
        status = daemon.wait_status(lambda s: s["shares"]["accepted"] > 50)
        latency = status["latency_us"]["submit"]
        self.assertGreater(latency["p50"], 290_000)
        self.check_exact(daemon, pool)


if __name__ == "__main__":
    main()
