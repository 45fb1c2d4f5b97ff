# SPDX-License-Identifier: MIT
"""A login at a pool over its life: replies to its shares, sessions that are resumed,
the difficulty that is asked for, and changes at any moment."""
from faults import EASY, AccountingCase
from harness import main, one_cpu


class SessionCase(AccountingCase):
    def start_mining(self, *options, shares=5, pool_keys=None, **settings):
        pool = self.pool("--difficulty", EASY, *options)
        daemon = self.daemon(self.pool_entry(pool, **(pool_keys or {})), workers=one_cpu(),
                             **settings)
        if shares:
            self.wait_shares(pool, shares)
        return pool, daemon


    def check_to_the_share(self, pool, daemon):
        """The pool goes on with the login after a break, so what was lost was sent again: what it
        took is accepted, except those that it accepted before without a reply."""
        shares, stats = self.settle(pool, daemon), pool.stats()
        self.assertEqual(shares["accepted"] + shares["unanswered"], stats["accepted"])
        return shares


class AnswersTest(SessionCase):
    def test_last_reject(self):
        """What the pool said of the last share that it refused is kept, apart from why it was
        left."""
        pool, daemon = self.start_mining()
        first = daemon.status()["pools"][0]
        self.assertIsNone(first["last_reject"])
        pool.command("reject 1 77 odd \x1b[31m words")
        status = daemon.wait_status(lambda s: s["pools"][0]["last_reject"])["pools"][0]
        reject = status["last_reject"]
        self.assertLess(reject.pop("age_s"), 60)
        self.assertEqual(reject, {"text": "odd \\x1b[31m words", "code": 77, "reason": "other"})
        self.assertIsNone(status["last_loss"])
        pool.command("reject 1 22 Duplicate share")
        daemon.wait_status(lambda s: s["pools"][0]["last_reject"]["reason"] == "duplicate")

    def test_submit_latency_of_each_pool(self):
        pool, daemon = self.start_mining("--delay", 50)
        status = daemon.wait_status(lambda s: s["pools"][0]["submit_us"]["count"] >= 3)
        self.assertGreaterEqual(status["pools"][0]["submit_us"]["p50"], 50_000)


class DifficultyTest(SessionCase):
    def test_raise_that_binds_at_once(self):
        """A pool that judges the shares of older jobs by its new difficulty is found out, and is
        not left for what it rejects meanwhile."""
        pool, daemon = self.start_mining("--difficulty-at-once",
                                         failover={"max_rejects": 3, "backoff_max": 1})
        pool.command("difficulty 2e-4")
        self.wait_log(daemon, "a new difficulty also applies to shares of older jobs", timeout=10)
        for _ in range(2):
            since = pool.mark()
            self.wait_shares(pool, 10, since=since, timeout=30)
        # What was on its way then is answered by now.
        self.assertEqual([s for s in pool.events("share", since) if s["verdict"] != "accepted"], [])
        self.assertEqual(pool.stats()["connects"], 1)
        shares = daemon.status()["shares"]
        self.assertGreater(shares["stale"], 0)
        self.assertEqual(set(shares["reject_reasons"]), {"low-difficulty"})
        # The next job has the new target.
        since = pool.mark()
        pool.command("notify")
        job = self.wait(pool, "job", since=since)
        self.wait_shares(pool, 5, since=since, job=job["job"], timeout=30)
        shares = self.settle(pool, daemon)
        self.assertEqual(shares["accepted"], pool.stats()["accepted"])
        self.assertEqual(sum("also applies to shares" in line for line in daemon.log()), 1)

    def test_lower_difficulty_needs_nothing(self):
        pool, daemon = self.start_mining("--difficulty-at-once")
        pool.command("difficulty 5e-6")
        self.wait_shares(pool, 10, since=pool.mark())
        since = pool.mark()
        pool.command("notify")
        job = self.wait(pool, "job", since=since)
        self.wait_shares(pool, 10, since=since, job=job["job"])
        self.assertEqual(pool.stats()["refused"], {})


