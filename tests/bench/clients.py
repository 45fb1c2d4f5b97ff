#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
Measures what local users who flood the control socket, and a pool that floods, cost the miner.

    meson test -C build --benchmark --suite clients -v
    tests/bench/clients.py --build build [--seconds 10] [--programs 28] [--json FILE]

A worker on every CPU mines on testpool, with a job every 50 ms; beside it run so many programs of
user nobody. At first they are busy with themselves; then they pipeline Status(), send a call byte by
byte, or connect and leave again, each as fast as it can. At last they pipeline while a pool that
stands by sends valid lines as fast as they are taken, each time that it is connected to. Of each run: minerd's own time from packet
to first hash, the hash rate, the CPU time of the io thread, and how long root waits for a status:
from connect() to the reply, and with `minerctl`, which such a load starts slowly. Exit status 1 when
the 99 % of a flood is above --most-ratio of that of the busy programs, or root's longest wait above
--most-status, in s.
"""
import argparse
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

NOBODY = 65534
DEADLINE = 30  # s; what is not there by then never comes
PATIENCE = 5  # s

# What the programs do; {socket} is the path of the control socket.
LOOPS = {
    "busy": "while True: pass",
    "pipeline": """
while True:
  try:
    s = socket.socket(1); s.connect({socket!r}); s.setblocking(False)
    while True:
      try: s.send(b'{{"method":"io.minerd.Miner.Status"}}\\0' * 50)
      except BlockingIOError: pass
      try:
        if not s.recv(1 << 20): break
      except BlockingIOError: pass
  except OSError: pass
""",
    "bytes": """
while True:
  try:
    s = socket.socket(1); s.connect({socket!r})
    while True: s.send(b' ')
  except OSError: pass
""",
    "call": """
while True:
  s = socket.socket(1)
  try: s.connect({socket!r}); s.sendall(b'{{"method":"io.minerd.Miner.Status"}}\\0')
  except OSError: pass
  s.close()
""",
    "connect": """
while True:
  s = socket.socket(1)
  try: s.connect({socket!r})
  except OSError: pass
  s.close()
""",
}
LOOPS["pipeline+pool"] = LOOPS["pipeline"]

# A pool that grants each login and then says nothing of use without end.
FLOOD = """
import json, socket, threading
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
replies = {"mining.configure": {"version-rolling": False}, "mining.subscribe": [[], "00000001", 4],
           "mining.authorize": True}
job = json.dumps({"id": None, "method": "mining.notify", "params": [
    "1", "00" * 32, "0100", "0200", [], "20000000", "1d00ffff", "6b02d1ed", True]}).encode() + b"\\n"
flood = b'{"id":null,"method":"mining.ping","params":[]}\\n' * 1000
def serve(peer):
    try:
        for line in peer.makefile("rb"):
            request = json.loads(line)
            peer.sendall(json.dumps({"id": request["id"], "error": None, "result": replies.get(
                request["method"])}).encode() + b"\\n")
            if request["method"] == "mining.authorize":
                peer.sendall(job)
                while True: peer.sendall(flood)
    except OSError: pass
while True:
    threading.Thread(target=serve, args=server.accept()[:1], daemon=True).start()
