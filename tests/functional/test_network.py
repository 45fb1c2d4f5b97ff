# SPDX-License-Identifier: MIT
"""What a lottery miner looks at: the network's difficulty and height, what is expected, how near a
share came. The pool's jobs say it."""
import re
import subprocess

from harness import DEADLINE, FunctionalTest, SCALE, main, one_cpu, program
from prometheus import Text

EASY = "2e-5"
MAINNET = "17034219"  # block 840,000
MAINNET_DIFFICULTY = 86388558925171.02
DIFFICULTY_1 = 0xFFFF << 208


class NetworkTest(FunctionalTest):
    def mined(self, daemon, accept=lambda status: True):
        """A status of a daemon that knows its hash rate, and has a share."""
        return daemon.wait_status(lambda s: s["network"] and s["network"]["expected_block_s"]
                                  and s["network"]["best_share_fraction"] and accept(s))

    def close(self, value, wanted, part=1e-6):
        self.assertAlmostEqual(value / wanted, 1, delta=part)

    def metrics(self, daemon):
        done = subprocess.run([program("MINERCTL"), "-s", daemon.socket, "metrics"],
                              capture_output=True, timeout=DEADLINE * SCALE)
        text = Text(done.stdout)
        self.assertEqual((done.returncode, text.complaints), (0, []))
        return text

    def test_pools(self):
        """Each pool's job tells of its network; the active one's is that of the status."""
        pool = self.pool("--difficulty", EASY, "--nbits", MAINNET, "--height", "840000")
        other = self.pool("--difficulty", EASY, "--height", "2500000",
                          "--nbits", "1d00ffff")
        daemon = self.daemon(self.pool_entry(pool, name="mine"),
                             self.pool_entry(other, name="other"), workers=one_cpu())
        self.wait_shares(pool, 20)
        status = self.mined(daemon, lambda s: s["pools"][1]["state"] == "standby")
        network, pools = status["network"], status["pools"]
        self.assertEqual([p["height"] for p in pools], [840000, 2500000])
        self.assertEqual([p["chain"] for p in pools] + [network["chain"]], [None] * 3)
        self.assertEqual(network["height"], 840000)
        self.close(network["difficulty"], MAINNET_DIFFICULTY)
        self.close(pools[0]["network_difficulty"], MAINNET_DIFFICULTY)
        self.assertEqual(pools[1]["network_difficulty"], 1)
        # Both are by the same hash rate.
        self.close(network["expected_block_s"] / network["expected_share_s"],
                   MAINNET_DIFFICULTY / float(EASY))
        self.close(network["expected_block_s"] * status["hashrate"]["1m"],
                   MAINNET_DIFFICULTY * 2**48 / 0xffff, 1e-3)
        self.close(network["best_share_fraction"],
                   status["shares"]["best_difficulty"] / MAINNET_DIFFICULTY)
        self.close(network["best_ever_fraction"],
                   status["shares"]["best_ever"]["difficulty"] / MAINNET_DIFFICULTY)
        pool.command("notify clean")
        daemon.wait_status(lambda s: s["network"]["height"] == s["pools"][0]["height"] == 840001)

    def test_luck(self):
        """As many shares as the hashes lead to: of 200, six standard deviations are 42 %."""
        pool = self.pool("--difficulty", EASY, "--nbits", MAINNET)
        daemon = self.daemon(pool, workers=one_cpu())
        self.wait_shares(pool, 200)
        self.assertEqual(daemon.ctl("pause").returncode, 0)
        daemon.wait_sleep()
        shares = daemon.wait_status(lambda s: s["shares"]["in_flight"] == 0)["shares"]
        if shares["overflows"]:
            self.assertIsNone(shares["luck_percent"])
        else:
            self.assertLess(abs(shares["luck_percent"] - 100), 100 * 6 / 200**0.5)

    def test_people(self):
        pool = self.pool("--difficulty", EASY, "--nbits", MAINNET)
        daemon = self.daemon(self.pool_entry(pool, name="mine"), workers=one_cpu())
        self.wait_shares(pool, 20)
        self.mined(daemon)
        text = daemon.ctl("status").stdout
        self.assertRegex(text, r"\n  network     height 840000, difficulty 86\.4T\n")
        self.assertRegex(text, r"\n  expected    share every [\d.]+ .?s( \(luck \d+ %\))?, "
                               r"block every [\d.]+ (million|billion|trillion) years\n")
        self.assertRegex(text, r"\n  best share  1 in [\d.e+]+[TPE]? of the network difficulty, "
                               r"all time 1 in [\d.e+]+[TPE]?\n")
        for line in re.findall("\n  (?:network|expected|best share) .*", text):
            self.assertLessEqual(len(line), 80)
        self.assertIn("\n  network     height 840000, difficulty 86.4T\n",
                      daemon.ctl("pools").stdout)

    def test_metrics(self):
        pool = self.pool("--difficulty", EASY, "--nbits", MAINNET)
        daemon = self.daemon(self.pool_entry(pool, name="mine"), workers=one_cpu())
        self.wait_shares(pool, 20)
        self.mined(daemon)
        text = self.metrics(daemon)
        self.close(text.value("minerd_network_difficulty"), MAINNET_DIFFICULTY)
        self.assertEqual(text.value("minerd_block_height"), 840000)
        self.close(text.value("minerd_pool_network_difficulty", pool="mine"), MAINNET_DIFFICULTY)
        self.assertEqual(text.value("minerd_pool_block_height", pool="mine"), 840000)
        self.close(text.value("minerd_expected_block_seconds")
                   / text.value("minerd_expected_share_seconds"),
                   MAINNET_DIFFICULTY / float(EASY))
        self.assertGreater(text.value("minerd_best_share_block_ratio"), 0)
        self.assertGreater(text.value("minerd_best_share_block_ratio_ever"), 0)

    def test_regtest(self):
        """Each second hash is a block: by the target, as difficulty 1 is no measure here."""
        pool = self.pool("--difficulty", EASY, "--nbits", "207fffff", "--keep-work")
        daemon = self.daemon(pool, workers=one_cpu())
        status = self.mined(daemon)
        network = status["network"]
        self.close(network["difficulty"], DIFFICULTY_1 / (0x7fffff << 232))
        self.close(network["expected_block_s"] * status["hashrate"]["1m"], 2, 1e-3)
        self.assertGreaterEqual(network["best_share_fraction"], 1)
        self.assertRegex(daemon.ctl("status").stdout,
                         r"  best share  [\d.e+]+[kMGTPE]? times the network difficulty")

    def test_without_a_pool(self):
        daemon = self.daemon(self.pool_entry(1), workers=one_cpu())
        status = daemon.status()
        self.assertIsNone(status["network"])
        self.assertEqual([status["pools"][0][key] for key in
                          ("network_difficulty", "height", "chain")], [None] * 3)
        self.assertIsNone(status["shares"]["luck_percent"])
        text = daemon.ctl("status").stdout
        self.assertNotIn("network  ", text)
        self.assertIsNone(self.metrics(daemon).value("minerd_network_difficulty"))


if __name__ == "__main__":
    main()
