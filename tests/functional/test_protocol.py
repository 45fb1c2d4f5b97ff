# SPDX-License-Identifier: MIT
"""Stratum as real servers speak it: order, mid-session changes, and the server's own requests."""
import json
import time

from harness import FunctionalTest, SCALE, main, one_cpu

EASY = "2e-5"


class ProtocolCase(FunctionalTest):
    def start_mining(self, *options, shares=5, pool_keys=None, **settings):
        pool = self.pool("--difficulty", EASY, "--trace", *options)
        daemon = self.daemon(self.pool_entry(pool, **(pool_keys or {})), workers=one_cpu(),
                             **settings)
        if shares:
            self.wait_shares(pool, shares)
        return pool, daemon

    def sent(self, pool):
        """The methods that the miner called, in order, without its submits."""
        lines = [json.loads(e["line"]) for e in pool.events("received")]
        return [line for line in lines if line.get("method") not in (None, "mining.submit")]


class HandshakeTest(ProtocolCase):
    def test_order_and_form(self):
        pool, _ = self.start_mining("--suggest", "ignore", "--delay", 30,
                                    pool_keys={"suggest_difficulty": 0.25})
        lines = self.sent(pool)
        self.assertEqual([line["method"] for line in lines],
                         ["mining.configure", "mining.subscribe", "mining.suggest_difficulty",
                          "mining.authorize", "mining.suggest_difficulty",
                          "mining.extranonce.subscribe"])
        extensions, options = lines[0]["params"]
        self.assertIn("version-rolling", extensions)
        self.assertEqual(options["version-rolling.mask"], "1fffe000")
        self.assertIn(options["version-rolling.min-bit-count"], range(1, 17))
        self.assertEqual(lines[1]["params"][0].split("/")[0], "minerd")
        self.assertEqual(lines[3]["params"], ["miner.test", "x"])
        self.assertEqual((lines[2]["params"], lines[4]["params"]), ([0.25], [0.25]))
        self.check_shares(pool)

    def test_suggested_difficulty_is_honoured(self):
        pool, daemon = self.start_mining(pool_keys={"suggest_difficulty": 4e-5})
        self.wait(pool, "share", where=lambda s: s.get("wanted") == 4e-5)
        status = daemon.wait_status(lambda s: s["pools"][0]["difficulty"] == 4e-5)
        self.assertEqual(status["pools"][0]["state"], "active")
        self.check_shares(pool)

    def test_suggest_is_an_integer_from_one_on(self):
        pool, _ = self.start_mining("--suggest", "ignore", pool_keys={"suggest_difficulty": 3.0})
        self.assertEqual(self.wait(pool, "suggest")["difficulty"], 3)
        line = next(e["line"] for e in pool.events("received") if "suggest" in e["line"])
        self.assertNotIn(".0", line)
        self.check_shares(pool)

    def test_user_agent_password_user(self):
        odd = 'we"ird\\ user.1'
        pool, _ = self.start_mining(pool_keys={"user_agent": "my-agent/7", "user": odd,
                                               "password": "d=0.5,\"x\""})
        self.assertEqual(self.wait(pool, "subscribe")["agent"], "my-agent/7")
        authorized = self.wait(pool, "authorize")
        self.assertEqual((authorized["user"], authorized["password"]), (odd, 'd=0.5,"x"'))
        self.check_shares(pool)

    def test_password_file(self):
        self.write("secret", "from the file\n")
        pool = self.pool("--difficulty", EASY)
        entry = self.pool_entry(pool, password_file=self.path("secret"))
        del entry["password"]
        self.daemon(entry, workers=one_cpu())
        self.assertEqual(self.wait(pool, "authorize")["password"], "from the file")

    def test_first_job_at_any_moment(self):
        for option in ("--notify-before-subscribe-reply", "--notify-after-subscribe",
                       "--notify-before-authorize-reply"):
            for delay in (0, 40):
                with self.subTest(option=option, delay=delay):
                    pool, daemon = self.start_mining(option, "--delay", delay)
                    self.check_shares(pool)
                    self.assertEqual(daemon.stop(), 0)
                    pool.stop()

    def test_replies_that_never_come(self):
        """Neither extranonce.subscribe nor suggest_difficulty is waited for."""
        pool, _ = self.start_mining("--no-extranonce-reply", "--suggest", "ignore",
                                    pool_keys={"suggest_difficulty": 0.001})
        self.check_shares(pool)

    def test_configure_that_closes(self):
        """An old server closes on configure: it is asked again without, and that is kept."""
        pool, daemon = self.start_mining("--close-on-configure", shares=5)
        self.assertEqual([line["method"] for line in self.sent(pool)][:2],
                         ["mining.configure", "mining.subscribe"])
        self.assertNotIn("bits", pool.events("share")[-1])
        since = pool.mark()
        pool.command("drop")
        closed = self.wait(pool, "close", since=since)
        self.wait_shares(pool, 1, since=since, after=closed)
        self.assertEqual(len(pool.events("configure")), 1)
        self.check_shares(pool)

    def test_configure_that_is_refused(self):
        pool, daemon = self.start_mining("--refuse-configure", shares=20)
        self.assertNotIn("bits", pool.events("share")[-1])
        self.assertEqual(pool.stats()["connects"], 1)
        # A mask that nobody negotiated grants nothing.
        since = pool.mark()
        pool.command('raw {"id":null,"method":"mining.set_version_mask","params":["1fffe000"]}')
        pool.command("notify clean")
        self.wait_shares(pool, 20, since=since)
        self.assertEqual(pool.stats()["connects"], 1)
        self.assertEqual(pool.events("share", verdict="params"), [])
        self.check_shares(pool)

    def test_configure_that_is_never_answered(self):
        """The login goes on after 5 s, in the same connection; the next one does not wait."""
        pool, _ = self.start_mining("--no-configure-reply", shares=0)
        self.wait_shares(pool, 5)
        self.assertEqual(len(pool.events("connect")), 1)
        since = pool.mark()
        pool.command("drop")
        self.wait_shares(pool, 1, since=since, after=self.wait(pool, "close", since=since))
        methods = [line["method"] for line in self.sent(pool)]
        self.assertEqual(methods[-4:], ["mining.subscribe", "mining.authorize",
                                        "mining.extranonce.subscribe", "mining.configure"])
        self.check_shares(pool)

    def test_initialising(self):
        pool, daemon = self.start_mining("--initialising", 1, shares=0)
        self.wait_shares(pool, 5)
        self.check_shares(pool)

    def test_refused_user(self):
        pool, daemon = self.start_mining("--refuse-user", shares=0)
        self.wait_log(daemon, "login of user .* refused")
        status = daemon.wait_status(lambda s: s["pools"][0]["state"] == "backoff")
        self.assertIn("refused", status["pools"][0]["last_error"])
        self.assertEqual(status["state"], "idle")


