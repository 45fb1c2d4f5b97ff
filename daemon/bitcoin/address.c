/* SPDX-License-Identifier: MIT */
/*
 * Invariant: which of the two forms a text has is settled by its first characters alone, and then
 * errors are described in the words of that form.
 */
#include "bitcoin/address.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "bitcoin/sha256.h"
#include "common/container.h"

enum {
	BASE58_SIZE = 25, /* bytes: version, hash and checksum */
	BASE58_CHECKSUM = 4,
	BASE58_HASH = 20,

	BECH32_CHECKSUM = 6, /* characters */
	BECH32_VERSION_MAX = 16,
	BECH32_PROGRAM_MIN = 2, /* bytes */
	BECH32_PROGRAM_MAX = 40,
};

/* What the polynomial leaves of a text with the right checksum. */
static const uint32_t bech32_constant = 1;
static const uint32_t bech32m_constant = 0x2bc830a3;

/* Opcodes. */
enum { OP_0 = 0x00, OP_1 = 0x51, OP_DUP = 0x76, OP_EQUAL = 0x87, OP_EQUALVERIFY = 0x88 };
enum { OP_HASH160 = 0xa9, OP_CHECKSIG = 0xac };

static void address_put(struct address *address, const void *bytes, size_t n)
{
	memcpy(address->script + address->script_size, bytes, n);
	address->script_size += n;
}

/* A big number in base 58, most significant digit first, as exactly BASE58_SIZE bytes. */
static const char *base58_decode(uint8_t ret[BASE58_SIZE], const char *text)
{
	static const char alphabet[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
				       "abcdefghijkmnopqrstuvwxyz";
	static const char wrong_length[] = "it is too long or too short";
	size_t zeros = 0, ones = strspn(text, "1");

	memset(ret, 0, BASE58_SIZE);
	for (const char *c = text; *c; c++) {
		const char *place = strchr(alphabet, *c);
		unsigned carry;

		if (!place)
			return "it has a character that base58 has not (0, O, I and l are none)";
		carry = (unsigned)(place - alphabet);
		for (size_t i = BASE58_SIZE; i-- > 0;) {
			carry += 58u * ret[i];
			ret[i] = (uint8_t)carry;
			carry >>= 8;
		}
		if (carry)
			return wrong_length;
	}
	/* Each leading zero byte is written as one 1. */
	while (zeros < BASE58_SIZE && ret[zeros] == 0)
		zeros++;
	return zeros == ones ? NULL : wrong_length;
}

static const char *address_base58(struct address *ret, const char *text)
{
	static const uint8_t key_head[] = {OP_DUP, OP_HASH160, BASE58_HASH};
	static const uint8_t key_tail[] = {OP_EQUALVERIFY, OP_CHECKSIG};
	static const uint8_t script_head[] = {OP_HASH160, BASE58_HASH};
	static const uint8_t script_tail[] = {OP_EQUAL};
	uint8_t bytes[BASE58_SIZE], digest[SHA256_DIGEST];
	const char *wrong = base58_decode(bytes, text);

	if (wrong)
		return wrong;
	sha256d(sha256_compress_scalar, bytes, BASE58_SIZE - BASE58_CHECKSUM, digest);
	if (memcmp(digest, bytes + BASE58_SIZE - BASE58_CHECKSUM, BASE58_CHECKSUM) != 0)
		return "its checksum is wrong: a character was mistyped or left out";
	ret->networks = bytes[0] == 0x00 || bytes[0] == 0x05 ? ADDRESS_OF_MAIN
							     : ADDRESS_OF_TEST | ADDRESS_OF_REGTEST;
	switch (bytes[0]) {
	case 0x00: /* P2PKH, mainnet */
	case 0x6f: /* testnet, signet, regtest */
		address_put(ret, key_head, sizeof(key_head));
		address_put(ret, bytes + 1, BASE58_HASH);
		address_put(ret, key_tail, sizeof(key_tail));
		return NULL;
	case 0x05: /* P2SH, mainnet */
	case 0xc4: /* testnet, signet, regtest */
		address_put(ret, script_head, sizeof(script_head));
		address_put(ret, bytes + 1, BASE58_HASH);
		address_put(ret, script_tail, sizeof(script_tail));
		return NULL;
	default:
		return "its version byte is that of no address of Bitcoin's";
	}
}

static uint32_t bech32_step(uint32_t sum, uint8_t value)
{
	static const uint32_t generator[] = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd,
					     0x2a1462b3};
	uint32_t top = sum >> 25;

	sum = (sum & 0x1ffffff) << 5 ^ value;
	for (unsigned i = 0; i < ARRAY_SIZE(generator); i++)
		if (top >> i & 1)
			sum ^= generator[i];
	return sum;
}

