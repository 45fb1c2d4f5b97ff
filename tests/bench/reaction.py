#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
Measures how soon minerd answers a new job, as the pool sees it, beside the floor of this machine.

    meson test -C build --benchmark --suite reaction -v
    tests/bench/reaction.py --build build [--turns 7] [--jobs 60] [--cold] [--interval MIN MAX]
                            [--json FILE] [--config TEXT]

On loopback, with a worker on every CPU: from send(mining.notify) to the first valid share at a
difficulty that one hash in 64 meets, every 20 to 60 ms, or --interval (reaction_pool.c). With
--cold the caches are made cold before each job. The floor is a client
that answers at once without hashing, beside as many spinning threads at idle priority
(reaction_floor.c). Both take turns, because what else the machine does changes from second to
second; while the floor is measured minerd is paused and sleeps. The ratios are medians over the
turns of p50 to p50; p99 is taken over the samples of all turns. minerd's own latency trace comes first, in
a run of their own without shares. Exit status 1 when a limit of --most-* is exceeded.
"""
import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "functional"))
from varlink import Varlink  # noqa: E402  pylint: disable=wrong-import-position

TRACE = ("packet_to_hash", "parse", "dispatch", "first_hash", "stale_work")


def arguments():
    parser = argparse.ArgumentParser(description="reaction to a new job, beside the floor")
    parser.add_argument("--build", required=True, help="build folder, for the programs of this")
    parser.add_argument("--minerd", help="another minerd than the build's")
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--jobs", type=int, default=60, help="measured jobs in each turn")
    parser.add_argument("--quiet-jobs", type=int, default=300, help="for minerd's own latency trace")
    parser.add_argument("--cold", action="store_true", help="make the caches cold before each job")
    parser.add_argument("--interval", nargs=2, metavar="MS", default=[],
                        help="least and most between two jobs")
    parser.add_argument("--config", default="", help="further lines of minerd.conf")
    parser.add_argument("--prefix", default="", help="command before minerd, such as chrt -f 1")
    parser.add_argument("--json", metavar="FILE", help="write the figures there")
    parser.add_argument("--most-p50", type=float, help="ratio above which this fails")
    parser.add_argument("--most-p99", type=float, help="ratio above which this fails")
    return parser.parse_args()


class Child:
    """A program that talks in lines of JSON."""

    def __init__(self, *command, **streams):
        self.process = subprocess.Popen(command, text=True, **streams)

    def tell(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def hear(self):
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("a program of this measurement has ended")
        return json.loads(line)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.wait()


class Pool(Child):
    def __init__(self, program, *options):
        super().__init__(program, *options, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.port = self.hear()["port"]

    def ask(self, command):
        self.tell(command)
        return self.hear()


def quantile(samples, part):
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def figures(samples):
    us = [sample / 1000 for sample in samples]
    return {"count": len(us), "p50": quantile(us, .5), "p90": quantile(us, .9),
            "p99": quantile(us, .99), "max": max(us)}


def configure(folder, port, more):
    path = os.path.join(folder, "minerd.conf")
    with open(path, "w") as file:
        file.write(f'pools = ( {{ url = "stratum+tcp://127.0.0.1:{port}"; user = "bench"; }} );\n'
                   f'control = {{ socket = "{folder}/control.sock"; }};\n{more}\n')
    return path


def call(folder, method, parameters=None):
    client = Varlink(os.path.join(folder, "control.sock"))
    try:
        reply = client.call("io.minerd.Miner." + method, parameters)
    finally:
        client.close()
    if "error" in reply:
        raise SystemExit(f"{method}: {reply['error']}")
    return reply["parameters"]


class Measurement:
    def __init__(self, options):
        self.options = options
        self.cpus = sorted(os.sched_getaffinity(0))
        self.pairs = []
        self.minerd, self.floor = [], []
        self.tally = {"invalid": 0, "late": 0, "unanswered": 0}
        self.trace = self.shares = None
        self.loads = []

    def program(self, *path):
        return os.path.join(self.options.build, *path)

    def take_minerd(self, folder, pool):
        call(folder, "Resume")
        time.sleep(.1)
        result = pool.ask(f"measure {self.options.jobs}")
        for name in self.tally:
            self.tally[name] += result[name]
        return result["samples_ns"]

    def take_floor(self, folder, pool):
        call(folder, "Pause")
        client = Child(self.program("tests", "bench", "reaction_floor"), str(pool.port),
                       *map(str, self.cpus))
        try:
            pool.hear()
            time.sleep(.1)
            return pool.ask(f"measure {self.options.jobs}")["samples_ns"]
        finally:
            client.stop()

    def run(self, folder, pool, floor_pool):
        """minerd is logged in at pool."""
        time.sleep(1)
        pool.ask(f"quiet {self.options.quiet_jobs}")
        status = call(folder, "Status")
        self.trace = {name: status["latency_us"][name] for name in TRACE}
        self.workers = len(status["workers"])
        for turn in range(self.options.turns):
            self.loads.append(os.getloadavg()[0])
            order = [(self.take_minerd, pool), (self.take_floor, floor_pool)]
            taken = [take(folder, where) for take, where in (order if turn % 2 else order[::-1])]
            minerd, floor = taken if turn % 2 else taken[::-1]
            self.minerd += minerd
            self.floor += floor
            self.pairs.append((figures(minerd), figures(floor)))
        self.shares = call(folder, "Status")["shares"]

    def measure(self):
        pool_program = self.program("tests", "bench", "reaction_pool")
        how = ["--cold"] * self.options.cold
        if self.options.interval:
            how += ["--interval", *self.options.interval]
        pools = [Pool(pool_program, *how), Pool(pool_program, "--trust", *how)]
        minerd = self.options.minerd or self.program("daemon", "minerd")
        try:
            with tempfile.TemporaryDirectory() as folder:
                daemon = Child(*self.options.prefix.split(), minerd, "-c",
                               configure(folder, pools[0].port, self.options.config),
                               stderr=open(os.path.join(folder, "log"), "w"))
                try:
                    pools[0].hear()
                    self.run(folder, *pools)
                finally:
                    daemon.stop()
        finally:
            for pool in pools:
                pool.stop()

    def result(self):
        def ratio(name):
            return statistics.median(m[name] / f[name] for m, f in self.pairs)
        minerd, floor = figures(self.minerd), figures(self.floor)
        return {
            "cpus": len(self.cpus), "workers": self.workers, "turns": self.options.turns,
            "jobs_a_turn": self.options.jobs, "load": [min(self.loads), max(self.loads)],
            "minerd_us": minerd, "floor_us": floor,
            "ratio_p50": ratio("p50"), "ratio_p90": ratio("p90"),
            "ratio_p99_of_all": minerd["p99"] / floor["p99"],
            "ratio_p50_turns": [m["p50"] / f["p50"] for m, f in self.pairs],
            "trace_us": self.trace, "tally": self.tally, "shares": self.shares,
        }


def show(result):
    def line(name, row):
        print(f"{name:<22}" + "".join(f"{row[q]:>10.1f}" for q in ("p50", "p90", "p99", "max")))
    low, high = result["load"]
    print(f"{result['workers']} workers on {result['cpus']} CPUs, {result['turns']} turns of "
          f"{result['jobs_a_turn']} jobs, load {low:.1f} to {high:.1f}\n")
    print(f"{'us':<22}" + "".join(f"{q:>10}" for q in ("p50", "p90", "p99", "max")))
    line("minerd, first share", result["minerd_us"])
    line("floor", result["floor_us"])
    turns = result["ratio_p50_turns"]
    print(f"{'ratio':<22}{result['ratio_p50']:>10.2f}{result['ratio_p90']:>10.2f}"
          f"{result['ratio_p99_of_all']:>10.2f}    (p50 of the turns {min(turns):.2f} to "
          f"{max(turns):.2f})\n")
    for name in TRACE:
        line(name, result["trace_us"][name])
    tally, shares = result["tally"], result["shares"]
    print(f"\nshares: {shares['accepted']} accepted, {shares['stale']} held back as stale; "
          f"measured jobs: {tally['invalid']} invalid, {tally['unanswered']} without a share; "
          f"{tally['late']} crossed the next job")


def main():
    options = arguments()
    measurement = Measurement(options)
    measurement.measure()
    result = measurement.result()
    show(result)
    if options.json:
        with open(options.json, "w") as file:
            json.dump(result, file, indent=2)
    exceeded = [limit for limit, value in ((options.most_p50, result["ratio_p50"]),
                                           (options.most_p99, result["ratio_p99_of_all"]))
                if limit is not None and value > limit]
    return 1 if exceeded or measurement.tally["invalid"] else 0


if __name__ == "__main__":
    sys.exit(main())
