# SPDX-License-Identifier: MIT
"""
Real nodes for tests, on the loopback alone: Bitcoin Knots of Debian sid and bcoin from npm, which
setup.sh fetches. Both have one interface:

    node = Knots(folder)          in this folder, which may hold the chain of an earlier one
    node.start()                  returns when it answers; start(wait=False) does not wait
    node.rpc("getblockcount")     raises RpcError
    node.stop(), node.kill()      by itself, or with SIGKILL; start() starts it again

They end with the test's process, whatever ends it.
"""
import base64
import contextlib
import hashlib
import hmac
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
sys.path.insert(0, HERE)

from harness import DEADLINE, SCALE, FunctionalTest, Process, free_ports  # noqa: E402
import miner  # noqa: E402

CACHE = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "minerd")
REALPOOL = os.path.join(os.path.dirname(HERE), "realpool")
SETUP = "run tests/functional/nodes/setup.sh"

USER, PASSWORD = "minerd", "only of the loopback"
MATURITY = 100  # blocks before a coinbase is spent
PUSH = 256  # bytes; Knots takes no longer items of a witness (BIP 110)

# Those of Bitcoin Core, of which Knots has all that occur here.
NO_FUNDS, NOT_CONNECTED, INITIAL_DOWNLOAD, WARMING_UP = -6, -9, -10, -28


class RpcError(Exception):
    """status: the reply's, of HTTP; code: the error's, None of one without (401, 503)."""

    def __init__(self, status, code, message):
        super().__init__(f"HTTP {status}: {code}: {message}")
        self.status, self.code, self.message = status, code, message


