# SPDX-License-Identifier: MIT
"""Connections that fail while shares are on their way: the next pool works on, the better one is
gone back to, and no share is lost sight of."""
import os
import shutil
import signal
import time
import unittest
from unittest import mock

from faults import EASY, FaultCase
from harness import SCALE, main, one_cpu, program
from networks import Networks


class LossTest(FaultCase):
    """Each fault ends the connection to the better pool, or has to."""

    def test_reset(self):
        self.lose(lambda proxy, pool: proxy.reset(), reason=".*reset")

    def test_end(self):
        self.lose(lambda proxy, pool: proxy.end())

    def test_half_closed(self):
        self.lose(lambda proxy, pool: proxy.half_closed())

    def test_end_within_a_line(self):
        self.lose(lambda proxy, pool: proxy.half_a_line())

    def test_silence(self):
        self.lose(lambda proxy, pool: proxy.set("stall"),
                  lambda proxy, pool: proxy.set("plain"), "no reply", reply_timeout=2)

    def test_no_replies(self):
        self.lose(lambda proxy, pool: pool.command("silence replies"),
                  lambda proxy, pool: pool.command("silence off"), "no reply", reply_timeout=2)

    def test_neither_jobs_nor_replies(self):
        self.lose(lambda proxy, pool: pool.command("silence on"),
                  lambda proxy, pool: pool.command("silence off"), "no reply", reply_timeout=2)

    def test_nothing_but_garbage(self):
        since = []

        def garbage(proxy, pool):
            since.append(pool.mark())
            pool.command("silence replies")
            # The first replies may still be on their way.
            while not pool.events("close", since=since[0]):
                pool.command("raw garbage")
        self.lose(garbage, lambda proxy, pool: pool.command("silence off"),
                  reason="10 invalid lines")

    def test_three_megabytes_without_an_end(self):
        self.lose(lambda proxy, pool: pool.command("long-line 3000000"))

    def test_rejects(self):
        self.lose(lambda proxy, pool: pool.command("reject 6 20 Not today"), reason="rejected 5",
                  max_rejects=5)


class NoJobsTest(FaultCase):
    def test_no_jobs(self):
        """The better pool falls silent about jobs; the other one goes on to send them."""
        daemon, _, first, second = self.start_two(job_timeout=3)
        second.command("set job-interval 0.2")
        first.command("set job-interval 0.2")
        self.wait_shares(first, 10, since=first.mark())
        log_mark, since = daemon.mark(), second.mark()
        first.command("silence jobs")
        self.wait_log(daemon, "pool one: connection lost: no mining.notify for 3 s", since=log_mark)
        self.wait_shares(second, 10, since=since)
        first.command("silence off")
        daemon.wait_status(lambda s: s["pool"] == "one")
        self.wait_shares(first, 5, since=first.mark())
        self.check_end(daemon, first, second)


class FreezeTest(FaultCase):
    """The daemon does not run for a while, longer than its deadlines: SIGSTOP, a suspended machine,
    a frozen cgroup. What came meanwhile is read before anybody is judged by it."""

    def test_freeze(self):
        daemon, _, first, second = self.start_two(job_timeout=2, reply_timeout=2)
        first.command("set job-interval 0.2")
        second.command("set job-interval 0.2")
        self.wait_shares(first, 10, since=first.mark())
        connects = first.stats()["connects"], second.stats()["connects"]
        for _ in range(3):
            daemon.kill(signal.SIGSTOP)
            time.sleep(3)  # longer than both deadlines, which is what this is about
            daemon.kill(signal.SIGCONT)
            self.wait_shares(first, 10, since=first.mark())
        self.assertEqual((first.stats()["connects"], second.stats()["connects"]), connects,
                         [text for text in daemon.log() if " lost: " in text])
        self.check_end(daemon, first, second, late_ms=5000)


