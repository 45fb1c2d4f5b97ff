/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Blocks that were found are not lost. Each is written to the state directory before it is
 * submitted, again and again until a node has answered, also by a later run of the daemon. Then it
 * is watched until FOUND_BLOCK_CONFIRMATIONS blocks confirm it, or as many are on the rival in its
 * place. Without a directory, or if the disk fails or takes too long, it is submitted at once. Io
 * thread only.
 */
#include "common/json_writer.h"
#include "io/ring.h"
#include "state/found_block_list.h"
#include "state/found_blocks_store.h"

enum {
	FOUND_BLOCKS_DISK_MS = 2000,   /* after which a block does not wait for the disk any more */
	FOUND_BLOCKS_AGAIN_MS = 10000, /* until one that a node could not judge is sent again */
	FOUND_BLOCKS_ASKS = 4,	       /* blocks that are asked for at each new tip, at most */
};

struct found_blocks;

struct found_blocks_handler {
	/* Gives record->block to every node of its chain that is ready, record->pool's first. */
	void (*submit)(struct found_blocks *found, const struct found_block *record);
	/*
	 * Asks for the confirmations of the block the node whose tip found_blocks_tip() has told;
	 * only from within that. found_blocks_seen() follows. false: it cannot be asked now.
	 */
	bool (*ask)(struct found_blocks *found, const struct found_block *record);
};

struct found_blocks {
	struct ring *ring;
	const struct found_blocks_handler *handler;
	struct found_block_list list;
	struct found_blocks_store store;
	struct ring_timer late;		   /* a block has waited for the disk for too long */
	char chain[FOUND_BLOCK_CHAIN_MAX]; /* of the last tip; "": none is known */
	uint32_t tip;			   /* its height */
	uint64_t asks;			   /* questions so far */
	struct json_writer reply;
};

#define FOUND_BLOCKS_NULL \
	((struct found_blocks){.store = FOUND_BLOCKS_STORE_NULL, .reply = JSON_WRITER_NULL})

/*
 * Reads what earlier runs left behind: it blocks. beside: an open store of the state directory,
 * which stays open longer; NULL: there is none. directory: its path, for messages. All are
 * borrowed. -ENOMEM: what is there was not read, and must not be written over.
 */
int found_blocks_init(struct found_blocks *found, struct ring *ring,
		      const struct found_blocks_handler *handler, const struct store *beside,
		      const char *directory);

/* When not busy, or once the ring has gone. Idempotent. */
void found_blocks_deinit(struct found_blocks *found);

/*
 * A block was found for a pool, on a chain ("": unknown). Takes over the reference. It is submitted
 * later, or from within.
 */
void found_blocks_add(struct found_blocks *found, struct block *block, const char *pool,
		      const char *chain);

/* A node of that chain has become ready. */
void found_blocks_ready(struct found_blocks *found, const char *chain);

/* What the node of a pool says of a block. */
void found_blocks_answered(struct found_blocks *found, const struct block *block,
			   const struct block_answer *answer, const char *pool);

/* The best block of a node has this height; may be told again and again. */
void found_blocks_tip(struct found_blocks *found, const char *chain, uint32_t height);

/* The answer to ask(), as block_seen() of an upstream. */
void found_blocks_seen(struct found_blocks *found, const struct target *hash,
		       int64_t confirmations);

/* Does what is due; call it about once a second. */
void found_blocks_tick(struct found_blocks *found);

/* Writes what is not written yet; done once found_blocks_busy() is false. */
void found_blocks_stop(struct found_blocks *found);
bool found_blocks_busy(const struct found_blocks *found);

/*
 * The reply of Blocks(), as JSON of *ret_size bytes; it lives until the next call. NULL on
 * allocation failure.
 */
const char *found_blocks_json(struct found_blocks *found, size_t *ret_size);
