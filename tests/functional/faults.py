# SPDX-License-Identifier: MIT
"""What tests of faults share: two pools, the better one behind a proxy that fails, and the books
at the end."""
from fault_proxy import FaultProxy
from harness import FunctionalTest, one_cpu

EASY = "2e-5"


class FaultCase(FunctionalTest):
    def limits(self, **limits):
        """What a pool is given; no fault of a test may last as long as what it is not about."""
        return {"failback_after": 1, "job_timeout": 600, "reply_timeout": 600,
                "max_rejects": 1_000_000, "backoff_max": 1, "standby": 1, **limits}

    def proxy(self, pool):
        proxy = FaultProxy(pool.port)
        self.addCleanup(proxy.close)
        return proxy

    def start_two(self, *options, **limits):
        """Mines on pool "one", through a proxy, while "two" is ready to take over."""
        first, second = self.pool("--difficulty", EASY, *options), self.pool("--difficulty", EASY)
        proxy = self.proxy(first)
        daemon = self.daemon(self.pool_entry(proxy.port, name="one"),
                             self.pool_entry(second, name="two"), workers=one_cpu(),
                             failover=self.limits(**limits))
        self.wait_shares(first, 10)
        daemon.wait_status(lambda s: s["pool"] == "one" and s["pools"][1]["state"] == "standby")
        return daemon, proxy, first, second

    def check_end(self, daemon, *pools, **allowed):
        """Every share that was found has come to one end, as the pools' own counts have it: what
        a pool took and could not say is unanswered, and so is what it never got."""
        self.assertEqual(daemon.ctl("pause").returncode, 0)
        daemon.wait_sleep()
        for pool in pools:
            pool.command("silence off")
        shares = daemon.wait_status(lambda s: s["shares"]["in_flight"] == 0)["shares"]
        self.check_books(shares)
        counts = [pool.stats() for pool in pools]
        accepted = sum(count["accepted"] for count in counts)
        submits = sum(count["submits"] for count in counts)
        self.assertLessEqual(shares["accepted"], accepted)
        self.assertLessEqual(accepted, shares["accepted"] + shares["unanswered"])
        self.assertLessEqual(submits, shares["submitted"])
        self.assertLessEqual(shares["submitted"] - shares["unanswered"], submits)
        self.assertEqual((shares["duplicate"], shares["hardware_errors"]), (0, 0))
        for count in counts:
            self.assertEqual(count["violations"], 0)
        for pool in pools:
            self.check_shares(pool, **allowed)
        return shares

    def check_exact(self, daemon, *pools, **allowed):
        """Where no connection was lost, both sides have the same count, to the share."""
        shares = self.check_end(daemon, *pools, **allowed)
        counts = [pool.stats() for pool in pools]
        self.assertEqual((shares["submitted"], shares["accepted"], shares["unanswered"]),
                         (sum(c["submits"] for c in counts), sum(c["accepted"] for c in counts),
                          0))
        return shares
