# SPDX-License-Identifier: MIT
"""packaging/coverage.py adds up the lines of folders, and names each that did not run."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

import tree

SOURCE = """int f(int x)
{
\tif (x)
\t\treturn 1;
\treturn 0;
}
"""


def coverage(files, minimum, *folders):
    """(exit status, lines) for files given as {path: {line: times that it ran}}."""
    with tempfile.TemporaryDirectory() as name:
        root = pathlib.Path(name, "source")
        lcov = ""
        for path, lines in files.items():
            file = root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(SOURCE)
            # As clang names the files of meson: relative to the folder of the build.
            lcov += f"SF:{root}/build/../{path}\n"
            lcov += "".join(f"DA:{line},{count}\n" for line, count in lines.items())
            lcov += "end_of_record\n"
        (root / "build").mkdir()
        pathlib.Path(name, "lines").write_text(lcov)
        done = subprocess.run(
            [sys.executable, tree.ROOT / "packaging/coverage.py", f"{name}/lines", root, minimum,
             *folders], capture_output=True, check=False, text=True)
    return done.returncode, [line.split() for line in done.stdout.splitlines()]


class Coverage(unittest.TestCase):
    def test_folders_are_added_up(self):
        files = {"a/x.c": {1: 2, 2: 2, 3: 2, 4: 0, 5: 2, 6: 0}, "a/b/y.c": {3: 1, 4: 1},
                 "ab/z.c": {4: 0}}
        status, lines = coverage(files, "75", "a")
        self.assertEqual(status, 0)
        self.assertEqual(lines[1], ["a", "8", "6", "75.0"])
        self.assertEqual(lines[4:], [["a/x.c:4:", "return", "1;"]])

    def test_too_few_lines(self):
        files = {"a/x.c": {3: 1, 4: 0}, "b/x.c": {3: 1}}
        status, lines = coverage(files, "92", "a", "b")
        self.assertEqual(status, 1)
        self.assertEqual(lines[1:3], [["a", "2", "1", "50.0", "below", "92"],
                                      ["b", "1", "1", "100.0"]])

    def test_a_folder_without_lines(self):
        status, lines = coverage({"a/x.c": {3: 1}}, "92", "none")
        self.assertEqual(status, 1)
        self.assertEqual(lines[1], ["none", "0", "0", "0.0", "below", "92"])

    def test_programs_share_a_header(self):
        # The same file under two names.
        files = {"a/x.h": {4: 0}, "a/../a/x.h": {4: 1}}
        self.assertEqual(coverage(files, "92", "a")[1][1], ["a", "1", "1", "100.0"])


if __name__ == "__main__":
    unittest.main()