class AnyMomentTest(SessionCase):
    """Changes that come when nobody expects them."""

    CHANGES = ("extranonce aabbccdd01 2", "mask 0000e000", "reconnect")

    def check_change(self, pool, change, share):
        if change.startswith("extranonce"):
            self.assertEqual(len(share["extranonce2"]), 4)
        elif change.startswith("mask"):
            self.assertEqual(int(share.get("bits", "0"), 16) & ~0xE000, 0)
        else:
            self.assertEqual(share["conn"], 2)

    def test_during_the_login(self):
        """Between the request to authorize and its reply."""
        for first in ("--notify-after-subscribe", "--notify-before-authorize-reply"):
            for change in self.CHANGES:
                with self.subTest(change=change, first=first):
                    pool, daemon = self.start_mining("--delay", 300, first, shares=0)
                    self.wait(pool, "authorize")
                    pool.command(change)
                    if change == "reconnect":
                        self.wait(pool, "authorize", count=2, timeout=10)
                    since = pool.mark()
                    pool.command("notify")
                    job = self.wait(pool, "job", since=since)
                    share = self.wait_shares(pool, 5, since=since, job=job["job"])
                    self.check_change(pool, change, share)
                    if change == "reconnect":
                        self.check_end(daemon, pool)
                    else:
                        self.check_exact(daemon, pool)
                    self.assertEqual(daemon.stop(), 0)
                    pool.stop()

    def test_with_shares_in_flight(self):
        for resume in ([], ["--resume"]):
            for change in self.CHANGES:
                with self.subTest(change=change, resume=resume):
                    pool, daemon = self.start_mining(*resume)
                    pool.command("delay 200")
                    daemon.wait_status(lambda s: s["shares"]["in_flight"] >= 3)
                    pool.command(change)
                    if change == "reconnect":
                        self.wait(pool, "authorize", count=2, timeout=10)
                    pool.command("delay 0")
                    since = pool.mark()
                    pool.command("notify")
                    job = self.wait(pool, "job", since=since)
                    share = self.wait_shares(pool, 5, since=since, job=job["job"])
                    self.check_change(pool, change, share)
                    if change != "reconnect":
                        self.check_exact(daemon, pool)
                    elif not resume:
                        self.check_end(daemon, pool)
                    else:
                        self.check_to_the_share(pool, daemon)
                    self.assertEqual(pool.events("violation"), [])
                    self.assertEqual(daemon.stop(), 0)
                    pool.stop()


class ShareIntervalTest(SessionCase):
    INTERVAL = 0.05

    def check_suggestion(self, daemon, suggestion):
        """What the measured rate makes of the interval; other load may change the rate."""
        rate = daemon.status()["hashrate"]["session"]
        wanted = rate * self.INTERVAL / (2 ** 48 / 65535)
        self.assertGreater(suggestion["difficulty"], wanted / 5)
        self.assertLess(suggestion["difficulty"], wanted * 5)

    def test_difficulty_from_the_hash_rate(self):
        pool, daemon = self.start_mining(pool_keys={"share_interval": self.INTERVAL})
        first = self.wait(pool, "suggest", timeout=40)
        self.check_suggestion(daemon, first)
        self.wait(pool, "share", timeout=20,
                  where=lambda s: s.get("wanted") == first["difficulty"])
        self.wait_log(daemon, "asking for difficulty")
        # Once the rate is known, the next login hears it at once, and only once.
        since = pool.mark()
        pool.command("drop")
        login = self.wait(pool, "authorize", since=since)
        again = self.wait(pool, "suggest", since=since)
        self.assertEqual(again["conn"], login["conn"])
        self.check_suggestion(daemon, again)
        self.wait_shares(pool, 5, since=since, conn=login["conn"])
        self.assertEqual(len(pool.events("suggest")), 2)
        self.check_shares(pool)


def key(share):
    """What tells a share from all others of a miner, whatever its job's terms."""
    return share["job"], share["extranonce2"], share["nonce"]


