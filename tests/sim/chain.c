/* SPDX-License-Identifier: MIT */
/* Invariant: best[height - height of the first block] are the tip and all its ancestors. */
#include "chain.h"

#include <stdlib.h>
#include <string.h>

#include "chance.h"
#include "common/assert.h"
#include "common/clock.h"
#include "common/container.h"
#include "tests/pool/verify.h"
#include "trace.h"

enum {
	CHAIN_EPOCH = 1760000000, /* chain_time() of a clock at 0 */
	CHAIN_REWARD = 312500000, /* satoshi without fees */
	CHAIN_ROOM = 64,
	CHAIN_VERSION = 0x20000000,
};

const struct chain_kind chain_kinds[] = {
	{"regtest", "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080", false, false, false},
	{"main", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", true, false, false},
	{"signet", "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx", false, true, false},
	{"testnet4", "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx", false, false, true},
};
const size_t chain_kind_count = ARRAY_SIZE(chain_kinds);

/* Room for one more of `size` bytes each. */
static void *grow(void *list, uint32_t n, uint32_t *room, size_t size)
{
	void *larger = list;

	if (n < *room)
		return list;
	*room = MAX(2 * *room, (uint32_t)CHAIN_ROOM);
	larger = realloc(list, *room * size);
	assert(larger);
	return larger;
}

static void random_bytes(uint8_t *ret, size_t n)
{
	for (size_t i = 0; i < n; i++)
		ret[i] = (uint8_t)chance_below(256);
}

uint32_t chain_time(void)
{
	return CHAIN_EPOCH + (uint32_t)(clock_now() / CLOCK_S);
}

static uint32_t add_block(struct chain *chain, uint32_t parent, const uint8_t hash[32],
			  uint32_t time)
{
	uint32_t n = chain->n_blocks++;
	struct chain_block *block;

	chain->blocks = grow(chain->blocks, n, &chain->blocks_room, sizeof(*chain->blocks));
	chain->best = realloc(chain->best, chain->blocks_room * sizeof(*chain->best));
	assert(chain->best);
	chain->best[n] = CHAIN_NONE;
	block = &chain->blocks[n];
	*block = (struct chain_block){.parent = parent, .time = time};
	memcpy(block->hash, hash, sizeof(block->hash));
	block->nbits = chain_nbits(chain, parent, time);
	block->height = n ? chain->blocks[parent].height + 1 : 0;
	return n;
}

/* Rivals hash for real, somewhere else. */
static uint32_t add_rival(struct chain *chain, uint32_t parent)
{
	uint8_t hash[32];

	random_bytes(hash, sizeof(hash));
	return add_block(chain, parent, hash, MAX(chain_time(), chain_median(chain, parent) + 1));
}

static uint32_t *best_at(const struct chain *chain, uint32_t height)
{
	return &chain->best[height - chain->blocks[0].height];
}

static void move_to(struct chain *chain, uint32_t tip)
{
	uint32_t old = chain->tip;

	for (uint32_t i = tip; *best_at(chain, chain->blocks[i].height) != i;
	     i = chain->blocks[i].parent)
		*best_at(chain, chain->blocks[i].height) = i;
	chain->tip = tip;
	chain->tip_ns = clock_now();
	chain->n_tips++;
	if (!chain_is_best(chain, old))
		chain->back_ns = clock_now();
	trace_line("chain", "block %u is the best one%s", chain->blocks[tip].height,
		   chain->blocks[tip].ours ? ", the daemon's" : "");
	if (chain->moved)
		chain->moved(chain);
}

bool chain_is_best(const struct chain *chain, uint32_t block)
{
	uint32_t height = chain->blocks[block].height;

	return height <= chain->blocks[chain->tip].height && *best_at(chain, height) == block;
}

uint32_t chain_find(const struct chain *chain, const uint8_t hash[32])
{
	for (uint32_t i = chain->n_blocks; i-- > 0;)
		if (memcmp(chain->blocks[i].hash, hash, 32) == 0)
			return i;
	return CHAIN_NONE;
}

uint32_t chain_nbits(const struct chain *chain, uint32_t parent, uint32_t time)
{
	bool fell = chain->kind->falls && time > chain->blocks[parent].time + CHAIN_MINIMUM_AFTER;

	return fell ? chain->easy : chain->hard;
}

static int compare(const void *a, const void *b)
{
	uint32_t first = *(const uint32_t *)a, second = *(const uint32_t *)b;

	return (first > second) - (first < second);
}

uint32_t chain_median(const struct chain *chain, uint32_t parent)
{
	uint32_t times[CHAIN_MEDIAN];
	unsigned n = 0;

	while (n < CHAIN_MEDIAN) {
		times[n++] = chain->blocks[parent].time;
		if (!parent)
			break;
		parent = chain->blocks[parent].parent;
	}
	qsort(times, n, sizeof(times[0]), compare);
	return times[n / 2];
}

/* Those of indices are in a block. */
static void confirm(struct chain *chain, const uint32_t *indices, uint32_t n)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < chain->n_waiting; i++) {
		bool gone = false;

		for (uint32_t k = 0; k < n; k++)
			gone |= chain->waiting[i] == indices[k];
		if (!gone)
			chain->waiting[kept++] = chain->waiting[i];
	}
	chain->n_waiting = kept;
}

