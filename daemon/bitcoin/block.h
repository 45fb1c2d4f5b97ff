/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A block that was found, whole and ready to be submitted. Immutable and counted. Io thread, but
 * any one thread may make it.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bitcoin/header.h"
#include "bitcoin/target.h"

struct block {
	unsigned references;
	struct target hash;   /* as a number: target_text() makes what explorers show */
	uint8_t prevhash[32]; /* as it stands in the header */
	uint32_t height;
	uint32_t ntime;	 /* s since 1970 */
	uint64_t value;	 /* satoshi that the coinbase pays */
	size_t hex_size; /* digits, without the NUL */
	char *hex;	 /* behind the struct: submitblock's argument */
};

enum block_verdict {
	BLOCK_ACCEPTED,	    /* the node has it: it said so, or it had it already */
	BLOCK_INCONCLUSIVE, /* valid as far as it goes, but not in the best chain: a rival was first
			     */
	BLOCK_STALE,	    /* its parent is no longer the best block */
	BLOCK_INVALID,	    /* whichever node is asked */
	BLOCK_UNANSWERED,   /* the node could not say: another may, or the same one later */
};

/* What a node says of a block. */
struct block_answer {
	enum block_verdict verdict;
	const char *text; /* the node's word and what it means, one line, escaped */
};

/* What it is made of; all borrowed. */
struct block_parts {
	struct header header;
	struct target hash;
	uint32_t height;
	uint64_t value;
	const uint8_t *coinbase; /* without witness serialisation, the extranonce filled in */
	size_t coinbase_size;
	bool witness;		     /* give the coinbase its witness: 32 zeros (BIP 141) */
	size_t n_transactions;	     /* without the coinbase */
	const uint8_t *transactions; /* one after the other, with their witnesses */
	size_t transactions_size;
};

/* One reference. NULL on allocation failure. */
struct block *block_new(const struct block_parts *parts);

/*
 * One reference, from the hex of a file; what is not in the header is the caller's. NULL: not hex,
 * or too short for a header and a transaction; or on allocation failure.
 */
struct block *block_from_hex(const char *hex, size_t hex_size, uint32_t height, uint64_t value);

struct block *block_ref(struct block *block);

/* NULL is allowed. */
void block_unref(struct block *block);

/* For CLEANUP(). */
void block_unrefp(struct block **block);
