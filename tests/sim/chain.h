/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The block chain that the simulated nodes of a world share: blocks, transactions that wait for
 * one, and the templates that were made of them. Rivals find blocks at random times. It knows
 * nothing of the daemon, and shares no code with it.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fake_events.h"

enum {
	CHAIN_TRANSACTION_MAX = 1024 + 128, /* bytes */
	CHAIN_WAITING_MAX = 256,	    /* transactions that wait */
	CHAIN_MINIMUM_AFTER = 20 * 60, /* s after its parent that a block may be easier (BIP 94) */
	CHAIN_MEDIAN = 11,	       /* blocks whose median time the next one must be above */
	CHAIN_REORGANISE_MAX = 6,      /* blocks that one takes back */
};

#define CHAIN_NONE UINT32_MAX /* in place of an index */

/* What chains differ in. */
struct chain_kind {
	const char *name;    /* as getblockchaininfo has it */
	const char *address; /* that pays */
	bool waits;	     /* no template without peers, or in the initial download */
	bool signet;
	bool falls; /* its difficulty does, after CHAIN_MINIMUM_AFTER */
};

struct chain_block {
	uint8_t hash[32]; /* as it stands in a header */
	uint32_t parent;  /* index; of the first one: its own */
	uint32_t height, time, nbits;
	bool ours; /* the daemon's */
};

struct chain_transaction {
	uint8_t *bytes; /* owned */
	size_t size;
	size_t stripped; /* bytes without witness */
	uint8_t txid[32], wtxid[32];
	uint64_t fee;
};

/* Its transactions, in order; all else follows from the parent. */
struct chain_template {
	uint32_t parent, nbits;
	uint32_t time; /* of the last time that it was given */
	uint64_t value;
	bool witness; /* a transaction has one, so a block needs the commitment (BIP 141) */
	uint8_t commitment[32];
	uint32_t n;
	uint32_t *transactions; /* indices; owned */
	uint64_t over_ns;	/* when another one of this parent was made; 0: it is the newest */
};

struct chain {
	const struct chain_kind *kind;
	uint32_t hard, easy; /* nbits of most blocks, and of those after the difficulty fell */
	uint32_t version;    /* of templates */
	unsigned voted;	     /* the bit of a deployment that is voted on: not to be rolled */
	uint32_t time_room;  /* s that a block may be ahead of its template; UINT32_MAX: any */
	uint32_t given_time; /* of the newest template */
	struct chain_block *blocks;
	uint32_t n_blocks, blocks_room;
	uint32_t tip; /* the best block */
	uint64_t tip_ns;
	uint64_t back_ns; /* when a reorganisation was, last */
	uint64_t n_tips;  /* how often the best block changed */
	uint32_t *best;	  /* of each height from the first block on, in the best chain; owned */
	struct chain_transaction *transactions;
	uint32_t n_transactions, transactions_room;
	uint32_t waiting[CHAIN_WAITING_MAX];
	uint32_t n_waiting;
	struct chain_template *templates;
	uint32_t n_templates, templates_room;
	struct fake_event rival;
	uint64_t rival_mean_ns;		    /* 0: there are none */
	void (*moved)(struct chain *chain); /* the best block is another one; or NULL */
};

extern const struct chain_kind chain_kinds[];
extern const size_t chain_kind_count;

/* Of a kind and a difficulty by chance. */
void chain_begin(struct chain *chain);
void chain_end(struct chain *chain);

/* Begins anew; nbits: of most blocks. Before anybody has seen it. */
void chain_restart(struct chain *chain, const char *kind, uint32_t nbits);

/* The time of everybody who is right: s since 1970. */
uint32_t chain_time(void);

/* What a block after parent with that time has to have. */
uint32_t chain_nbits(const struct chain *chain, uint32_t parent, uint32_t time);

/* The time that the next block's has to be above. */
uint32_t chain_median(const struct chain *chain, uint32_t parent);

/* The index of a block; CHAIN_NONE: it is of no block here. */
uint32_t chain_find(const struct chain *chain, const uint8_t hash[32]);

/* Whether it is in the best chain. */
bool chain_is_best(const struct chain *chain, uint32_t block);

/* The daemon's block, made of a template; it becomes the best one if it is on the best one. */
void chain_add(struct chain *chain, const struct chain_template *template, const uint8_t hash[32],
	       uint32_t time);

/* Rivals find blocks, one in so many ns in the mean; 0: none. */
void chain_rivals(struct chain *chain, uint64_t mean_ns);

/* A rival's block on the best one. */
void chain_rival(struct chain *chain);

/* The last n blocks go, n + 1 others come. */
void chain_reorganise(struct chain *chain, uint32_t n);

/* n more transactions of about that many bytes wait, as far as there is room. */
void chain_transact(struct chain *chain, uint32_t n, size_t bytes);

/* A template on the best block, now; it lives until the next call. */
const struct chain_template *chain_make_template(struct chain *chain);

/* SHA-256d of the pairs of a merkle tree: n hashes, which are overwritten, to the first of them. */
void chain_merkle(uint8_t (*hashes)[32], size_t n);