void chain_add(struct chain *chain, const struct chain_template *template, const uint8_t hash[32],
	       uint32_t time)
{
	uint32_t block = add_block(chain, template->parent, hash, time);

	chain->blocks[block].ours = true;
	if (template->parent != chain->tip)
		return;
	confirm(chain, template->transactions, template->n);
	move_to(chain, block);
}

void chain_rival(struct chain *chain)
{
	uint32_t left = (uint32_t)chance_below(chain->n_waiting + 1);

	confirm(chain, chain->waiting, chain->n_waiting - left);
	move_to(chain, add_rival(chain, chain->tip));
}

void chain_reorganise(struct chain *chain, uint32_t n)
{
	uint32_t at = chain->tip;

	assert(n <= CHAIN_REORGANISE_MAX);
	for (uint32_t i = 0; i < n; i++)
		at = chain->blocks[at].parent;
	for (uint32_t i = 0; i < n + 1; i++)
		at = add_rival(chain, at);
	if (chain->blocks[at].height > chain->blocks[chain->tip].height)
		move_to(chain, at);
}

static uint8_t *put(uint8_t *at, const void *bytes, size_t n)
{
	memcpy(at, bytes, n);
	return at + n;
}

/* One input, one output of `padding` bytes that pays nobody, and a witness or none. */
static void make_transaction(struct chain_transaction *ret, size_t padding, bool witness)
{
	static const uint8_t version[] = {2, 0, 0, 0}, flag[] = {0, 1}, tail[4] = {},
			     sequence[] = {0, 0xfd, 0xff, 0xff, 0xff}, item[] = {1, 4, 1, 2, 3, 4};
	uint8_t whole[CHAIN_TRANSACTION_MAX], out[36], *at = put(whole, version, sizeof(version));
	size_t body;

	assert(padding > 2 && padding < 1024);
	if (witness)
		at = put(at, flag, sizeof(flag));
	random_bytes(out, sizeof(out));
	body = (size_t)(at - whole);
	*at++ = 1;
	at = put(at, out, sizeof(out));
	at = put(at, sequence, sizeof(sequence));
	*at++ = 1;
	at = put(at, (uint8_t[8]){}, 8);
	if (padding >= 0xfd) {
		*at++ = 0xfd;
		at = put(at, (uint8_t[]){(uint8_t)padding, (uint8_t)(padding >> 8)}, 2);
	} else {
		*at++ = (uint8_t)padding;
	}
	*at++ = 0x6a;
	random_bytes(at, padding - 1);
	at += padding - 1;
	body = (size_t)(at - whole) - body;
	if (witness)
		at = put(at, item, sizeof(item));
	at = put(at, tail, sizeof(tail));
	ret->size = (size_t)(at - whole);
	ret->bytes = malloc(ret->size);
	assert(ret->bytes);
	memcpy(ret->bytes, whole, ret->size);
	verify_sha256d(ret->wtxid, whole, ret->size);
	ret->stripped = sizeof(version) + body + sizeof(tail);
	memmove(whole + sizeof(version), whole + sizeof(version) + (witness ? sizeof(flag) : 0),
		body);
	memcpy(whole + sizeof(version) + body, tail, sizeof(tail));
	verify_sha256d(ret->txid, whole, ret->stripped);
}

void chain_transact(struct chain *chain, uint32_t n, size_t bytes)
{
	for (; n && chain->n_waiting < CHAIN_WAITING_MAX; n--) {
		struct chain_transaction *made;

		chain->transactions = grow(chain->transactions, chain->n_transactions,
					   &chain->transactions_room, sizeof(*chain->transactions));
		made = &chain->transactions[chain->n_transactions];
		*made = (struct chain_transaction){.fee = chance_below(100000)};
		make_transaction(made, bytes, chance_one_in(2));
		chain->waiting[chain->n_waiting++] = chain->n_transactions++;
	}
}

void chain_merkle(uint8_t (*hashes)[32], size_t n)
{
	uint8_t pair[64];

	for (; n > 1; n = (n + 1) / 2)
		for (size_t i = 0; i < n; i += 2) {
			memcpy(pair, hashes[i], 32);
			memcpy(pair + 32, hashes[MIN(i + 1, n - 1)], 32);
			verify_sha256d(hashes[i / 2], pair, sizeof(pair));
		}
}

/* The commitment to the witnesses (BIP 141): the coinbase's wtxid and reserved value are zeros. */
static void commit(const struct chain *chain, struct chain_template *template)
{
	uint8_t hashes[CHAIN_WAITING_MAX + 1][32] = {}, pair[64] = {};

	for (uint32_t i = 0; i < template->n; i++)
		memcpy(hashes[i + 1], chain->transactions[template->transactions[i]].wtxid, 32);
	chain_merkle(hashes, template->n + 1);
	memcpy(pair, hashes[0], 32);
	verify_sha256d(template->commitment, pair, sizeof(pair));
}

