/* SPDX-License-Identifier: MIT */
#include "chain_check.h"

#include <stdlib.h>
#include <string.h>

#include "common/assert.h"
#include "common/cleanup.h"
#include "common/container.h"
#include "common/hex.h"
#include "tests/pool/number.h"
#include "tests/pool/verify.h"

enum {
	CHECK_HEADER = 80,
	CHECK_FUTURE = 7200, /* s that a block may be ahead of the clock */
	CHECK_SCRIPT_MAX = 100,
	CHECK_COINBASE_MAX = 1024,
	CHECK_ROLLED = 0x1fffe000, /* version bits (BIP 320) */
};

/* OP_0 and the hash of the key of chain_kinds' addresses: the vector of BIP 173. */
static const uint8_t payee[] = {0x00, 0x14, 0x75, 0x1e, 0x76, 0xe8, 0x19, 0x91, 0x96, 0xd4, 0x54,
				0x94, 0x1c, 0x45, 0xd1, 0xb3, 0xa3, 0x23, 0xf1, 0x43, 0x3b, 0xd6};

/* What is still to be read. */
struct rest {
	const uint8_t *at;
	size_t n;
	bool bad; /* there was less than was to be read */
};

static const uint8_t *take(struct rest *rest, size_t n)
{
	static const uint8_t nothing[CHECK_COINBASE_MAX];
	const uint8_t *at = rest->at;

	if (n > rest->n || n > sizeof(nothing)) {
		rest->bad = true;
		return nothing;
	}
	rest->at += n;
	rest->n -= n;
	return at;
}

static uint64_t take_number(struct rest *rest, size_t n)
{
	const uint8_t *bytes = take(rest, n);
	uint64_t value = 0;

	for (size_t i = n; i-- > 0;)
		value = value << 8 | bytes[i];
	return value;
}

static uint64_t take_count(struct rest *rest)
{
	uint64_t first = take_number(rest, 1);

	if (first < 0xfd)
		return first;
	return take_number(rest, (size_t)1 << (first - 0xfc));
}

/* Script and what pays, of a coinbase without its witness. */
struct coinbase {
	uint8_t bytes[CHECK_COINBASE_MAX];
	size_t size; /* without witness */
	const uint8_t *script;
	size_t script_size;
	uint32_t sequence, lock_time;
	uint64_t paid, others; /* to the payee, and to all others */
	unsigned commitments;
	uint8_t commitment[32];
	bool witness;
};

static void take_output(struct rest *rest, struct coinbase *ret)
{
	static const uint8_t head[] = {0x6a, 0x24, 0xaa, 0x21, 0xa9, 0xed};
	uint64_t value = take_number(rest, 8);
	size_t size = (size_t)take_count(rest);
	const uint8_t *script = take(rest, size);

	if (rest->bad)
		return;
	if (size == sizeof(payee) && memcmp(script, payee, size) == 0)
		ret->paid += value;
	else
		ret->others += value;
	if (size != sizeof(head) + 32 || memcmp(script, head, sizeof(head)) != 0)
		return;
	ret->commitments++;
	memcpy(ret->commitment, script + sizeof(head), 32);
}

/* The one input, which is of no output. */
static const char *take_input(struct rest *rest, struct coinbase *ret)
{
	static const uint8_t nothing[32];

	if (take_count(rest) != 1 || memcmp(take(rest, 32), nothing, 32) != 0 ||
	    take_number(rest, 4) != UINT32_MAX)
		return "bad-cb-missing";
	ret->script_size = (size_t)take_count(rest);
	ret->script = take(rest, ret->script_size);
	ret->sequence = (uint32_t)take_number(rest, 4);
	if (ret->script_size < 2 || ret->script_size > CHECK_SCRIPT_MAX)
		return "bad-cb-length";
	return NULL;
}

