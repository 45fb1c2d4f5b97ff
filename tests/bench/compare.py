#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
Compares minerd's kernels with another program that hashes on one thread.

    tests/bench/compare.py --minerd build/daemon/minerd --yardstick PROGRAM [--kernel NAME] ...

PROGRAM is called with a number of seconds and prints its hashes a second; or it is a folder with a
limit.c, which is compiled first. Both run on the same CPU, in turns, because the clock of a CPU and
what its neighbours do change from second to second: what counts is the median of the ratios of
neighbouring runs. Exit status 1 when it is below --least.
"""
import argparse
import glob
import json
import os
import statistics
import subprocess
import sys
import tempfile


def arguments():
    parser = argparse.ArgumentParser(description="minerd's kernels against a yardstick, in turns")
    parser.add_argument("--minerd", required=True, help="the program under test")
    parser.add_argument("--yardstick", required=True, help="program, or folder with limit.c")
    parser.add_argument("--kernel", default="auto")
    parser.add_argument("--no-version-rolling", action="store_true")
    parser.add_argument("--cpu", type=int, default=max(os.sched_getaffinity(0)))
    parser.add_argument("--seconds", type=int, default=1, help="of each run")
    parser.add_argument("--turns", type=int, default=9)
    parser.add_argument("--least", type=float, default=0, help="ratio below which this fails")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def compiled(yardstick, folder):
    """The program to call."""
    if not os.path.isdir(yardstick):
        return yardstick
    program = os.path.join(folder, "limit")
    sources = [os.path.join(yardstick, "limit.c"), *glob.glob(os.path.join(yardstick, "*.s"))]
    subprocess.run(["cc", "-O2", "-march=sapphirerapids", "-o", program, *sources], check=True)
    return program


def measure(options, program):
    """Pairs of (yardstick, minerd) in H/s, and the names of the kernels that ran."""
    command = [options.minerd, "--benchmark", "--threads", "1", "--json",
               "--seconds", str(options.seconds), "--kernel", options.kernel]
    if options.no_version_rolling:
        command.append("--no-version-rolling")
    pairs, kernels = [], set()
    for _ in range(options.turns):
        limit = float(subprocess.check_output([program, str(options.seconds)]))
        report = json.loads(subprocess.check_output(command))
        pairs.append((limit, report["hashrate"]))
        kernels.add(report["kernel"])
    return pairs, kernels


def main():
    options = arguments()
    os.sched_setaffinity(0, {options.cpu})
    with tempfile.TemporaryDirectory() as folder:
        pairs, kernels = measure(options, compiled(options.yardstick, folder))
    ratios = [hashrate / limit for limit, hashrate in pairs]
    result = {
        "kernel": ", ".join(sorted(kernels)),
        "version_rolling": not options.no_version_rolling,
        "cpu": options.cpu,
        "turns": options.turns,
        "seconds": options.seconds,
        "yardstick": statistics.median(limit for limit, _ in pairs),
        "hashrate": statistics.median(hashrate for _, hashrate in pairs),
        "ratio": statistics.median(ratios),
        "ratio_least": min(ratios),
        "ratio_most": max(ratios),
    }
    if options.json:
        print(json.dumps(result, indent=2))
    else:
        rolling = "with" if result["version_rolling"] else "without"
        print(f"{result['kernel']} {rolling} version rolling, CPU {options.cpu}, "
              f"{options.turns} turns of {options.seconds} s")
        print(f"yardstick  {result['yardstick'] / 1e6:8.2f} MH/s")
        print(f"minerd     {result['hashrate'] / 1e6:8.2f} MH/s")
        print(f"ratio      {result['ratio']:8.3f}  "
              f"({result['ratio_least']:.3f} to {result['ratio_most']:.3f})")
    return 1 if result["ratio"] < options.least else 0


if __name__ == "__main__":
    sys.exit(main())
