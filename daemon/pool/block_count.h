/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Blocks, counted once for each block that they follow: on an easy chain many hashes meet the
 * network target before the pool has sent other work, and only one of them can become a block. Io
 * thread.
 */
#include <stdbool.h>
#include <stdint.h>

enum { BLOCK_COUNT_PARENTS = 16 /* remembered */ };

struct block_count {
	uint64_t found;	   /* a hash met the network target */
	uint64_t accepted; /* and the pool accepted one */
	struct block_parent {
		uint8_t hash[32]; /* prevhash of the header */
		bool accepted;
		bool closed;	       /* accepted, and work has not come back from another one */
		bool elsewhere;	       /* another pool accepted one, and that was not undone */
		bool sent;	       /* one waits for its reply */
	} parent[BLOCK_COUNT_PARENTS]; /* a ring */
	unsigned next;
};

/* A hash that meets the network target was found. Whether it is the first on this parent. */
bool block_count_found(struct block_count *count, const uint8_t parent[32]);

/* It was sent, or came to nothing after all: rejected, or no reply will come. */
void block_count_sent(struct block_count *count, const uint8_t parent[32]);
void block_count_failed(struct block_count *count, const uint8_t parent[32]);

/* One of an earlier login, or of an earlier run, was accepted: it is not counted here. */
void block_count_closed(struct block_count *count, const uint8_t parent[32]);

/* Another pool of the same chain accepted one. */
void block_count_elsewhere(struct block_count *count, const uint8_t parent[32]);

/* A new login, in which nothing was sent yet. */
void block_count_login(struct block_count *count);

/* Work comes back to a parent after another one: a block on it is wanted again. */
void block_count_reopen(struct block_count *count, const uint8_t parent[32]);

/* Whether this pool accepted one on this parent, and no other is wanted again. */
bool block_count_is_closed(struct block_count *count, const uint8_t parent[32]);

/* Whether one on this parent is accepted or waits for its reply, so that no other is wanted. */
bool block_count_settled(struct block_count *count, const uint8_t parent[32]);

/* The pool accepted such a hash. Whether it is the first on this parent. */
bool block_count_accepted(struct block_count *count, const uint8_t parent[32]);
