# SPDX-License-Identifier: MIT
"""Mine(): so many blocks on a regtest node; and what becomes of blocks on their way at the end."""
import json
import os

from fake_node import FakeNode
from harness import FunctionalTest, main, one_cpu

MINE = "io.minerd.Miner.Mine"
REFUSED = "io.minerd.Miner.Refused"
SIGNET_PAYOUT = "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx"


class MineCase(FunctionalTest):
    def node(self, **arguments):
        node = FakeNode(**arguments)
        self.addCleanup(node.stop)
        return node

    def mine(self, *entries, paused=True, wait=True, **settings):
        daemon = self.daemon(*(e if isinstance(e, dict) else e.entry() for e in entries),
                             workers=one_cpu(), **settings)
        if paused:
            daemon.connect().close()
            self.assertEqual(daemon.ctl("pause").returncode, 0)
        if wait:
            daemon.wait_status(lambda s: s["pool"])
        if paused:
            daemon.wait_sleep()
            daemon.wait_status(lambda s: s["shares"]["in_flight"] == 0)
        return daemon

    def begin(self, daemon, blocks, more=False):
        """A client that waits; its connection."""
        client = daemon.connect()
        self.addCleanup(client.close)
        client.send(MINE, {"blocks": blocks}, more=more)
        return client

    def reason(self, reply):
        self.assertEqual(reply["error"], REFUSED)
        return reply["parameters"]["reason"]

    def check_blocks(self, daemon, node):
        """Each block that was submitted is accepted, and has its answer."""
        answers = [answer for _, answer in node.blocks.items]
        self.assertEqual(answers, [None] * len(answers))
        self.assertEqual(len(answers), node.height())
        self.assertNotIn("is not confirmed", "\n".join(daemon.log()))


class MineTest(MineCase):
    def test_exactly_so_many_while_paused(self):
        """What a developer's script does."""
        node = self.node()
        daemon = self.mine(node)
        before = node.height()  # the daemon may have mined before it was paused
        done = daemon.ctl("mine", "101")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(node.height(), before + 101)
        self.assertEqual(done.stdout, "101 blocks mined\n"
                         f"first       {before + 1}, {node.hashes[before + 1]}\n"
                         f"last        {before + 101}, {node.hashes[-1]}\n")
        self.assertEqual(daemon.status()["state"], "paused")
        daemon.wait_sleep()
        done = daemon.ctl("--json", "mine", "1")
        block = {"height": before + 102, "hash": node.hashes[-1]}
        self.assertEqual(json.loads(done.stdout), {"blocks": 1, "first": block, "last": block})
        done = daemon.ctl("mine", "1")
        self.assertEqual(done.stdout, f"1 block mined: {before + 103}, {node.hashes[-1]}\n")
        self.assertEqual(node.height(), before + 103)
        self.check_blocks(daemon, node)

    def test_with_a_state_directory(self):
        """Each block is on the disk before it is submitted."""
        node = self.node()
        state = self.path("state")
        os.mkdir(state)
        daemon = self.mine(node, env={"STATE_DIRECTORY": state})
        before = node.height()
        self.assertEqual(daemon.ctl("mine", "20").returncode, 0)
        self.assertEqual(node.height(), before + 20)
        self.check_blocks(daemon, node)
        self.assertNotIn("not saved", "\n".join(daemon.log()))
        # The end waits for the disk and for the node.
        self.assertEqual(daemon.ctl("resume").returncode, 0)
        self.assertTrue(node.blocks.wait(lambda block: True, since=before + 20))
        self.assertEqual(daemon.stop(), 0)
        self.check_blocks(daemon, node)

    def test_mining_goes_on(self):
        node = self.node()
        daemon = self.mine(node, paused=False)
        self.assertEqual(daemon.ctl("mine", "5").returncode, 0)
        height = node.height()
        self.assertGreaterEqual(height, 5)
        node.blocks.wait(lambda block: True, since=height + 5)
        self.assertEqual(daemon.status()["state"], "mining")

    def test_a_rival_comes_first(self):
        """A block that the node does not take is not counted, and replaced."""
        node = self.node()
        daemon = self.mine(node)
        before = node.height()
        node.answer = "inconclusive"
        client = self.begin(daemon, 3)
        self.assertTrue(node.blocks.wait(lambda block: block[1] == "inconclusive"))
        node.answer = None
        node.rival()
        self.assertEqual(client.receive()["parameters"]["blocks"], 3)
        self.assertEqual(node.height(), before + 4)
        self.assertEqual(daemon.status()["state"], "paused")

    def test_the_node_is_lost_and_comes_back(self):
        node = self.node()
        daemon = self.mine(node, failover={"backoff_max": 1})
        before = node.height()
        node.hold("submitblock")
        client = self.begin(daemon, 2)
        self.assertTrue(node.calls.wait(lambda call: call == "submitblock",
                                        since=len(node.calls.items)))
        node.stop()
        daemon.wait_status(lambda s: not s["pool"])
        node.release()
        node.start()
        reply = client.receive()["parameters"]
        self.assertEqual(reply["blocks"], 2)
        # The first one arrived before the loss, and its answer after it.
        self.assertEqual(reply["last"]["hash"], node.hashes[-1])
        self.assertEqual(node.height(), before + 2)

    def test_progress(self):
        node = self.node()
        daemon = self.mine(node)
        node.hold("submitblock")
        client = self.begin(daemon, 2, more=True)
        for _ in range(2):
            self.assertEqual(client.receive(), {
                "parameters": {"blocks": 0, "first": None, "last": None}, "continues": True})
        self.assertEqual(daemon.status()["state"], "mining")
        node.release()
        reply = client.receive()
        while reply.get("continues"):
            reply = client.receive()
        self.assertEqual(reply["parameters"]["blocks"], 2)
        # The connection serves the next call.
        self.assertEqual(client.call("io.minerd.Miner.Status")["parameters"]["state"], "paused")