/* One item of 32 zeros (BIP 141). */
static bool take_witness(struct rest *rest)
{
	static const uint8_t zeros[32];

	uint64_t items = take_count(rest), size = take_count(rest);

	return items == 1 && size == sizeof(zeros) &&
	       memcmp(take(rest, sizeof(zeros)), zeros, sizeof(zeros)) == 0;
}

static const char *take_coinbase(struct rest *rest, struct coinbase *ret)
{
	const uint8_t *begin = rest->at, *body;
	const char *wrong;
	uint64_t outputs;
	size_t n;

	*ret = (struct coinbase){};
	take(rest, 4);
	ret->witness = rest->n > 2 && rest->at[0] == 0 && rest->at[1] == 1;
	if (ret->witness)
		take(rest, 2);
	body = rest->at;
	wrong = take_input(rest, ret);
	if (wrong)
		return wrong;
	outputs = take_count(rest);
	if (outputs > 4)
		return "bad-cb-outputs";
	while (outputs--)
		take_output(rest, ret);
	n = (size_t)(rest->at - body);
	if (ret->witness && !take_witness(rest))
		return "bad-witness-nonce-size";
	ret->lock_time = (uint32_t)take_number(rest, 4);
	if (rest->bad || n + 8 > sizeof(ret->bytes))
		return "block-decode-failed";
	memcpy(ret->bytes, begin, 4);
	memcpy(ret->bytes + 4, body, n);
	memcpy(ret->bytes + 4 + n, rest->at - 4, 4);
	ret->size = n + 8;
	return NULL;
}

/* The push that a coinbase begins with (BIP 34), as CScript writes the number. */
static size_t height_push(uint8_t ret[8], uint32_t height)
{
	size_t n = 0;

	if (height <= 16) {
		ret[0] = (uint8_t)(height ? 0x50 + height : 0);
		return 1;
	}
	for (uint32_t left = height; left; left >>= 8)
		ret[++n] = (uint8_t)left;
	if (ret[n] & 0x80)
		ret[++n] = 0;
	ret[0] = (uint8_t)n;
	return n + 1;
}

static const char *check_coinbase(const struct coinbase *coinbase, uint32_t height)
{
	uint8_t push[8];
	size_t n = height_push(push, height);

	if (coinbase->script_size < n || memcmp(coinbase->script, push, n) != 0)
		return "bad-cb-height";
	/* BIP 54, which is no rule yet. */
	if (coinbase->lock_time != height - 1 || coinbase->sequence == UINT32_MAX)
		return "bad-cb-lock-time";
	return NULL;
}

/* The transactions of a template are all that is left, in their order. */
static bool is_of(const struct rest *rest, const struct chain *chain,
		  const struct chain_template *template)
{
	size_t at = 0;

	for (uint32_t i = 0; i < template->n; i++) {
		const struct chain_transaction *t = &chain->transactions[template->transactions[i]];

		if (t->size > rest->n - at || memcmp(rest->at + at, t->bytes, t->size) != 0)
			return false;
		at += t->size;
	}
	return at == rest->n;
}

static const struct chain_template *
find_template(const struct rest *rest, const struct chain *chain, uint32_t parent, uint64_t count)
{
	for (uint32_t i = chain->n_templates; i-- > 0;) {
		const struct chain_template *template = &chain->templates[i];

		if (template->parent == parent && template->n + 1 == count &&
		    is_of(rest, chain, template))
			return template;
	}
	return NULL;
}

static const char *check_roots(const struct chain *chain, const struct chain_template *template,
			       const struct coinbase *coinbase, const uint8_t root[32])
{
	uint8_t hashes[CHAIN_WAITING_MAX + 1][32];

	verify_sha256d(hashes[0], coinbase->bytes, coinbase->size);
	for (uint32_t i = 0; i < template->n; i++)
		memcpy(hashes[i + 1], chain->transactions[template->transactions[i]].txid, 32);
	chain_merkle(hashes, template->n + 1);
	if (memcmp(hashes[0], root, 32) != 0)
		return "bad-txnmrklroot";
	if (template->witness || coinbase->commitments || coinbase->witness)
		if (coinbase->commitments != 1 || !coinbase->witness ||
		    memcmp(coinbase->commitment, template->commitment, 32) != 0)
			return "bad-witness-merkle-match";
	if (coinbase->paid != template->value || coinbase->others)
		return "bad-cb-amount";
	return NULL;
}

