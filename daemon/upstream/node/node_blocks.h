/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Blocks on their way to a node (submitblock, BIP 22), one after the other on a connection of their
 * own, so that they wait for no template. Io thread only.
 */
#include <stdbool.h>

#include "bitcoin/block.h"
#include "io/http.h"
#include "upstream/node/rpc.h"

enum { NODE_BLOCKS_MAX = 16 };

struct node_blocks;

struct node_blocks {
	struct http *http;
	struct http_request request;
	const char *credentials; /* borrowed */
	unsigned timeout_s;
	struct block *list[NODE_BLOCKS_MAX]; /* references; the first one is being sent */
	unsigned n;
	/* The first one's answer; it is taken out afterwards. */
	void (*answered)(struct node_blocks *blocks, const struct block *block,
			 const struct block_answer *answer);
	/* There is no answer: nothing is sent any more until node_blocks_open(). */
	void (*failed)(struct node_blocks *blocks, const char *reason, bool refused);
	bool open;
};

/* credentials: NULL, or a text that must stay. answered and failed are set by the caller. */
void node_blocks_open(struct node_blocks *blocks, struct http *http, const char *credentials,
		      unsigned timeout_s);

/* Drops all; the http has cancelled the request, or is about to. */
void node_blocks_close(struct node_blocks *blocks);

void node_blocks_deinit(struct node_blocks *blocks);

/* Sends a block, of which it takes a reference. One that waits already is sent once.
 * false: too many wait, or there is no memory. */
bool node_blocks_submit(struct node_blocks *blocks, struct block *block);
