# SPDX-License-Identifier: MIT
"""minerctl metrics: the format, what promtool says of it, and that sums mean something."""
import os
import shutil
import subprocess
import unittest

from harness import DEADLINE, FunctionalTest, SCALE, hold_port, main, one_cpu, program
from prometheus import Text

EASY = "2e-5"
HEAD = "# HELP a_total Help.\n# TYPE a_total counter\n"


class RulesTest(unittest.TestCase):
    """The rules themselves: each is broken once."""

    def test_good(self):
        text = Text(HEAD + 'a_total{x="1",y="a\\"b\\\\c\\nd}, "} 5\na_total{x="2",y=""} 1e+06\n'
                    "# a comment\n\n"
                    "# HELP x_seconds Help.\n# TYPE x_seconds summary\n"
                    'x_seconds{quantile="0.5"} 0.5\nx_seconds{quantile="1"} 2.5\n'
                    "x_seconds_sum 3\nx_seconds_count 2\n")
        self.assertEqual(text.complaints, [])
        self.assertEqual(text.value("a_total", x="1", y='a"b\\c\nd}, '), 5)
        self.assertEqual(text.sum("a_total"), 1000005)

    def test_bad(self):
        gauge = "# HELP g Help.\n# TYPE g gauge\n"
        summary = "# HELP s_seconds Help.\n# TYPE s_seconds summary\n"
        for text in (HEAD + "a_total 1",
                     HEAD + "a_total x\n",
                     HEAD + "a_total -1\n",
                     HEAD + "a_total NaN\n",
                     HEAD + 'a_total{x="1} 1\n',
                     HEAD + 'a_total{x="\\q"} 1\n',
                     HEAD + 'a_total{0x="1"} 1\n',
                     HEAD + 'a_total{x="1" y="1"} 1\n',
                     HEAD + 'a_total{x="1",x="2"} 1\n',
                     HEAD + "a_total 1\na_total 2\n",
                     HEAD + 'a_total{x="1"} 1\na_total{y="1"} 1\n',
                     HEAD,
                     HEAD + "b_total 1\n",
                     HEAD + "a_total 1\n" + gauge + "g 1\na_total 2\n",
                     HEAD + "a_total 1\n" + HEAD + "a_total 1\n",
                     "# HELP a_total \n# TYPE a_total counter\na_total 1\n",
                     "# TYPE a_total counter\na_total 1\n",
                     "# HELP a_total Help.\na_total 1\n",
                     "a_total 1\n",
                     "# HELP a Help.\n# TYPE a counter\na 1\n",
                     "# HELP a_total Help.\n# TYPE a_total gauge\na_total 1\n",
                     "# HELP a_count Help.\n# TYPE a_count gauge\na_count 1\n",
                     "# HELP a_ms Help.\n# TYPE a_ms gauge\na_ms 1\n",
                     "# HELP a_gauge Help.\n# TYPE a_gauge gauge\na_gauge 1\n",
                     "# HELP aB Help.\n# TYPE aB gauge\naB 1\n",
                     gauge + 'g{quantile="0.5"} 1\n',
                     summary + 's_seconds{quantile="0.5"} 1\n',
                     summary + 's_seconds{quantile="0.5"} 1\ns_seconds_count 1\n',
                     summary + 's_seconds{quantile="2"} 1\ns_seconds_count 1\ns_seconds_sum 1\n',
                     summary + 's_seconds{quantile="0.5"} 2\ns_seconds{quantile="0.9"} 1\n'
                               "s_seconds_count 1\ns_seconds_sum 1\n",
                     HEAD.encode() + b'a_total{x="\xff"} 1\n'):
            with self.subTest(text=text):
                self.assertNotEqual(Text(text).complaints, [])


