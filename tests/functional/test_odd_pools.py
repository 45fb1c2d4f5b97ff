# SPDX-License-Identifier: MIT
"""Pools that are odd and are mined by every other miner: they are mined here too."""
import time

from harness import FunctionalTest, SCALE, main, one_cpu
from test_hostile import BAD_JOBS, ODD, line

EASY = "2e-5"


class OddTest(FunctionalTest):
    def start_mining(self, *options, shares=5, pool_keys=None, **settings):
        pool = self.pool("--difficulty", EASY, *options)
        daemon = self.daemon(self.pool_entry(pool, **(pool_keys or {})), workers=one_cpu(),
                             failover={"backoff_max": 1, "failback_after": 0}, **settings)
        self.wait_shares(pool, shares)
        return pool, daemon

    def pool_status(self, daemon):
        return daemon.status()["pools"][0]


class LineTest(OddTest):
    def mined_all_along(self, text):
        odd = self.pool("--difficulty", EASY, "--job-interval", 0.02, "--odd-line", text)
        other = self.pool("--difficulty", EASY)
        daemon = self.daemon(odd, other, workers=one_cpu(), log={"level": "info"})
        try:
            # The first that has a job is mined on until then.
            daemon.wait_status(lambda s: s["pools"][0]["state"] == "active"
                               and s["pools"][1]["state"] == "standby")
            # What was found for the other one before is counted by then.
            self.wait_shares(odd, 5, since=odd.mark())
            other.stats()  # its events before this one are here
            since = other.mark()
            status = daemon.wait_status(lambda s: s["pools"][0]["invalid_lines"] >= 15)
            self.wait_shares(odd, 5, since=odd.mark())
            self.assertEqual(status["pools"][0]["losses"], 0, status["pools"][0]["last_loss"])
            self.assertEqual(odd.stats()["connects"], 1)
            self.assertEqual(other.events("share", since), [])
            self.assertTrue(status["pools"][0]["last_invalid_line"].isprintable())
            self.check_shares(odd)
        finally:
            self.assertEqual(daemon.stop(), 0)
            for pool in (odd, other):
                pool.stop()

    def test_each_with_every_job(self):
        """A pool that sends such a line beside each job is mined, as the first of two too."""
        for text in ODD + BAD_JOBS:
            with self.subTest(line=text[:80]):
                self.mined_all_along(text)

    def test_the_log_is_not_filled(self):
        pool, daemon = self.start_mining("--job-interval", 0.002, "--odd-line", "nonsense",
                                         log={"level": "info"})
        daemon.wait_status(lambda s: s["pools"][0]["invalid_lines"] > 1000)
        lines = [text for text in daemon.log() if "invalid line" in text]
        self.assertIn("nonsense", lines[0])
        self.assertLessEqual(len(lines), 20)

    def test_nothing_else(self):
        """Who says nothing else is left, with the reason."""
        pool, daemon = self.start_mining()
        since, log_mark = pool.mark(), daemon.mark()
        pool.command("reject 1000000 23 again")
        pool.command("silence replies")
        for number in range(10):
            pool.command(f"raw HTTP/1.1 {number} Bad Request")
        self.wait(pool, "close", since=since)
        self.assertRegex(self.wait_log(daemon, " lost: ", since=log_mark),
                         r'10 invalid lines .* "HTTP/1.1 9 Bad Request"')

    def test_minerctl_shows_them(self):
        pool, daemon = self.start_mining()
        pool.command("raw {unquoted: 1}")
        daemon.wait_status(lambda s: s["pools"][0]["invalid_lines"] == 1)
        text = daemon.ctl("pools").stdout
        self.assertIn("{unquoted: 1}", text)


class LoginTest(OddTest):
    def test_granted_without_a_word(self):
        for option in ("--authorize-null", "--empty-error"):
            with self.subTest(option=option):
                pool, daemon = self.start_mining(option)
                self.check_shares(pool)
                self.assertEqual(pool.stats()["connects"], 1)
                self.assertEqual(daemon.stop(), 0)
                pool.stop()

    def test_a_request_that_costs_the_login(self):
        """It is left out of the next ones, and minerctl says which."""
        for method, keys, logins in (("mining.configure", {}, 2),
                                     ("mining.extranonce.subscribe", {}, 2),
                                     ("mining.suggest_difficulty",
                                      {"suggest_difficulty": 1e-5}, 4)):
            with self.subTest(method=method):
                pool, daemon = self.start_mining("--close-on", method, shares=1, pool_keys=keys)
                since = pool.mark()
                self.wait_shares(pool, 50, since=since)
                self.assertLessEqual(pool.stats()["connects"], logins)
                status = self.pool_status(daemon)
                self.assertTrue(any(text.startswith(method) for text in status["left_out"]),
                                status["left_out"])
                self.wait_log(daemon, f"after {method}.*left out of the next logins")
                self.assertIn(method, daemon.ctl("pools").stdout)
                self.check_shares(pool)
                self.assertEqual(daemon.stop(), 0)
                pool.stop()

    def test_switched_off_by_hand(self):
        pool, daemon = self.start_mining("--trace", pool_keys={"extranonce_subscribe": False,
                                                               "version_rolling": False})
        for event in pool.events("received"):
            self.assertNotIn("extranonce.subscribe", event["line"])
            self.assertNotIn("configure", event["line"])

    def test_a_suggestion_that_comes_too_early(self):
        """Some pools honour it after authorize alone: it is made once more."""
        for mode in ("honour", "late"):
            with self.subTest(mode=mode):
                pool, daemon = self.start_mining("--suggest", mode, pool_keys={
                    "suggest_difficulty": 4e-5})
                daemon.wait_status(lambda s: s["pools"][0]["difficulty"] == 4e-5)
                self.assertEqual(len(pool.events("suggest")), 1 if mode == "honour" else 2)
                self.check_shares(pool)
                self.assertEqual(daemon.stop(), 0)
                pool.stop()

    def test_a_forgotten_login(self):
        for code, text in ((24, "Unauthorized worker"), (25, "Not subscribed")):
            with self.subTest(code=code):
                pool, daemon = self.start_mining()
                since, log_mark = pool.mark(), daemon.mark()
                pool.command(f"reject 2 {code} {text}")
                closed = self.wait(pool, "close", since=since)
                self.assertIn(text, self.wait_log(daemon, "lost the login", since=log_mark))
                self.wait_shares(pool, 5, since=since, after=closed)
                self.assertEqual(daemon.stop(), 0)
                pool.stop()

    def test_a_refused_user(self):
        pool = self.pool("--refuse-user")
        daemon = self.daemon(pool, workers=one_cpu(), failover={"backoff_max": 60})
        line = self.wait_log(daemon, "login of user .* refused")
        self.assertIn('"miner.test"', line)
        status = daemon.wait_status(lambda s: s["pools"][0]["state"] == "backoff")
        self.assertGreater(status["pools"][0]["next_attempt_s"], 20)


