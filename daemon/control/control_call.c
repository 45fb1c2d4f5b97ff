/* SPDX-License-Identifier: MIT */
/*
 * What a call means: whose method it is, who may call it, and the replies. A client gets its
 * replies in the order of its calls; a call that goes on is ended by its client's next one.
 */
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/escape.h"
#include "common/log.h"
#include "control/control_parts.h"

enum {
	CONTROL_SHOWN_MAX = 80, /* characters of a peer's text in a log line */
	CONTROL_NAME_MAX = 256, /* of the name of an interface or error; a longer one is cut */
};

/* text has n bytes and a NUL behind them; NULL: there was no memory to write it. */
static void call_send(struct control_client *client, const char *text, size_t n)
{
	if (!text)
		control_drop(client, "no memory for its reply");
	else if (!stream_send(&client->stream, text, n + 1))
		control_drop(client, "no room for its reply");
}

static void call_reply(struct control_client *client, const char *parameters, size_t n,
		       bool continues)
{
	struct json_writer *writer = &client->control->writer;
	const char *text;

	json_writer_reset(writer);
	json_writer_open(writer, NULL);
	json_writer_raw(writer, "parameters", parameters ? parameters : "{}", parameters ? n : 2);
	if (continues)
		json_writer_boolean(writer, "continues", true);
	json_writer_close(writer);
	text = json_writer_text(writer, &n);
	call_send(client, text, n);
}

/* Error interface.name, with one parameter when key is given. */
static void call_error(struct control_client *client, const char *interface, const char *name,
		       const char *key, const char *value)
{
	struct json_writer *writer = &client->control->writer;
	char full[CONTROL_NAME_MAX];
	const char *text;
	size_t n;

	snprintf(full, sizeof(full), "%s.%s", interface, name);
	json_writer_reset(writer);
	json_writer_open(writer, NULL);
	json_writer_open(writer, "parameters");
	if (key)
		json_writer_string(writer, key, value);
	json_writer_close(writer);
	json_writer_string(writer, "error", full);
	json_writer_close(writer);
	text = json_writer_text(writer, &n);
	call_send(client, text, n);
}

enum control_result control_error(struct control_call *call, const char *name, const char *key,
				  const char *value)
{
	call->error = name;
	call->key = key;
	call->value = value;
	return CONTROL_ERROR;
}

enum control_result control_invalid(struct control_call *call, const char *parameter)
{
	call->value = parameter;
	return CONTROL_INVALID;
}

/* What a method has said, unless nobody wants to know. */
static void call_done(struct control_client *client, const struct control_interface *interface,
		      const struct control_call *call, enum control_result result, bool oneway)
{
	if (result == CONTROL_FAILED) {
		control_drop(client, "no memory for its call");
		return;
	}
	if (oneway)
		return;
	switch (result) {
	case CONTROL_OK:
	case CONTROL_CONTINUES:
		call_reply(client, call->reply, call->reply_size, result == CONTROL_CONTINUES);
		break;
	case CONTROL_REFUSED:
		call_error(client, interface->name, "Refused", "reason", call->reason);
		break;
	case CONTROL_ERROR:
		call_error(client, interface->name, call->error, call->key, call->value);
		break;
	case CONTROL_INVALID:
		call_error(client, VARLINK_SERVICE, "InvalidParameter", "parameter", call->value);
		break;
	case CONTROL_PENDING:
	case CONTROL_FAILED:
		break;
	}
}

/* Calls a method, the first time or again. */
static void call_method(struct control_client *client, const struct control_interface *interface,
			const struct control_method *method, struct json_object *parameters,
			bool more, bool oneway)
{
	struct control *control = client->control;
	struct control_call call = {
		.control = control,
		.parameters = parameters,
		.more = more,
		.trusted = client->peer.trusted,
		.ticket = {(unsigned)(client - control->clients), client->generation},
	};
	enum control_result result;

	/* Set before, as a method may finish what it has begun. */
	client->interface = interface;
	client->oneway = oneway;
	client->pending = true;
	result = method->fn(&call);
	if (result == CONTROL_PENDING)
		return;
	client->pending = false;
	if (result == CONTROL_CONTINUES && !more)
		result = CONTROL_OK;
	client->continues = result == CONTROL_CONTINUES ? method : NULL;
	call_done(client, interface, &call, result, oneway);
}

