/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Messages of Varlink (varlink.org): JSON objects, each ended by a NUL byte. A call names a method
 * and has parameters; each reply has parameters or an error; with `more` a call may have many
 * replies, all but the last marked `continues`; with `oneway` it has none. Pure; any thread.
 */
#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

#define VARLINK_SERVICE "org.varlink.service"

enum {
	VARLINK_DEPTH_MAX = 16, /* of objects within objects */
};

enum varlink_result { VARLINK_OK, VARLINK_INVALID };

/* method and parameters lie in message, which is owned. */
struct varlink_call {
	struct json_object *message;
	const char *method;
	struct json_object *parameters; /* an object, or NULL */
	bool more, oneway, upgrade;
};

#define VARLINK_CALL_NULL ((struct varlink_call){})

struct varlink_reply {
	struct json_object *message;
	const char *error;		/* "INTERFACE.NAME" or NULL */
	struct json_object *parameters; /* an object, or NULL */
	bool continues;
};

#define VARLINK_REPLY_NULL ((struct varlink_reply){})

/* text has n bytes, without the NUL that ends the message. Negative errno: allocation failure. */
int varlink_call_parse(struct varlink_call *ret, const char *text, size_t n);
int varlink_reply_parse(struct varlink_reply *ret, const char *text, size_t n);

void varlink_call_deinit(struct varlink_call *call);
void varlink_reply_deinit(struct varlink_reply *reply);

/* A new call; it takes over parameters, which may be NULL. NULL on allocation failure. */
struct json_object *varlink_call_new(const char *method, struct json_object *parameters, bool more);

/* The message as it goes over the wire; *ret_size counts the NUL. It lives as long as message. */
const char *varlink_text(struct json_object *message, size_t *ret_size);

/* A text among the members of parameters (which may be NULL); NULL: none, not a text, or a NUL. */
const char *varlink_get_text(struct json_object *parameters, const char *name);

/* {"NAME": VALUE}; NULL on allocation failure. */
struct json_object *varlink_parameter(const char *name, const char *value);

/* For CLEANUP(). */
void varlink_putp(struct json_object **object);