static bool is_same(const struct chain *chain, const struct chain_template *last, uint32_t nbits)
{
	return last->parent == chain->tip && last->nbits == nbits && last->n == chain->n_waiting &&
	       (!last->n || memcmp(last->transactions, chain->waiting,
				   last->n * sizeof(chain->waiting[0])) == 0);
}

const struct chain_template *chain_make_template(struct chain *chain)
{
	uint32_t time = MAX(chain_time(), chain_median(chain, chain->tip) + 1);
	uint32_t nbits = chain_nbits(chain, chain->tip, time), n = chain->n_templates;
	struct chain_template *template = n ? &chain->templates[n - 1] : NULL;

	chain->given_time = MAX(chain->given_time, time);
	if (template && is_same(chain, template, nbits)) {
		template->time = time;
		return template;
	}
	if (template)
		template->over_ns = clock_now();
	chain->templates =
		grow(chain->templates, n, &chain->templates_room, sizeof(*chain->templates));
	template = &chain->templates[chain->n_templates++];
	*template = (struct chain_template){
		.parent = chain->tip,
		.nbits = nbits,
		.time = time,
		.value = CHAIN_REWARD,
		.n = chain->n_waiting,
		.transactions = malloc((chain->n_waiting + 1) * sizeof(chain->waiting[0])),
	};
	assert(template->transactions);
	memcpy(template->transactions, chain->waiting, template->n * sizeof(chain->waiting[0]));
	for (uint32_t i = 0; i < template->n; i++) {
		const struct chain_transaction *t = &chain->transactions[chain->waiting[i]];

		template->value += t->fee;
		template->witness |= t->size != t->stripped;
	}
	commit(chain, template);
	return template;
}

static void on_rival(struct fake_event *event)
{
	struct chain *chain = container_of(event, struct chain, rival);

	if (chance_one_in(2))
		chain_transact(chain, (uint32_t)chance_between(1, 3), 40);
	chain_rival(chain);
	fake_event_set(event, clock_now() + chance_pause(chain->rival_mean_ns));
}

void chain_rivals(struct chain *chain, uint64_t mean_ns)
{
	chain->rival_mean_ns = mean_ns;
	if (mean_ns)
		fake_event_set(&chain->rival, clock_now() + chance_pause(mean_ns));
	else
		fake_event_clear(&chain->rival);
}

/* The first block, at a height whose push in a coinbase is of any of its forms. */
static void begin_at_root(struct chain *chain)
{
	static const uint32_t heights[] = {0, 5, 120, 250, 32760, 800000};
	uint8_t hash[32];

	random_bytes(hash, sizeof(hash));
	chain->n_blocks = 0;
	add_block(chain, 0, hash, chain_time() - (uint32_t)chance_between(1, 600));
	chain->blocks[0].height = heights[chance_below(ARRAY_SIZE(heights))];
	chain->tip = chain->best[0] = 0;
	chain->tip_ns = clock_now();
}

void chain_begin(struct chain *chain)
{
	/*
	 * Of 8, 16, 64 and 512 hashes one is a block. Where one of 4 is, each block brings as many
	 * hashes at once as find the next one.
	 */
	static const uint32_t nbits[] = {0x201fffff, 0x200fffff, 0x2003ffff, 0x1f7fffff};
	static const uint32_t rooms[] = {0, 30, 7000, UINT32_MAX, UINT32_MAX, UINT32_MAX};
	/* The lowest one that may be rolled, which is the first one to be, and the highest one. */
	static const unsigned voted[] = {13, 28};

	*chain = (struct chain){.rival.fn = on_rival};
	chain->voted = voted[chance_below(ARRAY_SIZE(voted))];
	chain->version = CHAIN_VERSION | (chance_one_in(2) ? 1U << chain->voted : 0);
	chain->time_room = rooms[chance_below(ARRAY_SIZE(rooms))];
	chain->kind = &chain_kinds[chance_below(chain_kind_count)];
	chain->easy = 0x207fffff;
	chain->hard = chain->kind->falls ? 0x1d7fffff : nbits[chance_below(ARRAY_SIZE(nbits))];
	begin_at_root(chain);
	chain_rivals(chain, chance_between(200, 2000) * CLOCK_S);
}

void chain_restart(struct chain *chain, const char *kind, uint32_t nbits)
{
	for (size_t i = 0; i < chain_kind_count; i++)
		if (strcmp(chain_kinds[i].name, kind) == 0)
			chain->kind = &chain_kinds[i];
	chain->hard = nbits;
	chain_rivals(chain, 0);
	begin_at_root(chain);
}

void chain_end(struct chain *chain)
{
	fake_event_clear(&chain->rival);
	for (uint32_t i = 0; i < chain->n_transactions; i++)
		free(chain->transactions[i].bytes);
	for (uint32_t i = 0; i < chain->n_templates; i++)
		free(chain->templates[i].transactions);
	free(chain->transactions);
	free(chain->templates);
	free(chain->blocks);
	free(chain->best);
	*chain = (struct chain){};
}
