# SPDX-License-Identifier: MIT
"""It mines: every shape of work a pool may send ends in shares that the pool accepts."""
import os
import re
import shutil
import signal
import subprocess
import time
import unittest

from harness import FunctionalTest, main, note, one_cpu, rss_kib, sanitized

EASY = "2e-5"  # about 86,000 hashes a share


class MiningTest(FunctionalTest):
    def mine(self, shares, *options, **settings):
        """Mines until the pool has accepted so many; the pool and the daemon go on."""
        pool = self.pool("--difficulty", EASY, *options)
        daemon = self.daemon(pool, workers=one_cpu(), **settings)
        self.wait_shares(pool, shares)
        self.check_shares(pool)
        return pool, daemon

    def test_extranonce2_sizes(self):
        for size in (1, 2, 3, 4, 8, 16):
            for mask in ("none", "1fffe000"):
                with self.subTest(size=size, mask=mask):
                    pool, daemon = self.mine(50, "--extranonce2-size", size,
                                             "--version-mask", mask)
                    share = pool.events("share")[-1]
                    self.assertEqual(len(share["extranonce2"]), 2 * size)
                    self.assertEqual("bits" in share, mask != "none")
                    status = daemon.status()["pools"][0]
                    self.assertEqual(status["extranonce2_size"], size)
                    self.assertEqual(int(status["version_mask"], 16),
                                     0 if mask == "none" else 0x1FFFE000)
                    self.assertEqual(daemon.stop(), 0)
                    pool.stop()

    def test_branches(self):
        pool = self.pool("--difficulty", EASY)
        self.daemon(pool, workers=one_cpu())
        self.wait_shares(pool, 1)
        for branches in range(16):
            pool.command(f"set branches {branches}")
            since = pool.mark()
            pool.command("notify clean")
            job = self.wait(pool, "job", since=since)
            self.assertEqual(job["branches"], branches)
            self.wait_shares(pool, 10, since=since, job=job["job"])
        self.check_shares(pool)

    def test_coinbase_sizes(self):
        """Up to a pool that pays in the coinbase; the extranonces at every offset of a block."""
        pool, _ = self.mine(50, "--coinbase-size", 20000, "--extranonce2-size", 8)
        for size in (200, 1000, 65000, 100000):
            pool.command(f"set coinbase-size {size}")
            since = pool.mark()
            pool.command("notify clean")
            job = self.wait(pool, "job", since=since)
            self.wait_shares(pool, 5, since=since, job=job["job"])
        self.check_shares(pool)

    def test_extranonce_offsets(self):
        for lead in range(0, 70, 9):
            with self.subTest(lead=lead):
                pool, daemon = self.mine(10, "--coinbase-lead", lead, "--extranonce1-size",
                                         1 + lead % 8, "--extranonce2-size", 1 + lead % 5)
                self.assertEqual(daemon.stop(), 0)
                pool.stop()

    def test_hundreds_none_refused(self):
        pool, daemon = self.mine(600, "--job-interval", "0.2")
        status = daemon.wait_status(lambda s: s["shares"]["accepted"] >= 600)
        self.assertEqual(status["state"], "mining")
        self.assertEqual(status["shares"]["rejected"], 0)
        self.assertEqual(status["shares"]["hardware_errors"], 0)
        self.assertGreater(status["hashrate"]["session"], 0)
        self.assertEqual(pool.stats()["refused"], {})
        shares = self.settle(pool, daemon)
        self.assertEqual((shares["accepted"], shares["unanswered"], shares["dropped"]),
                         (pool.stats()["accepted"], 0, 0))

    def test_the_log_is_quiet(self):
        """Good news needs no lines: a start of a few, then nothing for each share or job."""
        pool, daemon = self.mine(300, "--job-interval", "0.1", log={"level": "info"})
        self.assertLess(len(daemon.log()), 10, daemon.log())
        self.assertFalse([text for text in daemon.log() if not text.isprintable()])

    def test_two_workers_do_not_repeat(self):
        cpus = ",".join(map(str, sorted(os.sched_getaffinity(0))))
        pool = self.pool("--difficulty", "5e-6", "--extranonce2-size", 1)
        daemon = self.daemon(pool, workers=[{"cpus": cpus}])
        self.wait_shares(pool, 1000)
        self.check_shares(pool)
        self.assertEqual(len(daemon.status()["workers"]), len(os.sched_getaffinity(0)))

    def test_blocks(self):
        """Two shares of three are blocks here: new work comes before or after the reply."""
        for option in ([], ["--block-notify-first"]):
            with self.subTest(option=option):
                pool = self.pool("--difficulty", EASY, "--nbits", "1e7fffff", *option)
                daemon = self.daemon(pool, workers=one_cpu())
                self.wait(pool, "block", count=20)
                self.check_shares(pool)
                found = daemon.wait_status(lambda s: s["blocks_found"] >= 20)
                self.assertLessEqual(found["blocks_found"], pool.stats()["blocks"]
                                     + pool.stats()["stale_blocks"])
                self.assertEqual(daemon.stop(), 0)
                pool.stop()

    def test_job_version_with_bits_of_the_mask(self):
        """Such a job is not rolled and goes out with five parameters; the next one rolls again."""
        pool, _ = self.mine(30, "--job-version", "20004000")
        self.assertNotIn("bits", pool.events("share")[-1])
        pool.command("set version 20000000")
        since = pool.mark()
        pool.command("notify clean")
        job = self.wait(pool, "job", since=since)
        share = self.wait_shares(pool, 30, since=since, job=job["job"])
        self.assertIn("bits", share)
        pool.command("set version 3fffe000")
        since = pool.mark()
        pool.command("notify clean")
        job = self.wait(pool, "job", since=since)
        share = self.wait_shares(pool, 30, since=since, job=job["job"])
        self.assertNotIn("bits", share)
        self.check_shares(pool)

    def test_narrow_masks(self):
        for mask in ("00002000", "0000e000", "10000000", "ffffffff"):
            version = "00000000" if mask == "ffffffff" else "20000000"
            with self.subTest(mask=mask):
                pool, daemon = self.mine(60, "--version-mask", mask, "--job-version", version)
                self.assertTrue(all("bits" in s for s in pool.events("share")))
                self.assertEqual(daemon.stop(), 0)
                pool.stop()

    def test_unpadded_words(self):
        pool, _ = self.mine(20, "--unpadded", "--job-version", "2", "--ntime", "0fffff00")
        share = pool.events("share")[-1]
        self.assertEqual(len(share["ntime"]), 8)

    def test_version_rolling_can_be_off(self):
        pool = self.pool("--difficulty", EASY, "--version-mask", "1fffe000")
        self.daemon(self.pool_entry(pool, version_rolling=False), workers=one_cpu())
        self.wait_shares(pool, 50)
        self.check_shares(pool)
        self.assertNotIn("bits", pool.events("share")[-1])