class HungNodeTest(FaultCase):
    """A pool whose node hangs: it takes logins, resumes them, and answers no share."""

    def test_no_work_before_it_answers(self):
        first = self.pool("--difficulty", EASY, "--resume")
        second = self.pool("--difficulty", EASY)
        daemon = self.daemon(self.pool_entry(first, name="one"),
                             self.pool_entry(second, name="two"), workers=one_cpu(),
                             failover=self.limits(reply_timeout=2))
        self.wait_shares(first, 10)
        log_mark = daemon.mark()
        first.command("silence verdicts")
        self.wait_log(daemon, "pool one: connection lost: no reply to a share", since=log_mark)
        since, mark = second.mark(), daemon.mark()
        # Its next logins work, and are lost for the same reason: nothing is mined on them.
        for count in (1, 2, 3):
            self.wait_log(daemon, "pool one: (connection lost|attempt failed): no reply",
                          since=mark, count=count)
        self.assertEqual([text for text in daemon.log()[mark:] if "mining on pool one" in text],
                         [])
        self.wait_shares(second, 5, since=since)
        first.command("silence off")
        self.wait_log(daemon, "mining on pool one", since=mark)
        self.wait_shares(first, 5, since=first.mark())
        # The pool counts a share that is sent again once more, and the daemon does not.
        self.check_accounting(daemon.status()["shares"])


class ReconnectTest(FaultCase):
    def test_reconnect_with_shares_on_their_way(self):
        """What was on its way is unanswered; the old login's jobs are not mined on the new one."""
        daemon, _, first, second = self.start_two("--delay", 50)
        for _ in range(5):
            daemon.wait_status(lambda s: s["pool"] == "one" and s["pools"][0]["in_flight"] > 0)
            since = first.mark()
            first.command("reconnect")
            closed = self.wait(first, "close", since=since)
            self.wait_shares(first, 5, since=since, after=closed)
        shares = self.check_end(daemon, first, second)
        self.assertGreater(shares["unanswered"], 0)
        self.assertEqual([p.stats()["refused"].get("no-job", 0) for p in (first, second)], [0, 0])


class CarriageTest(FaultCase):
    """How bytes come says nothing about what they mean: nothing is lost, and no connection."""

    def carry(self, mode, shares, *options, **allowed):
        pool = self.pool(*options)
        proxy = self.proxy(pool)
        proxy.set(mode)
        daemon = self.daemon(proxy.port, workers=one_cpu(), failover=self.limits())
        for kind in ("notify", "notify clean", "burst 5", "ping 7"):
            self.wait_shares(pool, shares, since=pool.mark())
            pool.command(kind)
        self.wait_shares(pool, shares, since=pool.mark())
        proxy.set("plain")
        self.assertEqual(pool.stats()["connects"], 1)
        self.check_exact(daemon, pool, **allowed)

    def test_slow_bytes(self):
        self.carry("slow", 2, "--difficulty", "2e-4", "--branches", 1, late_ms=60_000)

    def test_single_bytes(self):
        self.carry("bytes", 20, "--difficulty", "2e-5")

    def test_cut_lines(self):
        self.carry("cut", 20, "--difficulty", "2e-5", "--coinbase-size", 5000)

    def test_joined_lines(self):
        self.carry("join", 50, "--difficulty", "5e-6", "--branches", 15)


