# SPDX-License-Identifier: MIT
"""Mine() and --stop-after on real nodes: how many blocks, and how fast they come."""
import json
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import miner  # noqa: E402
from node import Bcoin, Knots, NodeTest  # noqa: E402
from harness import main, note, one_cpu  # noqa: E402

ADDRESS = miner.anyones_address("bcrt")  # of bcoin too: the script is the same


class BothNodes:
    """Run for each of the two."""

    def entry(self, node):
        return {"url": node.url, "cookie_file": node.cookie, "payout": {"address": ADDRESS}}

    def test_exactly_so_many(self):
        """As in a developer's script: paused, then blocks when they are needed."""
        node = self.node(self.KIND)
        daemon = self.daemon(self.entry(node), workers=one_cpu())
        daemon.connect().close()
        self.assertEqual(daemon.ctl("pause").returncode, 0)
        daemon.wait_status(lambda s: s["pool"])
        daemon.wait_sleep()
        daemon.wait_status(lambda s: s["shares"]["in_flight"] == 0)
        for blocks in (1, 101, 1, 7):
            before, begun = node.height(), time.monotonic()
            done = daemon.ctl("--json", "mine", str(blocks))
            took = time.monotonic() - begun
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(node.height(), before + blocks)
            self.assertEqual(json.loads(done.stdout)["last"],
                             {"height": before + blocks, "hash": node.tip()})
            note(f"{node.name}: {blocks} blocks in {took * 1000:.1f} ms")
        self.assertEqual(daemon.status()["state"], "paused")
        self.assertEqual(node.rpc("getblock", node.tip(), *node.VERBOSE)["tx"][0]["vout"][0]
                         ["scriptPubKey"]["hex"], miner.anyone().hex())

    def test_stop_after(self):
        """From exec to exit; each block that was found has its answer."""
        node = self.node(self.KIND)
        for blocks in (1, 1, 3, 10):
            before = node.height()
            daemon = self.start(None, "-o", node.url, "--cookie-file", node.cookie, "--payout",
                                ADDRESS, "-t", "1", "--stop-after", f"blocks={blocks}")
            self.expect_exit(daemon, 0)
            note(f"{node.name}: --stop-after blocks={blocks}: "
                 f"{(time.monotonic() - daemon.started) * 1000:.0f} ms")
            log = "\n".join(daemon.log())
            self.assertNotIn("is not confirmed", log)
            self.assertEqual(log.count(": the node has it: "), node.height() - before)
            self.assertGreaterEqual(node.height(), before + blocks)


class KnotsMineTest(BothNodes, NodeTest):
    KIND = Knots


class BcoinMineTest(BothNodes, NodeTest):
    KIND = Bcoin


if __name__ == "__main__":
    main()
