/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Work: one block template as the pool offers it to all its miners. Counted, because a share may
 * come for it long after newer work was sent. One thread.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	WORK_BRANCHES_MAX = 32,
	WORK_ID_MAX = 48,
	WORK_EXTRANONCE1_MAX = 32, /* bytes */
	WORK_EXTRANONCE2_MAX = 16, /* bytes */
	WORK_COINBASE_MAX = 1024 * 1024,
	WORK_PAYOUT_MAX = 128, /* bytes */
	WORK_PPM = 1000000,
};

/* What new work is made from. */
struct work_recipe {
	uint32_t version;
	uint32_t nbits;
	uint32_t ntime; /* 0: the time of day */
	uint32_t height;
	unsigned branches;
	unsigned coinbase_size;	  /* bytes of the whole transaction; one too small is made larger */
	unsigned coinbase_lead;	  /* bytes of script before extranonce1 */
	unsigned extranonce_size; /* bytes of extranonce1 and extranonce2 together */
	uint8_t payout[WORK_PAYOUT_MAX]; /* a script that gets payout_ppm of the coinbase's value */
	size_t payout_size;		 /* bytes; 0: nobody */
	unsigned payout_ppm;
	bool odd;      /* an id and a spelling that only a real JSON parser reads */
	bool unpadded; /* version, nbits and ntime without leading zeros, upper case */
};

struct work {
	unsigned references;
	char id[WORK_ID_MAX];
	uint8_t prevhash[32]; /* as it stands in the header */
	uint32_t version, nbits, ntime, height;
	unsigned n_branches;
	uint8_t branches[WORK_BRANCHES_MAX][32];
	/* The coinbase without the extranonces: before[], then they, then after[]. */
	uint8_t *before, *after;
	size_t before_size, after_size;
	char *params; /* of mining.notify, from "[" to the comma before clean_jobs */
	size_t params_size;
};

/* New work on top of prevhash under a new id. It has one reference; NULL on allocation failure. */
struct work *work_new(const struct work_recipe *recipe, const uint8_t prevhash[32],
		      uint64_t sequence);

/* "HEX:PERCENT", the script and what it gets, with up to four decimals; false: it is none. */
bool work_parse_payout(struct work_recipe *recipe, const char *text);

struct work *work_ref(struct work *work);
void work_unref(struct work *work);

/* A block's hash that never was: random, with zeros where a real one has them. */
void work_random_prevhash(uint8_t ret[32]);
