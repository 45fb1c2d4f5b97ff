# SPDX-License-Identifier: MIT
"""The simulator as a program: its command line, its output, and that a seed is one life."""
import os
import pathlib
import signal
import subprocess
import time
import unittest

SIM = os.environ["SIM"]
EX_USAGE, EX_IOERR = 64, 74
RUNS_S = 0.2  # of CPU time, after which a run has begun


def sim(*arguments, **others):
    return subprocess.run([SIM, *arguments], capture_output="stdout" not in others, text=True,
                          check=False, **others)


def children(process):
    return pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()


def cpu_time(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) / os.sysconf("SC_CLK_TCK")


class Sim(unittest.TestCase):
    def start(self, *arguments):
        process = subprocess.Popen([SIM, *arguments], stderr=subprocess.PIPE, text=True,
                                   stdout=subprocess.DEVNULL)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        while not children(process) or cpu_time(children(process)[0]) < RUNS_S:
            self.assertIsNone(process.poll())
            time.sleep(0.01)
        return process

    def test_wrong_command_lines(self):
        for line, words in (
            ("--scenario nope", 'no scenario "nope"'),
            ("--seeds 0", "from 1 to"),
            ("--seeds -1", 'not "-1"'),
            ("--seeds 1x", 'not "1x"'),
            ("--days abc", 'not "abc"'),
            ("--days 0", "above 0"),
            ("--days nan", "above 0"),
            ("--days 1x", 'not "1x"'),
            ("--jobs 0", "from 1 to 256"),
            ("--first 18446744073709551616", "from 0 to 18446744073709551615"),
            ("--first 18446744073709551615 --seeds 2", "no room"),
            ("--first 3 --fresh", "give one"),
            ("--skip 3-", 'not "3-"'),
            ("--skip 8192", "from 0 to 8191"),
            ("--seeds 2 --trace", "--trace takes one run"),
            ("--scenario all --reduce", "--reduce takes one run"),
            ("extra", '"extra" is no option'),
            ("--bogus", "--bogus"),
        ):
            with self.subTest(line):
                done = sim(*line.split())
                self.assertEqual((done.returncode, done.stdout), (EX_USAGE, ""))
                self.assertIn(words, done.stderr)
                self.assertRegex(done.stderr, r"try `sim --(help|list)'\n$")

    def test_output_that_cannot_be_written(self):
        for line in ("--help", "--list", "--seeds 1 --days 0.01", "--trace --days 0.01"):
            with self.subTest(line), open("/dev/full", "w") as full:
                done = sim(*line.split(), stdout=full, stderr=subprocess.PIPE)
                self.assertEqual(done.returncode, EX_IOERR)
                self.assertIn("cannot write to the standard output", done.stderr)
        closed = subprocess.run(["sh", "-c", '"$0" --seeds 1 >&-', SIM], check=False,
                                stderr=subprocess.PIPE, text=True)
        self.assertEqual((closed.returncode, closed.stderr),
                         (EX_IOERR, "sim: the standard output is closed\n"))

    def test_a_seed_is_one_life(self):
        for seed in ("1", "2", "3"):
            arguments = ("--first", seed, "--days", "0.1", "--trace")
            trace = sim(*arguments).stdout
            self.assertIn("minerd", trace)
            other = sim(*arguments, cwd="/", env={"TZ": "Asia/Tokyo", "LANG": "tr_TR.UTF-8"})
            self.assertEqual(other.stdout, trace)

    def test_a_good_seed_is_not_reduced(self):
        done = sim("--reduce", "--scenario", "calm", "--days", "0.01")
        self.assertEqual((done.returncode, done.stdout), (0, "seed 1 breaks no rule\n"))

    def test_no_run_is_left_behind(self):
        process = self.start("--seeds", "1", "--days", "10000")
        run, = children(process)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(), -signal.SIGINT)
        while pathlib.Path(f"/proc/{run}/exe").exists():
            time.sleep(0.01)

    def test_a_crash_says_where(self):
        process = self.start("--seeds", "1", "--days", "10000")
        os.kill(int(children(process)[0]), signal.SIGSEGV)
        _, errors = process.communicate()
        self.assertEqual(process.returncode, 1)
        self.assertRegex(errors, r"\ds daemon ")
        self.assertIn("crash, named by: addr2line", errors)
        # A sanitizer ends the process in a way of its own.
        self.assertRegex(errors, r"seed 1 ended (by signal 11 |with exit status )")
        self.assertIn(f"shorter with --reduce: {SIM} --first 1 --days 10000 --trace", errors)