class CalmTest(FaultCase):
    """Flapping pools cause no more attempts, and no switch from a pool that works."""

    def test_accepts_and_closes(self):
        """Attempts are no more than the backoff allows: 0.1 to 1 s apart, 0.55 on average."""
        daemon, proxy, first, second = self.start_two()
        proxy.set("refuse")
        proxy.reset()
        self.wait_shares(second, 1, since=second.mark())
        begun, before = time.monotonic(), proxy.accepted
        since = second.mark()
        while time.monotonic() - begun < 5:
            self.wait_shares(second, 20, since=second.mark())
        attempts, lasted = proxy.accepted - before, time.monotonic() - begun
        self.assertLessEqual(attempts, 5 + 2 * lasted / 0.55)
        self.assertGreaterEqual(attempts, 1)
        self.assertEqual(second.events("connect", since), [])
        self.assertEqual(daemon.status()["pool"], "two")
        proxy.set("plain")
        self.wait_shares(first, 5, since=first.mark())
        self.check_end(daemon, first, second)

    def test_flapping_pool(self):
        """One that works for a moment and drops, in a loop: it is not gone back to before it was
        well for long enough, and the other one works on without a gap."""
        rounds = 4
        daemon, _, first, second = self.start_two(failback_after=8)
        log_mark, since = daemon.mark(), second.mark()
        for _ in range(rounds):
            daemon.wait_status(lambda s: s["pools"][0]["state"] in ("active", "standby"))
            self.assertIsNone(daemon.wait_log("never to be seen", timeout=1 / SCALE))
            dropped = first.mark()
            first.command("drop")
            self.wait(first, "close", since=dropped)
            self.wait_shares(second, 10, since=second.mark())
            self.assertEqual(daemon.status()["pool"], "two")
        switches = [line for line in daemon.log()[log_mark:] if "mining on pool" in line]
        self.assertEqual(len(switches), 1, switches)
        self.assertEqual(second.events("connect", since), [])
        daemon.wait_status(lambda s: s["pool"] == "one")
        self.wait_shares(first, 5, since=first.mark())
        self.check_end(daemon, first, second)


@unittest.skipUnless(os.geteuid() == 0, "needs root, for networks of its own")
@unittest.skipUnless(shutil.which("ip"), "needs ip(8) of iproute2")
class HalfOpenTest(FaultCase):
    """The cable is cut: no FIN, no RST, no reply of any kind. The daemon and its pools are in two
    networks of their own, with two links."""

    def inside(self, name, command):
        """From now on this program of the test runs in a network."""
        path = self.write(name, f'#!/bin/sh\nexec {command} {program(name)} "$@"\n')
        os.chmod(path, 0o700)
        patch = mock.patch.dict(os.environ, {name: path})
        patch.start()
        self.addCleanup(patch.stop)

    def start_apart(self, **limits):
        networks = Networks()
        self.addCleanup(networks.close)
        self.inside("MINERD", networks.prefix("miner"))
        self.inside("TESTPOOL", networks.prefix("pools"))
        pools = [self.pool("--difficulty", EASY, "--delay", 20, "--host", networks.address(link))
                 for link in range(2)]
        entries = [self.pool_entry(pool, name=name, url="stratum+tcp://"
                                   f"{networks.address(link)}:{pool.port}")
                   for link, (pool, name) in enumerate(zip(pools, ("one", "two")))]
        daemon = self.daemon(*entries, workers=one_cpu(), failover=self.limits(**limits))
        self.wait_shares(pools[0], 10)
        daemon.wait_status(lambda s: s["pool"] == "one" and s["pools"][1]["state"] == "standby")
        return networks, daemon, pools

    def cut(self, end, **limits):
        networks, daemon, (first, second) = self.start_apart(**limits)
        daemon.wait_status(lambda s: s["pools"][0]["in_flight"] > 0)
        since, log_mark = second.mark(), daemon.mark()
        networks.cut(0, end)
        self.wait_log(daemon, "pool one: connection lost: ", since=log_mark)
        self.wait_shares(second, 10, since=since)
        networks.mend(0, end)
        daemon.wait_status(lambda s: s["pool"] == "one")
        # The pool does not go on with the login of before: nobody will know what it took.
        self.assertGreater(daemon.status()["shares"]["unanswered"], 0)
        self.wait_shares(first, 10, since=first.mark())
        self.check_end(daemon, first, second)

    def test_the_far_end_is_cut(self):
        self.cut("pools", reply_timeout=2)

    def test_the_near_end_is_cut(self):
        self.cut("miner", reply_timeout=2)


if __name__ == "__main__":
    main()