class ChangesTest(ProtocolCase):
    def test_difficulty(self):
        """A job keeps its own target; the next one has the new."""
        pool, daemon = self.start_mining(shares=20)
        for difficulty in (1e-6, 1e-4, 5e-6, 2e-5):
            pool.command(f"difficulty {difficulty}")
            self.wait_shares(pool, 1, since=pool.mark())
            since = pool.mark()
            pool.command("notify")
            job = self.wait(pool, "job", since=since)
            share = self.wait_shares(pool, 10, since=since, job=job["job"])
            self.assertEqual(share["wanted"], difficulty)
            self.assertEqual(daemon.status()["pools"][0]["difficulty"], difficulty)
        self.assertEqual(pool.stats()["refused"], {})
        self.check_shares(pool)

    def test_fractional_forms(self):
        pool, _ = self.start_mining()
        for text in ("5.0000000000000002e-5", "3.0e-5", "1E-5", "0.00002"):
            pool.command(f"difficulty {text}")
            since = pool.mark()
            pool.command("notify")
            job = self.wait(pool, "job", since=since)
            share = self.wait_shares(pool, 3, since=since, job=job["job"])
            self.assertEqual(share["wanted"], float(text))
        self.check_shares(pool)

    def test_extranonce(self):
        """Even under a job id that is known: that notify is new work."""
        pool, daemon = self.start_mining(shares=20)
        for hexadecimal, size in (("aabbccdd01", 2), ("00", 16), ("ffeeddccbbaa9988", 1)):
            pool.command(f"extranonce {hexadecimal} {size}")
            self.wait_shares(pool, 1, since=pool.mark())
            pool.command("notify same")
            # Shares of the job as it was may still come; then only of the new issue.
            share = self.wait(pool, "share", since=pool.mark(), count=10, verdict="accepted",
                              where=lambda s: s["again"] == 0
                              and len(s["extranonce2"]) == 2 * size)
            self.assertEqual(len(share["extranonce2"]), 2 * size)
            status = daemon.status()["pools"][0]
            self.assertEqual(status["extranonce2_size"], size)
        self.assertEqual(pool.stats()["refused"], {})
        self.check_shares(pool)

    def test_version_mask(self):
        """Valid at once, without a new job."""
        pool, daemon = self.start_mining(shares=20)
        for mask in (0x0000E000, 0x1F000000, 0x1FFFE000):
            pool.command(f"mask {mask:08x}")
            since = pool.mark()
            self.wait_shares(pool, 30, since=since)
            # Those of the old mask are refused: how late they may be check_shares() knows.
            daemon.wait_status(lambda s: int(s["pools"][0]["version_mask"], 16) == mask)
        self.check_shares(pool)

    def test_mask_of_nothing(self):
        pool, _ = self.start_mining(shares=20)
        pool.command("mask 00000000")
        since = pool.mark()
        share = self.wait_shares(pool, 30, since=since)
        self.assertNotIn("bits", share)
        self.check_shares(pool)

    def test_new_block_with_and_without_clean(self):
        for kind in ("notify clean", "notify block"):
            pool, daemon = self.start_mining()
            for _ in range(10):
                since = pool.mark()
                pool.command(kind)
                job = self.wait(pool, "job", since=since)
                self.wait_shares(pool, 3, since=since, job=job["job"])
            self.check_shares(pool)
            self.assertEqual(daemon.stop(), 0)
            pool.stop()

    def test_bursts(self):
        """Only the last of a hundred jobs matters, and it is mined at once."""
        pool, _ = self.start_mining()
        for kind in ("burst 100", "burst 100 clean", "burst 1000"):
            since = pool.mark()
            pool.command(kind)
            job = pool.events("job", since)[-1]
            self.wait_shares(pool, 3, since=since, job=job["job"])
        self.check_shares(pool)

    def test_odd_spelling(self):
        """Any JSON is as good as any other, and the job's id goes back as it came."""
        pool, _ = self.start_mining("--odd-json", "--notify-before-subscribe-reply", shares=20)
        since = pool.mark()
        pool.command("notify clean")
        job = self.wait(pool, "job", since=since)
        self.assertIn('a"b\\c/\t\u00e9 ]},{', job["job"])
        self.wait_shares(pool, 10, since=since, job=job["job"])
        self.check_shares(pool)

    def test_split_and_crlf(self):
        for options in (["--split-writes", 1], ["--split-writes", 3, "--crlf"],
                        ["--split-writes", 1400, "--coinbase-size", 20000], ["--crlf"]):
            with self.subTest(options=options):
                pool, daemon = self.start_mining(*options, shares=30)
                since = pool.mark()
                pool.command("notify clean")
                self.wait_shares(pool, 10, since=since)
                self.check_shares(pool)
                self.assertEqual(daemon.stop(), 0)
                pool.stop()


