/* SPDX-License-Identifier: MIT */
/*
 * The coinbase is a transaction as a node would take it (BIP 34 height, a payout, a commitment
 * output), and as long as the recipe asks: further payouts make up the length, as they do at pools
 * that pay their miners in the block itself.
 */
#include "work.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/container.h"
#include "common/hex.h"
#include "common/random.h"

enum {
	WORK_PAYOUT_SIZE = 31,	   /* value, length, OP_0 and a 20-byte key hash */
	WORK_COMMITMENT_SIZE = 47, /* value, length, OP_RETURN and 36 bytes (BIP 141) */
	WORK_COMMITMENT_ROOM = 64, /* a commitment with the last few bytes of filling */
	WORK_SUBSIDY = 312500000,  /* satoshi */
};

struct writer {
	uint8_t *data;
	size_t size;
};

static void write_bytes(struct writer *out, const void *bytes, size_t n)
{
	memcpy(out->data + out->size, bytes, n);
	out->size += n;
}

static void write_number(struct writer *out, uint64_t value, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		out->data[out->size++] = (uint8_t)(value >> (8 * i));
}

static void write_compact(struct writer *out, uint64_t value)
{
	if (value < 253) {
		write_number(out, value, 1);
	} else {
		write_number(out, 253, 1);
		write_number(out, value, 2);
	}
}

static void write_payout(struct writer *out, uint64_t satoshi, unsigned index)
{
	static const uint8_t program[2] = {0x00, 20}; /* OP_0, push of 20 bytes */
	uint8_t key[20] = {0x75, 0x1e, 0x76, 0xe8};

	memcpy(key + 16, &index, sizeof(index));
	write_number(out, satoshi, 8);
	write_compact(out, sizeof(program) + sizeof(key));
	write_bytes(out, program, sizeof(program));
	write_bytes(out, key, sizeof(key));
}

static void write_commitment(struct writer *out, unsigned filling)
{
	static const uint8_t head[6] = {0x6a, 0x24, 0xaa, 0x21, 0xa9, 0xed};
	static const uint8_t zeros[WORK_COMMITMENT_ROOM];

	write_number(out, 0, 8);
	write_compact(out, 38 + filling);
	write_bytes(out, head, sizeof(head));
	write_bytes(out, zeros, 32 + filling);
}

/* Everything up to the extranonces. */
static void write_before(struct writer *out, const struct work_recipe *recipe)
{
	static const uint8_t null_outpoint[36] = {[32] = 0xff, 0xff, 0xff, 0xff};
	unsigned script = 4 + recipe->coinbase_lead + recipe->extranonce_size;

	write_number(out, 1, 4);
	write_number(out, 1, 1);
	write_bytes(out, null_outpoint, sizeof(null_outpoint));
	write_compact(out, script);
	write_number(out, 3, 1); /* BIP 34: a push of the height, three bytes */
	write_number(out, recipe->height, 3);
	for (unsigned i = 0; i < recipe->coinbase_lead; i++)
		write_number(out, 'a' + i % 26, 1);
}

static void write_after(struct writer *out, const struct work_recipe *recipe, size_t before)
{
	/* What is there in any case: sequence, count, one payout, the commitment, lock time. */
	size_t least = before + recipe->extranonce_size + 4 + 1 + WORK_PAYOUT_SIZE +
		       WORK_COMMITMENT_SIZE + 4;
	size_t spare = recipe->coinbase_size > least ? recipe->coinbase_size - least : 0;
	unsigned more = (unsigned)(spare / WORK_PAYOUT_SIZE);
	uint64_t paid = (uint64_t)WORK_SUBSIDY * recipe->payout_ppm / WORK_PPM;

	if (more + 2 >= 253) { /* the count takes two bytes more */
		spare -= 2;
		more = (unsigned)(spare / WORK_PAYOUT_SIZE);
	}
	write_number(out, 0xffffffff, 4);
	write_compact(out, more + 2 + (recipe->payout_size > 0));
	write_payout(out, WORK_SUBSIDY - paid, 0);
	if (recipe->payout_size) {
		write_number(out, paid, 8);
		write_compact(out, recipe->payout_size);
		write_bytes(out, recipe->payout, recipe->payout_size);
	}
	for (unsigned i = 1; i <= more; i++)
		write_payout(out, 1000 + i, i);
	write_commitment(out, (unsigned)(spare % WORK_PAYOUT_SIZE));
	write_number(out, 0, 4);
}

static int make_coinbase(struct work *work, const struct work_recipe *recipe)
{
	struct writer before = {.data = malloc(128 + recipe->coinbase_lead)};
	struct writer after = {.data = malloc(256 + WORK_PAYOUT_MAX + recipe->coinbase_size)};

	work->before = before.data;
	work->after = after.data;
	if (!before.data || !after.data)
		return -1;
	write_before(&before, recipe);
	write_after(&after, recipe, before.size);
	work->before_size = before.size;
	work->after_size = after.size;
	return 0;
}

