# SPDX-License-Identifier: MIT
"""The nodes, and what node.py and miner.py do with them: what the tests of minerd rely on."""
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import miner  # noqa: E402
from node import (INITIAL_DOWNLOAD, NOT_CONNECTED, Bcoin, Knots, NodeTest, RpcError)  # noqa: E402
from harness import main, note  # noqa: E402

TWENTY_MINUTES = 1200
ORDINARY, MINIMUM = "1c00ffff", "207fffff"  # of bcoin's testnet with "easy"
DIFFICULTY_1 = "1d00ffff"
REQUEST = '{"id": 1, "method": "getblocktemplate", "params": [{"rules": ["segwit"]}]}'


class BothNodes:
    """Run for each of the two."""

    def test_blocks(self):
        """By the node and by the rival; the tip of a restarted node is that of before."""
        node = self.node(self.KIND)
        self.assertEqual(len(node.mine(3)), 3)
        hashes = node.mine_rival(2)
        self.assertEqual((node.height(), node.tip()), (5, hashes[-1]))
        coinbase = node.block()["tx"][0]
        self.assertEqual(coinbase["vout"][0]["scriptPubKey"]["hex"], miner.anyone().hex())
        node.restart()
        self.assertEqual((node.height(), node.tip()), (5, hashes[-1]))
        node.kill()
        node.start()
        self.assertEqual(node.height(), 5)

    def test_who_may(self):
        node = self.node(self.KIND)
        with open(node.cookie) as cookie:
            credentials = tuple(cookie.read().split(":"))
        self.assertEqual(node.rpc("getblockcount", credentials=credentials), 0)
        self.assertEqual(node.rpc("getblockcount", credentials=(node.user, node.password)), 0)
        with self.assertRaises(RpcError) as caught:
            node.rpc("getblockcount", credentials=("minerd", "wrong"))
        self.assertEqual(caught.exception.status, 401)

    def test_transactions(self):
        """Chains of transactions and their fees, in the template and then in a block."""
        node = self.grown(self.KIND)
        fees = node.fill(60, depth=5, witness=300)
        template = node.template()
        self.assertEqual(len(template["transactions"]), 60)
        self.assertEqual(sum(tx["fee"] for tx in template["transactions"]), fees)
        self.assertEqual(template["default_witness_commitment"],
                         miner.witness_commitment(template))
        node.mine_rival()
        self.assertEqual(len(node.block()["tx"]), 61)

    def test_wallet(self):
        node = self.grown(self.KIND)
        node.open_wallet()
        node.mine(101, node.wallet_address())
        for _ in range(3):
            node.pay(node.wallet_address(), 0.5)
        self.assertEqual(len(node.template()["transactions"]), 3)
        node.mine_rival()
        self.assertEqual(len(node.block()["tx"]), 4)

    def test_reorganisation(self):
        node = self.grown(self.KIND)
        before = node.height()
        old = node.rpc("getblockhash", before - 5)
        branch = node.reorganise(6)
        self.assertEqual((node.height(), node.tip()), (before + 1, branch[-1]))
        self.assertNotEqual(node.rpc("getblockhash", before - 5), old)
        node.mine_rival()

    def test_large_templates(self):
        node = self.grown(self.KIND)
        for count, witness, size in (4000, 550, 6e6), (480, 7500, 7.4e6):
            node.fill(count, witness=witness)
            body = node.post(REQUEST)[1]
            self.assertGreater(len(body), size)
            begun = time.monotonic()
            node.mine_rival()
            note(f"{count} transactions, {len(body)} bytes of template; fetched again, mined and "
                 f"submitted in {time.monotonic() - begun:.2f} s")
            self.assertEqual(len(node.block()["tx"]), count + 1)

    def test_without_peers(self):
        node = self.node(self.KIND, chain="main")
        self.assertRpcError(NOT_CONNECTED, node.template)