class MetricsTest(FunctionalTest):
    def metrics(self, daemon):
        done = subprocess.run([program("MINERCTL"), "-s", daemon.socket, "metrics"],
                              capture_output=True, timeout=DEADLINE * SCALE)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        text = Text(done.stdout)
        self.assertEqual(text.complaints, [])
        return done.stdout, text

    def start_three(self):
        """One pool is mined on, one stands by, one is down; with names that need escapes."""
        pools = [self.pool("--difficulty", EASY) for _ in range(2)]
        entries = [self.pool_entry(hold_port(self), name='a "b"\\c'),
                   self.pool_entry(pools[0], name="größe"), self.pool_entry(pools[1], name="two")]
        daemon = self.daemon(*entries, workers=one_cpu())
        pools[0].command("reject 3 23 low difficulty")
        self.wait_shares(pools[0], 20)
        daemon.wait_status(lambda s: [p["state"] for p in s["pools"]][1:] == ["active", "standby"]
                           and s["pools"][0]["last_loss"])
        return pools, daemon

    def settle_paused(self, daemon):
        self.assertEqual(daemon.ctl("pause").returncode, 0)
        daemon.wait_sleep()
        return daemon.wait_status(lambda s: s["shares"]["in_flight"] == 0)

    def test_format_and_sums(self):
        _, daemon = self.start_three()
        self.metrics(daemon)
        status = self.settle_paused(daemon)
        _, text = self.metrics(daemon)
        shares = status["shares"]
        self.assertEqual(text.value("minerd_shares_found_total"), shares["found"])
        self.assertEqual(text.sum("minerd_shares_total") + text.sum("minerd_shares_in_flight"),
                         shares["found"])
        self.assertEqual(text.sum("minerd_pool_shares_total"),
                         sum(pool[key] for pool in status["pools"]
                             for key in ("accepted", "rejected", "stale")))
        self.assertEqual(text.sum("minerd_share_rejects_total"),
                         sum(shares["reject_reasons"].values()))
        self.assertGreaterEqual(text.sum("minerd_share_rejects_total"), 3)
        self.assertEqual(text.sum("minerd_worker_hashes_total"), text.sum("minerd_hashes_total"))
        self.assertEqual(text.sum("minerd_state"), 1)
        self.assertEqual(text.value("minerd_state", state="paused"), 1)
        self.assertEqual(text.sum("minerd_pool_state"), len(status["pools"]))
        self.assertEqual(text.sum("minerd_pool_active"), 1)
        self.assertEqual(text.sum("minerd_pool_up"), 2)
        self.assertEqual(text.value("minerd_pool_shares_total", pool="größe", result="accepted"),
                         status["pools"][1]["accepted"])

    def test_no_metric_is_part_of_another_sample(self):
        """Labels that name times or quantities, of which one holds the other, are none."""
        _, daemon = self.start_three()
        _, text = self.metrics(daemon)
        for family in text.families.values():
            for _, labels, _ in family.samples:
                self.assertFalse({"window", "path", "quantile"} & {key for key, _ in labels}
                                 - ({"quantile"} if family.type == "summary" else set()),
                                 family.name)
        self.assertIsNone(text.value("minerd_shares_total", result="found"))
        self.assertIsNone(text.value("minerd_shares_total", result="submitted"))

    def test_summaries(self):
        pools, daemon = self.start_three()
        pools[0].command("notify")
        daemon.wait_status(lambda s: s["latency_us"]["packet_to_hash"]["count"] > 0)
        status = self.settle_paused(daemon)
        _, text = self.metrics(daemon)
        latency = status["latency_us"]
        for name, key in (("minerd_packet_to_hash_seconds", "packet_to_hash"),
                          ("minerd_submit_seconds", "submit"),
                          ("minerd_failover_seconds", "failover")):
            self.assertEqual(text.value(name + "_count"), latency[key]["count"])
            self.assertAlmostEqual(text.value(name + "_sum"), latency[key]["sum"] / 1e6)
        self.assertEqual(text.value("minerd_submit_seconds", quantile="1"),
                         latency["submit"]["max"] / 1e6)
        count, total = latency["submit"]["count"], latency["submit"]["sum"]
        self.assertLessEqual(total, count * latency["submit"]["max"])
        self.assertGreater(total, 0)

    def test_before_anything(self):
        """A daemon that has no pool yet tells what it has."""
        daemon = self.daemon(hold_port(self), workers=one_cpu())
        daemon.status()
        _, text = self.metrics(daemon)
        self.assertEqual(text.value("minerd_state", state="idle"), 1)
        self.assertEqual(text.value("minerd_shares_found_total"), 0)

    def promtool(self):
        """The tool, from PATH or out of Debian's package, which is unpacked in the build folder."""
        if shutil.which("promtool"):
            return shutil.which("promtool")
        folder = os.path.join(os.path.dirname(program("MINERD")), "..", "promtool")
        tool = os.path.join(folder, "root/usr/bin/promtool")
        if os.access(tool, os.X_OK):
            return tool
        os.makedirs(folder, exist_ok=True)
        for command in (["apt-get", "download", "-q", "prometheus"],
                        ["sh", "-c", "dpkg-deb -x prometheus_*.deb root && rm prometheus_*.deb"]):
            try:
                done = subprocess.run(command, cwd=folder, capture_output=True, text=True,
                                      timeout=60)
            except (OSError, subprocess.TimeoutExpired) as error:
                self.skipTest(f"promtool is not to be had: {error}")
            if done.returncode:
                self.skipTest(f"promtool is not to be had: {done.stderr.strip().splitlines()[-1:]}")
        return tool

    def test_promtool(self):
        tool = self.promtool()
        _, daemon = self.start_three()
        for _ in range(2):
            data, _ = self.metrics(daemon)
            done = subprocess.run([tool, "check", "metrics"], input=data, capture_output=True,
                                  timeout=DEADLINE * SCALE)
            self.assertEqual((done.returncode, done.stdout + done.stderr), (0, b""))
            self.settle_paused(daemon)


if __name__ == "__main__":
    main()
