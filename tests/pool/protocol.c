/* SPDX-License-Identifier: MIT */
/*
 * Answers as real servers do and holds the miner to what real servers demand: every breach that
 * some server would punish becomes the event "violation".
 */
#include "protocol.h"

#include <json-c/json.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/container.h"
#include "common/hex.h"
#include "connection.h"
#include "observer.h"
#include "submit.h"
#include "testpool.h"

static struct json_object *begin(struct connection *connection, const char *name)
{
	struct json_object *event = event_begin(&connection->pool->events, name);

	event_int(event, "conn", connection->number);
	return event;
}

static void reply(struct connection *connection, struct json_object *id, const char *result)
{
	const char *error = connection->pool->options.empty_error ? "[]" : "null";
	const char *text = json_object_to_json_string_ext(id, JSON_C_TO_STRING_PLAIN);
	CLEANUP(cleanup_free) char *line = NULL;
	int n = asprintf(&line, "{\"id\":%s,\"result\":%s,\"error\":%s}", text, result, error);

	if (n > 0)
		connection_send(connection, SEND_REPLY, line, (size_t)n, 0);
}

const char *protocol_text(struct json_object *params, size_t index)
{
	struct json_object *value = index < json_object_array_length(params)
					    ? json_object_array_get_idx(params, index)
					    : NULL;

	return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;
}

void protocol_set_difficulty(struct connection *connection, double difficulty)
{
	if (connection_is_silenced(connection, SEND_OTHER))
		return;
	connection->terms.difficulty = difficulty;
	number_from_difficulty(&connection->terms.target, difficulty);
	for (struct issued *i = connection->issued;
	     i && connection->pool->options.difficulty_at_once; i = i->older) {
		i->terms.difficulty = difficulty;
		i->terms.target = connection->terms.target;
	}
	connection_sendf(connection,
			 "{\"id\":null,\"method\":\"mining.set_difficulty\",\"params\":[%.17g]}",
			 difficulty);
}

static uint32_t requested_mask(struct json_object *params)
{
	struct json_object *options = json_object_array_get_idx(params, 1), *mask;
	uint32_t value = 0xffffffff;

	if (json_object_is_type(options, json_type_object) &&
	    json_object_object_get_ex(options, "version-rolling.mask", &mask)) {
		const char *text = json_object_get_string(mask);

		if (!hex_u32(&value, text, strlen(text)))
			value = 0;
	}
	return value;
}

static void handle_configure(struct connection *connection, struct json_object *id,
			     struct json_object *params)
{
	struct testpool *pool = connection->pool;
	struct json_object *event = begin(connection, "configure");
	uint32_t mask = pool->options.version_mask & requested_mask(params);
	char result[200];

	if (event)
		event_text(event, "params", json_object_to_json_string(params));
	event_end(&pool->events, event);
	/* First of all (BIP 310), or, of a server that was silent to it, when the login is over. */
	if (connection->subscribed && !connection->authorized)
		connection_violation(connection, "configure between subscribe and authorize");
	switch (pool->options.configure) {
	case CONFIGURE_SILENT:
		return;
	case CONFIGURE_CLOSE:
		connection_close(connection, "configure is not known here");
		return;
	case CONFIGURE_REFUSE:
		submit_refuse(connection, id, 20, "Method 'mining.configure' not found");
		return;
	case CONFIGURE_GRANT:
	default:
		break;
	}
	/* A miner that was never granted a mask does not roll. */
	if (connection_is_silenced(connection, SEND_REPLY))
		return;
	connection->mask_before = connection->mask;
	connection->mask_ns = clock_now();
	connection->rolling = mask != 0;
	connection->mask = mask;
	if (mask)
		snprintf(result, sizeof(result),
			 "{\"version-rolling\":true,\"version-rolling.mask\":\"%08x\","
			 "\"minimum-difficulty\":\"not supported\",\"subscribe-extranonce\":true}",
			 mask);
	else
		snprintf(result, sizeof(result),
			 "{\"version-rolling\":false,"
			 "\"subscribe-extranonce\":true}");
	reply(connection, id, result);
}

