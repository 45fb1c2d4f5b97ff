/* SPDX-License-Identifier: MIT */
/*
 * The script is height, extranonce, aux, text. The extranonce is at the same place whatever the aux
 * and the text are, within the transaction's first 64-byte block. Behind them it would leave up to
 * two blocks to the midstate, which is one or two compressions less for each extranonce, that is,
 * for 2^32 hashes and more; the first hash of a job, which needs all blocks, would not be earlier.
 */
#include "bitcoin/coinbase_build.h"

#include <string.h>

#include "bitcoin/coinbase.h"
#include "common/assert.h"

enum {
	OP_PUSHDATA1 = 0x4c,
	OP_1 = 0x51,
	OP_N_MAX = 16,	/* the largest number with an opcode of its own */
	PUSH_MAX = 75,	/* bytes: more need OP_PUSHDATA1 */
	HEIGHT_MAX = 6, /* bytes: a length, 32 bits and a sign */
	LOCKTIME_COUNTS = 0xfffffffe,
	/* A count in one byte; larger ones have this byte and 16 bits. */
	COMPACT_16 = 0xfd,
};

static void built_put(struct coinbase_built *built, const void *bytes, size_t n)
{
	assert(n <= sizeof(built->bytes) - built->size);
	if (n)
		memcpy(built->bytes + built->size, bytes, n);
	built->size += n;
}

/* The n low bytes, little-endian. */
static void built_number(struct coinbase_built *built, uint64_t value, unsigned n)
{
	uint8_t bytes[sizeof(value)];

	for (unsigned i = 0; i < n; i++, value >>= 8)
		bytes[i] = (uint8_t)value;
	built_put(built, bytes, n);
}

/* A script with its size. */
static void built_script(struct coinbase_built *built, const uint8_t *script, size_t n)
{
	if (n >= COMPACT_16) {
		built_number(built, COMPACT_16, 1);
		built_number(built, n, 2);
	} else {
		built_number(built, n, 1);
	}
	built_put(built, script, n);
}

/*
 * The push of a height that consensus compares with, which is Bitcoin Core's CScript() << height:
 * an opcode where there is one, else the least bytes that keep the sign. Returns its size.
 */
static size_t height_push(uint8_t ret[HEIGHT_MAX], uint32_t height)
{
	size_t n = 1;

	if (height <= OP_N_MAX) {
		ret[0] = (uint8_t)(OP_1 - 1 + height);
		return 1;
	}
	for (; height; height >>= 8)
		ret[n++] = (uint8_t)height;
	if (ret[n - 1] & 0x80)
		ret[n++] = 0;
	ret[0] = (uint8_t)(n - 1);
	return n;
}

/* Bytes of the push of a text of n bytes; none for an empty one. */
static size_t text_push_size(size_t n)
{
	return n ? n + (n > PUSH_MAX ? 2 : 1) : 0;
}

static void built_text(struct coinbase_built *built, const char *text, size_t n)
{
	if (!n)
		return;
	if (n > PUSH_MAX)
		built_number(built, OP_PUSHDATA1, 1);
	built_number(built, n, 1);
	built_put(built, text, n);
}

/* The input but for its sequence. NULL, or why its script has no room. */
static const char *built_input(struct coinbase_built *built, const struct coinbase_plan *plan)
{
	static const uint8_t nothing[36] = {[32] = 0xff, 0xff, 0xff, 0xff};
	size_t text_size = strlen(plan->text), size;
	uint8_t height[HEIGHT_MAX];
	size_t height_size = height_push(height, plan->height);

	size = height_size + 1 + COINBASE_BUILD_EXTRANONCE;
	if (plan->aux_size > COINBASE_BUILD_SCRIPT_MAX - size)
		return "the template's coinbaseaux leaves no room for the extranonce: the "
		       "coinbase's script has at most 100 bytes";
	size += plan->aux_size;
	if (text_push_size(text_size) > COINBASE_BUILD_SCRIPT_MAX - size)
		return "coinbase_text and coinbaseaux leave no room for the extranonce: the "
		       "coinbase's script has at most 100 bytes; shorten coinbase_text";
	size += text_push_size(text_size);

	built_put(built, nothing, sizeof(nothing));
	built_number(built, size, 1);
	built_put(built, height, height_size);
	built_number(built, COINBASE_BUILD_EXTRANONCE, 1);
	built->extranonce_offset = built->size;
	built_number(built, 0, COINBASE_BUILD_EXTRANONCE);
	built_put(built, plan->aux, plan->aux_size);
	built_text(built, plan->text, text_size);
	return NULL;
}

const char *coinbase_build(struct coinbase_built *ret, const struct coinbase_plan *plan)
{
	const char *wrong;

	assert(plan->height >= 1 && plan->value <= COINBASE_MONEY_MAX);
	assert(plan->script_size >= 1 && plan->script_size <= ADDRESS_SCRIPT_MAX);
	assert(plan->commitment_size <= COINBASE_BUILD_COMMITMENT_MAX);
	*ret = (struct coinbase_built){};
	built_number(ret, 2, 4); /* version */
	built_number(ret, 1, 1);
	wrong = built_input(ret, plan);
	if (wrong)
		return wrong;
	built_number(ret, LOCKTIME_COUNTS, 4);
	built_number(ret, plan->commitment_size ? 2 : 1, 1);
	built_number(ret, plan->value, 8);
	built_script(ret, plan->script, plan->script_size);
	if (plan->commitment_size) {
		built_number(ret, 0, 8);
		built_script(ret, plan->commitment, plan->commitment_size);
	}
	built_number(ret, plan->height - 1, 4);
	return NULL;
}