class RefusedTest(MineCase):
    def refuse(self, daemon, message):
        done = daemon.ctl("mine", "1")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertRegex(done.stderr, "^minerctl: mine: refused: " + message)

    def test_a_stratum_pool(self):
        pool = self.pool("--difficulty", "1e-6")
        daemon = self.mine(self.pool_entry(pool, name="stratum"), self.node().entry(name="node"))
        daemon.wait_status(lambda s: s["pool"] == "stratum")
        self.refuse(daemon, "pool stratum is active, which is not a node; switch to a node whose "
                    "chain is regtest")
        self.assertEqual(daemon.ctl("switch", "node").returncode, 0)
        daemon.wait_status(lambda s: s["pool"] == "node")
        self.assertEqual(daemon.ctl("mine", "1").returncode, 0)

    def test_another_chain(self):
        node = self.node(chain="testnet4")
        daemon = self.mine(node.entry(name="node", payout={"address": SIGNET_PAYOUT}))
        height = node.height()
        self.refuse(daemon, "node node is active, whose chain is testnet4; switch to a node whose")
        self.assertEqual(node.height(), height)

    def test_no_pool(self):
        node = self.node()
        node.stop()
        daemon = self.mine(node, wait=False)
        self.refuse(daemon, "no pool can be mined on; it takes a node whose chain is regtest")

    def test_numbers(self):
        daemon = self.mine(self.node())
        for number in ("0", "-1", "1.5", "100001", "x", "", "1x"):
            done = daemon.ctl("mine", "--", number)
            self.assertEqual(done.returncode, 2, number)
            self.assertIn(f'"{number}" is not a number of blocks: use a whole number from 1 to '
                          "100000", done.stderr)
        self.assertEqual(daemon.ctl("mine").returncode, 2)
        client = daemon.connect()
        self.addCleanup(client.close)
        for wrong in ({}, {"blocks": 0}, {"blocks": 100001}, {"blocks": "1"}, {"blocks": 1.5}):
            self.assertEqual(client.call(MINE, wrong)["parameters"], {"parameter": "blocks"})

    def test_one_at_a_time(self):
        node = self.node()
        daemon = self.mine(node)
        node.hold("submitblock")
        client = self.begin(daemon, 7)
        daemon.wait_status(lambda s: s["state"] == "mining")
        self.refuse(daemon, "another client waits for 7 blocks")
        node.release()
        self.assertEqual(client.receive()["parameters"]["blocks"], 7)

    def test_paused_meanwhile(self):
        node = self.node()
        daemon = self.mine(node)
        node.hold("submitblock")
        client = self.begin(daemon, 7)
        daemon.wait_status(lambda s: s["state"] == "mining")
        self.assertEqual(daemon.ctl("pause").returncode, 0)
        self.assertRegex(self.reason(client.receive()), "of 7 blocks mined: mining was paused")
        self.assertEqual(daemon.status()["state"], "paused")

    def test_the_client_leaves(self):
        node = self.node()
        daemon = self.mine(node)
        node.hold("submitblock")
        client = self.begin(daemon, 100000)
        daemon.wait_status(lambda s: s["state"] == "mining")
        client.close()
        daemon.wait_status(lambda s: s["state"] == "paused")
        self.wait_log(daemon, "its client has left; 0 of 100000 blocks mined")
        daemon.wait_sleep()
        node.release()

    def test_resumed_meanwhile(self):
        node = self.node()
        daemon = self.mine(node)
        node.hold("submitblock")
        client = self.begin(daemon, 2)
        daemon.wait_status(lambda s: s["state"] == "mining")
        self.assertEqual(daemon.ctl("resume").returncode, 0)
        node.release()
        self.assertEqual(client.receive()["parameters"]["blocks"], 2)
        node.blocks.wait(lambda block: True, since=node.height() + 5)
        self.assertEqual(daemon.status()["state"], "mining")

    def test_the_daemon_stops(self):
        node = self.node()
        daemon = self.mine(node)
        node.hold("submitblock")
        client = self.begin(daemon, 2)
        daemon.wait_status(lambda s: s["state"] == "mining")
        node.stop()
        self.assertEqual(daemon.stop(), 0)
        self.wait_log(daemon, "0 of 2 blocks mined: the daemon is stopping")
        del client


