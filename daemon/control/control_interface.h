/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A Varlink interface as its implementation provides it: a list of methods. Each is a function that
 * receives a call and says what the reply is. Io thread.
 */
#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CONTROL_REASON_MAX = 512 /* bytes of call->reason, with the NUL */ };

enum control_result {
	CONTROL_OK,	   /* reply with call->reply */
	CONTROL_CONTINUES, /* the same, and call the method again after CONTROL_MONITOR_MS */
	CONTROL_PENDING,   /* control_finish() replies later */
	CONTROL_REFUSED,   /* error Refused of the interface, with call->reason */
	CONTROL_ERROR,	   /* an error of the interface: control_error() */
	CONTROL_INVALID,   /* a parameter is missing or wrong: control_invalid() */
	CONTROL_FAILED,	   /* out of memory: the server closes the connection */
};

/* Names a call that is pending. It may be kept whatever becomes of the client. */
struct control_ticket {
	unsigned client; /* place among the clients, below CONTROL_CLIENTS_MAX */
	uint64_t generation;
};

/* A call, for its method. The call and what it points to live until the method returns. */
struct control_call {
	void *data;			/* of the interface, see control_add() */
	struct json_object *parameters; /* NULL: none, or a further reply of the same call */
	bool more;			/* the client accepts CONTROL_CONTINUES */
	bool trusted;			/* the client may change the daemon */
	struct control_ticket ticket;	/* for control_finish() after CONTROL_PENDING */

	/* Set by the method. Texts are borrowed until the method is called again. */
	const char *reply; /* the parameters of the reply, a JSON object; NULL: {} */
	size_t reply_size;
	char reason[CONTROL_REASON_MAX];
	const char *error, *key, *value;
};

struct control_method {
	const char *name; /* without the interface's; NULL ends the list */
	bool changes;	  /* the daemon: only trusted clients may call it */
	enum control_result (*fn)(struct control_call *call);
};

/* Of static lifetime. If a method refuses, description has: error Refused (reason: string). */
struct control_interface {
	const char *name;	 /* "io.minerd.Miner" */
	const char *description; /* in the language of varlink.org */
	const struct control_method *methods;
};

/* A method returns this for error NAME of its interface, with parameter KEY = VALUE. Borrowed. */
static inline enum control_result control_error(struct control_call *call, const char *name,
						const char *key, const char *value)
{
	call->error = name;
	call->key = key;
	call->value = value;
	return CONTROL_ERROR;
}

/* A method returns this for a parameter that is missing or wrong. */
static inline enum control_result control_invalid(struct control_call *call, const char *parameter)
{
	call->value = parameter;
	return CONTROL_INVALID;
}
