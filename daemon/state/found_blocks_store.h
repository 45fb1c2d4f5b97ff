/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Blocks that were found, in the state directory: the list in found-blocks.json, and the digits of
 * those that are not settled in files of their own, found-block-00 to found-block-15, so that their
 * number and size are bounded and no directory has to be searched. A block's file is complete in
 * itself: the list may be older. Each step is an operation of the ring. Io thread only.
 */
#include "common/json_writer.h"
#include "io/store.h"
#include "state/found_block_list.h"

enum {
	FOUND_BLOCKS_SLOTS = FOUND_BLOCK_PENDING_MAX,
	FOUND_BLOCKS_LIST_MS = 1000,   /* between two writes of the list, at least */
	FOUND_BLOCKS_RETRY_MS = 10000, /* after a failed one */
};

enum found_blocks_slot {
	FOUND_BLOCKS_FREE,
	FOUND_BLOCKS_USED,
	FOUND_BLOCKS_SPARE, /* its file is to be removed, once the list says why */
};

struct found_blocks_store {
	struct store store;
	struct found_block_list *list; /* borrowed */
	const char *directory;	       /* for messages */
	/*
	 * A block was saved, 0, or could not be, a negative errno. May be called from within
	 * found_blocks_store_update().
	 */
	void (*saved)(struct found_blocks_store *self, struct found_block *record, int result);
	enum found_blocks_slot slots[FOUND_BLOCKS_SLOTS];

	/* What is under way while the store is busy. */
	struct block *block; /* reference: it is saved in slot; NULL: the list is written, or .. */
	int slot;	     /* .. the file of this one is removed; -1: none */
	struct json_writer text;

	bool changed;	  /* the list has, since it was written last */
	uint64_t list_ns; /* clock_now(): the list is not written again before */
	bool failed;	  /* writing the list has, which was logged */
	bool stopping;
};

#define FOUND_BLOCKS_STORE_NULL \
	((struct found_blocks_store){.store = STORE_NULL, .text = JSON_WRITER_NULL})

/* beside: an open store of the state directory, which stays open longer. All are borrowed. */
void found_blocks_store_init(struct found_blocks_store *self, struct ring *ring,
			     struct found_block_list *list,
			     void (*saved)(struct found_blocks_store *self,
					   struct found_block *record, int result));
void found_blocks_store_open(struct found_blocks_store *self, const struct store *beside,
			     const char *directory);

/*
 * Reads what is there into the list, which is empty; what cannot be used is set aside. Only when
 * open, before the loop runs: it blocks. -ENOMEM: nothing was read.
 */
int found_blocks_store_load(struct found_blocks_store *self);

/* When not busy, or once the ring has gone. Idempotent. */
void found_blocks_store_deinit(struct found_blocks_store *self);

/* Whether there is a state directory. */
bool found_blocks_store_is_open(const struct found_blocks_store *self);

/* Why a block cannot be saved at all; NULL: it can be. */
const char *found_blocks_store_refusal(const struct found_blocks_store *self,
				       const struct block *block);

/* The list has changed. */
void found_blocks_store_changed(struct found_blocks_store *self);

/* record leaves the list. */
void found_blocks_store_forget(struct found_blocks_store *self, struct found_block *record);

/* Begins what is due, if nothing is under way: after every change, and about once a second. */
void found_blocks_store_update(struct found_blocks_store *self);

/* From now on nothing waits for its time; done when not busy. */
void found_blocks_store_stop(struct found_blocks_store *self);
bool found_blocks_store_busy(const struct found_blocks_store *self);
