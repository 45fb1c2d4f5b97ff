/* SPDX-License-Identifier: MIT */
/*
 * What a reply is, its body says first: Bitcoin Core gives each error of a call a status of its own
 * (404 for a method that it does not know, 500 for most), bcoin gives all of them 200. The status
 * speaks where the body is no JSON, and for user and password.
 */
#include "upstream/node/json_field.h"
#include "upstream/node/json_parse.h"
#include "upstream/node/rpc.h"
#include "upstream/node/rpc_refusal.h"

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
