# SPDX-License-Identifier: MIT
"""What outlives the daemon: the best share and the counts, over restarts, crashes and bad files."""
import json
import os
import random
import re
import signal
import time

from harness import DEADLINE, FunctionalTest, SCALE, main, note, one_cpu

EASY = "2e-5"
KILLS = 12
DIFFICULTY_1 = 0xffff << 208


class StateCase(FunctionalTest):
    def setUp(self):
        super().setUp()
        self.kept = self.path("kept")
        os.mkdir(self.kept)
        self.file = os.path.join(self.kept, "state.json")

    def mine(self, pool, interval=0, **options):
        state = {"directory": self.kept, "interval": interval}
        return self.daemon(self.pool_entry(pool, name="mine"), workers=one_cpu(), state=state,
                           failover={"backoff_max": 1}, **options)

    def read(self):
        with open(self.file) as file:
            text = file.read()
        self.assertTrue(text.endswith("\n"), repr(text))
        return json.loads(text)

    def wait_file(self, accept):
        deadline = time.monotonic() + DEADLINE * SCALE
        while time.monotonic() < deadline:
            if os.path.exists(self.file) and accept(self.read()):
                return self.read()
            time.sleep(0.02)
        raise AssertionError(f"the file never got there: {os.listdir(self.kept)}")

    def keep_best(self, difficulty):
        """As if a share of about that difficulty had been found long ago."""
        number = int(DIFFICULTY_1 / difficulty)
        best = {"difficulty": float(f"{DIFFICULTY_1 / number:.12g}"), "hash": f"{number:064x}",
                "time": 1231006505, "pool": "old"}
        with open(self.file, "w") as file:
            json.dump({"version": 1, "since": 1231006505, "accepted": 1000, "blocks_found": 0,
                       "best": best}, file)
            file.write("\n")
        return best

    def pause(self, daemon):
        """A status after which nothing is found any more: what it tells is what is kept."""
        self.assertEqual(daemon.ctl("pause").returncode, 0)
        daemon.wait_sleep()
        return daemon.wait_status(lambda s: s["shares"]["in_flight"] == 0)

    def kill_it(self, daemon):
        daemon.kill(signal.SIGKILL)
        self.expect_exit(daemon, -signal.SIGKILL)


class RestartTest(StateCase):
    def test_a_restart_keeps_it(self):
        pool = self.pool("--difficulty", EASY)
        daemon = self.mine(pool, interval=3600)
        daemon.wait_status(lambda s: s["shares"]["accepted"] >= 20)
        status = self.pause(daemon)
        best, accepted = status["shares"]["best_ever"], status["lifetime"]["accepted"]
        self.assertEqual(best["difficulty"], status["shares"]["best_difficulty"])
        self.assertEqual(best["pool"], "mine")
        self.assertLess(abs(best["time"] - time.time()), 600)
        self.assertEqual(accepted, status["shares"]["accepted"])
        self.assertRegex(daemon.ctl("status").stdout, r"all time +best difficulty \S+ \(20")
        self.assertEqual(daemon.stop(), 0)
        kept = self.read()
        self.assertEqual((kept["best"], kept["accepted"]), (best, accepted))
        # Too hard to be found, so that the next run finds nothing better.
        other = self.pool("--difficulty", "1e9")
        daemon = self.mine(other)
        status = daemon.wait_status(lambda s: s["pools"][0]["state"] == "active")
        self.assertEqual(status["shares"]["best_ever"], best)
        self.assertEqual(status["shares"]["best_difficulty"], 0)
        self.assertEqual(status["lifetime"]["accepted"], accepted)
        self.assertEqual(status["lifetime"]["since"], kept["since"])
        self.assertEqual(daemon.stop(), 0)
        self.assertEqual(self.read(), kept)

    def test_killed_while_it_is_written(self):
        """Whenever the end comes, there is a whole file, of this moment or one just before."""
        pool = self.pool("--difficulty", EASY, "--quiet")
        least, torn, best = 0, 0, 0.0
        for number in range(KILLS):
            daemon = self.mine(pool)
            # Before that the socket may still be the one of the last run.
            self.wait_log(daemon, "control socket")
            status = daemon.wait_status(lambda s: s["shares"]["accepted"] >= 5)
            self.assertGreaterEqual(status["lifetime"]["accepted"], least)
            self.assertGreaterEqual(status["shares"]["best_ever"]["difficulty"], best)
            self.wait_file(lambda kept: kept["accepted"] > least)
            time.sleep(random.random() / 20)
            self.kill_it(daemon)
            kept = self.read()
            self.assertGreater(kept["accepted"], least, f"run {number}")
            least, best = kept["accepted"], kept["best"]["difficulty"]
            torn += os.path.exists(self.file + ".new")
        self.assertFalse(os.path.exists(self.file + ".bad"))
        note(f"{torn} of {KILLS} kills came while a new file was written")

    def test_a_bad_file_is_set_aside(self):
        pool = self.pool("--difficulty", EASY)
        with open(self.file, "w") as file:
            file.write("\0" * 100)
        daemon = self.mine(pool)
        self.wait_log(daemon, r"state.json: cannot be used: it is not one line of text; minerd "
                              r"renames it to \S+state.json.bad")
        self.wait_file(lambda kept: kept["accepted"] > 0)
        with open(self.file + ".bad") as file:
            self.assertEqual(file.read(), "\0" * 100)

    def test_a_better_share_is_logged(self):
        """The best of all runs only: not each of the first shares of a run."""
        pool = self.pool("--difficulty", EASY)
        message = "best share ever: difficulty .* found for pool mine"
        self.keep_best(1e-6)
        daemon = self.mine(pool)
        self.wait_log(daemon, message)
        status = daemon.wait_status(lambda s: s["lifetime"]["accepted"] >= 1000 + 20)
        self.assertEqual(status["shares"]["best_ever"]["pool"], "mine")
        self.assertEqual(daemon.stop(), 0)
        kept = self.keep_best(1e20)
        daemon = self.mine(pool)
        status = daemon.wait_status(lambda s: s["shares"]["accepted"] >= 20)
        self.assertEqual(status["shares"]["best_ever"], kept)
        self.assertEqual(daemon.stop(), 0)
        self.assertFalse([line for line in daemon.log() if re.search(message, line)])

    def test_nowhere_to_keep_it(self):
        pool = self.pool("--difficulty", EASY)
        daemon = self.daemon(self.pool_entry(pool, name="mine"), workers=one_cpu(),
                             env={"STATE_DIRECTORY": self.path("missing")})
        self.wait_log(daemon, "state directory .*missing: No such file or directory")
        self.wait_shares(pool, 5)

    def test_the_directory_of_the_service(self):
        pool = self.pool("--difficulty", EASY)
        daemon = self.daemon(self.pool_entry(pool, name="mine"), workers=one_cpu(),
                             env={"STATE_DIRECTORY": self.kept})
        self.wait_shares(pool, 5)
        self.assertEqual(daemon.stop(), 0)
        self.assertEqual(self.read()["best"]["pool"], "mine")


if __name__ == "__main__":
    main()
