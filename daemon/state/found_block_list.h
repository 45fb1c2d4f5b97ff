/* SPDX-License-Identifier: MIT */
#pragma once

/* Blocks that were found, from the oldest on, each hash once, bounded in number. Io thread only. */
#include <stddef.h>

#include "state/found_block.h"

enum {
	FOUND_BLOCK_LIST_MAX = 256,
	FOUND_BLOCK_PENDING_MAX = 16, /* blocks of them that are submitted */
};

struct found_block_list {
	struct found_block *list[FOUND_BLOCK_LIST_MAX]; /* owned */
	size_t n;
};

void found_block_list_deinit(struct found_block_list *list);

/* NULL: there is none of this hash. */
struct found_block *found_block_list_find(const struct found_block_list *list,
					  const struct target *hash);

/*
 * Appends a copy of record; only when the list is not full and has none of its hash. NULL on
 * allocation failure.
 */
struct found_block *found_block_list_add(struct found_block_list *list,
					 const struct found_block *record);

/* Takes it out of the list and frees it. */
void found_block_list_remove(struct found_block_list *list, struct found_block *record);

/*
 * What a full list can do without most easily: the oldest block that is settled, else the oldest
 * one that is watched. NULL: all are being submitted, which their bound excludes when full.
 */
struct found_block *found_block_list_oldest(const struct found_block_list *list);

/* The oldest one that is being submitted, and how many are; NULL: none. */
struct found_block *found_block_list_pending(const struct found_block_list *list, size_t *ret_n);