class JobTest(OddTest):
    def test_the_same_job_again(self):
        """Hundreds of times: it changes nothing, and no header is hashed twice."""
        pool, daemon = self.start_mining()
        job = pool.events("share")[-1]["job"]
        for _ in range(300):
            pool.command("notify same")
        self.wait_shares(pool, 50, since=pool.mark())
        shares = pool.events("share")
        self.assertEqual({share["job"] for share in shares}, {job})
        self.assertLess(max(share["ntime_over"] for share in shares), 30)
        self.assertEqual([share for share in shares if share["verdict"] == "duplicate"], [])
        self.assertEqual(daemon.status()["shares"]["duplicate"], 0)

    def test_a_job_that_comes_back(self):
        """A, B, A, B ..: each goes on where it was left."""
        pool, daemon = self.start_mining()
        pool.command("notify")
        for _ in range(60):
            pool.command("notify previous")
            self.wait_shares(pool, 1, since=pool.mark())
        shares = self.settle(pool, daemon)
        self.assertEqual(shares["duplicate"], 0)
        self.assertEqual([s for s in pool.events("share") if s["verdict"] == "duplicate"], [])
        self.assertEqual(daemon.status()["pools"][0]["losses"], 0)

    def test_pauses_begin_nothing_anew(self):
        pool, daemon = self.start_mining()
        for _ in range(10):
            self.assertEqual(daemon.ctl("pause").returncode, 0)
            daemon.wait_sleep()
            self.assertEqual(daemon.ctl("resume").returncode, 0)
            self.wait_shares(pool, 5, since=pool.mark())
        self.assertEqual(self.settle(pool, daemon)["duplicate"], 0)

    def test_a_tiny_space_that_is_used_up(self):
        """Extranonce2 of one byte, no rolling, and a job that comes back again and again."""
        pool, daemon = self.start_mining("--extranonce2-size", 1, "--version-mask", "none")
        pool.command("notify")
        for _ in range(40):
            pool.command("notify previous")
            self.wait_shares(pool, 1, since=pool.mark())
        self.assertEqual(self.settle(pool, daemon)["duplicate"], 0)
        self.check_shares(pool)


class BlockTest(OddTest):
    def test_a_block_that_is_no_share(self):
        """Where the network is easier than the pool, a hash between the two goes out."""
        pool = self.pool("--difficulty", "1e6", "--nbits", "1f00ffff", "--keep-work")
        daemon = self.daemon(pool, workers=one_cpu())
        for number in range(1, 4):
            shares = self.wait(pool, "share")
            self.assertNotEqual(shares["verdict"], "accepted")
            status = daemon.wait_status(lambda s: s["blocks_found"] == number)
            self.assertEqual(status["blocks_accepted"], 0)
            pool.command("notify clean")
        self.assertEqual(daemon.status()["pools"][0]["losses"], 0)
        self.check_accounting(daemon.status()["shares"])

    def test_one_for_each_parent(self):
        """Each share is a block here; the pool keeps its work, and the chain would grow by one."""
        pool = self.pool("--difficulty", "1e-6", "--nbits", "207fffff", "--keep-work")
        daemon = self.daemon(pool, workers=one_cpu(), log={"level": "info"})
        for number in range(1, 4):
            self.wait_shares(pool, 30, since=pool.mark())
            status = daemon.wait_status(lambda s: s["blocks_accepted"] == number)
            self.assertEqual(status["blocks_found"], number)
            pool.command("notify clean")
        self.assertLessEqual(len([t for t in daemon.log() if "block found" in t]), 5)


class PaceTest(OddTest):
    def test_the_share_of_a_sane_one(self):
        """One odd line now and then costs next to nothing: shares found in turns with a pool
        without, by the pool's own count."""
        def shares(*options):
            pool = self.pool("--difficulty", EASY, "--job-interval", 0.5, "--quiet", *options)
            daemon = self.daemon(pool, workers=one_cpu(), log={"level": "info"})
            status = daemon.wait_status(lambda s: s["uptime_s"] >= 3)
            self.assertEqual(status["pools"][0]["losses"], 0)
            outside = status["workers"][0]["outside_percent"]
            self.assertEqual(daemon.stop(), 0)
            pool.stop()
            return outside
        def measure():
            sane, odd = shares(), shares("--odd-line", "[]")
            return (odd - sane,)
        self.check_best(measure, 2.0, rounds=5)


if __name__ == "__main__":
    main()
