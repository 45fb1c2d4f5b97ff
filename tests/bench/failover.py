#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
Measures how long the workers are without a pool when the one they hash for is lost.

    meson test -C build --benchmark --suite failover -v
    tests/bench/failover.py --build build [--runs 50] [--json FILE] [--config TEXT]

On loopback, with a worker on every CPU and two pools, the second on hot standby at a difficulty
that one hash in 64 meets: the first one resets its connection, or ends it, in turns. "first share"
is from that call in the pool to the arrival of the first share at the other one, over sockets and
Python on both sides; "failover" is minerd's own latency trace, from the loss being seen to the first hash
on the other pool's job. Exit status 1 when a median is above --most-share or --most-hash, in us.
"""
import argparse
import json
import os
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "functional"))
from varlink import Varlink  # noqa: E402  pylint: disable=wrong-import-position

EASY = 64 / 2 ** 32 * 65535 / 65536  # one hash in 64
HARD = 1e9
DEADLINE = 30  # s; what is not there by then never comes
REPLIES = {"mining.configure": {"version-rolling": True, "version-rolling.mask": "1fffe000"},
           "mining.subscribe": [[["mining.notify", "1"]], "01020304", 8]}


def arguments():
    parser = argparse.ArgumentParser(description="from the loss of a pool to work for the next")
    parser.add_argument("--build", required=True, help="build folder, for minerd")
    parser.add_argument("--minerd", help="another minerd than the build's")
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--config", default="", help="further lines of minerd.conf")
    parser.add_argument("--json", metavar="FILE", help="write the figures there")
    parser.add_argument("--most-share", type=float, help="us from the loss to the first share")
    parser.add_argument("--most-hash", type=float, help="us from the loss seen to the first hash")
    return parser.parse_args()


class Pool:
    """Says what a miner needs to hear, and looks at no share."""

    def __init__(self, difficulty):
        self.difficulty = difficulty
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(DEADLINE)
        self.port = self.listener.getsockname()[1]
        self.peer = None
        self.jobs = 0

    def login(self):
        """The next connection, up to its first job."""
        self.peer, _ = self.listener.accept()
        self.peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.peer.settimeout(DEADLINE)
        lines = self.peer.makefile("rb")
        while True:
            request = json.loads(lines.readline())
            reply = REPLIES.get(request["method"], True)
            self.say(id=request["id"], result=reply, error=None)
            if request["method"] == "mining.authorize":
                break
        self.work(self.difficulty)

    def say(self, **message):
        self.peer.sendall(json.dumps(message).encode() + b"\n")

    def work(self, difficulty):
        self.jobs += 1
        self.say(id=None, method="mining.set_difficulty", params=[difficulty])
        branches = [os.urandom(32).hex() for _ in range(12)]
        self.say(id=None, method="mining.notify",
                 params=[f"{self.jobs:x}", os.urandom(32).hex(), "01" * 100, "02" * 100, branches,
                         "20000000", "17034219", f"{int(time.time()):08x}", True])

    def drain(self):
        """Throws away what has come."""
        self.peer.setblocking(False)
        try:
            while self.peer.recv(1 << 20):
                pass
        except BlockingIOError:
            pass
        self.peer.settimeout(DEADLINE)

    def lose(self, reset):
        """Ends the connection; when that was."""
        self.drain()
        self.peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", reset, 0))
        now = time.monotonic_ns()
        self.peer.close()
        return now

    def share(self):
        """When the first byte of a share has come."""
        self.peer.recv(65536)
        return time.monotonic_ns()


class Measurement:
    def __init__(self, options, folder):
        self.options = options
        self.socket = os.path.join(folder, "control.sock")
        self.first, self.second = Pool(HARD), Pool(EASY)
        self.samples = {"reset": [], "end": []}
        entries = ", ".join(f'{{ url = "stratum+tcp://127.0.0.1:{pool.port}"; user = "bench"; }}'
                            for pool in (self.first, self.second))
        config = os.path.join(folder, "minerd.conf")
        with open(config, "w") as file:
            file.write(f'pools = ( {entries} );\ncontrol = {{ socket = "{self.socket}"; }};\n'
                       "failover = { standby = 1; failback_after = 0; backoff_max = 1; };\n"
                       f"{options.config}\n")
        program = options.minerd or os.path.join(options.build, "daemon", "minerd")
        with open(os.path.join(folder, "log"), "w") as log:
            self.daemon = subprocess.Popen([program, "-c", config], stderr=log)

    def status(self):
        client = Varlink(self.socket)
        try:
            return client.call("io.minerd.Miner.Status")["parameters"]
        finally:
            client.close()

    def wait(self, accept):
        deadline = time.monotonic() + DEADLINE
        while not accept(self.status()):
            if time.monotonic() > deadline:
                raise SystemExit("minerd does not get to the state that is to be measured")
            time.sleep(.01)

    def once(self, name):
        """Both pools are logged in, and the first is mined on."""
        self.wait(lambda s: [p["state"] for p in s["pools"]] == ["active", "standby"])
        self.second.drain()
        time.sleep(.05)  # all CPUs hash
        lost = self.first.lose(name == "reset")
        self.samples[name].append(self.second.share() - lost)
        # Its shares stop with a login that issues the easy job anew, for the next run.
        self.first.login()
        self.second.lose(False)
        self.second.login()

    def run(self):
        try:
            self.first.login()
            self.second.login()
            for run in range(self.options.runs):
                self.once(("reset", "end")[run % 2])
            return self.status()
        finally:
            self.daemon.send_signal(signal.SIGTERM)
            self.daemon.wait()


def quantiles(samples):
    us = sorted(sample / 1000 for sample in samples)
    return {"count": len(us), "p50": statistics.median(us), "p90": us[int(len(us) * .9)],
            "p99": us[int(len(us) * .99)], "max": us[-1]}


def show(result):
    print(f"{result['workers']} workers, {result['runs']} losses, load {result['load']:.1f}\n")
    print(f"{'us':<28}" + "".join(f"{q:>10}" for q in ("p50", "p90", "p99", "max")))
    rows = {"first share after a reset": result["reset_us"],
            "first share after an end": result["end_us"],
            "failover, minerd's own": result["failover_us"]}
    for name, row in rows.items():
        print(f"{name:<28}" + "".join(f"{row[q]:>10.1f}" for q in ("p50", "p90", "p99", "max")))


def main():
    options = arguments()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        measurement = Measurement(options, folder)
        status = measurement.run()
    result = {"workers": len(status["workers"]), "runs": options.runs, "load": load,
              "reset_us": quantiles(measurement.samples["reset"]),
              "end_us": quantiles(measurement.samples["end"]),
              "failover_us": status["latency_us"]["failover"]}
    show(result)
    if options.json:
        with open(options.json, "w") as file:
            json.dump(result, file, indent=2)
    limits = ((options.most_share, result["reset_us"]), (options.most_share, result["end_us"]),
              (options.most_hash, result["failover_us"]))
    return any(limit is not None and row["p50"] > limit for limit, row in limits)


if __name__ == "__main__":
    sys.exit(main())
