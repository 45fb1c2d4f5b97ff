/* SPDX-License-Identifier: MIT */
/*
 * What a reply is, its body says first: Bitcoin Core gives each error of a call a status of its own
 * (404 for a method that it does not know, 500 for most), bcoin gives all of them 200. The status
 * speaks where the body is no JSON, and for user and password.
 */
#include "upstream/node/rpc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/assert.h"
#include "upstream/node/json_field.h"
#include "upstream/node/json_parse.h"
#include "upstream/node/rpc_refusal.h"

#define RPC_HEAD "{\"jsonrpc\":\"1.0\",\"id\":\"minerd\",\"method\":"

static const char rpc_submit_head[] = RPC_HEAD "\"submitblock\",\"params\":[\"";
static const char rpc_submit_tail[] = "\"]}";

size_t rpc_call_chain_info(char ret[RPC_CALL_MAX])
{
	return (size_t)snprintf(ret, RPC_CALL_MAX, RPC_HEAD "\"getblockchaininfo\",\"params\":[]}");
}

size_t rpc_call_template(char ret[RPC_CALL_MAX], bool signet, const char *longpollid)
{
	int n = snprintf(ret, RPC_CALL_MAX,
			 RPC_HEAD "\"getblocktemplate\",\"params\":[{\"mode\":\"template\","
				  "\"capabilities\":[\"coinbasevalue\",\"longpoll\"],"
				  "\"rules\":[\"segwit\"%s]%s%s%s}]}",
			 signet ? ",\"signet\"" : "", longpollid ? ",\"longpollid\":\"" : "",
			 longpollid ? longpollid : "", longpollid ? "\"" : "");

	assert(n < RPC_CALL_MAX);
	return (size_t)n;
}

size_t rpc_call_block_header(char ret[RPC_CALL_MAX], const char *hash)
{
	int n = snprintf(ret, RPC_CALL_MAX, RPC_HEAD "\"getblockheader\",\"params\":[\"%s\",true]}",
			 hash);

	assert(n < RPC_CALL_MAX);
	return (size_t)n;
}

char *rpc_call_submit_block(const char *hex, size_t hex_size, size_t *ret_size)
{
	const size_t head = sizeof(rpc_submit_head) - 1, tail = sizeof(rpc_submit_tail) - 1;
	char *text = malloc(head + hex_size + tail + 1);

	if (!text)
		return NULL;
	memcpy(text, rpc_submit_head, head);
	memcpy(text + head, hex, hex_size);
	memcpy(text + head + hex_size, rpc_submit_tail, tail + 1);
	*ret_size = head + hex_size + tail;
	return text;
}

/* An object: its error, else its result. */
static void rpc_reply_read_object(struct rpc_reply *ret, const char *method,
				  struct json_object *root)
{
	struct json_object *error = json_field(root, "error");

	if (error) {
		rpc_refusal_error(ret, method, error);
		return;
	}
	if (!json_object_object_get_ex(root, "result", &ret->result)) {
		rpc_refusal_object(ret, method, root);
		return;
	}
	ret->outcome = RPC_RESULT;
	json_object_get(ret->result);
}

void rpc_reply_read(struct rpc_reply *ret, const char *method, unsigned status, const char *body,
		    size_t size)
{
	struct json_object *root = NULL;
	const char *wrong;

	*ret = (struct rpc_reply){.outcome = RPC_NOT_A_NODE};
	if (rpc_refusal_access(ret, method, status))
		return;
	wrong = json_parse(&root, body, size);
	if (!wrong && json_object_is_type(root, json_type_object))
		rpc_reply_read_object(ret, method, root);
	else
		rpc_refusal_body(ret, method, status, body, size, wrong);
	json_object_put(root);
}

void rpc_reply_deinit(struct rpc_reply *reply)
{
	json_object_put(reply->result);
	reply->result = NULL;
}