/* A new extranonce1, or with --resume the one of the session that the miner names, and its jobs. */
static bool give_extranonce(struct connection *connection, const char *session)
{
	struct testpool *pool = connection->pool;
	struct terms *terms = &connection->terms;
	uint64_t count = ++pool->extranonce_count;
	size_t size = pool->options.extranonce1_size;

	snprintf(connection->session, sizeof(connection->session), "5e55%08llx",
		 (unsigned long long)count);
	if (session && parked_resume(&pool->parked, connection, session))
		return true;
	terms->extranonce1_size = size;
	terms->extranonce2_size = pool->options.extranonce2_size;
	for (size_t i = 0; i < size; i++)
		terms->extranonce1[i] = (uint8_t)(0xa0 + i);
	for (size_t i = 0; i < MIN(size, (size_t)3); i++)
		terms->extranonce1[size - 1 - i] = (uint8_t)(count >> (8 * i));
	return false;
}

static void first_job(struct connection *connection, enum first_job when)
{
	struct testpool *pool = connection->pool;

	if (pool->options.first_job != when)
		return;
	/* One that was suggested before stays. */
	if (!connection->suggested)
		protocol_set_difficulty(connection, pool->options.difficulty);
	connection_issue(connection, pool->work, true);
}

static void handle_subscribe(struct connection *connection, struct json_object *id,
			     struct json_object *params)
{
	struct testpool *pool = connection->pool;
	const char *agent = protocol_text(params, 0), *session = protocol_text(params, 1);
	char hex[2 * WORK_EXTRANONCE1_MAX + 1], result[512];
	struct json_object *event;
	bool resumed;

	if (pool->script.initialising) {
		pool->script.initialising--;
		reply(connection, id, "\"Initialising\"");
		return;
	}
	if (!agent)
		connection_violation(connection, "subscribe without a user agent");
	resumed = give_extranonce(connection, session);
	connection->subscribed = true;
	hex_encode(hex, connection->terms.extranonce1, connection->terms.extranonce1_size);
	event = begin(connection, "subscribe");
	event_text(event, "agent", agent ? agent : "");
	event_text(event, "session", session ? session : "");
	event_flag(event, "resumed", resumed);
	event_text(event, "extranonce1", hex);
	event_end(&pool->events, event);
	first_job(connection, FIRST_BEFORE_SUBSCRIBE_REPLY);
	snprintf(result, sizeof(result),
		 "[[[\"mining.set_difficulty\",\"%s\"],[\"mining.notify\",\"%s\"]],\"%s\",%zu]",
		 connection->session, connection->session, hex, connection->terms.extranonce2_size);
	reply(connection, id, result);
	first_job(connection, FIRST_AFTER_SUBSCRIBE);
}

static void handle_authorize(struct connection *connection, struct json_object *id,
			     struct json_object *params)
{
	struct testpool *pool = connection->pool;
	const char *user = protocol_text(params, 0), *password = protocol_text(params, 1);
	bool good = user && password && json_object_array_length(params) == 2;
	struct json_object *event;

	if (!good)
		connection_violation(connection, "authorize without exactly two texts");
	good = good && connection->subscribed && !pool->options.refuse_user &&
	       connection->n_users < CONNECTION_USERS_MAX;
	event = begin(connection, "authorize");
	event_text(event, "user", user ? user : "");
	event_text(event, "password", password ? password : "");
	event_flag(event, "ok", good);
	event_real(event, "difficulty", pool->options.difficulty);
	event_end(&pool->events, event);
	if (!good) {
		if (pool->observer && pool->observer->refused)
			pool->observer->refused(connection, user);
		reply(connection, id, "false");
		return;
	}
	connection->users[connection->n_users++] = strdup(user);
	connection->authorized = true;
	if (pool->observer && pool->observer->authorized)
		pool->observer->authorized(connection, user);
	first_job(connection, FIRST_BEFORE_AUTHORIZE_REPLY);
	reply(connection, id, pool->options.authorize_null ? "null" : "true");
	first_job(connection, FIRST_AFTER_AUTHORIZE);
}

static void handle_suggest(struct connection *connection, struct json_object *id,
			   struct json_object *params)
{
	struct json_object *value = json_object_array_get_idx(params, 0), *event;
	bool integer = json_object_is_type(value, json_type_int);
	double difficulty = json_object_get_double(value);

