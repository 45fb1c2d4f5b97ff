#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
The same Stratum conversation through minerd's io (io_uring), a blocking client and an epoll client.

    meson test -C build --benchmark --suite io -v
    tests/bench/io_compare.py --build build [--turns 15] [--rounds 150] [--json FILE]

A round is three messages: mining.notify in, mining.submit out, its reply in, over loopback and 0.3
ms apart; both ends check what they get (io_compare.c). The client's core hashes beside it at idle
priority, the pool has a core of its own and stays awake on it. Latency is from the pool's
send(notify) to the submit in its hands, in turns, without strace. System calls are counted by
`strace -c` in runs of their own, as the difference between a long and a short one; where there is
no strace they are left out. CPU is the client's, kernel and all. Copies are those within the
program. The kernel copies each message once more in every kind of client: out of the socket's
buffer, or into it.
"""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

KINDS = ("minerd", "blocking", "epoll")
SHORT, LONG = 50, 250
MESSAGES = 3
COPIES = ("copies", "copied_bytes")


def arguments():
    parser = argparse.ArgumentParser(description="minerd's io beside blocking and epoll clients")
    parser.add_argument("--build", required=True, help="build folder, for io_compare")
    parser.add_argument("--turns", type=int, default=15)
    parser.add_argument("--rounds", type=int, default=150, help="in each turn")
    parser.add_argument("--json", metavar="FILE", help="write the figures there")
    return parser.parse_args()


def converse(program, kind, rounds, prefix=()):
    """What the pool and the client tell of one conversation."""
    with subprocess.Popen([program, "serve", str(rounds)], stdout=subprocess.PIPE,
                          text=True) as pool:
        port = json.loads(pool.stdout.readline())["port"]
        client = json.loads(subprocess.check_output([*prefix, program, kind, str(port)],
                                                    text=True))
        samples = json.loads(pool.stdout.read())["samples_ns"]
    if len(samples) != rounds or client.pop("replies") != rounds:
        raise SystemExit(f"{kind}: not every round was answered")
    return samples, client


def system_calls(program, kind, rounds):
    """Name -> calls of one client."""
    with tempfile.NamedTemporaryFile("r") as table:
        converse(program, kind, rounds, ["strace", "-f", "-c", "-U", "calls,name",
                                         "-o", table.name])
        rows = (line.split() for line in table)
        return {row[1]: int(row[0]) for row in rows
                if len(row) == 2 and row[0].isdigit() and row[1] != "total"}


def count_calls(program, kind):
    """Name -> calls a round, without those of start and end."""
    if not shutil.which("strace"):
        return None
    short, long = (system_calls(program, kind, rounds) for rounds in (SHORT, LONG))
    calls = {name: (long[name] - short.get(name, 0)) / (LONG - SHORT) for name in long}
    return {name: n for name, n in calls.items() if n}


def count_copies(program, kind):
    """Copies and bytes copied a round."""
    short, long = (converse(program, kind, rounds)[1] for rounds in (SHORT, LONG))
    return {name: (long[name] - short[name]) / (LONG - SHORT) for name in COPIES}


def quantile(samples, part):
    return sorted(samples)[int(len(samples) * part)] / 1000


def converse_in_turns(options, program, kinds):
    names = list(kinds)
    for turn in range(options.turns):
        for step in range(len(names)):
            name = names[(turn + step) % len(names)]
            samples, client = converse(program, name, options.rounds)
            kinds[name]["samples"] += samples
            kinds[name]["p50_turns"].append(quantile(samples, .5))
            kinds[name]["cpu_turns"].append(client["cpu_ns"] / options.rounds / 1000)


def measure(options, program, names):
    """Name -> figures."""
    kinds = {name: {"calls": count_calls(program, name), **count_copies(program, name),
                    "samples": [], "p50_turns": [], "cpu_turns": []} for name in names}
    with subprocess.Popen([program, "work"]) as worker:
        try:
            converse_in_turns(options, program, kinds)
        finally:
            worker.kill()
    for name in names:
        samples = kinds[name].pop("samples")
        kinds[name].update(p50_us=quantile(samples, .5), p99_us=quantile(samples, .99),
                           cpu_us=statistics.median(kinds[name]["cpu_turns"]))
        kinds[name]["p50_to_minerd"] = statistics.median(
            own / other for own, other in zip(kinds[name]["p50_turns"],
                                              kinds["minerd"]["p50_turns"]))
    return kinds


COLUMNS = (("calls", "a round"), ("calls a", "message"), ("copies", "a round"), ("bytes", "copied"),
           ("cpu us", "a round"), ("p50", "us"), ("p99", "us"), ("p50 to", "minerd"))


def show(options, kinds):
    print(f"{options.turns} turns of {options.rounds} rounds, load {os.getloadavg()[0]:.1f}; "
          f"a round is {MESSAGES} messages\n")
    for line in zip(*COLUMNS):
        print(f"{'':<12}" + "".join(f"{word:>9}" for word in line))
    for name, kind in kinds.items():
        calls = sum(kind["calls"].values()) if kind["calls"] else float("nan")
        figures = (calls, calls / MESSAGES, kind["copies"], kind["copied_bytes"],
                   kind["cpu_us"], kind["p50_us"], kind["p99_us"], kind["p50_to_minerd"])
        print(f"{name:<12}" + "".join(f"{figure:>9.2f}" for figure in figures))
    print()
    for name, kind in kinds.items():
        if kind["calls"]:
            print(f"{name:<12}" + ", ".join(f"{call} {n:.2f}" for call, n in
                                            sorted(kind["calls"].items(), key=lambda x: -x[1])))


def main():
    options = arguments()
    program = os.path.join(options.build, "tests", "bench", "io_compare")
    kinds = measure(options, program, KINDS)
    show(options, kinds)
    if options.json:
        with open(options.json, "w") as file:
            json.dump({"load": os.getloadavg()[0], "messages_a_round": MESSAGES, "kinds": kinds},
                      file, indent=2)
    return 0


if __name__ == "__main__":
    sys.exit(main())