class BreakTest(SessionCase):
    """A connection ends while shares are on their way."""

    def lose(self, pool, daemon, count=5):
        """Shares that were sent and never arrived."""
        since = pool.mark()
        pool.command("lose on")
        self.wait(pool, "lost", since=since, count=count)
        daemon.wait_status(lambda s: s["shares"]["in_flight"] >= count)

    def test_shares_of_before_are_sent_again(self):
        pool, daemon = self.start_mining("--resume")
        for _ in range(3):
            first = pool.events("subscribe")[-1]
            since = pool.mark()
            self.lose(pool, daemon)
            pool.command("lose off\ndrop")
            again = self.wait(pool, "subscribe", since=since)
            self.assertNotEqual(again["session"], "")
            self.assertTrue(again["resumed"])
            self.assertEqual(again["extranonce1"], first["extranonce1"])
            lost = {key(event) for event in pool.events("lost", since)}
            for event in pool.events("lost", since):
                self.wait(pool, "share", since=since, where=lambda s: key(s) == key(event)
                          and s["conn"] == again["conn"] and s["verdict"] == "accepted")
            self.wait_shares(pool, 5, since=pool.mark())
        self.assertGreaterEqual(len(lost), 5)
        self.wait_log(daemon, "session resumed")
        self.assertEqual(pool.events("violation"), [])
        shares = self.check_to_the_share(pool, daemon)
        self.assertEqual(set(shares["reject_reasons"]) - {"stale"}, set(), shares)
        self.assertEqual(daemon.status()["pools"][0]["in_flight"], 0)

    def test_what_the_pool_has_already(self):
        """It took them, but its replies were lost: it says duplicate, and nobody knows."""
        pool, daemon = self.start_mining("--resume")
        pool.command("silence replies")
        daemon.wait_status(lambda s: s["shares"]["in_flight"] >= 5)
        since = pool.mark()
        pool.command("silence off\ndrop")
        self.wait(pool, "share", since=since, count=5, verdict="duplicate")
        shares = self.check_to_the_share(pool, daemon)
        self.assertEqual(shares["unanswered"], pool.stats()["refused"]["duplicate"])
        self.assertEqual((shares["rejected"], shares["duplicate"]), (0, 0))

    def test_a_pool_that_does_not_go_on(self):
        """Another extranonce1: nothing of before goes there, and all of it is unanswered."""
        pool, daemon = self.start_mining()
        since = pool.mark()
        self.lose(pool, daemon)
        pool.command("lose off\ndrop")
        again = self.wait(pool, "subscribe", since=since)
        self.assertNotEqual(again["session"], "")
        self.assertFalse(again["resumed"])
        self.wait_shares(pool, 5, since=since, conn=again["conn"])
        shares = self.settle(pool, daemon)
        lost, accepted = len(pool.events("lost", since)), pool.stats()["accepted"]
        # The pool tells of what it read: what was under way when it closed, it never did.
        self.assertLessEqual(shares["accepted"], accepted)
        self.assertGreaterEqual(shares["unanswered"], lost + accepted - shares["accepted"])
        self.assertEqual(set(pool.stats()["refused"]) - {"stale"}, set())

    def test_a_new_block_meanwhile(self):
        """The pool goes on with the login, but what was found is for a block that is past."""
        pool, daemon = self.start_mining("--resume")
        since = pool.mark()
        self.lose(pool, daemon)
        lost = {key(event) for event in pool.events("lost", since)}
        pool.command("drop\nnotify clean\nlose off")
        again = self.wait(pool, "subscribe", since=since)
        self.assertTrue(again["resumed"])
        self.wait_shares(pool, 5, since=since, conn=again["conn"])
        shares = self.settle(pool, daemon)
        self.assertGreaterEqual(shares["unanswered"], 5)
        sent = {key(share) for share in pool.events("share", since)}
        self.assertEqual(lost & sent, set())

    def test_reconnect_to_the_same_server(self):
        pool, daemon = self.start_mining("--resume")
        since = pool.mark()
        self.lose(pool, daemon)
        pool.command("lose off\nreconnect")
        again = self.wait(pool, "subscribe", since=since)
        self.assertTrue(again["resumed"])
        for event in pool.events("lost", since):
            self.wait(pool, "share", since=since, where=lambda s: key(s) == key(event)
                      and s["verdict"] == "accepted")
        self.check_to_the_share(pool, daemon)

    def test_another_server_hears_nothing_of_it(self):
        """client.reconnect to another port is another login: no id and no share goes along."""
        other = self.pool("--difficulty", EASY, "--resume")
        pool, daemon = self.start_mining("--resume")
        self.lose(pool, daemon)
        pool.command(f"lose off\nreconnect 127.0.0.1 {other.port} 0")
        self.assertEqual(self.wait(other, "subscribe")["session"], "")
        self.wait_shares(other, 5)
        daemon.wait_status(lambda s: s["shares"]["unanswered"] >= 5)
        other.command("drop")
        self.assertEqual(self.wait(pool, "subscribe", count=2)["session"], "")
        self.wait_shares(pool, 5, since=pool.mark())
        self.assertEqual(other.stats()["refused"], {})
        self.check_end(daemon, pool, other)

    def test_another_pool_hears_nothing_of_it(self):
        """Shares that wait for one pool stay with it while another is mined on."""
        second = self.pool("--difficulty", EASY, "--resume")
        first = self.pool("--difficulty", EASY, "--resume")
        daemon = self.daemon(self.pool_entry(first, name="one"),
                             self.pool_entry(second, name="two"), workers=one_cpu(),
                             failover={"failback_after": 1, "backoff_max": 1})
        daemon.wait_status(lambda s: s["pool"] == "one" and s["pools"][1]["state"] == "standby")
        since = first.mark()
        self.lose(first, daemon)
        first.command("lose off\ndrop")
        self.assertTrue(self.wait(first, "subscribe", since=since)["resumed"])
        for event in first.events("lost", since):
            self.wait(first, "share", since=since, where=lambda s: key(s) == key(event)
                      and s["verdict"] == "accepted")
        lost = {key(event) for event in first.events("lost", since)}
        # One of its own that is good may have the same numbers by chance.
        self.assertEqual([share for share in second.events("share")
                          if key(share) in lost and share["verdict"] != "accepted"], [])
        self.assertEqual(second.stats()["refused"].get("no-job", 0), 0)


if __name__ == "__main__":
    main()
