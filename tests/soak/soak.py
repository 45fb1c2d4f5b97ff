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


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", default="3", help="how long (%(default)s)")
    parser.add_argument("--seed", default="0", help="of the disturbances (a new one)")
    parser.add_argument("--build", default=os.path.join(HERE, "../../build"),
                        help="build folder (build)")
    options = parser.parse_args()
    os.environ.update(SOAK_MINUTES=options.minutes, SOAK_SEED=options.seed)
    for name, path in PROGRAMS.items():
        os.environ.setdefault(name, os.path.join(os.path.abspath(options.build), path))
    return tap.main(os.path.join(HERE, "test_soak.py"), [])


if __name__ == "__main__":
    sys.exit(main())