class DifficultyTest(FunctionalTest):
    def test_tiny(self):
        """Nearly every fourth hash is a share: what cannot be sent is counted, not kept."""
        for difficulty in ("1e-9", "1e-10"):
            with self.subTest(difficulty=difficulty):
                pool = self.pool("--difficulty", difficulty, "--quiet")
                daemon = self.daemon(pool, workers=one_cpu(), log={"level": "info"})
                daemon.wait_status(lambda s: s["shares"]["accepted"] >= 2000)
                stats = pool.stats()
                self.assertEqual((stats["refused"], stats["violations"]), ({}, 0))
                self.check_accounting(daemon.status()["shares"])
                if not sanitized():
                    self.assertLess(rss_kib(daemon.pid), 16 * 1024)
                self.assertEqual(daemon.stop(), 0)
                pool.stop()

    def test_shares_due_at_once(self):
        """Jobs whose first share the io thread stays awake for, one after the other."""
        pool = self.pool("--difficulty", "1e-8", "--job-interval", "0.01", "--quiet")
        daemon = self.daemon(pool, log={"level": "info"})
        status = daemon.wait_status(lambda s: s["latency_us"]["packet_to_hash"]["count"] >= 50)
        stats = pool.stats()
        self.assertEqual((stats["refused"], stats["violations"]), ({}, 0))
        self.assertGreaterEqual(status["shares"]["accepted"], 300)
        self.check_accounting(daemon.status()["shares"])
        self.assertEqual(daemon.stop(), 0)

    def test_steps(self):
        for difficulty in ("1e-8", "3.7e-7", "1e-6", "5e-5", "0.001"):
            with self.subTest(difficulty=difficulty):
                pool = self.pool("--difficulty", difficulty, "--quiet")
                daemon = self.daemon(pool, workers=one_cpu(), log={"level": "info"})
                status = daemon.wait_status(lambda s: s["shares"]["accepted"] >= 3)
                self.assertAlmostEqual(status["pools"][0]["difficulty"] / float(difficulty), 1)
                self.assertGreaterEqual(status["shares"]["best_difficulty"], float(difficulty))
                stats = pool.stats()
                self.assertEqual((stats["refused"], stats["violations"]), ({}, 0))
                self.assertEqual(daemon.stop(), 0)
                pool.stop()

    def test_huge(self):
        """Nothing meets it; the state tells that there is work all the same."""
        for difficulty in ("1e6", "1e15"):
            with self.subTest(difficulty=difficulty):
                pool = self.pool("--difficulty", difficulty, "--nbits", "17034219")
                daemon = self.daemon(pool, workers=one_cpu())
                status = daemon.wait_status(lambda s: s["hashes"] > 2_000_000
                                            and s["state"] == "mining")
                self.assertEqual(status["pools"][0]["state"], "active")
                self.assertEqual(status["pools"][0]["difficulty"], float(difficulty))
                self.assertEqual(status["shares"]["found"], 0)
                self.assertEqual(pool.stats()["submits"], 0)
                self.assertEqual(daemon.stop(), 0)
                pool.stop()


