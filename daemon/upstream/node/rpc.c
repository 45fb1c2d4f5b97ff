/* SPDX-License-Identifier: MIT */
#include "upstream/node/rpc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/assert.h"

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
