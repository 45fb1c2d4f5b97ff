# SPDX-License-Identifier: MIT
"""What an operator reads in the log of a pool's comings and goings, and that a pool which flaps
does not make the miner flap."""
import re
import time

from harness import FunctionalTest, main, one_cpu

EASY = "2e-5"


class EventsCase(FunctionalTest):
    def start_two(self, **limits):
        first, second = self.pool("--difficulty", EASY), self.pool("--difficulty", EASY)
        daemon = self.daemon(self.pool_entry(first, name="one"),
                             self.pool_entry(second, name="two"), workers=one_cpu(),
                             failover={"failback_after": 1, "backoff_max": 1, **limits})
        daemon.wait_status(lambda s: s["pool"] == "one" and s["pools"][1]["state"] == "standby")
        return first, second, daemon

    def in_order(self, daemon, since, *patterns):
        """Each is in a line of its own, after the line of the one before."""
        for pattern in patterns:
            self.wait_log(daemon, pattern, since=since)
            lines = daemon.log()
            since += next(i for i, line in enumerate(lines[since:])
                          if re.search(pattern, line)) + 1


class OrderTest(EventsCase):
    def test_loss_and_return(self):
        first, _, daemon = self.start_two()
        self.in_order(daemon, 0, "minerd .*2 pools", "pool one: logged in")
        self.in_order(daemon, 0, r"mining on pool one \(")
        self.in_order(daemon, 0, "pool two: logged in")
        since = daemon.mark()
        first.command("drop")
        self.in_order(daemon, since,
                      "warning pool one: connection lost: .*next attempt in",
                      "info    mining on pool two .*: pool one is lost",
                      "info    pool one: logged in",
                      "info    pool one: standby .*takes over in",
                      "info    pool one: healthy for .* from pool two again",
                      "info    mining on pool one",
                      "info    pool two: standby .*at once")

    def test_no_pool_and_again(self):
        pool = self.pool("--difficulty", EASY)
        daemon = self.daemon(self.pool_entry(pool, name="one"), workers=one_cpu(),
                             failover={"backoff_max": 1})
        self.wait_shares(pool, 1)
        since, port = daemon.mark(), pool.port
        self.assertEqual(pool.stop(), 0)
        self.in_order(daemon, since, "warning pool one: connection lost",
                      "warning no pool can be mined on",
                      "warning pool one: attempt failed: .*refused")
        self.pool("--difficulty", EASY, "--port", port)
        self.in_order(daemon, since, "notice  the workers hash again after",
                      "info    mining on pool one")

    def test_by_hand(self):
        _, second, daemon = self.start_two()
        since = daemon.mark()
        for verb in (["pause"], ["resume"], ["switch", "two"], ["limit", "cpu=90"]):
            self.assertEqual(daemon.ctl(*verb).returncode, 0)
        self.in_order(daemon, since, "notice  paused by hand", "notice  resumed by hand",
                      "notice  pool two: chosen by hand",
                      "info    mining on pool two .*chosen by hand",
                      "notice  worker group 0: .*CPU limit 90 %")
        self.wait_shares(second, 1)

    def test_reload(self):
        first, second, daemon = self.start_two()
        since = daemon.mark()
        self.configure(self.pool_entry(second, name="other"), workers=one_cpu())
        self.assertEqual(daemon.ctl("reload").returncode, 0)
        self.in_order(daemon, since, "info    pool other: name changed; staying connected",
                      "info    pool one: removed", "notice  .*: reloaded: 1 pool")
        self.in_order(daemon, since, r"info    mining on pool other \(")
        self.assertEqual(second.stats()["connects"], 1)

    def test_failures_that_go_on(self):
        """The first is a warning, and the others are there for who asks."""
        daemon = self.daemon({"url": "stratum+tcp://127.0.0.1:1", "user": "u", "password": "x",
                              "name": "one"}, workers=one_cpu(), failover={"backoff_max": 1})
        self.wait_log(daemon, "debug   pool one: attempt failed: ", count=3, timeout=20)
        levels = [re.search(r"(\w+) +pool one: attempt failed: ", line) for line in daemon.log()]
        self.assertEqual([level.group(1) for level in levels if level][:4],
                         ["warning"] + ["debug"] * 3)


class FlappingTest(EventsCase):
    def test_flapping_pool_is_gone_back_to_later_each_time(self):
        """It takes a share and drops out whenever it is mined on. Even where going back at once is
        asked for, that is done at once the first time only, then after 2, 4 .. seconds."""
        first, second, daemon = self.start_two(failback_after=0)
        self.wait_shares(first, 1)
        first.command("drop")
        lost = time.monotonic()
        for number in (2, 3, 4):
            self.wait_log(daemon, "mining on pool one", count=number, timeout=20)
            since = first.mark()
            self.wait_shares(first, 1, since=since)
            if number < 4:
                first.command("drop")
        self.assertGreater(time.monotonic() - lost, 2 + 4)
        one, two = daemon.status()["pools"]
        self.assertEqual((one["losses"], two["losses"]), (3, 0))
        self.assertEqual(second.stats()["connects"], 1)


if __name__ == "__main__":
    main()