void control_finish(struct control *control, struct control_ticket ticket,
		    enum control_result result, const char *reason)
{
	struct control_client *client = &control->clients[ticket.client];
	struct control_call call = {};

	if (!client->used || client->generation != ticket.generation || !client->pending)
		return;
	client->pending = false;
	client->called_ns = control->ring->now;
	snprintf(call.reason, sizeof(call.reason), "%s", reason ? reason : "");
	call_done(client, client->interface, &call, result, client->oneway);
	control_want_turn(client);
}

void control_continue(struct control_client *client)
{
	if (client->continues)
		call_method(client, client->interface, client->continues, NULL, true, false);
}

/* The last reply, so that the client gets no more of them; nothing when none were going on. */
static void call_end_last(struct control_client *client)
{
	if (client->continues)
		call_method(client, client->interface, client->continues, NULL, false, false);
}

/* Whether the client may call a method; if not, it has its answer. */
static bool call_allowed(struct control_client *client, const struct control_interface *interface,
			 const struct control_method *method, bool oneway)
{
	const struct control_peer *peer = &client->peer;

	if (!method->changes)
		return true;
	if (!peer->trusted) {
		log_event(LOG_LEVEL_NOTICE, LOG_FIELDS({"MINERD_PEER", peer->name}),
			  "control: %s.%s refused to %s, pid %d: neither root nor in group %s",
			  interface->name, method->name, peer->name, peer->pid, CONTROL_GROUP);
		if (!oneway)
			call_error(client, VARLINK_SERVICE, "PermissionDenied", NULL, NULL);
		return false;
	}
	log_event(LOG_LEVEL_INFO, LOG_FIELDS({"MINERD_PEER", peer->name}),
		  "control: %s.%s by %s, pid %d", interface->name, method->name, peer->name,
		  peer->pid);
	return true;
}

/* The interface of a method's full name of which n characters are the interface's; or NULL. */
static const struct control_interface *call_interface(const struct control *control,
						      const char *name, size_t n)
{
	for (size_t i = 0; i < control->n_interfaces; i++) {
		const char *known = control->interfaces[i]->name;

		if (strlen(known) == n && strncmp(known, name, n) == 0)
			return control->interfaces[i];
	}
	return NULL;
}

static const struct control_method *call_find(const struct control_interface *interface,
					      const char *name)
{
	for (const struct control_method *method = interface->methods; method->name; method++)
		if (strcmp(method->name, name) == 0)
			return method;
	return NULL;
}

static void call_dispatch(struct control_client *client, const struct varlink_call *call)
{
	const char *dot = strrchr(call->method, '.');
	size_t n = dot ? (size_t)(dot - call->method) : 0;
	const struct control_interface *interface =
		call_interface(client->control, call->method, n);
	const struct control_method *method =
		dot && interface ? call_find(interface, dot + 1) : NULL;
	char name[CONTROL_NAME_MAX];

	snprintf(name, sizeof(name), "%.*s", (int)n, call->method);
	if (method) {
		if (call_allowed(client, interface, method, call->oneway))
			call_method(client, interface, method, call->parameters,
				    call->more && !call->oneway, call->oneway);
	} else if (!call->oneway && interface) {
		call_error(client, VARLINK_SERVICE, "MethodNotFound", "method", call->method);
	} else if (!call->oneway) {
		call_error(client, VARLINK_SERVICE, "InterfaceNotFound", "interface", name);
	}
}

void control_answer(struct control_client *client, const char *text, size_t n)
{
	CLEANUP(varlink_call_deinit) struct varlink_call call = VARLINK_CALL_NULL;
	char shown[CONTROL_SHOWN_MAX], reason[CONTROL_SHOWN_MAX + 64];
	int r;

	r = varlink_call_parse(&call, text, n);
	if (r < 0) {
		control_drop(client, "no memory for its call");
		return;
	}
	if (r == VARLINK_INVALID) {
		snprintf(reason, sizeof(reason), "not a Varlink call: \"%s\"",
			 escape_text(shown, sizeof(shown), text, n));
		control_drop(client, reason);
		return;
	}
	call_end_last(client);
	if (client->stream.state == STREAM_OPEN)
		call_dispatch(client, &call);
}
