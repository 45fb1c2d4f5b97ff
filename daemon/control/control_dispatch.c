/* SPDX-License-Identifier: MIT */
#include "control/control_dispatch.h"

#include <stdio.h>
#include <string.h>

#include "common/assert.h"
#include "common/cleanup.h"
#include "common/escape.h"
#include "common/log.h"
#include "common/varlink.h"

enum {
	DISPATCH_SHOWN_MAX = 80, /* characters of a peer's text in a log line */
	DISPATCH_NAME_MAX = 256, /* of the name of an interface or error; a longer one is cut */
};

void control_dispatch_init(struct control_dispatch *dispatch)
{
	*dispatch = (struct control_dispatch){.writer = JSON_WRITER_NULL};
}

void control_dispatch_add(struct control_dispatch *dispatch,
			  const struct control_interface *interface, void *data)
{
	assert(dispatch->n_bindings < CONTROL_INTERFACES_MAX);
	dispatch->bindings[dispatch->n_bindings++] = (struct control_binding){interface, data};
}

const struct control_binding *control_dispatch_find(const struct control_dispatch *dispatch,
						    const char *name, size_t n)
{
	for (size_t i = 0; i < dispatch->n_bindings; i++) {
		const char *known = dispatch->bindings[i].interface->name;

		if (strlen(known) == n && strncmp(known, name, n) == 0)
			return &dispatch->bindings[i];
	}
	return NULL;
}

static void dispatch_reply(struct control_dispatch *dispatch, struct control_client *client,
			   const char *parameters, size_t n, bool continues)
{
	struct json_writer *writer = &dispatch->writer;
	const char *text;

	json_writer_reset(writer);
	json_writer_open(writer, NULL);
	json_writer_raw(writer, "parameters", parameters ? parameters : "{}", parameters ? n : 2);
	if (continues)
		json_writer_boolean(writer, "continues", true);
	json_writer_close(writer);
	text = json_writer_text(writer, &n);
	control_client_send(client, text, n);
}

/* Error interface.name, with one parameter when key is given; see json_writer_text(). */
static const char *dispatch_error_text(struct control_dispatch *dispatch, const char *interface,
				       const char *name, const char *key, const char *value,
				       size_t *ret_size)
{
	struct json_writer *writer = &dispatch->writer;
	char full[DISPATCH_NAME_MAX];

	snprintf(full, sizeof(full), "%s.%s", interface, name);
	json_writer_reset(writer);
	json_writer_open(writer, NULL);
	json_writer_open(writer, "parameters");
	if (key)
		json_writer_string(writer, key, value);
	json_writer_close(writer);
	json_writer_string(writer, "error", full);
	json_writer_close(writer);
	return json_writer_text(writer, ret_size);
}

static void dispatch_error(struct control_dispatch *dispatch, struct control_client *client,
			   const char *interface, const char *name, const char *key,
			   const char *value)
{
	size_t n;
	const char *text = dispatch_error_text(dispatch, interface, name, key, value, &n);

	control_client_send(client, text, n);
}

const char *control_dispatch_refusal(struct control_dispatch *dispatch, const char *reason,
				     size_t *ret_size)
{
	const struct control_binding *last = &dispatch->bindings[dispatch->n_bindings - 1];

	assert(dispatch->n_bindings);
	return dispatch_error_text(dispatch, last->interface->name, "Refused", "reason", reason,
				   ret_size);
}

/* Replies what a method has returned, unless the call is oneway. */
static void dispatch_result(struct control_dispatch *dispatch, struct control_client *client,
			    const struct control_call *call, enum control_result result)
{
	const char *interface = client->binding->interface->name;

	if (result == CONTROL_FAILED) {
		control_client_drop(client, "out of memory for its call");
		return;
	}
	if (client->oneway)
		return;
	switch (result) {
	case CONTROL_OK:
	case CONTROL_CONTINUES:
		dispatch_reply(dispatch, client, call->reply, call->reply_size,
			       result == CONTROL_CONTINUES);
		break;
	case CONTROL_REFUSED:
		dispatch_error(dispatch, client, interface, "Refused", "reason", call->reason);
		break;
	case CONTROL_ERROR:
		dispatch_error(dispatch, client, interface, call->error, call->key, call->value);
		break;
	case CONTROL_INVALID:
		dispatch_error(dispatch, client, VARLINK_SERVICE, "InvalidParameter", "parameter",
			       call->value);
		break;
	case CONTROL_PENDING:
	case CONTROL_FAILED:
		break;
	}
}

/* Calls a method of client->binding, the first time or again. */
static void dispatch_method(struct control_dispatch *dispatch, struct control_client *client,
			    const struct control_method *method, struct json_object *parameters,
			    bool more)
{
	struct control_call call = {
		.data = client->binding->data,
		.parameters = parameters,
		.more = more,
		.trusted = client->peer.trusted,
		.ticket = client->ticket,
	};
	enum control_result result;

	/* Set before, as the method may call control_finish() itself. */
	client->pending = true;
	result = method->fn(&call);
	if (result == CONTROL_PENDING)
		return;
	client->pending = false;
	if (result == CONTROL_CONTINUES && !more)
		result = CONTROL_OK;
	client->continues = result == CONTROL_CONTINUES ? method : NULL;
	dispatch_result(dispatch, client, &call, result);
}