class BcoinTest(BothNodes, NodeTest):
    KIND = Bcoin

    def test_before_segwit(self):
        """The rules do not name segwit, and yet there is a commitment; a block has no witness."""
        node = self.node(Bcoin)
        template = node.template()
        self.assertEqual(template["rules"], [])
        self.assertIn("default_witness_commitment", template)
        node.mine_rival()
        full = miner.build({**node.template(), "rules": ["segwit"]})
        self.assertEqual(node.rpc("submitblock", full.hex()), "rejected: unexpected-witness")

    def test_twenty_minutes(self):
        """Of a testnet on which the ordinary difficulty is 256, and the minimum that of regtest."""
        node = self.node(Bcoin, chain="testnet", options=["easy"])
        begun = int(time.time())
        node.mine_rival(time=begun - TWENTY_MINUTES + 60)
        self.assertEqual(node.template()["bits"], ORDINARY)
        node.set_time(begun + 61)
        self.assertEqual(node.template()["bits"], MINIMUM)
        node.mine_rival(time=begun + 61)
        self.assertEqual((node.height(), node.template()["bits"]), (2, ORDINARY))

    def test_the_cached_template(self):
        """It stays until a block, or a transaction when it is 10 s old."""
        node = self.grown(Bcoin)
        self.assertEqual(node.template()["transactions"], [])
        coin = node.coins()[-1]
        node.send([miner.Transaction([(*coin[:2], [miner.OP_TRUE])],
                                     [(coin[2] - 1000, miner.anyone())])])
        self.assertEqual(node.template()["transactions"], [])
        node.refresh()
        self.assertEqual(len(node.template()["transactions"]), 1)

    def test_initial_download(self):
        node = self.node(Bcoin, chain="main", options=["downloading"])
        self.assertRpcError(INITIAL_DOWNLOAD, node.template)


class KnotsTest(BothNodes, NodeTest):
    KIND = Knots

    def pair(self, chain):
        first = self.node(Knots, "first", chain=chain, listen=True)
        second = self.node(Knots, "second", chain=chain)
        second.connect(first)
        return first, second

    def test_two_nodes(self):
        first, second = self.pair("regtest")
        first.mine_rival(2)
        self.assertEqual(second.rpc("waitforblockheight", 2)["height"], 2)
        second.mine_rival()
        self.assertEqual(first.rpc("waitforblockheight", 3)["height"], 3)

    def test_initial_download(self):
        """On mainnet with a peer, whose chain is no newer than the genesis block."""
        first, second = self.pair("main")
        for node in first, second:
            self.assertRpcError(INITIAL_DOWNLOAD, node.template)
            self.assertTrue(node.rpc("getblockchaininfo")["initialblockdownload"])

    def test_signet(self):
        """Of one's own, whose blocks everybody may make: the challenge is OP_TRUE."""
        node = self.node(Knots, chain="signet", challenge="51")
        self.assertTrue(os.path.exists(node.cookie), node.cookie)
        self.assertRpcError(-8, node.rpc, "getblocktemplate", {"rules": ["segwit"]})
        self.assertEqual(node.template()["signet_challenge"], "51")
        node.mine_rival()
        self.assertEqual(node.height(), 1)

    def test_signet_with_a_key(self):
        node = self.node(Knots, chain="signet")
        self.assertEqual(node.template()["signet_challenge"][:4], "5121")

    def test_testnet4_clock(self):
        """It stands where the test sets it. The minimum difficulty is that of the genesis block."""
        first, second = self.pair("testnet4")
        begun = first.template()["curtime"]
        for node in first, second:
            node.set_time(begun + TWENTY_MINUTES)
            template = node.template()
            self.assertEqual((template["curtime"], template["bits"]),
                             (begun + TWENTY_MINUTES, DIFFICULTY_1))
            node.set_time(0)
            self.assertLess(node.template()["curtime"], begun + TWENTY_MINUTES)


if __name__ == "__main__":
    main()