"""


def arguments():
    parser = argparse.ArgumentParser(description="what local users can cost the miner")
    parser.add_argument("--build", required=True, help="build folder, for minerd and its tools")
    parser.add_argument("--minerd", help="another minerd than the build's")
    parser.add_argument("--seconds", type=float, default=10, help="of each run")
    parser.add_argument("--programs", type=int, default=28)
    parser.add_argument("--json", metavar="FILE", help="write the figures there")
    parser.add_argument("--most-ratio", type=float, help="99 %% to that of busy programs")
    parser.add_argument("--most-status", type=float, help="s that minerctl may take")
    return parser.parse_args()


def middle_and_max(samples):
    return {"count": len(samples), "p50": sorted(samples)[len(samples) // 2], "max": max(samples)}


class Run:
    """One daemon, one pool, and the programs beside them."""

    def __init__(self, options, folder, kind):
        self.options, self.kind = options, kind
        self.socket = os.path.join(folder, "control.sock")
        self.config = os.path.join(folder, "minerd.conf")
        self.children = []

    def start(self, *command, **settings):
        child = subprocess.Popen(command, **settings)
        self.children.append(child)
        return child

    def start_pool(self):
        pool = self.start(f"{self.options.build}/tests/pool/testpool", "--exit-on-eof",
                          "--job-interval", "0.05", "--branches", "12", "--difficulty", "0.001",
                          "--quiet", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        ports = [json.loads(pool.stdout.readline())["port"]]
        if self.kind.endswith("pool"):
            flood = self.start(sys.executable, "-c", FLOOD, stdout=subprocess.PIPE)
            ports.append(int(flood.stdout.readline()))
        return ports

    def start_miner(self, ports):
        pools = ", ".join(f'{{ url = "stratum+tcp://127.0.0.1:{port}"; user = "u"; }}'
                          for port in ports)
        with open(self.config, "w") as file:
            file.write(f'pools = ( {pools} );\n'
                       f'control = {{ socket = "{self.socket}"; }};\nlog = {{ level = "error"; }};\n')
        self.miner = self.start(self.options.minerd or f"{self.options.build}/daemon/minerd",
                                "-c", self.config, env={**os.environ, "STATE_DIRECTORY": ""})
        deadline = time.monotonic() + DEADLINE
        while self.ctl()[1].get("hashes", 0) == 0:
            if time.monotonic() > deadline:
                raise SystemExit("minerd does not mine")
            time.sleep(0.1)

    def ctl(self):
        """How long root's minerctl took, and what it said; {} for a failure."""
        begun = time.monotonic()
        try:
            done = subprocess.run([f"{self.options.build}/ctl/minerctl", "-s", self.socket,
                                   "--json", "status"], capture_output=True, check=False,
                                  timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            return PATIENCE, {}
        return time.monotonic() - begun, json.loads(done.stdout) if done.returncode == 0 else {}

    def call(self):
        """How long root waits for a status; whoever waits longer than PATIENCE gives up."""
        begun, reply = time.monotonic(), b""
        with socket.socket(socket.AF_UNIX) as client:
            # Blocking: where the backlog is full, a connect() that does not wait fails at once.
            for option in (socket.SO_SNDTIMEO, socket.SO_RCVTIMEO):
                client.setsockopt(socket.SOL_SOCKET, option, struct.pack("ll", PATIENCE, 0))
            try:
                client.connect(self.socket)
                client.sendall(b'{"method":"io.minerd.Miner.Status"}\0')
                while not reply.endswith(b"\0"):
                    part = client.recv(65536)
                    if not part:
                        return PATIENCE
                    reply += part
            except OSError:
                return PATIENCE
        return time.monotonic() - begun

    def io_seconds(self):
        with open(f"/proc/{self.miner.pid}/task/{self.miner.pid}/schedstat") as file:
            return int(file.read().split()[0]) / 1e9

    def flood(self):
        code = f"import os, socket\nos.setuid({NOBODY})\n" + LOOPS[self.kind].format(
            socket=self.socket)
        for _ in range(self.options.programs):
            self.start(sys.executable, "-c", code, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)

    def measure(self):
        self.start_miner(self.start_pool())
        self.flood()
        time.sleep(1)
        _, first = self.ctl()
        begun, io_begun, took, calls = time.monotonic(), self.io_seconds(), [], []
        while time.monotonic() - begun < self.options.seconds:
            took.append(self.ctl()[0])
            calls.append(self.call())
            time.sleep(0.1)
        passed, io_used = time.monotonic() - begun, self.io_seconds() - io_begun
        for child in self.children:
            if child is not self.miner and child is not self.children[0]:
                child.kill()
        status = {}
        while not status:
            _, status = self.ctl()
        return {"kind": self.kind, "packet_to_hash_us": status["latency_us"]["packet_to_hash"],
                "parse_us": status["latency_us"]["parse"], "io_percent": io_used / passed * 100,
                "hashrate": (status["hashes"] - first.get("hashes", 0)) / passed,
                "minerctl_s": middle_and_max(took), "call_s": middle_and_max(calls)}

    def end(self):
        for child in reversed(self.children):
            child.kill()
        for child in self.children:
            child.wait()


def show(results):
    print(f"{'programs':<14}{'parse p99':>13}{'to hash p50':>13}{'p99':>13}{'io thread':>11}"
          f"{'hash rate':>11}{'call p50':>10}{'max':>9}{'minerctl':>10}{'max':>9}")
    for r in results:
        us = (r["parse_us"]["p99"], r["packet_to_hash_us"]["p50"], r["packet_to_hash_us"]["p99"])
        waits = (r["call_s"]["p50"], r["call_s"]["max"], r["minerctl_s"]["p50"],
                 r["minerctl_s"]["max"])
        print(f"{r['kind']:<14}" + "".join(f"{t:>10.1f} us" for t in us)
              + f"{r['io_percent']:>9.2f} %{r['hashrate'] / 1e6:>6.1f} MH/s"
              + "".join(f"{t * 1000:>7.0f} ms" for t in waits))


def main():
    options = arguments()
    if os.geteuid() != 0:
        raise SystemExit("needs root, to be another user")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    results = []
    for kind in LOOPS:
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o755)
            run = Run(options, folder, kind)
            try:
                results.append(run.measure())
            finally:
                run.end()
    show(results)
    if options.json:
        with open(options.json, "w") as file:
            json.dump(results, file, indent=2)
    calm = results[0]["packet_to_hash_us"]["p99"]
    return any((options.most_ratio and r["packet_to_hash_us"]["p99"] > options.most_ratio * calm)
               or (options.most_status and r["call_s"]["max"] > options.most_status)
               for r in results)


if __name__ == "__main__":
    sys.exit(main())
