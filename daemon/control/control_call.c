/* SPDX-License-Identifier: MIT */
/*
 * What a call means: the method table, who may call what, and the replies. A client gets its
 * replies in the order of its calls; a Monitor() that goes on is ended by its next call.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/container.h"
#include "common/escape.h"
#include "common/log.h"
#include "control/control_parts.h"

enum {
	CONTROL_SHOWN_MAX = 80, /* characters of a peer's text in a log line */
	CONTROL_NAME_MAX = 256, /* of an interface's name; a longer one is cut */
};

static const char control_miner_description[] =
#include "control/io.minerd.Miner.varlink.inc"
	;
static const char control_service_description[] =
#include "control/org.varlink.service.varlink.inc"
	;

static const struct {
	const char *name;
	const char *description;
} control_interfaces[] = {
	{VARLINK_SERVICE, control_service_description},
	{CONTROL_INTERFACE, control_miner_description},
};

/* Sends a message and releases it; NULL is what the functions that make one return without memory.
 */
static void control_send(struct control_client *client, struct json_object *message)
{
	CLEANUP(varlink_putp) struct json_object *owned = message;
	const char *text;
	size_t n;

	text = owned ? varlink_text(owned, &n) : NULL;
	if (!text)
		control_drop(client, "no memory for its reply");
	else if (!stream_send(&client->stream, text, n))
		control_drop(client, "more replies wait for it than it takes");
}

static void control_reply(struct control_client *client, const struct varlink_call *call,
			  struct json_object *parameters)
{
	if (call->oneway)
		json_object_put(parameters);
	else if (parameters)
		control_send(client, varlink_reply_new(parameters, false));
	else
		control_drop(client, "no memory for its reply");
}

/* The error NAME, with one parameter when key is given. */
static void control_error(struct control_client *client, const struct varlink_call *call,
			  const char *name, const char *key, const char *value)
{
	if (!call->oneway)
		control_send(client,
			     varlink_error_new(name, key ? varlink_parameter(key, value) : NULL));
}

static void control_get_info(struct control_client *client, const struct varlink_call *call)
{
	CLEANUP(varlink_putp) struct json_object *info = json_object_new_object();
	struct json_object *interfaces = json_object_new_array();

	if (!info || !interfaces) {
		json_object_put(interfaces);
		control_drop(client, "no memory for its reply");
		return;
	}
	json_object_object_add(info, "vendor", json_object_new_string("minerd"));
	json_object_object_add(info, "product", json_object_new_string("minerd"));
	json_object_object_add(info, "version", json_object_new_string(MINERD_VERSION));
	json_object_object_add(info, "url", json_object_new_string(""));
	for (size_t i = 0; i < ARRAY_SIZE(control_interfaces); i++)
		json_object_array_add(interfaces,
				      json_object_new_string(control_interfaces[i].name));
	json_object_object_add(info, "interfaces", interfaces);
	control_reply(client, call, TAKE(info));
}

static void control_get_description(struct control_client *client, const struct varlink_call *call)
{
	const char *name = varlink_get_text(call->parameters, "interface");

	if (!name) {
		control_error(client, call, VARLINK_SERVICE ".InvalidParameter", "parameter",
			      "interface");
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(control_interfaces); i++) {
		if (strcmp(name, control_interfaces[i].name) == 0) {
			control_reply(client, call,
				      varlink_parameter("description",
							control_interfaces[i].description));
			return;
		}
	}
	control_error(client, call, VARLINK_SERVICE ".InterfaceNotFound", "interface", name);
}

static void control_status(struct control_client *client, const struct varlink_call *call)
{
	struct control *control = client->control;

	if (!call->oneway)
		control_reply(client, call, control->handler->status(control));
}

/* One status of a Monitor() that goes on, or its last. NULL without memory. */
static struct json_object *control_monitor_reply(struct control *control, bool continues)
{
	struct json_object *status = control->handler->status(control);

	return status ? varlink_reply_new(status, continues) : NULL;
}

static void control_start_monitor(struct control_client *client, const struct varlink_call *call)
{
	struct control *control = client->control;

	if (!call->more || call->oneway) {
		control_status(client, call);
		return;
	}
	client->monitoring = true;
	control_send(client, control_monitor_reply(control, true));
}

/* The last status, so that the client gets no more of them; nothing when none were going on. */
static void control_end_monitor(struct control_client *client)
{
	struct control *control = client->control;

	if (!client->monitoring)
		return;
	client->monitoring = false;
	control_send(client, control_monitor_reply(control, false));
}

void control_monitor(struct control *control)
{
	CLEANUP(varlink_putp) struct json_object *message = NULL;

	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		struct control_client *client = &control->clients[i];

		if (!client->used || !client->monitoring || client->stream.state != STREAM_OPEN ||
		    stream_unsent(&client->stream))
			continue;
		if (!message)
			message = control_monitor_reply(control, true);
		control_send(client, json_object_get(message));
	}
}

/* The reply of a method that changes the daemon. */
static void control_done(struct control_client *client, const struct varlink_call *call,
			 enum control_result result, const char *name, const char *reason)
{
	switch (result) {
	case CONTROL_OK:
		control_reply(client, call, json_object_new_object());
		break;
	case CONTROL_NO_SUCH_POOL:
		control_error(client, call, CONTROL_INTERFACE ".NoSuchPool", "name", name);
		break;
	case CONTROL_REFUSED:
		control_error(client, call, CONTROL_INTERFACE ".Refused", "reason", reason);
		break;
	}
}

