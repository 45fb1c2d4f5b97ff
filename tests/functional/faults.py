# SPDX-License-Identifier: MIT
"""What tests of faults share: a check of the share counts at the end, and two pools, the better one
behind a proxy that fails."""
from fault_proxy import FaultProxy
from harness import FunctionalTest, one_cpu

EASY = "2e-5"


class AccountingCase(FunctionalTest):
    def check_end(self, daemon, *pools, **allowed):
        """Every share that was found has come to one end, as the pools' own counts have it: what
        a pool took and could not say is unanswered, and so is what it never got. Of a pool that
        was lost the daemon waits for the next login, up to a minute, before it is."""
        self.assertEqual(daemon.ctl("pause").returncode, 0)
        daemon.wait_sleep()
        for pool in pools:
            if pool.child.poll() is None:
                pool.command("silence off")
        shares = daemon.wait_status(lambda s: s["shares"]["in_flight"] == 0)["shares"]
        counts = [pool.stats() for pool in pools]
        self.check_counts(shares, sum(count["submits"] for count in counts),
                          sum(count["accepted"] for count in counts))
        for count in counts:
            self.assertEqual(count["violations"], 0)
        for pool in pools:
            self.check_shares(pool, **allowed)
        return shares

    def check_counts(self, shares, submits, accepted):
        """The daemon's counts, none in flight, against what pools got and accepted. submits: a
        share that was sent again counts once."""
        self.check_accounting(shares)
        self.assertLessEqual(shares["accepted"], accepted)
        self.assertLessEqual(accepted, shares["accepted"] + shares["unanswered"])
        self.assertLessEqual(submits, shares["submitted"])
        self.assertLessEqual(shares["submitted"] - shares["unanswered"], submits)
        self.assertEqual((shares["duplicate"], shares["hardware_errors"]), (0, 0))

    def check_exact(self, daemon, *pools, **allowed):
        """Where no connection was lost, both sides have the same count, to the share."""
        shares = self.check_end(daemon, *pools, **allowed)
        counts = [pool.stats() for pool in pools]
        self.assertEqual((shares["submitted"], shares["accepted"], shares["unanswered"]),
                         (sum(c["submits"] for c in counts), sum(c["accepted"] for c in counts),
                          0))
        return shares


class FaultCase(AccountingCase):
    def limits(self, **limits):
        """What a pool is given; no fault of a test may last as long as what it is not about."""
        return {"failback_after": 1, "job_timeout": 600, "reply_timeout": 600,
                "max_rejects": 1_000_000, "backoff_max": 1, "standby": 1, **limits}

    def proxy(self, pool):
        """In front of a pool, or of a port."""
        proxy = FaultProxy(pool if isinstance(pool, int) else pool.port)
        self.addCleanup(proxy.close)
        return proxy

    def way(self, pool):
        """The proxy that fails, and the entry of the configuration that leads through it."""
        proxy = self.proxy(pool)
        return proxy, self.pool_entry(proxy.port)

    def start_two(self, *options, **limits):
        """Mines on pool "one", through a proxy, while "two" is ready to take over."""
        first, second = self.pool("--difficulty", EASY, *options), self.pool("--difficulty", EASY)
        proxy, entry = self.way(first)
        daemon = self.daemon({**entry, "name": "one"}, self.pool_entry(second, name="two"),
                             workers=one_cpu(), failover=self.limits(**limits))
        self.wait_shares(first, 10)
        daemon.wait_status(lambda s: s["pool"] == "one" and s["pools"][1]["state"] == "standby")
        return daemon, proxy, first, second

    def lose(self, fault, heal=None, reason=None, **limits):
        """fault(proxy, pool) comes while replies are outstanding, and has to end the connection to
        the better pool; heal() lets it be well again."""
        daemon, proxy, first, second = self.start_two("--delay", 50, **limits)
        daemon.wait_status(lambda s: s["pools"][0]["in_flight"] > 0)
        since, log_mark = second.mark(), daemon.mark()
        fault(proxy, first)
        self.wait_log(daemon, "pool one: connection lost: " + (reason or ""), since=log_mark)
        self.wait_shares(second, 5, since=since)
        self.assertEqual(second.events("connect", since), [], "the standby was not hot")
        if heal:
            heal(proxy, first)
        daemon.wait_status(lambda s: s["pool"] == "one")
        self.wait_shares(first, 10, since=first.mark())
        self.check_end(daemon, first, second, forced=True)