struct head {
	const uint8_t *bytes, *prevhash, *root;
	uint32_t version, nbits, time;
};

static struct head take_head(struct rest *rest)
{
	struct head ret = {.bytes = take(rest, CHECK_HEADER)};
	struct rest fields = {.at = ret.bytes, .n = CHECK_HEADER};

	ret.version = (uint32_t)take_number(&fields, 4);
	ret.prevhash = take(&fields, 32);
	ret.root = take(&fields, 32);
	ret.time = (uint32_t)take_number(&fields, 4);
	ret.nbits = (uint32_t)take_number(&fields, 4);
	return ret;
}

const char *chain_check_header(const struct chain *chain, uint32_t parent, const uint8_t *bytes)
{
	struct rest rest = {.at = bytes, .n = CHECK_HEADER};
	const struct head head = take_head(&rest);
	const uint32_t rolled = CHECK_ROLLED & ~(1U << chain->voted);

	if (head.nbits != chain_nbits(chain, parent, head.time))
		return "bad-diffbits";
	if (head.time <= chain_median(chain, parent))
		return "time-too-old";
	if (head.time > chain_time() + CHECK_FUTURE ||
	    head.time > (uint64_t)chain->given_time + chain->time_room)
		return "time-too-new";
	if ((head.version & ~rolled) != (chain->version & ~rolled))
		return "bad-version";
	return NULL;
}

static const char *check_hash(const uint8_t bytes[32], uint32_t nbits)
{
	struct number target, hash;

	number_from_hash(&hash, bytes);
	return number_from_nbits(&target, nbits) && number_at_most(&hash, &target) ? NULL
										   : "high-hash";
}

static const char *check(struct chain_checked *ret, const struct chain *chain, struct rest *rest)
{
	const struct head head = take_head(rest);
	struct coinbase coinbase;
	uint64_t count;
	const char *wrong;

	verify_sha256d(ret->hash, head.bytes, CHECK_HEADER);
	memcpy(ret->prevhash, head.prevhash, 32);
	ret->time = head.time;
	count = take_count(rest);
	wrong = take_coinbase(rest, &coinbase);
	ret->parent = chain_find(chain, ret->prevhash);
	if (!wrong && ret->parent == CHAIN_NONE)
		return "prev-blk-not-found";
	if (!wrong)
		wrong = chain_check_header(chain, ret->parent, head.bytes);
	if (!wrong)
		wrong = check_hash(ret->hash, head.nbits);
	if (!wrong)
		wrong = check_coinbase(&coinbase, chain->blocks[ret->parent].height + 1);
	if (wrong)
		return wrong;
	ret->template = find_template(rest, chain, ret->parent, count);
	if (!ret->template)
		return "not-of-a-template";
	wrong = check_roots(chain, ret->template, &coinbase, head.root);
	return !wrong && ret->parent != chain->tip ? "stale-prevblk" : wrong;
}

const char *chain_check(struct chain_checked *ret, const struct chain *chain, const char *hex,
			size_t digits)
{
	CLEANUP(cleanup_free) uint8_t *bytes = malloc(digits / 2 + 1);
	struct rest rest = {.at = bytes, .n = digits / 2};

	assert(bytes);
	*ret = (struct chain_checked){.parent = CHAIN_NONE};
	if (digits % 2 || digits / 2 < CHECK_HEADER || !hex_decode(bytes, digits / 2, hex))
		return "block-decode-failed";
	return check(ret, chain, &rest);
}
