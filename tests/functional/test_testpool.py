# SPDX-License-Identifier: MIT
"""The pool that the other tests trust: a miner written apart from it gets right answers."""

from client import Client
from harness import FunctionalTest, main

TINY = "1e-8"


class TestPoolTest(FunctionalTest):
    def client(self, pool, login=True, **arguments):
        client = Client(pool.port)
        self.addCleanup(client.close)
        if login:
            client.login(**arguments)
        return client

    def refused(self, client, params, code):
        reply = client.submit(params)
        self.assertIsNone(reply["result"])
        self.assertEqual(reply["error"][0], code, reply)

    def test_good_shares(self):
        for options in ([], ["--branches", 0], ["--branches", 15], ["--coinbase-size", 20000],
                        ["--extranonce2-size", 1], ["--extranonce2-size", 16],
                        ["--version-mask", "none"], ["--job-version", "3fffe000"],
                        ["--unpadded", "--job-version", "2", "--ntime", "0fffff00"],
                        ["--split-writes", 7, "--crlf"], ["--extranonce1-size", 8],
                        ["--coinbase-lead", 61], ["--notify-before-subscribe-reply"],
                        ["--notify-after-subscribe"], ["--notify-before-authorize-reply"],
                        ["--difficulty", "2.5e-9"], ["--odd-json"], ["--refuse-configure"]):
            with self.subTest(options=options):
                pool = self.pool("--difficulty", TINY, *options)
                client = self.client(pool)
                for _ in range(5):
                    reply = client.submit(client.mine())
                    self.assertIs(reply["result"], True, reply)
                stats = pool.stats()
                self.assertEqual((stats["accepted"], stats["violations"]), (5, 0))

    def test_sizes_are_what_was_asked(self):
        pool = self.pool("--coinbase-size", 20000, "--branches", 15, "--extranonce2-size", 9,
                         "--extranonce1-size", 5)
        job = self.client(pool).jobs[-1]
        self.assertEqual(len(job.coinb1) + len(job.coinb2) + 14, 20000)
        self.assertEqual(len(job.branches), 15)
        self.assertEqual((len(job.extranonce1), job.size), (5, 9))
        height = int.from_bytes(job.coinb1[43:46], "little")
        self.assertEqual((job.coinb1[42], height), (3, 840000))

    def test_bad_shares(self):
        pool = self.pool("--difficulty", TINY)
        client = self.client(pool)
        share = client.mine()
        self.refused(client, [share[0] + "x", *share[1:]], 24)
        self.refused(client, [share[0], "nojob", *share[2:]], 21)
        self.refused(client, [*share[:2], share[2] + "00", *share[3:]], 20)
        self.refused(client, [*share[:2], share[2][2:], *share[3:]], 20)
        self.refused(client, [*share[:3], share[3][1:], *share[4:]], 20)
        self.refused(client, [*share[:4], "zzzzzzzz", share[5]], 20)
        self.refused(client, share[:5], 20)
        self.refused(client, [*share[:5], "00000001"], 20)
        self.refused(client, client.mine(good=False), 23)
        self.refused(client, client.mine(ntime_over=-1), 20)
        self.refused(client, client.mine(ntime_over=7001), 20)
        self.assertIs(client.submit(client.mine(ntime_over=7000))["result"], True)
        self.assertIs(client.submit(share)["result"], True)
        self.refused(client, share, 22)
        self.assertEqual(pool.stats()["refused"],
                         {"user": 1, "no-job": 1, "extranonce2": 2, "ntime": 3, "nonce": 1,
                          "params": 1, "version": 1, "low-difficulty": 1, "duplicate": 1})

    def test_sixth_parameter_exactly_when_granted(self):
        pool = self.pool("--difficulty", TINY, "--version-mask", "none")
        client = self.client(pool)
        self.refused(client, [*client.mine(), "00000000"], 20)
        pool = self.pool("--difficulty", TINY, "--job-version", "20002000")
        client = self.client(pool)
        self.refused(client, [*client.mine(), "00000000"], 20)
        self.assertIs(client.submit(client.mine())["result"], True)

    def test_a_mask_whose_reply_is_held_back_is_not_granted(self):
        pool = self.pool("--difficulty", TINY)
        client = self.client(pool, login=False)
        pool.command("silence replies")
        client.send("mining.configure", [["version-rolling"], {}])
        pool.wait("configure")
        pool.command("silence off")
        client.login(rolling=False)
        self.assertIs(client.submit(client.mine())["result"], True)
        self.refused(client, [*client.mine(), "00000000"], 20)

    def test_a_session_is_gone_on_with(self):
        """--resume: the extranonces and the jobs come back to who names the closed session."""
        # Hard enough that no share is one for another extranonce by chance.
        pool = self.pool("--difficulty", "1e-6", "--resume")
        for resumed in (True, False):
            client = self.client(pool, login=False)
            result = client.call("mining.subscribe", "client/1")["result"]
            client.extranonce1, client.extranonce2_size = bytes.fromhex(result[1]), result[2]
            client.call("mining.authorize", client.user, "x")
            client.wait_job()
            share = client.mine()
            client.close()
            self.wait(pool, "close")
            other = self.client(pool, login=False)
            session = dict(result[0])["mining.notify"] if resumed else result[1]
            again = other.call("mining.subscribe", "client/1", session)["result"]
            self.assertEqual(again[1] == result[1], resumed)
            self.assertNotEqual(again[0], result[0])
            other.call("mining.authorize", other.user, "x")
            reply = other.call("mining.submit", *share)
            self.assertEqual(reply["result"] is True, resumed, reply)
            pool.command("drop")

    def test_lost_submits(self):
        pool = self.pool("--difficulty", TINY)
        client = self.client(pool)
        share = client.mine()
        pool.command("lose on")
        client.send("mining.submit", share)
        self.assertEqual(self.wait(pool, "lost")["nonce"], share[4])
        pool.command("lose off")
        self.assertIs(client.submit(share)["result"], True)

    def test_stale_and_old_work(self):
        pool = self.pool("--difficulty", TINY, "--nbits", "1d00ffff")
        client = self.client(pool)
        first, second = client.mine(), client.mine()
        pool.command("notify")
        client.wait_job(2)
        self.assertIs(client.submit(first)["result"], True)
        pool.command("notify block")
        client.wait_job(3)
        self.assertFalse(client.jobs[-1].clean)
        self.refused(client, second, 21)
        self.assertIs(client.submit(client.mine())["result"], True)

    def test_what_excuses_a_share(self):
        """Only the news that makes it late, and only if it was good before that."""
        pool = self.pool("--difficulty", TINY)
        client = self.client(pool)
        job, share = client.jobs[0], client.mine()
        # One that is no share without its version bits.
        while client.meets(job, share[:5]):
            share = client.mine()

        def late(params):
            """The verdict, and whether it is excused."""
            since = pool.mark()
            client.submit(params)
            event = self.wait(pool, "share", since=since)
            return event["verdict"], event.get("late_ms", -1) >= 0

        for news in ("notify", "difficulty 1e-7", "extranonce 0102030405 7"):
            with self.subTest(news):
                pool.command(news)
                self.assertEqual(late(share[:5]), ("params", False))
                self.assertEqual(late([*share[:5], "00000001"]), ("version", False))
                self.assertEqual(late([*share[:2], share[2] + "00", *share[3:]]),
                                 ("extranonce2", False))
                self.assertEqual(late([share[0], "nojob", *share[2:]]), ("no-job", False))
                self.assertEqual(late(client.mine(job, good=False)), ("low-difficulty", False))
        client.counter = 8  # whose bits are not in the next mask
        wide = client.mine(job)
        pool.command("mask 0000e000")
        self.assertEqual(late(wide), ("version", True))
        self.assertEqual(late(share[:5]), ("params", False))
        narrow = client.mine(job)
        pool.command("mask 00000000")
        self.assertEqual(late(narrow), ("params", True))
        self.assertEqual(late(wide), ("params", False), "it has been wrong for longer")
        pool.command("notify clean")
        self.assertEqual(late(client.mine(job, rolling=False)), ("stale", True))
        self.assertEqual(late(client.mine(job, rolling=False, good=False)), ("stale", False))

    def test_terms_bind_from_the_next_job(self):
        pool = self.pool("--difficulty", TINY)
        client = self.client(pool)
        old = client.mine()
        pool.command("difficulty 1e-7")
        pool.command("extranonce 0102030405 7")
        self.assertIs(client.submit(old)["result"], True)
        pool.command("notify same")
        client.wait_job(2)
        self.assertEqual((client.jobs[0].id, client.jobs[1].size), (client.jobs[1].id, 7))
        self.assertIs(client.submit(client.mine())["result"], True)
        self.assertIs(client.submit(client.mine(client.jobs[0]))["result"], True)
        share = self.wait(pool, "share", count=3)
        self.assertEqual((share["again"], share["wanted"]), (1, 1e-8))

    def test_difficulty_that_binds_at_once(self):
        pool = self.pool("--difficulty", TINY, "--difficulty-at-once")
        client = self.client(pool)
        share, other = client.mine(), client.mine()
        self.assertIs(client.submit(share)["result"], True)
        pool.command("difficulty 1e6")
        self.refused(client, other, 23)

    def test_version_mask_is_valid_at_once(self):
        pool = self.pool("--difficulty", TINY)
        client = self.client(pool)
        pool.command("mask 0000e000")
        wide = 0x00010000
        share = client.mine()
        self.refused(client, [*share[:5], f"{wide:08x}"], 20)
        self.assertEqual(client.mask, 0xE000)
        self.assertIs(client.submit(client.mine())["result"], True)

    def test_resumed_without_a_version_mask(self):
        """A share of before has six parameters, and the miner is not to blame for that."""
        pool = self.pool("--difficulty", TINY, "--resume")
        client = self.client(pool)
        share = client.mine()
        client.close()
        pool.wait("close")
        again = self.client(pool, login=False)
        again.call("mining.subscribe", "client/1", "5e5500000001")
        again.call("mining.authorize", again.user, "x")
        self.assertTrue(pool.wait("subscribe", resumed=True))
        self.refused(again, share, 20)
        self.assertIn("late_ms", pool.wait("share", verdict="params"))

    def test_blocks_bring_new_work(self):
        pool = self.pool("--difficulty", "1e-9", "--nbits", "207fffff", "--block-notify-first")
        client = self.client(pool)
        while not pool.stats()["blocks"]:
            self.assertIs(client.submit(client.mine())["result"], True)
        self.assertEqual(len(client.jobs), 2)
        self.assertTrue(client.jobs[1].clean)
        self.assertNotEqual(client.jobs[0].prevhash, client.jobs[1].prevhash)

    def test_forms_of_refusal(self):
        pool = self.pool("--difficulty", TINY)
        client = self.client(pool)
        text = "too  odd, this"
        wanted = {"array": [31, text, None], "pair": [31, text], "string": text,
                  "object": {"code": 31, "message": text}, "reason": None}
        for form, error in wanted.items():
            pool.command(f"error-form {form}")
            pool.command(f"reject 1 31 {text}")
            reply = client.submit(client.mine())
            self.assertEqual(reply["error"], error)
            if form == "reason":
                self.assertEqual((reply["result"], reply["reject-reason"]), (False, text))
            self.assertIs(client.submit(client.mine())["result"], True)

    def test_commands(self):
        pool = self.pool("--difficulty", TINY, "--trace")
        client = self.client(pool)
        pool.command('ping "abc"')
        pool.command("reconnect pool.example.org \"3333\" 1")
        pool.command("reconnect")
        pool.command("show-message a \x1b[1m\"b\"")
        pool.command("get-version")
        pool.command('raw {"id":7,"method":"odd","params":[]}')
        while len(client.others) < 6:
            client.notice(client.receive())
        self.assertEqual([(m["method"], m["params"]) for m in client.others],
                         [("mining.ping", []),
                          ("client.reconnect", ["pool.example.org", "3333", 1]),
                          ("client.reconnect", []),
                          ("client.show_message", ["a \x1b[1m\"b\""]),
                          ("client.get_version", []), ("odd", [])])
        self.assertEqual([m["id"] for m in client.others],
                         ["abc", None, None, None, "version", 7])
        pool.command("burst 5 clean")
        self.assertEqual(client.wait_job(6).clean, True)
        pool.command("nonsense")
        self.wait(pool, "mistake")
        pool.command("long-line 100000")
        self.assertEqual(len(client.file.readline()), 100001)
        pool.command("garbage")
        with self.assertRaises(ValueError):
            client.receive()
        pool.command("drop")
        with self.assertRaises(ConnectionError):
            client.receive()
        self.wait(pool, "close", reason="dropped by the script")

    def test_manners(self):
        pool = self.pool("--difficulty", TINY, "--suggest", "honour", "--initialising", 1)
        client = self.client(pool, login=False)
        self.assertEqual(client.call("mining.subscribe", "c")["result"], "Initialising")
        client.send("mining.suggest_difficulty", ["5"])
        self.wait(pool, "violation", what="a method before subscribe")
        client.login()
        client.send("mining.suggest_difficulty", [2.0])
        self.wait(pool, "violation", what="suggest_difficulty of 1 or more is no integer")
        client.call("mining.extranonce.subscribe")
        self.assertEqual(client.difficulty, 2.0)
        client.socket.sendall(b"no json\n")
        self.wait(pool, "close", reason="invalid JSON")

    def test_delay_lets_jobs_pass_replies(self):
        pool = self.pool("--difficulty", TINY)
        client = self.client(pool)
        pool.command("delay 1500")
        client.send("mining.submit", client.mine())
        self.wait(pool, "share")
        pool.command("notify")
        self.assertEqual(client.receive()["method"], "mining.notify")
        self.assertIs(client.receive()["result"], True)

    def test_lag_keeps_the_order(self):
        pool = self.pool("--difficulty", TINY)
        client = self.client(pool)
        pool.command("lag 50")
        first = client.send("mining.submit", client.mine())
        self.wait(pool, "share")
        pool.command("notify clean")
        second = client.send("mining.submit", client.mine())
        lines = [client.receive() for _ in range(3)]
        self.assertEqual([line["id"] for line in lines], [first, None, second])
        self.assertEqual(lines[1]["method"], "mining.notify")
        self.assertEqual((lines[0]["result"], lines[2]["error"][0]), (True, 21))

    def test_reaction_is_measured(self):
        pool = self.pool("--difficulty", TINY)
        client = self.client(pool)
        client.submit(client.mine())
        client.submit(client.mine())
        reaction = pool.stats()["reaction_us"]
        self.assertEqual(reaction["count"], 1)
        self.assertGreater(reaction["p50"], 0)
        self.assertLess(reaction["p50"], 5e6)


if __name__ == "__main__":
    main()
