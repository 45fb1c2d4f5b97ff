# SPDX-License-Identifier: MIT
"""tests/tap.py tells every test with its reason, in an environment that is no service's."""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import tree

SAMPLE = """
import os
import unittest


class Sample(unittest.TestCase):
    def test_environment(self):
        self.assertEqual([name for name in os.environ if name in NAMES], [])

    def test_fails(self):
        self.assertEqual(1, 2, "they differ")

    def test_scale(self):
        self.assertGreaterEqual(float(os.environ["TEST_TIME_SCALE"]), 3)

    def test_skips(self):
        self.skipTest("needs CAP_SAMPLE")


class Other(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        raise unittest.SkipTest("needs a sample")

    def test_never(self):
        self.fail()


NAMES = """

MANAGER = {"NOTIFY_SOCKET": "/tmp/x", "JOURNAL_STREAM": "1:2", "WATCHDOG_USEC": "1",
           "WATCHDOG_PID": "1", "LISTEN_FDS": "3", "STATE_DIRECTORY": "/x",
           "CREDENTIALS_DIRECTORY": "/x", "INVOCATION_ID": "x"}


class Tap(unittest.TestCase):
    def test_all_are_reported(self):
        with tempfile.TemporaryDirectory() as folder:
            sample = pathlib.Path(folder, "sample.py")
            sample.write_text(SAMPLE + repr(list(MANAGER)) + "\n")
            done = subprocess.run(
                [sys.executable, tree.ROOT / "tests/tap.py", sample], capture_output=True,
                check=False, text=True,
                env={**os.environ, **MANAGER, "TEST_TIME_SCALE": "3"})
        lines = done.stdout.splitlines()
        self.assertEqual([line for line in lines if not line.startswith("#")], [
            "ok 1 - setUpClass # SKIP needs a sample",
            "ok 2 - environment",
            "not ok 3 - fails",
            "ok 4 - scale",
            "ok 5 - skips # SKIP needs CAP_SAMPLE",
            "1..5",
        ])
        self.assertTrue(any("they differ" in line for line in lines))
        self.assertEqual(done.returncode, 1)


if __name__ == "__main__":
    unittest.main()