class Node:
    """What the two have in common."""

    HRP = {}

    def __init__(self, folder, chain="regtest", options=()):
        self.folder, self.chain, self.options = folder, chain, list(options)
        self.user, self.password = USER, PASSWORD
        self.port, self.peer_port, self.wallet_port = free_ports(3)
        self.process = None
        self.spent = set()  # coins that fan_out() spent
        os.makedirs(folder, exist_ok=True)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def hrp(self):
        return self.HRP[self.chain]

    @property
    def address(self):
        """Whoever has this address's coins, everybody spends them: see miner.py."""
        return miner.anyones_address(self.hrp)

    def start(self, wait=True):
        self.process = Process(self.arguments(), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for stream in (self.process.child.stdout, self.process.child.stderr):
            self.process.read(stream, self.process.feed.add)
        if wait:
            self.wait()
        return self

    def wait(self, timeout=2 * DEADLINE):
        """Until it answers, and is no longer warming up."""
        deadline = time.monotonic() + timeout * SCALE
        while True:
            try:
                return self.rpc("getblockcount")
            except (OSError, http.client.HTTPException, RpcError) as error:
                if self.process.child.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError(f"{self.name} does not start: {error}; its output: "
                                         f"{self.process.feed.items[-20:]}") from error
            time.sleep(0.02)

    def kill(self):
        self.process.child.send_signal(signal.SIGKILL)
        return self.process.finish()

    def restart(self):
        self.stop()
        return self.start()

    def post(self, body, timeout=2 * DEADLINE, port=None, credentials=None):
        """Status and body of the reply to a POST."""
        user, password = credentials or (self.user, self.password)
        token = base64.b64encode(f"{user}:{password}".encode()).decode()
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port,
                                                timeout=timeout * SCALE)
        with contextlib.closing(connection):
            connection.request("POST", "/", body, {
                "Authorization": "Basic " + token, "Content-Type": "application/json"})
            reply = connection.getresponse()
            return reply.status, reply.read()

    def rpc(self, method, *params, **where):
        status, body = self.post(json.dumps({"id": 1, "method": method, "params": params}), **where)
        return self.result(status, body)

    @staticmethod
    def result(status, body):
        try:
            reply = json.loads(body)
        except ValueError:
            raise RpcError(status, None, body.decode(errors="replace")) from None
        if reply.get("error"):
            raise RpcError(status, reply["error"].get("code"), reply["error"]["message"])
        return reply["result"]

    def batch(self, method, calls):
        """The results of many calls of a method, in few requests."""
        results = []
        for at in range(0, len(calls), 200):
            status, body = self.post(json.dumps([
                {"id": number, "method": method, "params": params}
                for number, params in enumerate(calls[at:at + 200])]))
            for reply in sorted(json.loads(body), key=lambda reply: reply["id"]):
                results.append(self.result(status, json.dumps(reply).encode()))
        return results

    def template(self, **request):
        rules = ["segwit", "signet"] if self.chain == "signet" else ["segwit"]
        return self.rpc("getblocktemplate", {"rules": rules, **request})

    def wait_template(self, count):
        """It keeps a template for some seconds: until it has one with so many transactions."""
        deadline = time.monotonic() + DEADLINE * SCALE
        while len(self.template()["transactions"]) < count:
            if time.monotonic() > deadline:
                raise AssertionError(f"no template with {count} transactions")
            time.sleep(0.2)

    def height(self):
        return self.rpc("getblockcount")

    def tip(self):
        return self.rpc("getbestblockhash")

    def block(self, name=None):
        """A block with its transactions, by hash or height; None: the best."""
        if name is None:
            name = self.tip()
        elif isinstance(name, int):
            name = self.rpc("getblockhash", name)
        return self.rpc("getblock", name, *self.VERBOSE)

    def mine(self, count=1, address=None):
        """Blocks that the node finds by itself, on regtest; their hashes."""
        return self.rpc("generatetoaddress", count, address or self.address)

    def mine_rival(self, count=1, **details):
        """Blocks of the miner of miner.py on the node's template; their hashes."""
        hashes = []
        for _ in range(count):
            block = miner.build(self.template(), **details)
            answer = self.rpc("submitblock", block.hex())
            if answer is not None:
                raise AssertionError(f"{self.name} refuses the rival's block: {answer}")
            hashes.append(miner.block_hash(block))
        return hashes

    def reorganise(self, depth, text=b"branch"):
        """Replaces the last blocks by a branch that is one longer; the hashes of the branch."""
        first = self.height() - depth + 1
        branch = []
        previous = self.rpc("getblockheader", self.rpc("getblockhash", first - 1))
        bits = self.template()["bits"]
        for height in range(first, first + depth + 1):
            template = {"version": 0x20000000, "rules": self.branch_rules(height), "height": height,
                        "previousblockhash": previous["hash"], "bits": bits,
                        "coinbasevalue": 0, "transactions": [],
                        "curtime": previous["time"] + 1}
            template["default_witness_commitment"] = miner.witness_commitment(template)
            block = miner.build(template, text=text)
            # "inconclusive" while the branch is not the longer one.
            answer = self.rpc("submitblock", block.hex())
            if answer not in (None, "inconclusive", "rejected"):
                raise AssertionError(f"{self.name} refuses block {height} of a branch: {answer}")
            branch.append(miner.block_hash(block))
            previous = {"hash": branch[-1], "time": template["curtime"]}
        if self.tip() != branch[-1]:
            raise AssertionError(f"{self.name} is not on the branch")
        return branch

    def coins(self, script=miner.OP_TRUE):
        """[(txid, index, value)] of mature coinbases to .address."""
        found, wanted = [], miner.anyone(script).hex()
        for height in range(max(1, self.height() - 2 * MATURITY), self.height() - MATURITY + 2):
            transaction = self.block(height)["tx"][0]
            found += [(transaction["txid"], output["n"], round(output["value"] * 10**8))
                      for output in transaction["vout"]
                      if output["scriptPubKey"]["hex"] == wanted and output["value"]
                      and transaction["txid"] not in self.spent]
        return found

    def send(self, transactions):
        return self.batch("sendrawtransaction", [[t.raw().hex()] for t in transactions])

    def fan_out(self, count, script, fee_rate=10):
        """Confirms outputs of a P2WSH script, which everybody spends: [(txid, index, value)]."""
        out = []
        for txid, index, value in self.coins():
            take = min(count - len(out), 2000)
            transaction = miner.Transaction([(txid, index, [miner.OP_TRUE])], [])
            fee = (100 + 43 * take) * fee_rate
            each = (value - fee) // take
            transaction.outputs = [(each, miner.anyone(script))] * take
            self.send([transaction])
            self.spent.add(txid)
            txid = transaction.txid()
            out += [(txid, index, each) for index in range(take)]
            if len(out) == count:
                # The node's template may be one of before, for 5 s.
                self.mine()
                return out
        raise AssertionError(f"no coins for {count} outputs: mine more blocks first")

    def fill(self, count=4000, witness=0, fee_rate=10, depth=1):
        """Fills the memory pool: count transactions, each with so many bytes of witness beside what
        it needs, in chains of depth. Returns their fees in satoshi."""
        pushes = [b"\xee" * min(PUSH, witness - at) for at in range(0, witness, PUSH)]
        # What it drops, in twos and the last one by itself, and then OP_TRUE.
        script = b"\x6d" * (len(pushes) // 2) + b"\x75" * (len(pushes) % 2) + miner.OP_TRUE
        transactions, fees = [], 0
        for txid, index, value in self.fan_out(-(-count // depth), script):
            for _ in range(min(depth, count - len(transactions))):
                transaction = miner.Transaction([(txid, index, [*pushes, script])],
                                                [(value, miner.anyone(script))])
                fee = transaction.vsize() * fee_rate
                transaction.outputs = [(value - fee, miner.anyone(script))]
                transactions.append(transaction)
                txid, index, value, fees = transaction.txid(), 0, value - fee, fees + fee
        self.send(transactions)
        return fees


class Knots(Node):
    name = "Bitcoin Knots"
    HRP = {"main": "bc", "testnet4": "tb", "test": "tb", "signet": "tb", "regtest": "bcrt"}
    VERBOSE = (2,)
    SEGWIT_HEIGHT = 0  # on regtest
    PROGRAM = os.path.join(CACHE, "knots", "bitcoind")

    def __init__(self, folder, chain="regtest", options=(), challenge=None, listen=False):
        """challenge: of a signet, in hex. listen: for peers, at peer_port."""
        super().__init__(folder, chain, options)
        self.challenge, self.listen, self.time = challenge, listen, 0

    @classmethod
    def need(cls):
        if os.access(cls.PROGRAM, os.X_OK):
            return
        try:
            with open(os.path.join(CACHE, "knots.missing")) as file:
                raise unittest.SkipTest(f"Bitcoin Knots: {file.read().strip()}")
        except FileNotFoundError:
            raise unittest.SkipTest(f"no Bitcoin Knots: {SETUP}") from None

    @property
    def chain_folder(self):
        name = {"main": "", "test": "testnet3"}.get(self.chain, self.chain)
        if self.chain == "signet" and self.challenge:
            name += "_" + miner.sha256d(miner.compact(len(self.challenge) // 2)
                                        + bytes.fromhex(self.challenge))[:4].hex()
        for folder in (name, "signet"):
            if os.path.isdir(os.path.join(self.folder, folder)):
                return os.path.join(self.folder, folder)
        return os.path.join(self.folder, name)

    @property
    def cookie(self):
        return os.path.join(self.chain_folder, ".cookie")

    def arguments(self):
        salt = "00"
        code = hmac.new(salt.encode(), self.password.encode(), hashlib.sha256).hexdigest()
        return [
            self.PROGRAM, f"-datadir={self.folder}", f"-chain={self.chain}",
            *([f"-signetchallenge={self.challenge}"] if self.challenge else []),
            f"-rpcport={self.port}", "-rpcbind=127.0.0.1", "-rpcallowip=127.0.0.1",
            f"-rpcauth={self.user}:{salt}${code}",
            *([f"-bind=127.0.0.1:{self.peer_port}", "-listen=1"] if self.listen else ["-listen=0"]),
            *([f"-mocktime={self.time}"] if self.time else []),
            # Nothing leaves the machine.
            "-connect=0", "-dnsseed=0", "-fixedseeds=0", "-discover=0", "-listenonion=0",
            # As many and as large transactions as the rules of consensus allow.
            *(["-acceptnonstdtxn=1"] if self.chain != "main" else []),
            "-blockmaxsize=4000000", "-blockmaxweight=4000000", "-maxmempool=300",
            "-limitancestorcount=1000", "-limitdescendantcount=1000", "-limitancestorsize=4000",
            "-limitdescendantsize=4000", "-persistmempool=1", "-fallbackfee=0.0001",
            "-unsafesqlitesync=1",
            # Not the checks that regtest makes for each transaction.
            "-checkmempool=0", "-checkblockindex=0",
            "-printtoconsole=1", *self.options]

    def start(self, wait=True):
        # That of a node that was killed is no longer valid.
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.cookie)
        return super().start(wait)

    def stop(self):
        if self.process.child.poll() is None:
            self.process.child.send_signal(signal.SIGTERM)
        return self.process.finish()

    def flush(self):
        """What it has is on the disk: it survives kill()."""
        self.rpc("gettxoutsetinfo")

    def set_time(self, seconds):
        """The node's clock stands at this time; 0: it is the machine's. On other chains than
        regtest that takes a restart."""
        self.time = seconds
        if self.chain == "regtest":
            self.rpc("setmocktime", seconds)
        else:
            self.restart()

    def connect(self, other):
        """Connects to another node, which listens, and waits until both know of it."""
        self.rpc("addnode", f"127.0.0.1:{other.peer_port}", "onetry")
        deadline = time.monotonic() + DEADLINE * SCALE
        while not (self.rpc("getconnectioncount") and other.rpc("getconnectioncount")):
            if time.monotonic() > deadline:
                raise AssertionError("the nodes do not connect")
            time.sleep(0.02)

    def open_wallet(self):
        self.rpc("createwallet", "test")

    def wallet_address(self, kind="bech32"):
        return self.rpc("getnewaddress", "", kind)

    def pay(self, address, bitcoins):
        """A transaction of the wallet; its txid."""
        return self.rpc("sendtoaddress", address, bitcoins)

    def branch_rules(self, height):
        return ["!segwit"]


class Bcoin(Node):
    name = "bcoin"
    HRP = {"main": "bc", "testnet": "tb", "regtest": "rb"}
    VERBOSE = (True, True)
    SEGWIT_HEIGHT = 432

    def __init__(self, folder, chain="regtest", options=()):
        """options: at most one of bcoin.js."""
        super().__init__(folder, chain, options)
        self.password = PASSWORD.replace(" ", "-")
        self.cookie = os.path.join(folder, "cookie")
        with open(self.cookie, "w") as file:
            file.write(f"{self.user}:{self.password}")

    @classmethod
    def need(cls):
        if not shutil.which("node"):
            raise unittest.SkipTest("there is no program node (package nodejs)")
        if not os.path.exists(os.path.join(REALPOOL, "node_modules", ".installed.json")):
            raise unittest.SkipTest(f"no bcoin: {SETUP}")

    def arguments(self):
        return ["node", os.path.join(HERE, "bcoin.js"), self.chain, self.folder, str(self.port),
                self.password, str(self.peer_port), str(self.wallet_port), *self.options]

    def stop(self):
        if self.process.child.poll() is None:
            self.process.child.stdin.close()
        return self.process.finish()

    def command(self, line):
        since = self.process.feed.mark()
        self.process.child.stdin.write(line.encode() + b"\n")
        self.process.child.stdin.flush()
        if not self.process.feed.wait(lambda item: item == "done", since):
            raise AssertionError(f"bcoin does not do {line!r}: {self.process.feed.items[-20:]}")

    def set_time(self, seconds):
        """The node's clock shows this time, and goes on; 0: it is the machine's."""
        self.command(f"time {seconds}")

    def flush(self):
        """It always is."""

    def refresh(self):
        """Drops the cached template, as a transaction would after 10 s."""
        self.command("fresh")

    def mine_rival(self, count=1, **details):
        self.refresh()
        return super().mine_rival(count, **details)

    def open_wallet(self):
        """It needs a block, and does not outlive the process."""
        self.command("wallet")

    def wallet_address(self, kind="legacy"):
        return self.rpc("getnewaddress", "default", port=self.wallet_port)

    def pay(self, address, bitcoins):
        deadline = time.monotonic() + DEADLINE * SCALE
        while True:
            try:
                return self.rpc("sendtoaddress", address, bitcoins, port=self.wallet_port)
            except RpcError as error:
                # The wallet learns of a block after the node.
                if error.code != NO_FUNDS or time.monotonic() > deadline:
                    raise
            time.sleep(0.1)

    def branch_rules(self, height):
        return self.template()["rules"]


class NodeTest(FunctionalTest):
    """Its nodes end with it."""

    def node(self, kind, name="node", start=True, **arguments):
        kind.need()
        node = kind(self.path(name), **arguments)
        if start:
            node.start()
        self.addCleanup(self.end, node)
        return node

    @staticmethod
    def end(node):
        if node.process and node.process.child.poll() is None:
            node.kill()

    def grown(self, kind, **arguments):
        """A node on regtest on which SegWit is active, with coins that everybody spends."""
        node = self.node(kind, **arguments)
        node.mine(kind.SEGWIT_HEIGHT + MATURITY + 20)
        return node

    def assertRpcError(self, code, call, *arguments, **keywords):
        with self.assertRaises(RpcError) as caught:
            call(*arguments, **keywords)
        self.assertEqual(caught.exception.code, code, str(caught.exception))
        return caught.exception
