# SPDX-License-Identifier: MIT
"""packaging/count.py counts what meson says, and forgets nothing that went wrong."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

import tree


def count(programs, *arguments):
    """(exit status, lines) for programs given as (name, result, stdout)."""
    with tempfile.TemporaryDirectory() as folder:
        log = pathlib.Path(folder, "gcc", "meson-logs", "all.json")
        log.parent.mkdir(parents=True)
        log.write_text("".join(
            json.dumps({"name": name, "result": result, "stdout": said}) + "\n"
            for name, result, said in programs
        ))
        done = subprocess.run(
            [sys.executable, tree.ROOT / "packaging/count.py", log, *arguments],
            capture_output=True, check=False,
        )
    return done.returncode, done.stdout.decode().splitlines()


class Count(unittest.TestCase):
    def test_good_ones(self):
        self.assertEqual(
            count([("a", "OK", "ok 1 - x\nok 2 - y\n1..2\n"), ("b", "OK", "")]),
            (0, ["3 passed, 0 failed"]),
        )

    def test_failures(self):
        self.assertEqual(
            count([("a", "ERROR", "ok 1 - x\nnot ok 2 - y\n# why\n# where\nok 3 - z\n# not this\n"
                                  "1..3\n"), ("b", "FAIL", "its end\n")]),
            (1, ["failed: [gcc] a: y", "    # why", "    # where", "failed: [gcc] b (FAIL)",
                 "    its end", "2 passed, 2 failed"]),
        )

    def test_a_bad_end_is_a_failure(self):
        for result in ("TIMEOUT", "ERROR"):
            status, lines = count([("a", result, "ok 1 - x\n1..2\n")])
            self.assertEqual((status, lines[-1]), (1, "1 passed, 1 failed"))
            self.assertEqual(lines[0], f"failed: [gcc] a ({result})")

    def test_skips_have_a_reason(self):
        status, lines = count([("a", "OK", "ok 1 - x # SKIP no root\nok 2 - y\n1..2\n"),
                               ("b", "SKIP", "skipped: no node\n")])
        self.assertEqual(status, 0)
        self.assertEqual(lines, ["skipped: [gcc] a: x (no root)",
                                 "skipped: [gcc] b (skipped: no node)",
                                 "2 skipped, for the reasons above", "1 passed, 0 failed"])

    def test_what_was_not_built_has_failed(self):
        status, lines = count([("a", "OK", "")], "--broken", "build:clang")
        self.assertEqual((status, lines), (1, ["failed: build:clang", "1 passed, 1 failed"]))

    def test_nothing_is_no_success(self):
        self.assertEqual(count([])[0], 1)


if __name__ == "__main__":
    unittest.main()