class StopTest(MineCase):
    """No answer to a block is lost by the end of the daemon, which waits for it for a while."""

    def submitting(self):
        """A daemon without a state directory, whose block waits for its answer."""
        node = self.node()
        node.hold("submitblock")
        daemon = self.start(None, *node.options(), "-t", "1")
        self.assertTrue(node.calls.wait(lambda call: call == "submitblock"))
        return node, daemon

    def test_the_answer_comes(self):
        node, daemon = self.submitting()
        daemon.kill(15)
        self.wait_log(daemon, "stopping on SIGTERM")
        self.assertEqual(daemon.child.poll(), None)
        node.release()
        self.expect_exit(daemon, 0)
        self.wait_log(daemon, "height 1: the node has it")
        self.check_blocks(daemon, node)

    def test_the_answer_does_not_come(self):
        _, daemon = self.submitting()
        daemon.kill(15)
        self.expect_exit(daemon, 0)

    def test_the_node_is_lost(self):
        node, daemon = self.submitting()
        daemon.kill(15)
        self.wait_log(daemon, "stopping on SIGTERM")
        node.stop()
        self.expect_exit(daemon, 0)
        self.wait_log(daemon, "not confirmed")

    def test_after_so_many_blocks(self):
        """The workers find the next block while the last one is on its way."""
        for blocks in (1, 2, 3, 5, 8):
            node = self.node()
            daemon = self.start(None, *node.options(), "-t", "1", "--stop-after",
                                f"blocks={blocks}")
            self.expect_exit(daemon, 0)
            self.assertGreaterEqual(node.height(), blocks)
            self.check_blocks(daemon, node)


if __name__ == "__main__":
    main()
