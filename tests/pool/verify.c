/* SPDX-License-Identifier: MIT */
/*
 * SHA256() of OpenSSL 3 looks up the algorithm and allocates each time, which takes several times
 * as long as the hash; the older functions do neither.
 */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "verify.h"

#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/hex.h"

static const struct {
	const char *name;
	int code;
	const char *text;
} verdicts[VERDICTS] = {
	[VERDICT_ACCEPTED] = {"accepted", 0, ""},
	[VERDICT_LOW_DIFFICULTY] = {"low-difficulty", 23, "Low difficulty share"},
	[VERDICT_DUPLICATE] = {"duplicate", 22, "Duplicate share"},
	[VERDICT_STALE] = {"stale", 21, "Stale share"},
	[VERDICT_NO_JOB] = {"no-job", 21, "Job not found"},
	[VERDICT_NTIME] = {"ntime", 20, "Ntime out of range"},
	[VERDICT_VERSION] = {"version", 20, "Invalid version bits"},
	[VERDICT_PARAMS] = {"params", 20, "Wrong number of parameters"},
	[VERDICT_EXTRANONCE2] = {"extranonce2", 20, "Incorrect size of extranonce2"},
	[VERDICT_NONCE] = {"nonce", 20, "Incorrect nonce"},
	[VERDICT_USER] = {"user", 24, "Unauthorized worker"},
	[VERDICT_FORCED] = {"forced", 20, "Refused by the script"},
};

const char *verdict_name(enum verdict verdict)
{
	return verdicts[verdict].name;
}

int verdict_code(enum verdict verdict)
{
	return verdicts[verdict].code;
}

const char *verdict_text(enum verdict verdict)
{
	return verdicts[verdict].text;
}

static void sha256(uint8_t ret[32], const void *bytes, size_t n)
{
	SHA256_CTX context;

	SHA256_Init(&context);
	SHA256_Update(&context, bytes, n);
	SHA256_Final(ret, &context);
}

void verify_sha256d(uint8_t ret[32], const void *bytes, size_t n)
{
	uint8_t once[32];

	sha256(once, bytes, n);
	sha256(ret, once, sizeof(once));
}

void verify_merkle(uint8_t root[32], const uint8_t (*branches)[32], unsigned n)
{
	uint8_t pair[64];

	for (unsigned i = 0; i < n; i++) {
		memcpy(pair, root, 32);
		memcpy(pair + 32, branches[i], 32);
		verify_sha256d(root, pair, sizeof(pair));
	}
}

/* Exactly eight digits, as miners have to send them. */
static bool parse_word(uint32_t *ret, const char *digits)
{
	return strlen(digits) == 8 && hex_u32(ret, digits, 8);
}

static bool merkle_root(uint8_t ret[32], const struct work *work, const struct terms *terms,
			const char *extranonce2)
{
	size_t size = work->before_size + terms->extranonce1_size + terms->extranonce2_size +
		      work->after_size;
	CLEANUP(cleanup_free) uint8_t *coinbase = malloc(size);
	uint8_t *p = coinbase;

	if (!coinbase)
		return false;
	memcpy(p, work->before, work->before_size);
	p += work->before_size;
	memcpy(p, terms->extranonce1, terms->extranonce1_size);
	p += terms->extranonce1_size;
	if (!hex_decode(p, terms->extranonce2_size, extranonce2))
		return false;
	p += terms->extranonce2_size;
	memcpy(p, work->after, work->after_size);
	verify_sha256d(ret, coinbase, size);
	verify_merkle(ret, work->branches, work->n_branches);
	return true;
}

static void put_word(uint8_t *ret, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		ret[i] = (uint8_t)(value >> (8 * i));
}

/* BIP 310, and the only form that all servers agree on: no bit of the mask is in the job. */
static enum verdict rolled_version(uint32_t *ret, uint32_t version, uint32_t mask, const char *text)
{
	bool may_roll = mask && !(version & mask);
	uint32_t bits = 0;

	*ret = version;
	if (may_roll != (text != NULL))
		return VERDICT_PARAMS;
	if (!text)
		return VERDICT_ACCEPTED;
	if (!parse_word(&bits, text) || bits & ~mask)
		return VERDICT_VERSION;
	*ret = version | bits;
	return VERDICT_ACCEPTED;
}

enum verdict verify_share(const struct work *work, const struct terms *terms, uint32_t mask,
			  const struct submission *submission, struct verified *ret)
{
	struct number network;
	uint8_t hash[32];
	enum verdict verdict;

	memset(ret, 0, sizeof(*ret));
	verdict = rolled_version(&ret->version, work->version, mask, submission->version_bits);
	if (verdict != VERDICT_ACCEPTED)
		return verdict;
	if (!parse_word(&ret->ntime, submission->ntime) || ret->ntime < work->ntime ||
	    ret->ntime - work->ntime > VERIFY_NTIME_WINDOW)
		return VERDICT_NTIME;
	if (!parse_word(&ret->nonce, submission->nonce))
		return VERDICT_NONCE;
	if (strlen(submission->extranonce2) != 2 * terms->extranonce2_size ||
	    !merkle_root(ret->header + 36, work, terms, submission->extranonce2))
		return VERDICT_EXTRANONCE2;
	put_word(ret->header, ret->version);
	memcpy(ret->header + 4, work->prevhash, 32);
	put_word(ret->header + 68, ret->ntime);
	put_word(ret->header + 72, work->nbits);
	put_word(ret->header + 76, ret->nonce);
	verify_sha256d(hash, ret->header, sizeof(ret->header));
	number_from_hash(&ret->hash, hash);
	ret->hashed = true;
	ret->difficulty = number_difficulty(&ret->hash);
	ret->block =
		number_from_nbits(&network, work->nbits) && number_at_most(&ret->hash, &network);
	return number_at_most(&ret->hash, &terms->target) ? VERDICT_ACCEPTED
							  : VERDICT_LOW_DIFFICULTY;
}