static void control_pause(struct control_client *client, const struct varlink_call *call)
{
	struct control *control = client->control;
	char reason[CONTROL_REASON_MAX] = "";

	control_done(client, call, control->handler->pause(control, reason), NULL, reason);
}

static void control_resume(struct control_client *client, const struct varlink_call *call)
{
	struct control *control = client->control;
	char reason[CONTROL_REASON_MAX] = "";

	control_done(client, call, control->handler->resume(control, reason), NULL, reason);
}

static void control_switch(struct control_client *client, const struct varlink_call *call)
{
	const char *name = varlink_get_text(call->parameters, "name");
	struct control *control = client->control;
	char reason[CONTROL_REASON_MAX] = "";

	if (!name)
		control_error(client, call, VARLINK_SERVICE ".InvalidParameter", "parameter",
			      "name");
	else
		control_done(client, call, control->handler->switch_pool(control, name, reason),
			     name, reason);
}

static void control_reload(struct control_client *client, const struct varlink_call *call)
{
	struct control *control = client->control;
	char reason[CONTROL_REASON_MAX] = "";

	control_done(client, call, control->handler->reload(control, reason), NULL, reason);
}

/* Whether the parameter is there, and of a type that is right; null is as if it was not there. */
static bool control_has(const struct varlink_call *call, const char *name, bool whole,
			struct json_object **ret, bool *ret_wrong)
{
	*ret = NULL;
	if (!call->parameters || !json_object_object_get_ex(call->parameters, name, ret) || !*ret)
		return false;
	if (!json_object_is_type(*ret, json_type_int) &&
	    (whole || !json_object_is_type(*ret, json_type_double)))
		*ret_wrong = true;
	return true;
}

static void control_limit(struct control_client *client, const struct varlink_call *call)
{
	static const char *const names[] = {"workers", "hashrate", "cpu"};
	struct control *control = client->control;
	char reason[CONTROL_REASON_MAX] = "";
	struct control_limit limit;
	struct json_object *value[3];
	bool has[3], wrong = false;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		has[i] = control_has(call, names[i], i != 1, &value[i], &wrong);
		if (wrong) {
			control_error(client, call, VARLINK_SERVICE ".InvalidParameter",
				      "parameter", names[i]);
			return;
		}
	}
	limit = (struct control_limit){
		.has_workers = has[0],
		.has_hashrate = has[1],
		.has_cpu = has[2],
		.workers = json_object_get_int64(value[0]),
		.hashrate = json_object_get_double(value[1]),
		.cpu = json_object_get_int64(value[2]),
	};
	control_done(client, call, control->handler->limit(control, &limit, reason), NULL, reason);
}

static const struct control_method {
	const char *name;
	bool changes; /* the daemon: not for everyone */
	void (*fn)(struct control_client *client, const struct varlink_call *call);
} control_methods[] = {
	{VARLINK_SERVICE ".GetInfo", false, control_get_info},
	{VARLINK_SERVICE ".GetInterfaceDescription", false, control_get_description},
	{CONTROL_INTERFACE ".Status", false, control_status},
	{CONTROL_INTERFACE ".Monitor", false, control_start_monitor},
	{CONTROL_INTERFACE ".Pause", true, control_pause},
	{CONTROL_INTERFACE ".Resume", true, control_resume},
	{CONTROL_INTERFACE ".SwitchPool", true, control_switch},
	{CONTROL_INTERFACE ".Reload", true, control_reload},
	{CONTROL_INTERFACE ".Limit", true, control_limit},
};

/* Tells which part of an unknown method's name is unknown. */
static void control_unknown(struct control_client *client, const struct varlink_call *call)
{
	const char *dot = strrchr(call->method, '.');
	char interface[CONTROL_NAME_MAX];
	bool known = false;

	snprintf(interface, sizeof(interface), "%.*s", dot ? (int)(dot - call->method) : 0,
		 call->method);
	for (size_t i = 0; i < ARRAY_SIZE(control_interfaces); i++)
		known = known || strcmp(interface, control_interfaces[i].name) == 0;
	if (known)
		control_error(client, call, VARLINK_SERVICE ".MethodNotFound", "method",
			      call->method);
	else
		control_error(client, call, VARLINK_SERVICE ".InterfaceNotFound", "interface",
			      interface);
}

static void control_dispatch(struct control_client *client, const struct varlink_call *call)
{
	const struct control_method *method = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(control_methods) && !method; i++)
		if (strcmp(call->method, control_methods[i].name) == 0)
			method = &control_methods[i];
	if (!method) {
		control_unknown(client, call);
		return;
	}
	if (method->changes && !client->peer.trusted) {
		log_notice("control: %s refused to uid %u, pid %d: neither root nor in group %s",
			   method->name, client->peer.uid, client->peer.pid, CONTROL_GROUP);
		control_error(client, call, VARLINK_SERVICE ".PermissionDenied", NULL, NULL);
		return;
	}
	if (method->changes)
		log_info("control: %s by uid %u, pid %d", method->name, client->peer.uid,
			 client->peer.pid);
	method->fn(client, call);
}

void control_call(struct control_client *client, const char *text, size_t n)
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
	control_end_monitor(client);
	if (client->stream.state == STREAM_OPEN)
		control_dispatch(client, &call);
}
