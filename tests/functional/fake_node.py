# SPDX-License-Identifier: MIT
"""
A node as minerd sees one: getblockchaininfo, getblocktemplate with long polls, submitblock and
getblockheader over HTTP, on an easy chain without transactions. It takes a block only if header,
merkle root and coinbase are right, and says of any other what Bitcoin Core says.

    node = FakeNode(); node.url, node.options()
    node.hold("submitblock")      such calls wait for node.release()
    node.answer = "high-hash"     to each block, from now on; None: as is right
    node.rival()                  a block of somebody else
    node.stop(), node.start()     lost with all connections, and back on the same port
"""
import base64
import contextlib
import http.server
import json
import os
import socket
import struct
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "nodes"))

from harness import Feed  # noqa: E402
import miner  # noqa: E402

USER, PASSWORD = "minerd", "only of the loopback"
PAYOUT = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"
BITS = "207fffff"
VALUE = 5000000000
GENESIS = "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206"
# Of a block whose coinbase is all that is in it.
COMMITMENT = miner.witness_commitment({"transactions": []})
ACCEPTED, BLOCK_NOT_FOUND, METHOD_NOT_FOUND = None, -5, -32601
METHODS = ("getblockchaininfo", "getblocktemplate", "getblockheader", "submitblock")


class FakeNode:
    def __init__(self, chain="regtest"):
        self.chain, self.port = chain, 0
        self.hashes, self.times = [GENESIS], [int(time.time()) - 600]  # places are heights
        self.blocks = Feed()  # (hash, answer) of each that was submitted, when that is answered
        self.calls = Feed()  # methods, when they come
        self.answer = None
        self.held, self.connections, self.running = set(), set(), False
        self.changed = threading.Condition()
        self.start()

    def options(self, payout=PAYOUT):
        """Of minerd without a file."""
        return ["-o", self.url, "-u", USER, "-p", PASSWORD, "--payout", payout]

    def entry(self, **keys):
        """In the pools of a configuration."""
        return {"url": self.url, "user": USER, "password": PASSWORD,
                "payout": {"address": PAYOUT}, **keys}

    def start(self):
        self.running = True
        self.server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", self.port), type("Connection", (Connection,), {"node": self}))
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self):
        if not self.running:
            return
        with self.changed:
            self.running = False
            self.changed.notify_all()
            for connection in list(self.connections):
                with contextlib.suppress(OSError):  # closed by the peer already
                    connection.shutdown(socket.SHUT_RDWR)
        self.server.shutdown()
        self.server.server_close()

    def hold(self, *methods):
        with self.changed:
            self.held = set(methods)
            self.changed.notify_all()

    def release(self):
        self.hold()

    def height(self):
        return len(self.hashes) - 1

    def rival(self):
        with self.changed:
            self.connect(miner.build(self.getblocktemplate({})))

    def connect(self, block):
        self.hashes.append(miner.block_hash(block))
        self.times.append(struct.unpack("<I", block[68:72])[0])
        self.changed.notify_all()

    def wait(self, done):
        self.changed.wait_for(lambda: not self.running or done())

    def judge(self, block):
        name, parent, coinbase = miner.block_hash(block), block[4:36][::-1].hex(), block[81:]
        plain = coinbase[:4] + coinbase[6:-38] + coinbase[-4:]
        start = miner.block_height(len(self.hashes))
        if int(name, 16) > miner.target_of(BITS):
            return "high-hash"
        if name in self.hashes:
            return "duplicate"
        if parent != self.hashes[-1]:
            return "inconclusive" if parent in self.hashes else "prev-blk-not-found"
        if block[80:81] != b"\1" or block[36:68] != miner.sha256d(plain):
            return "bad-txnmrklroot"
        if plain[42:42 + len(start)] != start:
            return "bad-cb-height"
        if struct.pack("<q", VALUE) not in plain or bytes.fromhex(COMMITMENT) not in plain:
            return "bad-cb-amount"
        return ACCEPTED

    def getblockchaininfo(self):
        return {"chain": self.chain, "blocks": self.height(), "headers": self.height(),
                "bestblockhash": self.hashes[-1], "bits": BITS, "initialblockdownload": False,
                "verificationprogress": 1}

    def getblocktemplate(self, request):
        self.wait(lambda: request.get("longpollid") != self.hashes[-1] + "1")
        return {"capabilities": ["proposal"], "version": 0x20000000, "rules": ["csv", "!segwit"],
                "vbavailable": {}, "vbrequired": 0, "previousblockhash": self.hashes[-1],
                "transactions": [], "coinbaseaux": {}, "coinbasevalue": VALUE,
                "longpollid": self.hashes[-1] + "1", "target": f"{miner.target_of(BITS):064x}",
                "mintime": self.times[-1] + 1, "mutable": ["time", "transactions", "prevblock"],
                "noncerange": "00000000ffffffff", "sigoplimit": 80000, "sizelimit": 4000000,
                "weightlimit": 4000000, "curtime": max(int(time.time()), self.times[-1] + 1),
                "bits": BITS, "height": len(self.hashes),
                "default_witness_commitment": COMMITMENT}

    def getblockheader(self, name, verbose=True):
        if name not in self.hashes:
            return None
        height = self.hashes.index(name)
        return {"hash": name, "confirmations": len(self.hashes) - height, "height": height,
                "time": self.times[height], "bits": BITS}

    def submitblock(self, data):
        block = bytes.fromhex(data)
        answer = self.answer or self.judge(block)
        if answer is ACCEPTED:
            self.connect(block)
        self.wait(lambda: "submitblock" not in self.held)
        self.blocks.add((miner.block_hash(block), answer))
        return answer

    def call(self, method, params):
        """Result and error."""
        self.calls.add(method)
        with self.changed:
            if method not in METHODS:
                return None, {"code": METHOD_NOT_FOUND, "message": "Method not found"}
            if method != "submitblock":
                self.wait(lambda: method not in self.held)
            result = getattr(self, method)(*params)
            if method == "getblockheader" and not result:
                return None, {"code": BLOCK_NOT_FOUND, "message": "Block not found"}
            return result, None


class Connection(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self):
        super().setup()
        self.node.connections.add(self.connection)

    def handle(self):
        with contextlib.suppress(ConnectionError):  # minerd has ended, or the node has
            super().handle()

    def finish(self):
        self.node.connections.discard(self.connection)
        super().finish()

    def reply(self, status, body):
        # In one piece: a second one would wait for the peer's acknowledgement.
        self.wfile.write((f"HTTP/1.1 {status} .\r\nContent-Type: application/json\r\n"
                          f"Content-Length: {len(body)}\r\n\r\n{body}").encode())

    def do_POST(self):
        call = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        token = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if self.headers["Authorization"] != "Basic " + token:
            return self.reply(401, "")
        result, error = self.node.call(call["method"], call.get("params", []))
        return self.node.running and self.reply(
            500 if error else 200, json.dumps({"result": result, "error": error, "id": call["id"]}))

    def log_message(self, *arguments):
        pass
