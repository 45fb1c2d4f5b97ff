/* SPDX-License-Identifier: MIT */
/*
 * upstream/node/rpc and json_parse: a status and a body, with a space between them. What is read is
 * what json-c reads, and a reply that has no result has a reason in plain ASCII.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "upstream/node/json_parse.h"
#include "upstream/node/rpc.h"

static void check_reason(const char *reason)
{
	assert(*reason && strlen(reason) < RPC_REASON_MAX);
	for (const char *c = reason; *c; c++)
		assert(*c >= ' ' && *c <= '~');
}

/* json-c takes all that is taken here, as the same. */
static void check_parse(const char *body, size_t size)
{
	struct json_tokener *tokener = json_tokener_new_ex(JSON_PARSE_DEPTH + 1);
	struct json_object *ours, *theirs;
	char *text = malloc(size + 1);

	assert(tokener && text);
	memcpy(text, body, size);
	text[size] = '\0';
	if (!json_parse(&ours, text, size)) {
		theirs = json_tokener_parse_ex(tokener, text, (int)size + 1);
		assert(json_tokener_get_error(tokener) == json_tokener_success);
		assert(strcmp(json_object_to_json_string(ours),
			      json_object_to_json_string(theirs)) == 0);
		json_object_put(theirs);
		json_object_put(ours);
	}
	free(text);
	json_tokener_free(tokener);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *body = memchr(data, ' ', size < 5 ? size : 5);
	char reason[RPC_REASON_MAX];
	struct rpc_reply reply;
	unsigned status = 0;

	if (!body)
		return 0;
	for (const char *c = (const char *)data; c < body; c++)
		status = 10 * status + (unsigned)(*c & 15);
	body++;
	size -= (size_t)(body - (const char *)data);
	check_parse(body, size);
	rpc_reply_read(&reply, "submitblock", status, body, size);
	if (reply.outcome == RPC_RESULT) {
		rpc_verdict(reply.result, reason);
		check_reason(reason);
	} else {
		assert(!reply.result);
		check_reason(reply.reason);
	}
	rpc_reply_deinit(&reply);
	return 0;
}