static void print_u32(char ret[9], uint32_t value, bool unpadded)
{
	snprintf(ret, 9, unpadded ? "%X" : "%08x", value);
}

/* The wire's prevhash: each of its eight 32-bit words with its bytes turned round. */
static void print_prevhash(char ret[65], const uint8_t prevhash[32])
{
	uint8_t turned[32];

	for (int i = 0; i < 32; i++)
		turned[i] = prevhash[i / 4 * 4 + 3 - i % 4];
	hex_encode(ret, turned, 32);
}

/* The id as JSON, between its quotes: an odd one has each kind of escape there is. */
static void make_id(struct work *work, char ret[96], uint64_t sequence, bool odd)
{
	unsigned long long number = sequence;

	if (odd) {
		snprintf(work->id, sizeof(work->id), "a\"b\\c/\t\xc3\xa9 ]},{%llx", number);
		snprintf(ret, 96, "a\\\"b\\\\c\\/\\t\\u00e9 ]},{%llx", number);
	} else {
		snprintf(work->id, sizeof(work->id), "%llx", number);
		strcpy(ret, work->id);
	}
}

static int make_params(struct work *work, const char *id, bool unpadded)
{
	size_t room = 512 + 2 * (work->before_size + work->after_size) + 67 * work->n_branches;
	char version[9], nbits[9], ntime[9], prevhash[65];
	char *p = malloc(room);

	if (!p)
		return -1;
	work->params = p;
	print_prevhash(prevhash, work->prevhash);
	print_u32(version, work->version, unpadded);
	print_u32(nbits, work->nbits, unpadded);
	print_u32(ntime, work->ntime, unpadded);
	p += sprintf(p, "[\"%s\",\"%s\",\"", id, prevhash);
	hex_encode(p, work->before, work->before_size);
	p += 2 * work->before_size;
	p += sprintf(p, "\",\"");
	hex_encode(p, work->after, work->after_size);
	p += 2 * work->after_size;
	p += sprintf(p, "\",[");
	for (unsigned i = 0; i < work->n_branches; i++) {
		p += sprintf(p, "%s\"", i ? "," : "");
		hex_encode(p, work->branches[i], 32);
		p += 64;
		*p++ = '"';
	}
	p += sprintf(p, "],\"%s\",\"%s\",\"%s\",", version, nbits, ntime);
	work->params_size = (size_t)(p - work->params);
	return 0;
}

static void random_bytes(uint8_t *ret, size_t n)
{
	for (size_t i = 0; i < n; i += sizeof(uint64_t)) {
		uint64_t value = random_u64();

		memcpy(ret + i, &value, MIN(n - i, sizeof(value)));
	}
}

void work_random_prevhash(uint8_t ret[32])
{
	random_bytes(ret, 24);
	memset(ret + 24, 0, 8);
}

struct work *work_new(const struct work_recipe *recipe, const uint8_t prevhash[32],
		      uint64_t sequence)
{
	struct work *work = calloc(1, sizeof(*work));
	char id[96];

	if (!work)
		return NULL;
	work->references = 1;
	work->version = recipe->version;
	work->nbits = recipe->nbits;
	work->ntime = recipe->ntime ? recipe->ntime : (uint32_t)(clock_wall() / CLOCK_S);
	work->height = recipe->height;
	work->n_branches = MIN(recipe->branches, (unsigned)WORK_BRANCHES_MAX);
	memcpy(work->prevhash, prevhash, 32);
	make_id(work, id, sequence, recipe->odd);
	for (unsigned i = 0; i < work->n_branches; i++)
		random_bytes(work->branches[i], 32);
	if (make_coinbase(work, recipe) < 0 || make_params(work, id, recipe->unpadded) < 0) {
		work_unref(work);
		return NULL;
	}
	return work;
}

bool work_parse_payout(struct work_recipe *recipe, const char *text)
{
	size_t digits = strcspn(text, ":");
	char *end;
	double percent;

	if (!text[digits] || !digits || digits % 2 || digits / 2 > WORK_PAYOUT_MAX)
		return false;
	percent = strtod(text + digits + 1, &end);
	if (end == text + digits + 1 || *end || !(percent >= 0 && percent <= 100) ||
	    !hex_decode(recipe->payout, digits / 2, text))
		return false;
	recipe->payout_size = digits / 2;
	recipe->payout_ppm = (unsigned)lround(percent * (WORK_PPM / 100.0));
	return true;
}

struct work *work_ref(struct work *work)
{
	work->references++;
	return work;
}

void work_unref(struct work *work)
{
	if (!work || --work->references)
		return;
	free(work->before);
	free(work->after);
	free(work->params);
	free(work);
}
