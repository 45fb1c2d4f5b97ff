# SPDX-License-Identifier: MIT
"""minerd on full nodes that know nothing of it: they must take every block that it submits."""
import contextlib
import os
import re
import signal
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "nodes"))

import miner  # noqa: E402
from harness import (DEADLINE, SCALE, Daemon, hold_port, main, note, one_cpu,  # noqa: E402
                     rss_kib, sanitized)
from node import MATURITY, Bcoin, Knots, NodeTest  # noqa: E402

# The key of BIP 173's examples, on each kind of chain.
SCRIPT = "0014751e76e8199196d454941c45d1b3a323f1433bd6"
PAYOUT = {"regtest": "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080",
          "main": "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"}
TEST_PAYOUT = "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx"

HALVING = 150  # blocks, on regtest
TWENTY_MINUTES = 1200
RESIDENT_KIB = 64 << 10


class SoloTest(NodeTest):
    """minerd on a node, by a configuration or the command line."""

    def payout(self, node):
        return PAYOUT.get(node.chain, TEST_PAYOUT)

    def entry(self, node, **keys):
        entry = {"url": node.url, "name": "node", "payout": {"address": self.payout(node)}, **keys}
        if "user" not in entry:
            entry.setdefault("cookie_file", node.cookie)
        return entry

    def solo(self, node, state=True, **keys):
        """minerd, which mines until the test ends, and keeps what it finds in "state"."""
        settings = {}
        if state:
            os.makedirs(self.path("state"), exist_ok=True)
            settings["state"] = {"directory": self.path("state")}
        return self.daemon(self.entry(node, **keys), workers=one_cpu(),
                           failover={"backoff_max": 1, "failback_after": 1}, **settings)

    def mine(self, node, blocks, *options, timeout=4 * DEADLINE):
        """minerd's command line until so many blocks are accepted; its log."""
        daemon = Daemon(None, "-o", node.url, "--cookie-file", node.cookie, "--payout",
                        self.payout(node), "--stop-after", f"blocks={blocks}", "-t", "1", "-D",
                        *options, socket=self.socket)
        self.addCleanup(self.check_daemon, daemon)
        self.expect_exit(daemon, 0, timeout)
        return daemon.log()

    def pause(self, daemon, node):
        """Stops the workers; the height of the node, once all blocks are there."""
        self.assertEqual(daemon.ctl("pause").returncode, 0)
        daemon.wait_sleep()
        # What was on its way to a node that is gone is kept for its return.
        daemon.wait_status(lambda s: not any(p["in_flight"] for p in s["pools"]
                                             if p["state"] in ("active", "standby")))
        return node.height()

    def resume(self, daemon):
        self.assertEqual(daemon.ctl("resume").returncode, 0)

    def wait_height(self, node, height, timeout=DEADLINE):
        deadline = time.monotonic() + timeout * SCALE
        while node.height() < height:
            self.assertLess(time.monotonic(), deadline, f"the height stays {node.height()}")
            time.sleep(0.02)

    def check_refusals(self, daemon):
        """No block was invalid; those that came second to a rival's may be there."""
        wrong = [line for line in daemon.log() if any(word in line for word in (
            "bad-", "high-hash", "time-too", "unexpected-witness", "Block decode"))]
        self.assertEqual(wrong, [])
        states = {block["state"] for block in self.blocks(daemon)}
        self.assertNotIn("rejected", states)

    def blocks(self, daemon):
        client = daemon.connect()
        with contextlib.closing(client):
            return client.call("io.minerd.Miner.Blocks")["parameters"]["blocks"]

    def state(self, daemon, block):
        """That of a block of the daemon's list, by its hash."""
        return next(b["state"] for b in self.blocks(daemon) if b["hash"] == block)

    def check_chain(self, node, first):
        """Each block from this height on that minerd mined pays it subsidy and fees to the satoshi.
        Their number, and that of the transactions in them."""
        values, mined, count = {}, 0, 0
        for height in range(1, node.height() + 1):
            block = node.block(height)
            fees = 0
            for transaction in block["tx"]:
                for output in transaction["vout"]:
                    values[transaction["txid"], output["n"]] = round(output["value"] * 10**8)
                if transaction is not block["tx"][0]:
                    fees += sum(values[i["txid"], i["vout"]] for i in transaction["vin"])
                    fees -= sum(round(o["value"] * 10**8) for o in transaction["vout"])
            paid = block["tx"][0]["vout"][0]
            if height >= first and paid["scriptPubKey"]["hex"] == SCRIPT:
                self.assertEqual(round(paid["value"] * 10**8),
                                 (50 * 10**8 >> height // HALVING) + fees, f"block {height}")
                mined, count = mined + 1, count + len(block["tx"]) - 1
        return mined, count

    def refused(self, node, *words, **keys):
        """A node that gives no work, and the reason that is told."""
        daemon = self.solo(node, state=False, **keys)
        status = daemon.wait_status(lambda s: s["pools"][0]["last_error"])
        for word in words:
            self.assertIn(word, status["pools"][0]["last_error"])
        self.assertEqual((status["hashes"], status["blocks_found"]), (0, 0))

    def found_meanwhile(self, node):
        """A block that minerd finds on a node that does not answer: the daemon, and its hash."""
        daemon = self.solo(node)
        daemon.wait_status(lambda s: s["blocks_accepted"] >= 1)
        self.pause(daemon, node)
        before = len(self.blocks(daemon))
        node.flush()
        node.process.child.send_signal(signal.SIGSTOP)
        self.resume(daemon)
        daemon.wait_status(lambda s: s["blocks_found"] > s["blocks_accepted"])
        found = self.blocks(daemon)
        self.assertGreater(len(found), before)
        self.wait_kept(found[0]["hash"])
        return daemon, found[0]["hash"]

    def wait_kept(self, block):
        """Until the block is on the disk."""
        deadline = time.monotonic() + DEADLINE * SCALE
        while not any(self.holds(name, block) for name in os.listdir(self.path("state"))):
            self.assertLess(time.monotonic(), deadline, f"{block} is not kept")
            time.sleep(0.01)

    def holds(self, name, block):
        """Whether this is the file of the block, and not one that is still being written."""
        if not re.fullmatch(r"found-block-\d+", name):
            return False
        with contextlib.suppress(FileNotFoundError), \
                open(os.path.join(self.path("state"), name)) as lines:
            return block in lines.read()
        return False


class BothNodes:
    """On each of the two nodes."""

    def test_300_blocks_with_transactions(self):
        node = self.grown(self.KIND)
        node.open_wallet()
        node.mine(MATURITY + 40, node.wallet_address())
        first = node.height() + 1
        address = node.wallet_address()
        for _ in range(10):
            for _ in range(3):
                node.pay(address, 0.01)
            self.mine(node, 20)
        # And while blocks come.
        daemon = self.solo(node)
        for _ in range(20):
            node.pay(address, 0.01)
        daemon.wait_status(lambda s: s["blocks_accepted"] >= 100, timeout=2 * DEADLINE)
        self.pause(daemon, node)
        self.check_refusals(daemon)
        mined, transactions = self.check_chain(node, first)
        note(f"{mined} blocks with {transactions} transactions")
        self.assertEqual(mined, node.height() - first + 1)
        self.assertGreaterEqual(mined, 300)
        self.assertGreaterEqual(transactions, 30)

    def test_before_anything(self):
        """From the genesis block: heights of one byte, and of two."""
        node = self.node(self.KIND)
        self.mine(node, 20)
        self.assertEqual(self.check_chain(node, 1)[0], node.height())
        node.mine(120)
        first = node.height() + 1
        self.mine(node, 20)
        self.assertEqual(self.check_chain(node, first)[0], node.height() - first + 1)

    def test_one_block_at_once(self):
        """From exec to exit, with an idle node."""
        node = self.grown(self.KIND)

        def measure():
            begun = time.monotonic()
            self.mine(node, 1)
            return (time.monotonic() - begun,)
        note(f"one block from exec to exit in {self.check_best(measure, 0.3)[0]:.3f} s")

    def test_rival(self):
        """Who mines on the same node, and finds some of the blocks."""
        node = self.grown(self.KIND)
        first = node.height() + 1
        daemon = self.solo(node)
        rival, deadline = 0, time.monotonic() + 2 * DEADLINE * SCALE
        while rival < 20 and time.monotonic() < deadline:
            with contextlib.suppress(AssertionError):  # minerd was faster
                rival += len(node.mine_rival())
        rival_script = miner.anyone().hex()
        daemon.wait_status(lambda s: s["blocks_accepted"] >= 50)
        self.pause(daemon, node)
        self.check_refusals(daemon)
        mined, _ = self.check_chain(node, first)
        rivals = sum(node.block(height)["tx"][0]["vout"][0]["scriptPubKey"]["hex"] == rival_script
                     for height in range(first, node.height() + 1))
        note(f"{mined} blocks of minerd, {rivals} of the rival")
        self.assertEqual(mined + rivals, node.height() - first + 1)
        self.assertGreater(mined, 0)

    def test_a_block_of_another(self):
        """Work on a new parent comes by the long poll, not by the next template."""
        node = self.grown(self.KIND)
        daemon = self.solo(node, template_interval=3600)
        daemon.wait_status(lambda s: s["blocks_accepted"] >= 1)
        for _ in range(5):
            before = self.pause(daemon, node)
            tip = node.mine_rival()[0]
            self.resume(daemon)
            self.wait_height(node, before + 2)
            self.assertEqual(node.block(before + 2)["previousblockhash"], tip)
        self.pause(daemon, node)
        self.check_refusals(daemon)

    def test_reorganisation(self):
        node = self.grown(self.KIND)
        first = node.height() + 1
        daemon = self.solo(node, template_interval=3600)
        daemon.wait_status(lambda s: s["blocks_accepted"] >= 20)
        before = self.pause(daemon, node)
        branch = node.reorganise(6)
        self.resume(daemon)
        self.wait_height(node, before + 3)
        self.pause(daemon, node)
        self.assertEqual(node.block(before + 2)["previousblockhash"], branch[-1])
        self.check_refusals(daemon)
        self.check_chain(node, first)

    def test_node_restarts(self):
        """In mid-work, by itself and by SIGKILL."""
        node = self.grown(self.KIND)
        first = node.height() + 1
        daemon = self.solo(node)
        for end in node.stop, node.kill:
            daemon.wait_status(lambda s: s["blocks_accepted"] >= 10)
            node.flush()
            end()
            daemon.wait_status(lambda s: s["pools"][0]["state"] == "backoff")
            node.start()
            height = node.height()
            self.wait_height(node, height + 10)
        self.pause(daemon, node)
        self.check_refusals(daemon)
        self.check_chain(node, first)

    def test_wrong_password(self):
        """The cookie is read anew for each attempt."""
        node = self.grown(self.KIND)
        cookie = self.write("cookie", "__cookie__:wrong")
        daemon = self.solo(node, cookie_file=cookie)
        status = daemon.wait_status(lambda s: s["pools"][0]["last_error"])
        self.assertIn("401", status["pools"][0]["last_error"])
        height = node.height()
        with open(node.cookie) as right:
            self.write("cookie", right.read())
        self.wait_height(node, height + 5, timeout=3 * DEADLINE)

    def test_user_and_password(self):
        node = self.grown(self.KIND)
        height = node.height()
        daemon = self.solo(node, user=node.user, password="wrong")
        status = daemon.wait_status(lambda s: s["pools"][0]["last_error"])
        self.assertIn("401", status["pools"][0]["last_error"])
        self.assertEqual(daemon.stop(), 0)
        self.solo(node, user=node.user, password=node.password)
        self.wait_height(node, height + 5)

    def test_no_peers(self):
        self.refused(self.node(self.KIND, chain="main", options=self.CAUGHT_UP), "no peers")

    def test_address_of_another_chain(self):
        self.refused(self.grown(self.KIND), "mainnet", "regtest",
                     payout={"address": PAYOUT["main"]})

    def test_large_templates(self):
        node = self.grown(self.KIND)
        daemon = self.solo(node)
        daemon.wait_status(lambda s: s["blocks_accepted"] >= 1)
        for count, witness in (4000, 550), (480, 7500):
            self.pause(daemon, node)
            node.fill(count, witness=witness)
            if self.KIND is Bcoin:
                node.refresh()
            node.wait_template(count)
            height, found = node.height(), []
            self.resume(daemon)
            # Templates of before were without them, or of a moment when some had come.
            while sum(found) < count:
                self.wait_height(node, height + 1, timeout=2 * DEADLINE)
                height += 1
                found.append(len(node.block(height)["tx"]) - 1)
            self.assertEqual(sum(found), count)
        self.pause(daemon, node)
        self.check_refusals(daemon)
        note(f"resident with templates of 8 MB: {rss_kib(daemon.pid)} KiB")
        if not sanitized():
            self.assertLess(rss_kib(daemon.pid), RESIDENT_KIB)

    def test_found_while_the_node_is_down(self):
        """The block waits, and is in the chain when the node is back."""
        node = self.grown(self.KIND)
        daemon, found = self.found_meanwhile(node)
        node.kill()
        node.start()
        daemon.wait_status(lambda s: s["blocks_accepted"] == s["blocks_found"]
                           or s["blocks_accepted"] > 50)
        self.pause(daemon, node)
        self.assertGreater(node.rpc("getblock", found)["confirmations"], 0)
        self.check_refusals(daemon)

    def test_found_before_both_fell(self):
        """The daemon ends by SIGKILL, too: what it found is on the disk."""
        node = self.grown(self.KIND)
        daemon, found = self.found_meanwhile(node)
        daemon.checked = True
        daemon.kill(signal.SIGKILL)
        daemon.finish()
        node.kill()
        node.start()
        daemon = self.solo(node)
        self.wait_log(daemon, f"{found}.*found before minerd was restarted")
        deadline = time.monotonic() + DEADLINE * SCALE
        while self.state(daemon, found) == "submitting":
            self.assertLess(time.monotonic(), deadline, f"{found} is not answered")
            time.sleep(0.02)
        # The daemon mines at once: a new block on the same parent may have come first.
        self.assertIn(self.state(daemon, found), ("accepted", "orphaned", "stale"))
        self.assertEqual(node.rpc("getblockheader", found)["hash"], found)
        self.pause(daemon, node)
        self.check_refusals(daemon)

    def test_pool_to_node_to_pool(self):
        """The node is second in the list, and takes over while the pool is away."""
        node = self.grown(self.KIND)
        port = hold_port(self)
        options = "--port", port, "--difficulty", "1e-5"
        pool = self.pool(*options)
        daemon = self.daemon(self.pool_entry(port, name="pool"), self.entry(node),
                             workers=one_cpu(),
                             failover={"backoff_max": 1, "failback_after": 1, "standby": 1})
        for _ in range(2):
            self.wait_shares(pool, 20)
            self.check_shares(pool)
            accepted = daemon.status()["blocks_accepted"]
            pool.stop()
            daemon.wait_status(lambda s: s["pool"] == "node"
                               and s["blocks_accepted"] >= accepted + 20)  # noqa: B023
            pool = self.pool(*options)
            daemon.wait_status(lambda s: s["pool"] == "pool")
        self.wait_shares(pool, 20)
        self.check_shares(pool)
        self.check_refusals(daemon)
        self.check_accounting(self.settle(pool, daemon))


class BcoinTest(BothNodes, SoloTest):
    KIND = Bcoin
    CAUGHT_UP = ()

    def test_initial_download(self):
        self.refused(self.node(Bcoin, chain="main", options=["downloading"]),
                     "initial block download")

    def test_twenty_minutes(self):
        """The difficulty falls 20 minutes after the last block: then minerd has a block at once,
        and none before. What the node offers until then is not solved in a day."""
        rounds = iter(range(100))

        def measure():
            node = self.node(Bcoin, f"node{next(rounds)}", chain="testnet", options=["easy"])
            falls = int(time.time()) + 3
            node.mine_rival(time=falls - TWENTY_MINUTES - 1)
            daemon = self.solo(node, state=False)
            daemon.wait_status(lambda s: s["hashes"] > 0)
            self.assertEqual((node.height(), daemon.status()["blocks_found"]), (1, 0))
            self.wait_height(node, 2)
            late = time.time() - falls
            self.assertGreaterEqual(node.block(2)["time"], falls)
            # The block after it is an ordinary one again.
            status = daemon.wait_status(lambda s: s["blocks_accepted"] == 1)
            self.assertEqual((node.height(), status["blocks_found"]), (2, 1))
            self.check_refusals(daemon)
            daemon.stop()
            node.kill()
            return (late,)
        note(f"a block {self.check_best(measure, 0.2, rounds=5)[0]:.3f} s after the moment")


class KnotsTest(BothNodes, SoloTest):
    KIND = Knots
    CAUGHT_UP = ("-minimumchainwork=00", f"-maxtipage={int(time.time())}")

    def pair(self, chain):
        first = self.node(Knots, "first", chain=chain, listen=True)
        second = self.node(Knots, "second", chain=chain)
        second.connect(first)
        return first, second

    def test_blocks_taken_back(self):
        """The node's owner invalidates blocks of minerd: it goes on from there."""
        node = self.grown(Knots)
        daemon = self.solo(node)
        daemon.wait_status(lambda s: s["blocks_accepted"] >= 10)
        for depth in 1, 3:
            height = self.pause(daemon, node)
            node.rpc("invalidateblock", node.rpc("getblockhash", height - depth + 1))
            self.assertEqual(node.height(), height - depth)
            self.resume(daemon)
            self.wait_height(node, height + 5)

    def test_blocks_forgotten(self):
        """After a crash the node's chain is one of before: minerd goes on from there."""
        node = self.grown(Knots)
        daemon = self.solo(node)
        for _ in range(2):
            accepted = daemon.status()["blocks_accepted"]
            daemon.wait_status(lambda s: s["blocks_accepted"] >= accepted + 10)  # noqa: B023
            height = self.pause(daemon, node)
            node.kill()
            self.resume(daemon)
            node.start()
            self.assertLess(node.height(), height)
        self.wait_height(node, node.height() + 10)

    def test_initial_download(self):
        """On mainnet, with a peer, at the genesis block."""
        self.refused(self.pair("main")[1], "initial block download")

    def test_two_nodes(self):
        """A block of the one is the other's tip; both give templates, one after the other."""
        first, second = self.pair("regtest")
        daemon = self.daemon(self.entry(first, name="first"), self.entry(second, name="second"),
                             workers=one_cpu(), failover={"backoff_max": 1, "failback_after": 1})
        daemon.wait_status(lambda s: s["blocks_accepted"] >= 10)
        first.kill()
        accepted = daemon.wait_status(lambda s: s["pool"] == "second")["blocks_accepted"]
        daemon.wait_status(lambda s: s["blocks_accepted"] >= accepted + 10)
        self.pause(daemon, second)
        self.assertEqual(self.check_chain(second, 1)[0], second.height())
        self.check_refusals(daemon)

    def test_signet(self):
        """Of one's own, whose challenge is OP_TRUE: its blocks need no signature."""
        node = self.node(Knots, chain="signet", challenge="51")
        self.mine(node, 3)
        self.assertEqual(node.height(), 3)
        self.assertEqual(self.check_chain(node, 1)[0], 3)

    def test_signet_with_a_key(self):
        self.refused(self.node(Knots, chain="signet"), "sign")

    def test_testnet4(self):
        """Two nodes whose clocks the test sets: minerd goes on where they jump 20 minutes. A block
        of difficulty 1, the least one, may take longer than a test should."""
        first, second = self.pair("testnet4")
        begun = int(time.time()) - 2 * TWENTY_MINUTES
        daemon = self.solo(first)
        for moment in begun, begun + TWENTY_MINUTES + 1:
            for node in first, second:
                node.set_time(moment)
            second.connect(first)
            hashes = daemon.wait_status(lambda s: s["pools"][0]["state"] == "active")["hashes"]
            daemon.wait_status(lambda s: s["hashes"] > hashes + 10**6)  # noqa: B023
        with contextlib.suppress(AssertionError):
            self.wait_height(first, 1, timeout=20 / SCALE)
        self.check_refusals(daemon)
        daemon.stop()
        if first.height():
            # While their clocks stand, nodes send each other little.
            for height in range(1, first.height() + 1):
                raw = first.rpc("getblock", first.rpc("getblockhash", height), 0)
                self.assertIn(second.rpc("submitblock", raw), (None, "duplicate"))
            self.assertEqual(second.tip(), first.tip())
            self.assertEqual(first.block(1)["tx"][0]["vout"][0]["scriptPubKey"]["hex"], SCRIPT)
        note(f"blocks of difficulty 1: {first.height()}")


if __name__ == "__main__":
    main()
