# SPDX-License-Identifier: MIT
"""Whom the coinbase pays: a log message, or a disconnect, as the configuration asks."""
import json
import subprocess

from faults import EASY, AccountingCase
from harness import SCALE, main, one_cpu, program

ADDRESS = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"
SCRIPT = "0014751e76e8199196d454941c45d1b3a323f1433bd6"
P2SH = "2NC2hEhe28ULKAJkW5MjZ3jtTMJdvXmByvK"
P2SH_SCRIPT = "a914ce0bba75891ff9ec60148d4bd4a09ee2dc5c933187"
# The last character of ADDRESS is another.
MISTYPED = ADDRESS[:-1] + "q"


class PayoutCase(AccountingCase):
    def paying(self, percent, script=SCRIPT):
        return self.pool("--difficulty", EASY, "--payout", f"{script}:{percent}")

    def pays(self, pool, percent):
        """From the next job on; that one is on its way when this returns."""
        pool.command(f"set payout {SCRIPT}:{percent}")
        pool.command("notify")

    def mine(self, *entries):
        return self.daemon(*entries, workers=one_cpu(),
                           failover={"failback_after": 1, "backoff_max": 1})

    def entry(self, pool, name, **payout):
        return self.pool_entry(pool, name=name, **({"payout": payout} if payout else {}))

    def wait_percent(self, daemon, percent):
        return daemon.wait_status(lambda s: s["pools"][0]["payout_percent"] == percent)

    def count(self, daemon, text):
        return sum(text in line for line in daemon.log())


class WarnTest(PayoutCase):
    def test_logged_once_a_change(self):
        pool = self.paying(99)
        daemon = self.mine(self.entry(pool, "mine", address=ADDRESS))
        self.wait_log(daemon, f"its coinbase pays 99 % to {ADDRESS}, as it should")
        self.wait_percent(daemon, 99)
        self.assertIn("99 % of the coinbase of its last job goes to the payout", daemon.ctl("pools").stdout)
        for percent in (97.5, 1, 0):
            self.pays(pool, percent)
            self.wait_percent(daemon, percent)
        since = pool.mark()
        self.wait_shares(pool, 5, since=since)
        self.pays(pool, 98)
        self.wait_percent(daemon, 98)
        self.wait_log(daemon, "its coinbase pays 98 % .* as it should")
        self.assertEqual(self.count(daemon, "97.5 % (304687500 of 312500000 satoshi) to"), 1)
        self.assertEqual(self.count(daemon, "and 98 % is the least"), 1)
        self.assertEqual(pool.stats()["connects"], 1)
        self.check_shares(pool)

    def test_without_it_nobody_looks(self):
        pool = self.paying(99)
        daemon = self.mine(self.entry(pool, "mine"))
        self.wait_shares(pool, 5)
        self.assertIsNone(daemon.status()["pools"][0]["payout_percent"])
        self.assertEqual(self.count(daemon, "its coinbase"), 0)

    def test_another_form_of_address(self):
        pool = self.paying(98.5, P2SH_SCRIPT)
        daemon = self.mine(self.entry(pool, "mine", address=P2SH, minimum_percent=98.5,
                                      action="enforce"))
        self.wait_shares(pool, 5)
        self.wait_percent(daemon, 98.5)


