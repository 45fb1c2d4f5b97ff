# SPDX-License-Identifier: MIT
"""The way of a new user: a fresh Debian with nothing in it, the source, and one command."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "functional"))

from container import SCALE, Container, copy_source  # noqa: E402
from harness import note  # noqa: E402

FOLDER = pathlib.Path(os.environ["MINERD_BUILD"]) / "system"
SECONDS = 6


class Quickstart(unittest.TestCase):
    def setUp(self):
        self.container = Container(FOLDER)
        self.root = self.container.fresh("quickstart")
        self.addCleanup(shutil.rmtree, self.root, ignore_errors=True)
        copy_source(self.root / "srv/minerd")

    def test_shares_are_accepted(self):
        done = subprocess.run(
            self.container.alone(self.root, "sh", "/srv/minerd/packaging/quickstart.sh", SECONDS),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            timeout=600 * SCALE, check=False)
        said = done.stdout.decode(errors="replace")
        self.assertEqual(done.returncode, 0, said)
        shares = re.search(r"== It mines: (\d+) shares", said)
        self.assertTrue(shares and int(shares.group(1)) > 0, said)
        self.assertIn("systemctl start minerd", said)
        self.assertNotRegex(said, "(?i)(warning|error):")
        note(f"quickstart.sh {SECONDS} in a fresh root: {shares.group(1)} shares accepted")


if __name__ == "__main__":
    unittest.main()
