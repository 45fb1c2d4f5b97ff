# SPDX-License-Identifier: MIT
"""
Adds up the results in the logs of `meson test`, and the builds that failed. Prints a line for each
failed test, with the end of its output, and for each skipped test; the last line is "N passed, M
failed". Exit status 1 if a test failed or none passed.

    python3 packaging/count.py LOG.json ... [--broken NAME ...]

A program that reports its tests by TAP counts as that many tests.
"""
import argparse
import json
import pathlib
import re
import sys

GOOD = ("OK", "EXPECTEDFAIL")
DETAIL = 40  # lines
TAP = re.compile(r"^(not )?ok\b *\d* *(?:- )?(.*?)(?: *# *SKIP\b *(.*))?$((?:\n#.*)*)",
                 re.M | re.I)


def judge(program):
    """(name, state, reason, lines of output) of every test of a program, a line of meson's log."""
    name, result = program["name"], program["result"]
    said = program.get("stdout", "")
    failed = False
    told = TAP.findall(said) if re.search(r"^1\.\.\d+", said, re.M) else []
    for bad, test, reason, detail in told:
        state = "failed" if bad else "skipped" if reason else "passed"
        failed = failed or bool(bad)
        yield f"{name}: {test}", state, reason, detail.splitlines()[1:] if bad else []
    if result not in (*GOOD, "SKIP"):
        # A program can also fail without a failed test: after the last one, or before the first.
        if not failed:
            lines = (said + program.get("stderr", "")).strip().splitlines()
            yield name, "failed", result, lines[-DETAIL:]
    elif not told:
        lines = (said + program.get("stderr", "")).strip().splitlines() or ["no reason is given"]
        yield name, *(("skipped", lines[-1]) if result == "SKIP" else ("passed", "")), []


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("logs", nargs="*", type=pathlib.Path)
    parser.add_argument("--broken", action="append", default=[], metavar="NAME")
    options = parser.parse_args()
    counts = {"passed": 0, "failed": len(options.broken), "skipped": 0}
    for name in options.broken:
        print(f"failed: {name}")
    for log in options.logs:
        for line in log.read_text().splitlines():
            for name, state, reason, detail in judge(json.loads(line)):
                counts[state] += 1
                if state != "passed":
                    where = log.parent.parent.name
                    print(f"{state}: [{where}] {name}{' (' + reason + ')' if reason else ''}")
                for said in detail[-DETAIL:]:
                    print(f"    {said}")
    if counts["skipped"]:
        print(f"{counts['skipped']} skipped, for the reasons above")
    print(f"{counts['passed']} passed, {counts['failed']} failed")
    return 1 if counts["failed"] or not counts["passed"] else 0


if __name__ == "__main__":
    sys.exit(main())