class EnforceTest(PayoutCase):
    UNDER_WAY = 5

    def hold_replies(self, daemon, pool):
        """From now on the pool owes the replies to some shares, which the fault comes upon."""
        pool.command("silence replies")
        daemon.wait_status(lambda s: s["pools"][0]["in_flight"] >= self.UNDER_WAY)

    def check_left(self, daemon, *pools):
        """Shares in flight whose fate nobody knows are counted as unanswered."""
        shares = self.check_end(daemon, *pools)
        self.assertGreaterEqual(shares["unanswered"], self.UNDER_WAY)

    def test_a_pool_that_never_pays_is_never_used(self):
        first, second = self.paying(50), self.paying(0)
        daemon = self.mine(self.entry(first, "one", address=ADDRESS, action="enforce"),
                           self.entry(second, "two"))
        self.wait_shares(second, 5)
        # It is tried again and again, and found wanting before it is mined for.
        self.wait(first, "connect", count=3, timeout=15)
        self.wait_log(daemon, r"one: attempt failed: its coinbase pays 50 % .* 98 % is the least")
        self.assertEqual(self.count(daemon, "mining on pool one"), 0)
        self.assertEqual(self.count(daemon, "pool one: its coinbase pays"), 1)
        self.assertEqual(first.stats()["submits"], 0)
        status = daemon.status()
        self.assertEqual(status["pool"], "two")
        self.assertIn("pays 50 %", status["pools"][0]["last_error"])
        # Once it pays it is used as any other pool that has come back.
        self.pays(first, 98)
        self.wait_shares(first, 5, timeout=20)
        self.assertEqual(daemon.status()["pool"], "one")
        self.check_shares(first)

    def test_a_pool_that_pays_no_more_is_left(self):
        first, second = self.paying(98), self.paying(0)
        daemon = self.mine(self.entry(first, "one", address=ADDRESS, action="enforce"),
                           self.entry(second, "two"))
        self.wait_shares(first, 5)
        daemon.wait_status(lambda s: s["pools"][1]["state"] == "standby")
        self.hold_replies(daemon, first)
        since = second.mark()
        self.pays(first, 97.99)
        self.wait(first, "close")
        self.wait_shares(second, 5, since=since)
        self.wait_log(daemon, r"pool one: connection lost: its coinbase pays 97.99 % .* satoshi")
        self.check_left(daemon, first, second)

    def test_a_coinbase_that_cannot_be_read(self):
        first, second = self.paying(98), self.paying(0)
        daemon = self.mine(self.entry(first, "one", address=ADDRESS, action="enforce"),
                           self.entry(second, "two"))
        self.wait_shares(first, 5)
        self.hold_replies(daemon, first)
        job = {"id": None, "method": "mining.notify", "params":
               ["none", "0" * 64, "01000000", "00", [], "20000000", "1d00ffff", "6b02d1ed", False]}
        first.command("raw " + json.dumps(job))
        self.wait(first, "close")
        self.wait_log(daemon, "pool one: connection lost: its coinbase cannot be read")
        self.wait_shares(second, 5)
        self.check_left(daemon, first, second)

    def test_the_only_pool(self):
        """The workers sleep rather than mine for a stranger."""
        pool = self.paying(98)
        daemon = self.mine(self.entry(pool, "one", address=ADDRESS, action="enforce"))
        self.wait_shares(pool, 5)
        self.hold_replies(daemon, pool)
        self.pays(pool, 0)
        daemon.wait_status(lambda s: s["state"] == "idle")
        pool.command("silence off")
        self.pays(pool, 100)
        since = pool.mark()
        self.wait_shares(pool, 5, since=since)
        self.check_left(daemon, pool)


class ConfigurationTest(PayoutCase):
    def test_a_wrong_address_has_its_line(self):
        config = self.configure(self.entry(1, "one", address=MISTYPED))
        done = subprocess.run([program("MINERD"), "-c", config, "--check-config"],
                              capture_output=True, text=True, timeout=10 * SCALE)
        self.assertEqual(done.returncode, 78)
        self.assertEqual(done.stderr, f'{config}:1: address: "{MISTYPED}": its checksum is wrong: '
                         "a character was mistyped or left out\n")

    def test_reload(self):
        pool = self.paying(98)
        daemon = self.mine(self.entry(pool, "mine"))
        self.wait_shares(pool, 5)
        self.configure(self.entry(pool, "mine", address=MISTYPED))
        done = daemon.ctl("reload")
        self.assertEqual(done.returncode, 1)
        self.assertIn("its checksum is wrong", done.stderr)
        self.configure(self.entry(pool, "mine", address=ADDRESS))
        self.assertEqual(daemon.ctl("reload").returncode, 0)
        self.wait_percent(daemon, 98)


if __name__ == "__main__":
    main()