	event = begin(connection, "suggest");
	event_real(event, "difficulty", difficulty);
	event_end(&connection->pool->events, event);
	if (!integer && !json_object_is_type(value, json_type_double))
		connection_violation(connection, "suggest_difficulty is no number");
	else if (difficulty >= 1 && !integer)
		connection_violation(connection, "suggest_difficulty of 1 or more is no integer");
	/* One before authorize and one after it are two tries of the same. */
	if (connection->suggested_ns &&
	    connection->received_ns - connection->suggested_ns < CONNECTION_SUGGEST_PAUSE * CLOCK_S)
		connection_violation(connection, "a second suggest_difficulty so soon");
	if (connection->authorized)
		connection->suggested_ns = connection->received_ns;
	if (connection->pool->options.suggest == SUGGEST_IGNORE || !(difficulty > 0) ||
	    (connection->pool->options.suggest == SUGGEST_LATE && !connection->authorized))
		return;
	connection->suggested = true;
	protocol_set_difficulty(connection, difficulty);
	if (connection->issued)
		connection_issue(connection, connection->pool->work, true);
}

static void handle_extranonce(struct connection *connection, struct json_object *id,
			      struct json_object *params)
{
	event_end(&connection->pool->events, begin(connection, "extranonce-subscribe"));
	if (!connection->pool->options.no_extranonce_reply)
		reply(connection, id, "true");
}

static void handle_ping(struct connection *connection, struct json_object *id,
			struct json_object *params)
{
	reply(connection, id, "\"pong\"");
}

static const struct {
	const char *method;
	void (*handle)(struct connection *connection, struct json_object *id,
		       struct json_object *params);
	bool before_subscribe, before_authorize; /* allowed there */
} handlers[] = {
	{"mining.submit", submit_handle, false, false},
	{"mining.configure", handle_configure, true, true},
	{"mining.subscribe", handle_subscribe, true, true},
	{"mining.authorize", handle_authorize, false, true},
	{"mining.extranonce.subscribe", handle_extranonce, false, false},
	{"mining.suggest_difficulty", handle_suggest, false, true},
	{"mining.ping", handle_ping, false, false},
};

static void protocol_request(struct connection *connection, const char *method,
			     struct json_object *id, struct json_object *params)
{
	const char *close_on = connection->pool->options.close_on;

	if (close_on && !strcmp(close_on, method)) {
		connection_close(connection, "%s", method);
		return;
	}
	for (unsigned i = 0; i < ARRAY_SIZE(handlers); i++) {
		if (strcmp(handlers[i].method, method))
			continue;
		if (!handlers[i].before_subscribe && !connection->subscribed)
			connection_violation(connection, "a method before subscribe");
		else if (!handlers[i].before_authorize && !connection->authorized)
			connection_violation(connection, "a method before authorize");
		/* One after the other, each after the reply to the last. */
		if (!connection->authorized && connection->replies_held)
			connection_violation(connection, "a request before the reply to the last");
		handlers[i].handle(connection, id, params);
		return;
	}
	connection_violation(connection, "an unknown method");
	submit_refuse(connection, id, 20, "Unknown method");
}

/* The miner's reply to one of our own requests. */
static void protocol_reply(struct connection *connection, struct json_object *id,
			   struct json_object *message)
{
	struct json_object *event = begin(connection, "reply"), *result, *error;

	event_json(event, "id", json_object_get(id));
	if (json_object_object_get_ex(message, "result", &result))
		event_json(event, "result", json_object_get(result));
	if (json_object_object_get_ex(message, "error", &error))
		event_json(event, "error", json_object_get(error));
	event_end(&connection->pool->events, event);
}

void protocol_line(struct connection *connection, const char *line, size_t n)
{
	struct json_tokener *tokener = json_tokener_new_ex(16);
	struct json_object *message, *method, *params, *id = NULL;

	message = json_tokener_parse_ex(tokener, line, (int)n + 1);
	json_tokener_free(tokener);
	if (!json_object_is_type(message, json_type_object)) {
		connection_violation(connection, "a line that is no JSON object");
		connection_close(connection, "invalid JSON");
		json_object_put(message);
		return;
	}
	json_object_object_get_ex(message, "id", &id);
	if (!json_object_object_get_ex(message, "method", &method)) {
		protocol_reply(connection, id, message);
	} else if (!json_object_is_type(method, json_type_string) ||
		   !json_object_object_get_ex(message, "params", &params) ||
		   !json_object_is_type(params, json_type_array)) {
		connection_violation(connection, "a request without method and params");
	} else {
		if (!id)
			connection_violation(connection, "a request without an id");
		protocol_request(connection, json_object_get_string(method), id, params);
	}
	json_object_put(message);
}
