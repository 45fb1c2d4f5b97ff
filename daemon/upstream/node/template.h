/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A block template (BIP 22, 23, 9, 145) as getblocktemplate's result has it, checked: a block is
 * built from nothing else. Immutable and counted with atomics, so that a helper thread may read it.
 */
#include <json-c/json.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bitcoin/block.h"
#include "bitcoin/coinbase_build.h"
#include "bitcoin/job.h"
#include "bitcoin/sha256.h"

enum {
	TEMPLATE_TRANSACTIONS_MAX = 100000, /* more than a block has room for */
	TEMPLATE_AUX_MAX = 64,		    /* bytes of coinbaseaux */
	TEMPLATE_ID_MAX = 256,		    /* characters of longpollid */
	TEMPLATE_REASON_MAX = 300,
	TEMPLATE_HEIGHT_MAX = 499999999, /* as a lock time, more would be a time */
	/* A block's own limits, where a template has none. */
	TEMPLATE_SIZE_MAX = 4000000,
	TEMPLATE_WEIGHT_MAX = 4000000,
};

struct template
{
	_Atomic unsigned references;
	uint32_t version;
	uint32_t version_mask; /* that may be rolled: BIP 320 without what the template uses */
	uint32_t height;
	uint32_t nbits;
	uint32_t curtime, mintime; /* s since 1970 */
	bool may_roll_time; /* mutable has "time", and no maxtime is nearer than JOB_NTIME_ROLL_MAX
			     */
	uint32_t expires;   /* s after its receipt; UINT32_MAX: it does not say */
	uint8_t prevhash[32]; /* as it stands in the header */
	struct target target;
	uint64_t value; /* satoshi of the coinbase */
	uint8_t aux[TEMPLATE_AUX_MAX];
	size_t aux_size;
	/* "": it has none, or one for another address (longpolluri). Nothing in it needs escapes.
	 */
	char longpollid[TEMPLATE_ID_MAX + 1];
	bool witness;					   /* the coinbase commits to witnesses */
	uint8_t commitment[COINBASE_BUILD_COMMITMENT_MAX]; /* script */
	size_t commitment_size;

	size_t n_branches;
	uint8_t branches[JOB_BRANCHES_MAX][32];
	size_t n_transactions;
	uint8_t *transactions; /* one after the other; owned */
	size_t transactions_size;
};

/*
 * From the result of getblocktemplate, with the code that hashes its transactions. NULL, and in
 * reason why not: what is missing or wrong, or what it demands that minerd does not know, by name.
 * Takes milliseconds for thousands of transactions: any thread.
 */
struct template *template_read(struct json_object *result, const struct sha256_code *sha256,
			       char reason[TEMPLATE_REASON_MAX]);

struct template *template_ref(struct template *template);
/* Any thread; NULL is allowed. */
void template_unref(struct template *template);

/* Its coinbase. NULL, or what is wrong with it, in coinbase_build()'s words. */
const char *template_coinbase(struct coinbase_built *ret, const struct template *template,
			      const uint8_t *script, size_t script_size, const char *text);
