/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A block that a worker found and that minerd submits itself, and what became of it. Io thread
 * only.
 */
#include <stdbool.h>
#include <stdint.h>

#include "bitcoin/block.h"
#include "bitcoin/target.h"

enum {
	FOUND_BLOCK_POOL_MAX = 288,	 /* bytes of a pool's name, including the NUL */
	FOUND_BLOCK_CHAIN_MAX = 32,	 /* of the name of a chain */
	FOUND_BLOCK_ANSWER_MAX = 200,	 /* of a node's answer */
	FOUND_BLOCK_CONFIRMATIONS = 100, /* that make a block final: its coinbase can be spent */
};

enum found_block_state {
	FOUND_BLOCK_SUBMITTING, /* no node has answered */
	FOUND_BLOCK_ACCEPTED,	/* in the best chain, as far as is known */
	FOUND_BLOCK_CONFIRMED,	/* by FOUND_BLOCK_CONFIRMATIONS */
	FOUND_BLOCK_ORPHANED,	/* valid, but a rival is in the best chain */
	FOUND_BLOCK_REJECTED,	/* invalid */
	FOUND_BLOCK_STALE,	/* too late: its parent was no longer the best block */
	FOUND_BLOCK_STATES,
};

struct found_block {
	struct target hash;
	struct target parent;
	uint32_t height;
	uint32_t time;	/* of its header, s since 1970 */
	uint64_t value; /* satoshi that the coinbase pays */
	char pool[FOUND_BLOCK_POOL_MAX];
	char chain[FOUND_BLOCK_CHAIN_MAX]; /* "": unknown */
	enum found_block_state state;
	bool watched;		/* accepted or orphaned, which the chain may still change */
	uint32_t confirmations; /* when a node was asked last; 0: none */
	char answer[FOUND_BLOCK_ANSWER_MAX]; /* the node's word on it, escaped; "": none yet */

	/* Of this run of the daemon. */
	struct block *block; /* reference, as long as it is submitted; or NULL */
	int slot;	     /* of its file; -1: there is none */
	uint64_t save_ns;    /* clock_now(): not to be saved before */
	uint64_t due_ns;     /* when it is submitted whether saved or not; 0: it was submitted */
	uint64_t again_ns;   /* when it is submitted again; 0: when a node becomes ready */
	uint64_t asked;	     /* number of the last question for it; 0: none */
};
