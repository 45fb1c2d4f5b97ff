# SPDX-License-Identifier: MIT
"""Everything at once, in any order: reloads, switches, pauses, drops, and the end at any moment."""
import os
import random
import signal
import threading

from faults import AccountingCase
from harness import main, note, one_cpu

EASY = "1e-5"
SEED = int(os.environ.get("STORM_SEED", "5"))
ROUNDS = int(os.environ.get("STORM_ROUNDS", "40"))


class StormTest(AccountingCase):
    def setUp(self):
        super().setUp()
        self.random = random.Random(SEED)
        self.never = threading.Event()

    def pause(self, most):
        """A time of chance, in which the daemon gets to any point of what it does."""
        self.never.wait(self.random.random() * most)

    def reconfigure(self, entries):
        """Any pools in any order, some under another user, and any workers."""
        chosen = self.random.sample(entries, self.random.randint(1, len(entries)))
        chosen = [dict(e, user=self.random.choice(("a.b", "c.d"))) for e in chosen]
        everything = ",".join(map(str, sorted(os.sched_getaffinity(0))))
        workers = self.random.choice((one_cpu(), [{"cpus": everything}],
                                      [{"cpus": everything, "kernel": "generic"}]))
        self.configure(*chosen, workers=workers,
                       failover={"backoff_max": 1, "standby": self.random.randint(0, 2),
                                 "failback_after": self.random.randint(1, 2)})

    def disturb(self, daemon, pools):
        what = self.random.randint(0, 5)
        if what == 0:
            daemon.kill(signal.SIGHUP)
            daemon.kill(signal.SIGHUP)
        elif what == 1:
            daemon.ctl("pause")
            daemon.ctl("resume")
        elif what == 2:
            daemon.ctl("switch", self.random.choice(("p0", "p1", "p2")))
        elif what == 3:
            self.random.choice(pools).command("drop")
        elif what == 4:
            self.random.choice(pools).command("notify clean")

    def test_changes(self):
        pools = [self.pool("--difficulty", EASY, "--extranonce2-size", size + 1)
                 for size in range(3)]
        entries = [self.pool_entry(pool, name=f"p{i}") for i, pool in enumerate(pools)]
        daemon = self.daemon(*entries, workers=one_cpu())
        self.wait_shares(pools[0], 1)
        for _ in range(ROUNDS):
            self.reconfigure(entries)
            if self.random.random() < 0.5:
                daemon.kill(signal.SIGHUP)
            else:
                self.assertEqual(daemon.ctl("reload").returncode, 0)
            self.disturb(daemon, pools)
            self.pause(0.1)
        # With all of them logged in, nothing of a past login is waited for any more.
        self.configure(*entries, workers=one_cpu(), failover={"backoff_max": 1, "standby": 2})
        for arguments in (["reload"], ["resume"], ["switch", "p1"]):
            self.assertEqual(daemon.ctl(*arguments).returncode, 0)
        self.wait_shares(pools[1], 10, since=pools[1].mark())
        daemon.wait_status(lambda s: all(p["state"] in ("active", "standby") for p in s["pools"]))
        self.check_end(daemon, *pools)

    def test_end_at_any_moment(self):
        pool = self.pool("--difficulty", EASY, "--delay", 10)
        for _ in range(15):
            daemon = self.daemon(pool, workers=one_cpu())
            self.pause(0.4)
            daemon.checked = True
            # Before it has begun to look after signals, the signal itself ends it.
            self.assertIn(daemon.stop(), (0, -signal.SIGTERM), daemon.log())


if __name__ == "__main__":
    note(f"STORM_SEED={SEED}")
    main()