class CallsTest(FunctionalTest):
    def trace(self, pid, meanwhile):
        """The names of the system calls of a thread, one after the other."""
        path = self.path("trace")
        strace = subprocess.Popen(["strace", "-p", str(pid), "-o", path],
                                  stderr=subprocess.PIPE, text=True)
        try:
            said = strace.stderr.readline()
            if "ttached" not in said or "not permitted" in said:
                self.skipTest("strace may not trace here: " + said.strip())
            meanwhile()
        finally:
            strace.send_signal(signal.SIGINT)
            strace.communicate()
        with open(path) as file:
            return re.findall(r"^\w+\(.*", file.read(), re.MULTILINE)

    def calls(self, difficulty, counter, most):
        """What the io thread calls until a counter of the pool has risen by so much; jobs, shares
        and seconds meanwhile."""
        pool = self.pool("--difficulty", difficulty, "--job-interval", "0.02", "--quiet")
        daemon = self.daemon(pool, log={"level": "warning"})
        daemon.wait_status(lambda s: s["shares"]["accepted"] >= 20 and s["hashrate"]["10s"] > 0)
        before, begun = pool.stats(), time.monotonic()

        def mine():
            while pool.stats()[counter] < before[counter] + most:
                pool.wait("never", pool.mark(), timeout=0.1)

        # The heap may grow now and then: by jobs whose shares wait.
        calls = [call for call in self.trace(daemon.pid, mine) if not call.startswith("brk(")]
        stats = pool.stats()
        jobs, shares = (stats[name] - before[name] for name in ("jobs", "submits"))
        self.assertEqual({call.partition("(")[0] for call in calls}, {"io_uring_enter"})
        return calls, jobs, shares, time.monotonic() - begun

    @unittest.skipIf(sanitized(), "a sanitizer's build")
    @unittest.skipUnless(shutil.which("strace"), "there is no strace here")
    def test_one_call_a_wake_up(self):
        """The io thread's only system call is the ring's: one for each job that comes, and two for
        a share, which goes out when a worker has found it and has its reply later."""
        calls, jobs, shares, seconds = self.calls(EASY, "accepted", 300)
        note(f"{len(calls)} system calls for {jobs} jobs and {shares} shares")
        self.assertGreater(len(calls), 300)
        # A tick each second, and some calls that belong to a share before or after these.
        self.assertLessEqual(len(calls), jobs + 2 * shares + seconds + 20)
        # Each also waits, but for that of a share among the first hashes of a job, which is rare.
        self.assertLessEqual(sum("GETEVENTS" not in call for call in calls), jobs // 5)

    @unittest.skipIf(sanitized(), "a sanitizer's build")
    @unittest.skipUnless(shutil.which("strace"), "there is no strace here")
    @unittest.skipIf(len(os.sched_getaffinity(0)) < 2, "awake, it would have the only CPU")
    def test_awake_for_what_is_due(self):
        """Where a share is due at once it stays awake, so that it hands over without a wait. Every
        hash is a share here: due at once however slow the build and busy the machine."""
        calls, jobs, _, _ = self.calls("1e-12", "jobs", 30)
        # On a busy machine several jobs come at once.
        self.assertGreaterEqual(sum("GETEVENTS" not in call for call in calls), jobs // 5)


if __name__ == "__main__":
    main()
