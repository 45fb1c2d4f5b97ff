/* SPDX-License-Identifier: MIT */
#include "bitcoin/block.h"

#include <stdlib.h>
#include <string.h>

#include "bitcoin/sha256.h"
#include "common/assert.h"
#include "common/container.h"
#include "common/hex.h"

enum {
	TRANSACTION_VERSION = 4,  /* bytes */
	TRANSACTION_LOCKTIME = 4, /* bytes */
	/* Bytes of a transaction with one input and one output whose scripts are empty. */
	TRANSACTION_MIN = 4 + 1 + 36 + 1 + 4 + 1 + 8 + 1 + 4,
	COMPACT_MAX = 9, /* bytes of a count */
	CHUNK = 4096,	 /* bytes that are checked at once */
};

static const uint8_t witness_mark[] = {0x00, 0x01}; /* marker and flag, BIP 144 */
/* One item, of 32 bytes: the reserved value. */
static const uint8_t witness_stack[2 + 32] = {1, 32};

static struct block *block_alloc(size_t hex_size)
{
	struct block *block = malloc(sizeof(*block) + hex_size + 1);

	if (!block)
		return NULL;
	*block = (struct block){
		.references = 1,
		.hex_size = hex_size,
		.hex = (char *)(block + 1),
	};
	return block;
}

/* A count in its shortest form. Returns its size. */
static size_t compact_encode(uint8_t ret[COMPACT_MAX], uint64_t value)
{
	unsigned n = value < 0xfd ? 0 : value <= 0xffff ? 2 : value <= 0xffffffff ? 4 : 8;

	if (!n) {
		ret[0] = (uint8_t)value;
		return 1;
	}
	ret[0] = n == 2 ? 0xfd : n == 4 ? 0xfe : 0xff;
	for (unsigned i = 0; i < n; i++)
		ret[1 + i] = (uint8_t)(value >> 8 * i);
	return 1 + n;
}

/* Returns where the next digits belong. */
static char *put(char *digits, const void *bytes, size_t n)
{
	if (n)
		hex_encode(digits, bytes, n);
	return digits + 2 * n;
}

/* The coinbase with its witness between outputs and lock time (BIP 144). */
static char *put_coinbase(char *digits, const struct block_parts *parts)
{
	const uint8_t *end = parts->coinbase + parts->coinbase_size - TRANSACTION_LOCKTIME;
	const uint8_t *rest = parts->coinbase + TRANSACTION_VERSION;

	digits = put(digits, parts->coinbase, TRANSACTION_VERSION);
	digits = put(digits, witness_mark, sizeof(witness_mark));
	digits = put(digits, rest, (size_t)(end - rest));
	digits = put(digits, witness_stack, sizeof(witness_stack));
	return put(digits, end, TRANSACTION_LOCKTIME);
}

struct block *block_new(const struct block_parts *parts)
{
	size_t witness = parts->witness ? sizeof(witness_mark) + sizeof(witness_stack) : 0, size;
	uint8_t header[HEADER_SIZE], count[COMPACT_MAX];
	size_t count_size = compact_encode(count, (uint64_t)parts->n_transactions + 1);
	struct block *block;
	char *digits;

	assert(parts->coinbase_size >= TRANSACTION_MIN);
	assert(!parts->n_transactions == !parts->transactions_size);
	size = sizeof(header) + count_size + parts->coinbase_size + witness +
	       parts->transactions_size;
	block = block_alloc(2 * size);
	if (!block)
		return NULL;
	block->hash = parts->hash;
	memcpy(block->prevhash, parts->header.prevhash, sizeof(block->prevhash));
	block->height = parts->height;
	block->ntime = parts->header.ntime;
	block->value = parts->value;
	header_encode(&parts->header, header);
	digits = put(block->hex, header, sizeof(header));
	digits = put(digits, count, count_size);
	if (parts->witness)
		digits = put_coinbase(digits, parts);
	else
		digits = put(digits, parts->coinbase, parts->coinbase_size);
	digits = put(digits, parts->transactions, parts->transactions_size);
	assert(digits == block->hex + block->hex_size);
	return block;
}

static bool is_hex(const char *hex, size_t hex_size)
{
	uint8_t bytes[CHUNK];

	for (size_t n; hex_size; hex += 2 * n, hex_size -= 2 * n) {
		n = MIN(hex_size / 2, sizeof(bytes));
		if (!n || !hex_decode(bytes, n, hex))
			return false;
	}
	return true;
}

static uint32_t little_endian(const uint8_t *bytes)
{
	return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
	       (uint32_t)bytes[3] << 24;
}

struct block *block_from_hex(const char *hex, size_t hex_size, uint32_t height, uint64_t value)
{
	uint8_t header[HEADER_SIZE], digest[SHA256_DIGEST];
	struct block *block;

	if (hex_size < 2 * (sizeof(header) + 1 + TRANSACTION_MIN) || !is_hex(hex, hex_size) ||
	    !hex_decode(header, sizeof(header), hex))
		return NULL;
	block = block_alloc(hex_size);
	if (!block)
		return NULL;
	sha256d(sha256_compress_scalar, header, sizeof(header), digest);
	target_from_hash(&block->hash, digest);
	memcpy(block->prevhash, header + HEADER_PREVHASH, sizeof(block->prevhash));
	block->height = height;
	block->ntime = little_endian(header + HEADER_NTIME);
	block->value = value;
	memcpy(block->hex, hex, hex_size);
	block->hex[hex_size] = '\0';
	return block;
}

struct block *block_ref(struct block *block)
{
	block->references++;
	return block;
}

void block_unref(struct block *block)
{
	if (block && !--block->references)
		free(block);
}

void block_unrefp(struct block **block)
{
	block_unref(*block);
}
