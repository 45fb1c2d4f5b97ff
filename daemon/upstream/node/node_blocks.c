/* SPDX-License-Identifier: MIT */
#include "upstream/node/node_blocks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/assert.h"
#include "common/cleanup.h"
#include "common/container.h"

enum { NODE_BLOCKS_REPLY_BYTES = 64 * 1024 };

/* false: there is no memory for it. */
static bool node_blocks_send(struct node_blocks *blocks)
{
	const struct block *block = blocks->list[0];
	char *call;
	size_t size;

	if (!blocks->n || http_busy(&blocks->request))
		return true;
	call = rpc_call_submit_block(block->hex, block->hex_size, &size);
	return call && http_post_taken(blocks->http, &blocks->request, blocks->credentials, call,
				       size, blocks->timeout_s, NODE_BLOCKS_REPLY_BYTES) == 0;
}

static void node_blocks_fail(struct node_blocks *blocks, const char *reason, bool refused)
{
	blocks->open = false;
	blocks->failed(blocks, reason, refused);
}

/* The first one has its answer, whatever it is. */
static void node_blocks_settle(struct node_blocks *blocks, const struct block_answer *answer)
{
	CLEANUP(block_unrefp) struct block *block = blocks->list[0];

	blocks->n--;
	memmove(blocks->list, blocks->list + 1, blocks->n * sizeof(*blocks->list));
	blocks->answered(blocks, block, answer);
	if (blocks->open && !node_blocks_send(blocks))
		node_blocks_fail(blocks, "submitblock: no memory", false);
}

static void node_blocks_on_done(struct http_request *request, struct http_reply *reply)
{
	struct node_blocks *blocks = container_of(request, struct node_blocks, request);
	CLEANUP(rpc_reply_deinit) struct rpc_reply said = {};
	char reason[RPC_REASON_MAX];
	struct block_answer answer = {.text = reason};

	assert(blocks->n);
	if (reply->error) {
		snprintf(reason, sizeof(reason), "submitblock: %s", reply->error);
		node_blocks_fail(blocks, reason, false);
		return;
	}
	rpc_reply_read(&said, "submitblock", reply->status, reply->body, reply->size);
	switch (said.outcome) {
	case RPC_RESULT:
		answer.verdict = rpc_verdict(said.result, reason);
		break;
	case RPC_FAILED:
		answer.verdict = BLOCK_INVALID;
		answer.text = said.reason;
		break;
	case RPC_REFUSED:
	case RPC_NOT_NOW:
	case RPC_NOT_A_NODE:
		node_blocks_fail(blocks, said.reason, said.outcome == RPC_REFUSED);
		return;
	}
	node_blocks_settle(blocks, &answer);
}

void node_blocks_open(struct node_blocks *blocks, struct http *http, const char *credentials,
		      unsigned timeout_s)
{
	assert(!blocks->n && blocks->answered && blocks->failed);
	blocks->http = http;
	blocks->request.done = node_blocks_on_done;
	blocks->credentials = credentials;
	blocks->timeout_s = timeout_s;
	blocks->open = true;
}

void node_blocks_close(struct node_blocks *blocks)
{
	blocks->open = false;
	while (blocks->n)
		block_unref(blocks->list[--blocks->n]);
}

void node_blocks_deinit(struct node_blocks *blocks)
{
	node_blocks_close(blocks);
	http_request_deinit(&blocks->request);
}

bool node_blocks_submit(struct node_blocks *blocks, struct block *block)
{
	assert(blocks->open);
	for (unsigned i = 0; i < blocks->n; i++)
		if (memcmp(&blocks->list[i]->hash, &block->hash, sizeof(block->hash)) == 0)
			return true;
	if (blocks->n == NODE_BLOCKS_MAX)
		return false;
	blocks->list[blocks->n++] = block_ref(block);
	if (node_blocks_send(blocks))
		return true;
	block_unref(blocks->list[--blocks->n]);
	return false;
}
