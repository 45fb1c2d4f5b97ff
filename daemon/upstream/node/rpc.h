/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * JSON-RPC as Bitcoin nodes speak it (1.0, and 2.0 where a node answers so): the text of a call,
 * and what a reply says, with a remedy for each way in which a node says no. Pure; any thread.
 */
#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bitcoin/block.h"

enum {
	RPC_REASON_MAX = 400, /* bytes of a reason, and its NUL; what is the node's is escaped */
	RPC_CALL_MAX = 1024,  /* bytes of a call without a block in it */
};

enum rpc_outcome {
	RPC_RESULT,	/* it has a result, which may be null */
	RPC_REFUSED,	/* user and password are wrong: 401, 403 */
	RPC_NOT_NOW,	/* warming up, initial download, no peers, work queue: ask again later */
	RPC_FAILED,	/* an error of the call */
	RPC_NOT_A_NODE, /* it does not speak JSON-RPC */
};

struct rpc_reply {
	enum rpc_outcome outcome;
	struct json_object *result;  /* owned: of RPC_RESULT; NULL: null */
	int64_t code;		     /* of the node's error; 0: none */
	char reason[RPC_REASON_MAX]; /* of all others: what, and what to do about it */
};

/* The calls; each returns how many bytes it wrote before a NUL. */
size_t rpc_call_chain_info(char ret[RPC_CALL_MAX]);

/* rules: segwit, and signet; longpollid: NULL or that of a template, at most TEMPLATE_ID_MAX. */
size_t rpc_call_template(char ret[RPC_CALL_MAX], bool signet, const char *longpollid);

/* hash: 64 digits, as explorers show it. */
size_t rpc_call_block_header(char ret[RPC_CALL_MAX], const char *hash);

/* Owned, NUL-terminated text of *ret_size bytes; NULL on allocation failure. */
char *rpc_call_submit_block(const char *hex, size_t hex_size, size_t *ret_size);

/*
 * Reads a reply. status: of HTTP. method: for the reason. Whatever the bytes are, ret is filled in
 * and rpc_reply_deinit() frees it.
 */
void rpc_reply_read(struct rpc_reply *ret, const char *method, unsigned status, const char *body,
		    size_t size);
void rpc_reply_deinit(struct rpc_reply *reply);

/*
 * What the result of submitblock means (BIP 22); NULL is null. In reason: the node's word, and what
 * it means, in one line.
 */
enum block_verdict rpc_verdict(const struct json_object *result, char reason[RPC_REASON_MAX]);
