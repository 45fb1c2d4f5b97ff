/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Internal header of rpc_reply.c: the replies that are no result. Each function fills in the
 * outcome, the code and the reason, in which every byte of the node is escaped. Pure; any thread.
 */
#include "upstream/node/rpc.h"

/* Whether the status says that user or password are wrong, or this machine may not ask. */
bool rpc_refusal_access(struct rpc_reply *ret, const char *method, unsigned status);

/* The error of a reply, of any type but null. */
void rpc_refusal_error(struct rpc_reply *ret, const char *method, struct json_object *error);

/* An object with neither result nor error. */
void rpc_refusal_object(struct rpc_reply *ret, const char *method, struct json_object *root);

/* A body that is no object. wrong: why it is not JSON; NULL: it is. */
void rpc_refusal_body(struct rpc_reply *ret, const char *method, unsigned status, const char *body,
		      size_t size, const char *wrong);