/* BIP 173: first the high bits of each character, then the low ones. */
static uint32_t bech32_prefix(const char *text, size_t n)
{
	uint32_t sum = 1;

	for (size_t i = 0; i < n; i++)
		sum = bech32_step(sum, (uint8_t)(tolower((unsigned char)text[i]) >> 5));
	sum = bech32_step(sum, 0);
	for (size_t i = 0; i < n; i++)
		sum = bech32_step(sum, (uint8_t)(tolower((unsigned char)text[i]) & 31));
	return sum;
}

static bool bech32_mixed(const char *text)
{
	bool lower = false, upper = false;

	for (const char *c = text; *c; c++) {
		lower |= islower((unsigned char)*c) != 0;
		upper |= isupper((unsigned char)*c) != 0;
	}
	return lower && upper;
}

/* The values of the n characters after the separator, into ret. */
static bool bech32_values(uint8_t *ret, const char *data, size_t n)
{
	static const char alphabet[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

	for (size_t i = 0; i < n; i++) {
		const char *place = strchr(alphabet, tolower((unsigned char)data[i]));

		if (!place)
			return false;
		ret[i] = (uint8_t)(place - alphabet);
	}
	return true;
}

/* n groups of five bits to bytes; -1: what is left over is no padding. */
static int bech32_program(uint8_t *ret, const uint8_t *values, size_t n)
{
	uint32_t bits = 0;
	unsigned held = 0;
	int size = 0;

	for (size_t i = 0; i < n; i++) {
		bits = bits << 5 | values[i];
		held += 5;
		if (held >= 8) {
			held -= 8;
			ret[size++] = (uint8_t)(bits >> held);
		}
	}
	return held >= 5 || bits & ((1u << held) - 1) ? -1 : size;
}

/* The rules of BIP 141 for what the checksum has shown to be as it was written. */
static const char *bech32_witness(struct address *ret, const uint8_t *values, size_t n, bool m)
{
	uint8_t program[ADDRESS_TEXT_MAX], head[2];
	int size = bech32_program(program, values + 1, n - 1);

	if (values[0] > BECH32_VERSION_MAX)
		return "its witness version is above 16";
	if (!values[0] && m)
		return "its checksum is that of bech32m, and version 0 (bc1q..) has bech32's";
	if (values[0] && !m)
		return "its checksum is that of bech32, and version 1 and up (bc1p..) have "
		       "bech32m's";
	if (size < 0)
		return "its last character has bits that mean nothing";
	if (size < BECH32_PROGRAM_MIN || size > BECH32_PROGRAM_MAX)
		return "its witness program is not of 2 to 40 bytes";
	if (!values[0] && size != 20 && size != 32)
		return "a witness program of version 0 has 20 or 32 bytes, and this one has not";
	head[0] = (uint8_t)(values[0] ? OP_1 - 1 + values[0] : OP_0);
	head[1] = (uint8_t)size;
	address_put(ret, head, sizeof(head));
	address_put(ret, program, (size_t)size);
	return NULL;
}

static const char *address_bech32(struct address *ret, const char *text, size_t prefix)
{
	const char *data = text + prefix + 1; /* after the separator */
	uint8_t values[ADDRESS_TEXT_MAX];
	size_t n = strlen(data);
	uint32_t sum = bech32_prefix(text, prefix);

	if (bech32_mixed(text))
		return "it mixes capital and small letters";
	if (!bech32_values(values, data, n))
		return "it has a character that bech32 has not (1, b, i and o are none)";
	if (n <= BECH32_CHECKSUM)
		return "it is too short";
	for (size_t i = 0; i < n; i++)
		sum = bech32_step(sum, values[i]);
	if (sum != bech32_constant && sum != bech32m_constant)
		return "its checksum is wrong: a character was mistyped or left out";
	return bech32_witness(ret, values, n - BECH32_CHECKSUM, sum == bech32m_constant);
}

const char *address_parse(struct address *ret, const char *text)
{
	static const struct {
		const char *text;
		unsigned networks;
	} prefixes[] = {
		{"bc1", ADDRESS_OF_MAIN},
		{"tb1", ADDRESS_OF_TEST},
		{"bcrt1", ADDRESS_OF_REGTEST},
	};

	*ret = (struct address){};
	if (!*text)
		return "it is empty";
	if (strlen(text) > ADDRESS_TEXT_MAX)
		return "it is longer than any address";
	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
		size_t n = strlen(prefixes[i].text);

		if (strncasecmp(text, prefixes[i].text, n) == 0) {
			ret->networks = prefixes[i].networks;
			return address_bech32(ret, text, n - 1);
		}
	}
	/* What the version bytes of base58 addresses come out as. */
	if (strchr("123mn", *text))
		return address_base58(ret, text);
	return "its network is not known: addresses of Bitcoin begin with bc1, tb1, bcrt1, 1, 2, "
	       "3, m or n";
}

const char *address_wrong(const char *text)
{
	struct address address;

	return address_parse(&address, text);
}
