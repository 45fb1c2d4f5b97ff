# SPDX-License-Identifier: MIT
"""gcc -fanalyzer and cppcheck, applied to the daemon and minerctl, and to a leak."""
import pathlib
import tempfile
import unittest

import analyze

# A leak that each analyzer must find.
FAULTY = """
#include <stdlib.h>
#include <string.h>

int faulty(const char *text);
int faulty(const char *text)
{
	char *copy = malloc(strlen(text) + 1);

	if (!copy)
		return -1;
	strcpy(copy, text);
	return copy[0];
}
"""


class Analyze(unittest.TestCase):
    def judge(self, analyzer, of):
        found = analyze.commands()
        self.assertGreater(len(found), 100)
        complaints = analyze.complaints(analyzer(found), analyze.FALSE, of)
        if complaints:
            self.fail("\n".join(complaints))

    def leak(self, analyzer):
        with tempfile.TemporaryDirectory(prefix="minerd-analyze-") as folder:
            path = pathlib.Path(folder) / "faulty.c"
            path.write_text(FAULTY)
            command = {"directory": folder, "file": str(path), "output": "faulty.o",
                       "command": f"ccache gcc -O2 -MD -MF faulty.d -o faulty.o -c {path}"}
            names = [finding.name for finding, _ in analyzer({str(path): command})]
        return names

    def test_gcc_finds_a_leak(self):
        analyze.need(self, "gcc")
        self.assertEqual(self.leak(analyze.gcc), ["analyzer-malloc-leak"])

    def test_cppcheck_finds_a_leak(self):
        analyze.need(self, "cppcheck")
        self.assertEqual(self.leak(analyze.cppcheck), ["memleak"])

    def test_what_is_found_no_more_is_named(self):
        known = analyze.Finding("a.c", "memleak", "Memory leak: a")
        fresh = analyze.Finding("b.c", "memleak", "Memory leak: b")
        self.assertEqual(analyze.complaints([(known, "a")], {known: "why"}, lambda name: True), [])
        said = analyze.complaints([(fresh, "b")], {known: "why"}, lambda name: True)
        self.assertEqual((len(said), said[0]), (2, "b"))
        self.assertIn("a.c: FALSE has memleak", said[1])

    def test_gcc(self):
        analyze.need(self, "gcc")
        self.judge(analyze.gcc, lambda name: name.startswith("analyzer-"))

    def test_cppcheck(self):
        analyze.need(self, "cppcheck")
        self.judge(analyze.cppcheck, lambda name: not name.startswith("analyzer-"))


if __name__ == "__main__":
    unittest.main()
