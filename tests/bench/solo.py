#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
Measures solo mining on a node of regtest, Bitcoin Knots (tests/functional/nodes/setup.sh):

    meson test -C build --benchmark --suite solo -v
    tests/bench/solo.py --build build [--turns 15] [--blocks 1000] [--large 9]

one block    seconds from exec of minerd to its exit after one accepted block (--stop-after
             blocks=1), over --turns runs on an idle node with an empty memory pool
blocks       accepted blocks a second over --blocks of them, with and without a state directory
templates    ms from the last byte of a template to the first hash on it: of an empty memory pool,
             by the times of minerd's log, in which it is a block by then; and of 4,000
             transactions of 1.5 kB of hex each, by minerd's latency trace, which the node takes
             back after each of --large runs; and the most memory that minerd was resident in
"""
import argparse
import datetime
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "functional", "nodes"))

from node import MATURITY, Knots  # noqa: E402  pylint: disable=wrong-import-position

PAYOUT = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"
TRANSACTIONS, WITNESS = 4000, 550
TEMPLATE = re.compile(r'(\S+) info +pool \S+: < \{"result":\{"capabilities"')
FOUND = re.compile(r"(\S+) notice +block found for pool")


def arguments():
    parser = argparse.ArgumentParser(description="solo mining on a node of regtest")
    parser.add_argument("--build", required=True, help="build folder")
    parser.add_argument("--turns", type=int, default=15, help="runs of one block each")
    parser.add_argument("--blocks", type=int, default=1000)
    parser.add_argument("--large", type=int, default=9, help="runs on a large template")
    return parser.parse_args()


class Miner:
    def __init__(self, program, node):
        self.command = [program, "-o", node.url, "--cookie-file", node.cookie, "--payout", PAYOUT]

    def run(self, *options):
        """Seconds, its log, and KiB that it was resident in at most."""
        begin = time.monotonic()
        child = subprocess.Popen([*self.command, *options], stderr=subprocess.PIPE, text=True)
        log = child.stderr.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = status
        if status:
            raise SystemExit(f"minerd failed:\n{log}")
        return time.monotonic() - begin, log, usage.ru_maxrss


    def first_hash(self, minerctl, socket):
        """ms from the template that took longest to its first hash, until a block is accepted; KiB
        as above."""
        child = subprocess.Popen([*self.command, "--control", socket], stderr=subprocess.DEVNULL)
        while True:
            done = subprocess.run([minerctl, "-s", socket, "--json", "status"], capture_output=True,
                                  check=False)
            status = json.loads(done.stdout) if done.returncode == 0 else {"blocks_accepted": 0}
            if status["blocks_accepted"]:
                break
            time.sleep(0.02)
        child.terminate()
        _, _, usage = os.wait4(child.pid, 0)
        child.returncode = 0
        return status["latency_us"]["packet_to_hash"]["max"] / 1000, usage.ru_maxrss


def stamp(text):
    return datetime.datetime.strptime(text, "%H:%M:%S.%f")


def template_ms(log):
    """From the first template's line to the first block found."""
    received = next(filter(None, map(TEMPLATE.match, log.splitlines())))
    found = next(filter(None, map(FOUND.match, log.splitlines())))
    return (stamp(found[1]) - stamp(received[1])).total_seconds() * 1000


def show(name, values, unit, digits=3):
    print(f"{name:28} {statistics.median(values):8.{digits}f} {unit} in the median, "
          f"{min(values):.{digits}f} to {max(values):.{digits}f}", flush=True)


def with_state(program, node, folder, blocks):
    """Seconds for so many blocks with a state directory."""
    path = os.path.join(folder, "minerd.conf")
    state = os.path.join(folder, "state")
    os.makedirs(state, exist_ok=True)
    with open(path, "w") as file:
        file.write(f'pools = ( {{ url = "{node.url}"; cookie_file = "{node.cookie}"; '
                   f'payout = {{ address = "{PAYOUT}"; }}; }} );\n'
                   f"stop_after = {{ blocks = {blocks}; }};\n"
                   f'control = {{ socket = "{folder}/s"; }};\n'
                   f'state = {{ directory = "{state}"; }};\n')
    begin = time.monotonic()
    subprocess.run([program, "-c", path], stderr=subprocess.DEVNULL, check=True)
    return time.monotonic() - begin


def started(folder, name):
    node = Knots(os.path.join(folder, name))
    os.makedirs(node.folder, exist_ok=True)
    node.start()
    node.mine(1)
    return node


def measure_large(options, program, folder):
    node = started(folder, "large")
    # Coins of before the value of a block is halved.
    node.mine(MATURITY + 20)
    node.fill(TRANSACTIONS, witness=WITNESS)
    node.wait_template(TRANSACTIONS)
    miner = Miner(program, node)
    minerctl = os.path.join(os.path.dirname(os.path.dirname(program)), "ctl", "minerctl")
    size, height = len(str(node.template())), node.height()
    saved = shutil.copy(node.rpc("savemempool")["filename"], os.path.join(folder, "mempool"))
    times, resident = [], []
    for _ in range(options.large):
        ms, kib = miner.first_hash(minerctl, os.path.join(folder, "s"))
        times.append(ms)
        resident.append(kib / 1024)
        node.rpc("invalidateblock", node.rpc("getblockhash", height + 1))
        node.rpc("importmempool", saved)
        node.wait_template(TRANSACTIONS)
    show(f"template of {size / 1e6:.1f} MB", times, "ms", 1)
    show("resident", resident, "MiB", 1)
    node.stop()


def measure(options, folder):
    program = os.path.abspath(os.path.join(options.build, "daemon", "minerd"))
    print(f"load {os.getloadavg()[0]:.1f}")
    measure_large(options, program, folder)
    node = started(folder, "node")
    miner = Miner(program, node)
    show("one block, exec to exit",
         [miner.run("--stop-after", "blocks=1", "-q")[0] for _ in range(options.turns)], "s")
    logs = [miner.run("--stop-after", "blocks=1", "-P")[1] for _ in range(options.turns)]
    show("empty template", [template_ms(log) for log in logs], "ms", 0)
    seconds, _, _ = miner.run("--stop-after", f"blocks={options.blocks}", "-q")
    print(f"{'blocks':28} {options.blocks / seconds:8.0f} a second without a state directory")
    seconds = with_state(program, node, folder, options.blocks)
    print(f"{'blocks':28} {options.blocks / seconds:8.0f} a second with one")
    node.stop()


def main():
    options = arguments()
    try:
        Knots.need()
    except unittest.SkipTest as reason:
        print(f"skipped: {reason}")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        measure(options, folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
