# SPDX-License-Identifier: MIT
"""
A miner of one block, as small as it can be and independent of minerd: the rival in tests, and an
oracle of what a node takes. From a template (BIP 22, 23, 145) it makes coinbase, merkle tree,
header and block.

Coins go to P2WSH of the script OP_TRUE, or of a script that drops what stands before it: everybody
spends them without a key, on each node in the same way.
"""
import hashlib
import struct

BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
OP_TRUE = b"\x51"
NONCES = 1 << 26  # a minute; a signet's first block needs 5 million
COMMITMENT = bytes.fromhex("6a24aa21a9ed")


def sha256d(data):
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()


def bech32(hrp, version, program):
    """A SegWit address of version 0 (BIP 173)."""
    def polymod(values):
        check = 1
        for value in values:
            top, check = check >> 25, (check & 0x1ffffff) << 5 ^ value
            for bit, generator in enumerate((0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd,
                                             0x2a1462b3)):
                check ^= generator if top >> bit & 1 else 0
        return check
    bits = int.from_bytes(program, "big") << -len(program) * 8 % 5
    count = -(-len(program) * 8 // 5)
    data = [version] + [bits >> 5 * (count - 1 - i) & 31 for i in range(count)]
    spread = [ord(c) >> 5 for c in hrp] + [0] + [ord(c) & 31 for c in hrp]
    check = polymod(spread + data + [0] * 6) ^ 1
    data += [check >> 5 * (5 - i) & 31 for i in range(6)]
    return hrp + "1" + "".join(BECH32[d] for d in data)


def anyone(script=OP_TRUE):
    """The output script P2WSH of a script."""
    return b"\x00\x20" + hashlib.sha256(script).digest()


def anyones_address(hrp, script=OP_TRUE):
    return bech32(hrp, 0, hashlib.sha256(script).digest())


def compact(number):
    """CompactSize."""
    if number < 253:
        return bytes([number])
    if number < 0x10000:
        return b"\xfd" + struct.pack("<H", number)
    return b"\xfe" + struct.pack("<I", number)


def block_height(height):
    """The height as BIP 34 has it: a minimal push of a script number."""
    if height <= 16:
        return bytes([0x50 + height]) if height else b"\x00"
    data = height.to_bytes(height.bit_length() // 8 + 1, "little")
    return bytes([len(data)]) + data


class Transaction:
    """inputs: (txid, index, witness items); outputs: (satoshi, script). txids as they are shown."""

    def __init__(self, inputs, outputs, version=2):
        self.inputs, self.outputs, self.version = inputs, outputs, version

    def raw(self, witness=True):
        parts = [struct.pack("<i", self.version), b"\x00\x01" if witness else b"",
                 compact(len(self.inputs))]
        for txid, index, _ in self.inputs:
            parts.append(bytes.fromhex(txid)[::-1] + struct.pack("<I", index) + b"\x00"
                         + b"\xff\xff\xff\xff")
        parts.append(compact(len(self.outputs)))
        for value, script in self.outputs:
            parts.append(struct.pack("<q", value) + compact(len(script)) + script)
        if witness:
            for _, _, items in self.inputs:
                parts.append(compact(len(items)))
                parts += [compact(len(item)) + item for item in items]
        return b"".join(parts) + bytes(4)

    def txid(self):
        return sha256d(self.raw(witness=False))[::-1].hex()

    def vsize(self):
        return (3 * len(self.raw(witness=False)) + len(self.raw()) + 3) // 4


def coinbase(template, script, text):
    """The coinbase and the same without its witness, as bytes."""
    segwit = {"segwit", "!segwit"} & set(template["rules"])
    # At least 2 bytes: consensus.
    start = block_height(template["height"]) + bytes([len(text)]) + text
    outputs = [(template["coinbasevalue"], script)]
    if segwit:
        outputs.append((0, bytes.fromhex(template["default_witness_commitment"])))
    body = b"".join([b"\x01", bytes(32), b"\xff" * 4, compact(len(start)), start, b"\xff" * 4,
                     compact(len(outputs))]
                    + [struct.pack("<q", value) + compact(len(out)) + out
                       for value, out in outputs])
    plain = struct.pack("<i", 2) + body + bytes(4)
    full = struct.pack("<i", 2) + b"\x00\x01" + body + b"\x01\x20" + bytes(32) + bytes(4)
    return (full if segwit else plain), plain


def merkle_root(hashes):
    while len(hashes) > 1:
        if len(hashes) % 2:
            hashes = hashes + hashes[-1:]
        hashes = [sha256d(a + b) for a, b in zip(hashes[::2], hashes[1::2])]
    return hashes[0]


def target_of(bits):
    """The target of a compact "bits", as a number."""
    bits = int(bits, 16)
    return (bits & 0x7fffff) << 8 * (bits >> 24) >> 24


def witness_commitment(template):
    """What default_witness_commitment must be (BIP 141)."""
    leaves = [bytes(32)] + [bytes.fromhex(tx["hash"])[::-1] for tx in template["transactions"]]
    return (COMMITMENT + sha256d(merkle_root(leaves) + bytes(32))).hex()


def build(template, script=None, text=b"rival", time=None, version=None):
    """A solved block of a template, as bytes."""
    full, plain = coinbase(template, anyone() if script is None else script, text)
    txids = [sha256d(plain)] + [bytes.fromhex(tx["txid"])[::-1] for tx in template["transactions"]]
    head = b"".join([struct.pack("<I", version or template["version"]),
                     bytes.fromhex(template["previousblockhash"])[::-1], merkle_root(txids),
                     struct.pack("<I", time or template["curtime"]),
                     bytes.fromhex(template["bits"])[::-1]])
    begun = hashlib.sha256(head[:64])
    tail = head[64:]
    target = target_of(template["bits"])
    for nonce in range(NONCES):
        first = begun.copy()
        first.update(tail + nonce.to_bytes(4, "little"))
        digest = hashlib.sha256(first.digest()).digest()
        # The last bytes of the hash are its greatest: most hashes end here.
        if digest[31] <= target >> 248 and int.from_bytes(digest, "little") <= target:
            break
    else:
        raise AssertionError(f"no nonce solves a block of bits {template['bits']}")
    return b"".join([head, nonce.to_bytes(4, "little"), compact(len(txids)), full]
                    + [bytes.fromhex(tx["data"]) for tx in template["transactions"]])


def block_hash(block):
    return sha256d(block[:80])[::-1].hex()
