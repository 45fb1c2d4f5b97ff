/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * From a call to its method, and from what that returns to the reply. A client gets its replies in
 * the order of its calls; its next call ends one that continues. Io thread.
 */
#include "common/json_writer.h"
#include "control/control_client.h"
#include "control/control_interface.h"

enum { CONTROL_INTERFACES_MAX = 4 };

/* An interface, and whom its methods are for. */
struct control_binding {
	const struct control_interface *interface;
	void *data;
};

struct control_dispatch {
	struct control_binding bindings[CONTROL_INTERFACES_MAX];
	size_t n_bindings;
	struct json_writer writer; /* of messages */
};

void control_dispatch_init(struct control_dispatch *dispatch);

/* interface and data are borrowed; data is for its methods (call->data). */
void control_dispatch_add(struct control_dispatch *dispatch,
			  const struct control_interface *interface, void *data);

/* n characters of name; NULL: there is no such interface. */
const struct control_binding *control_dispatch_find(const struct control_dispatch *dispatch,
						    const char *name, size_t n);

/* Serves a call. Closes the client when the text is not a call. */
void control_dispatch_call(struct control_dispatch *dispatch, struct control_client *client,
			   const char *text, size_t n);

/* Calls the method of client->continues again, which must be set. */
void control_dispatch_next(struct control_dispatch *dispatch, struct control_client *client);

/*
 * Replies to the pending call of a client. result: CONTROL_OK, or CONTROL_REFUSED for the reason.
 * Only when it is pending.
 */
void control_dispatch_finish(struct control_dispatch *dispatch, struct control_client *client,
			     enum control_result result, const char *reason);

/*
 * Replies to the pending call of a client with parameters, a JSON object of n bytes; NULL: there is
 * no memory for it. continues: the call stays pending. Only when it is pending.
 */
void control_dispatch_reply(struct control_dispatch *dispatch, struct control_client *client,
			    const char *parameters, size_t n, bool continues);

/*
 * The error Refused of the interface that was added last, as *ret_size bytes and a NUL, valid until
 * the next message; NULL on allocation failure.
 */
const char *control_dispatch_refusal(struct control_dispatch *dispatch, const char *reason,
				     size_t *ret_size);

/* Idempotent. */
void control_dispatch_deinit(struct control_dispatch *dispatch);