class RequestsTest(ProtocolCase):
    def test_ping(self):
        pool, _ = self.start_mining()
        for text, identity in (("42", 42), ('"abc"', "abc"), ('"a\\"b\\\\"', 'a"b\\'),
                               ("9007199254740993", 9007199254740993)):
            since = pool.mark()
            pool.command(f"ping {text}")
            reply = self.wait(pool, "reply", since=since)
            self.assertEqual((reply["id"], reply["result"]), (identity, "pong"))
            self.assertIsNone(reply["error"])

    def test_get_version(self):
        pool, _ = self.start_mining()
        pool.command("get-version")
        reply = self.wait(pool, "reply")
        self.assertEqual(reply["id"], "version")
        self.assertTrue(reply["result"].startswith("minerd/"), reply)

    def test_show_message_is_escaped(self):
        pool, daemon = self.start_mining()
        pool.command("show-message hello \x1b[31mred\x07 \\ end")
        line = self.wait_log(daemon, "hello")
        self.assertNotIn("\x1b[31m", line)
        self.assertIn("\\x1b[31mred\\x07", line)
        pool.command('raw {"id":null,"method":"client.show_message","params":["two\\nlines"]}')
        self.assertIn("lines", self.wait_log(daemon, "two"))

    def test_reconnect(self):
        """To the same server: at once, after a wait, with the port as a string or left out."""
        pool, daemon = self.start_mining()
        for command, wait in (("reconnect", 0), (f"reconnect 127.0.0.1 {pool.port} 0", 0),
                              (f'reconnect 127.0.0.1 "{pool.port}" 1', 1)):
            since, asked = pool.mark(), pool.stats()["t"]
            pool.command(command)
            closed = self.wait(pool, "close", since=since)
            opened = self.wait(pool, "connect", since=since)
            self.assertGreaterEqual(opened["t"] - asked, wait - 0.01)
            self.assertLess(opened["t"] - closed["t"], wait + 10 * SCALE)
            self.wait_shares(pool, 3, since=since, after=closed)
        self.check_shares(pool)

    def test_reconnect_to_another_port(self):
        other = self.pool("--difficulty", EASY)
        pool, daemon = self.start_mining()
        pool.command(f"reconnect 127.0.0.1 {other.port} 0")
        self.wait_shares(other, 3)
        self.check_shares(other)

    def test_reconnect_elsewhere_is_not_obeyed(self):
        pool, daemon = self.start_mining()
        pool.command("reconnect pool.example.org 3333 0")
        self.wait_log(daemon, "refusing to reconnect")
        self.wait_shares(pool, 5, since=pool.mark())
        self.assertEqual(pool.stats()["connects"], 1)

    def test_reconnects_that_make_no_sense(self):
        pool, daemon = self.start_mining(failover={"backoff_max": 1})
        for params in ('["127.0.0.1",99999,0]', '["127.0.0.1",-1,0]', '[null,null,null]',
                       '["127.0.0.1","x",0]', '[{},[],0]', '["a\\u0000b",1,0]'):
            since = pool.mark()
            pool.command('raw {"id":null,"method":"client.reconnect","params":%s}' % params)
            # Ignored, or the end of this connection: it goes on either way.
            pool.command("notify clean")
            self.wait_shares(pool, 3, since=pool.mark())
        self.check_shares(pool)

    def test_forms_of_rejection(self):
        pool, daemon = self.start_mining()
        cases = (("20 Something odd", "other"), ("21 Job not found", "stale"),
                 ("22 Duplicate share", "duplicate"), ("23 Low difficulty share",
                                                       "low-difficulty"))
        for form in ("array", "pair", "object", "string", "reason"):
            pool.command(f"error-form {form}")
            for text, kind in cases:
                before = daemon.status()["shares"]
                pool.command(f"reject 1 {text}")
                daemon.wait_status(lambda s: s["shares"]["reject_reasons"].get(kind, 0)
                                   > before["reject_reasons"].get(kind, 0))
        status = daemon.wait_status(lambda s: s["shares"]["in_flight"] == 0)
        reasons = status["shares"]["reject_reasons"]
        self.assertEqual({kind: reasons[kind] for _, kind in cases},
                         {kind: 5 for _, kind in cases})
        self.assertEqual(pool.stats()["connects"], 1)
        self.wait_log(daemon, "rejected.*Something odd")


if __name__ == "__main__":
    main()
