# SPDX-License-Identifier: MIT
"""minerd on a pool server and a full node that know nothing of it (setup.sh fetches them).

In regtest every share that the pool takes is a block, so that work changes with every share.
"""
import base64
import json
import os
import shutil
import subprocess
import sys
import threading
import unittest
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))

from harness import FunctionalTest, Process, free_ports, main, note, one_cpu  # noqa: E402

SHARES = 200
DIFFICULTY = 0.0003  # 1.3 million hashes a share


def setUpModule():
    if not shutil.which("node"):
        raise unittest.SkipTest("there is no program node (package nodejs)")
    if not os.path.exists(os.path.join(HERE, "node_modules", ".installed.json")):
        raise unittest.SkipTest("not set up; run tests/functional/realpool/setup.sh")


class Peers(Process):
    """The node and the pool."""

    def __init__(self, difficulty):
        rpc, _, self.port = sorted(free_ports(3))
        self.rpc_port = rpc
        super().__init__(["node", os.path.join(HERE, "peers.js"), str(rpc), str(self.port),
                          str(difficulty)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.read(self.child.stdout, lambda line: self.feed.add(json.loads(line)))
        self.complaints = []
        self.read_complaints()

    def read_complaints(self):
        thread = threading.Thread(target=lambda: self.complaints.extend(self.child.stderr),
                                  daemon=True)
        thread.start()
        self.threads.append(thread)

    def rpc(self, method, *params):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.rpc_port}/",
            json.dumps({"id": 1, "method": method, "params": params}).encode(),
            {"Authorization": "Basic " + base64.b64encode(b"x:regtest").decode(),
             "Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["result"]

    def events(self, name):
        with self.feed.condition:
            return [item for item in self.feed.items if item["event"] == name]

    def stop(self):
        if self.child.poll() is None:
            self.child.stdin.close()
        return self.finish()


class RealPoolTest(FunctionalTest):
    def peers(self, difficulty=DIFFICULTY):
        peers = Peers(difficulty)
        self.addCleanup(peers.stop)
        started = peers.feed.wait(lambda e: e["event"] in ("started", "failed"), timeout=60)
        self.assertTrue(started and started["event"] == "started",
                        (started, peers.complaints[-5:]))
        return peers

    def mine(self, shares, **entry):
        peers = self.peers()
        before = peers.rpc("getblockcount")
        daemon = self.daemon(self.pool_entry(peers.port, user="rb1qtest.rig", **entry),
                             workers=one_cpu())
        status = daemon.wait_status(lambda s: s["shares"]["accepted"] >= shares, timeout=120)
        height = peers.rpc("getblockcount")
        taken = status["shares"]
        note(f"shares accepted {taken['accepted']}, late {taken['stale']}, rejected "
             f"{taken['rejected']}, blocks {height - before}")
        # What is refused is late: a share of the block before, sent while the new one came.
        self.assertEqual(taken["rejected"], 0, taken["reject_reasons"])
        self.assertEqual(taken["hardware_errors"], 0)
        errors = {share["error"] for share in peers.events("share")}
        self.assertLessEqual(errors, {None, "job not found"})
        # Of the shares of one block only the first becomes one; how many come while the pool is
        # busy with the node is up to the machine.
        self.assertGreater(height - before, 0)
        # The pool's reply may come after the node's.
        status = daemon.wait_status(lambda s: s["blocks_accepted"] >= height - before)
        taken = status["shares"]
        self.assertLessEqual(status["blocks_accepted"], status["blocks_found"])
        self.assertLessEqual(status["blocks_found"], taken["accepted"] + taken["stale"])
        return peers, daemon, status

    def test_hundreds_of_shares(self):
        _, daemon, status = self.mine(SHARES)
        self.assertEqual(status["pools"][0]["version_mask"], "1fffe000")

    def test_without_version_rolling(self):
        _, _, status = self.mine(60, version_rolling=False)
        self.assertEqual(status["pools"][0]["version_mask"], "00000000")

    def test_a_block_of_another_miner(self):
        """The node finds a block by itself: the pool's new job is mined at once."""
        peers, daemon, _ = self.mine(10)
        for _ in range(5):
            jobs = daemon.status()["latency_us"]["packet_to_hash"]["count"]
            peers.rpc("generatetoaddress", 1, "rb1qw508d6qejxtdg4y5r3zarvary0c5xw7k38f4sn")
            daemon.wait_status(lambda s: s["latency_us"]["packet_to_hash"]["count"] > jobs)
        accepted = daemon.status()["shares"]["accepted"]
        daemon.wait_status(lambda s: s["shares"]["accepted"] > accepted)
        self.assertEqual(daemon.status()["shares"]["rejected"], 0)


if __name__ == "__main__":
    main()
