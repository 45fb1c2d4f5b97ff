#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the soak test (README.md) with the programs of a build folder, for minutes or for hours."""
import argparse
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))

import tap  # noqa: E402

PROGRAMS = {"MINERD": "daemon/minerd", "MINERCTL": "ctl/minerctl",
            "TESTPOOL": "tests/pool/testpool"}


def minutes(text):
    """So long that there is a storm; not nan."""
    try:
        value = float(text)
    except ValueError:
        value = 0
    if 1 <= value <= 1e6:
        return value
    raise argparse.ArgumentTypeError(f"takes a number from 1 to 1000000, not {text!r}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=minutes, default=3.0,
                        help="how long, at least 1 (%(default)g)")
    parser.add_argument("--seed", type=int, default=0, help="of the disturbances (a new one)")
    parser.add_argument("--build", default=os.path.join(HERE, "../../build"),
                        help="build folder (build)")
    options = parser.parse_args()
    os.environ.update(SOAK_MINUTES=str(options.minutes), SOAK_SEED=str(options.seed))
    for name, path in PROGRAMS.items():
        program = os.path.join(os.path.abspath(options.build), path)
        if name not in os.environ and not os.path.exists(program):
            parser.error(f"there is no {program}: build it, or give --build FOLDER")
        os.environ.setdefault(name, program)
    return tap.main(os.path.join(HERE, "test_soak.py"), [])


if __name__ == "__main__":
    sys.exit(main())