void control_dispatch_finish(struct control_dispatch *dispatch, struct control_client *client,
			     enum control_result result, const char *reason)
{
	struct control_call call = {};

	assert(client->pending && (result == CONTROL_OK || result == CONTROL_REFUSED));
	client->pending = false;
	client->called_ns = client->stream.ring->now;
	snprintf(call.reason, sizeof(call.reason), "%s", reason ? reason : "");
	dispatch_result(dispatch, client, &call, result);
}

void control_dispatch_reply(struct control_dispatch *dispatch, struct control_client *client,
			    const char *parameters, size_t n, bool continues)
{
	assert(client->pending);
	client->pending = continues;
	client->called_ns = client->stream.ring->now;
	if (!parameters)
		control_client_drop(client, "out of memory for its reply");
	else if (!client->oneway)
		dispatch_reply(dispatch, client, parameters, n, continues);
}

void control_dispatch_next(struct control_dispatch *dispatch, struct control_client *client)
{
	assert(client->continues);
	dispatch_method(dispatch, client, client->continues, NULL, true);
}

/* Sends the last reply of a call that continues, so that the next reply is to the next call. */
static void dispatch_end_last(struct control_dispatch *dispatch, struct control_client *client)
{
	if (client->continues)
		dispatch_method(dispatch, client, client->continues, NULL, false);
}

/* Whether the client may call a method; if not, the client has its reply. */
static bool dispatch_allowed(struct control_dispatch *dispatch, struct control_client *client,
			     const struct control_method *method)
{
	const char *interface = client->binding->interface->name;
	const struct control_peer *peer = &client->peer;

	if (!method->changes)
		return true;
	if (!peer->trusted) {
		log_event(LOG_LEVEL_NOTICE, LOG_FIELDS({"MINERD_PEER", peer->name}),
			  "control: client of %s, pid %d: %s.%s refused: neither root nor a member "
			  "of group %s",
			  peer->name, peer->pid, interface, method->name, CONTROL_PEER_GROUP);
		if (!client->oneway)
			dispatch_error(dispatch, client, VARLINK_SERVICE, "PermissionDenied", NULL,
				       NULL);
		return false;
	}
	log_event(LOG_LEVEL_INFO, LOG_FIELDS({"MINERD_PEER", peer->name}),
		  "control: client of %s, pid %d: called %s.%s", peer->name, peer->pid, interface,
		  method->name);
	return true;
}

static const struct control_method *dispatch_find_method(const struct control_binding *binding,
							 const char *name)
{
	const struct control_method *method = binding->interface->methods;

	while (method->name && strcmp(method->name, name) != 0)
		method++;
	return method->name ? method : NULL;
}

static void dispatch_parsed(struct control_dispatch *dispatch, struct control_client *client,
			    const struct varlink_call *call)
{
	const char *dot = strrchr(call->method, '.');
	size_t n = dot ? (size_t)(dot - call->method) : 0;
	const struct control_binding *binding =
		dot ? control_dispatch_find(dispatch, call->method, n) : NULL;
	const struct control_method *method =
		binding ? dispatch_find_method(binding, dot + 1) : NULL;
	char interface[DISPATCH_NAME_MAX];

	client->binding = binding;
	client->oneway = call->oneway;
	if (method) {
		if (dispatch_allowed(dispatch, client, method))
			dispatch_method(dispatch, client, method, call->parameters,
					call->more && !call->oneway);
	} else if (call->oneway) {
		return;
	} else if (binding) {
		dispatch_error(dispatch, client, VARLINK_SERVICE, "MethodNotFound", "method",
			       call->method);
	} else {
		snprintf(interface, sizeof(interface), "%.*s", (int)n, call->method);
		dispatch_error(dispatch, client, VARLINK_SERVICE, "InterfaceNotFound", "interface",
			       interface);
	}
}

void control_dispatch_call(struct control_dispatch *dispatch, struct control_client *client,
			   const char *text, size_t n)
{
	CLEANUP(varlink_call_deinit) struct varlink_call call = VARLINK_CALL_NULL;
	char shown[DISPATCH_SHOWN_MAX], reason[DISPATCH_SHOWN_MAX + 64];
	int r;

	r = varlink_call_parse(&call, text, n);
	if (r < 0) {
		control_client_drop(client, "out of memory for its call");
		return;
	}
	if (r == VARLINK_INVALID) {
		snprintf(reason, sizeof(reason), "not a Varlink call: \"%s\"",
			 escape_text(shown, sizeof(shown), text, n));
		control_client_drop(client, reason);
		return;
	}
	dispatch_end_last(dispatch, client);
	if (client->stream.state == STREAM_OPEN)
		dispatch_parsed(dispatch, client, &call);
}

void control_dispatch_deinit(struct control_dispatch *dispatch)
{
	json_writer_deinit(&dispatch->writer);
}
