/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * An address as people write it, to the scriptPubKey that pays it: P2PKH and P2SH in base58check,
 * witness programs in bech32 (BIP 173, version 0) and bech32m (BIP 350, versions 1 to 16), of
 * mainnet, testnet, signet and regtest. Pure; any thread.
 */
#include <stddef.h>
#include <stdint.h>

enum {
	ADDRESS_TEXT_MAX = 90,	 /* characters, BIP 173 */
	ADDRESS_SCRIPT_MAX = 42, /* bytes: OP_n, a length, and a witness program of 40 */
};

/* Bits: what an address may be of. */
enum {
	ADDRESS_OF_MAIN = 1,
	ADDRESS_OF_TEST = 2, /* testnet3, testnet4, signet */
	ADDRESS_OF_REGTEST = 4,
};

struct address {
	uint8_t script[ADDRESS_SCRIPT_MAX];
	size_t script_size;
	unsigned networks; /* testnet and regtest share those in base58 */
};

/* NULL, or what is wrong with text (then ret is undefined): "its checksum ..". */
const char *address_parse(struct address *ret, const char *text);

/* The same for those who only want to know what is wrong. */
const char *address_wrong(const char *text);
