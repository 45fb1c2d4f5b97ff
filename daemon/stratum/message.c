/* SPDX-License-Identifier: MIT */
/*
 * Invariant: a struct message that leaves here has only texts of bounded size and numbers in range,
 * each checked for its JSON type. A line with a method is a notification or a request, any other a
 * reply: what a reply means, only who asked can say.
 */
#include "stratum/message.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/container.h"
#include "common/hex.h"
#include "common/hot.h"
#include "stratum/scan.h"

/* Each parser takes the params array and returns NULL, or what is wrong. */
typedef const char *message_parse_fn(struct message *message, struct json_object *params);

static struct json_object *message_param(struct json_object *params, size_t i)
{
	return params && i < json_object_array_length(params) ? json_object_array_get_idx(params, i)
							      : NULL;
}

static bool message_text(struct message_text *ret, struct json_object *value, size_t min,
			 size_t max)
{
	size_t n;

	if (!json_object_is_type(value, json_type_string))
		return false;
	n = (size_t)json_object_get_string_len(value);
	/* A NUL inside would make the text end early for everybody who reads it as a string. */
	if (n < min || n > max || memchr(json_object_get_string(value), '\0', n))
		return false;
	ret->data = json_object_get_string(value);
	ret->size = n;
	return true;
}

/* What the scanner took, as far as json-c would have taken it too. */
static bool message_check_notify(const struct message_notify *notify)
{
	const size_t coinbase_max = 2 * (size_t)JOB_COINBASE_MAX;

	if (notify->id.size > JOB_ID_MAX || notify->prevhash.size != 64 ||
	    notify->coinb1.size > coinbase_max || notify->coinb2.size > coinbase_max)
		return false;
	for (size_t i = 0; i < notify->n_branches; i++)
		if (notify->branches[i].size != 64)
			return false;
	return notify->version.size - 1 < 8 && notify->nbits.size - 1 < 8 &&
	       notify->ntime.size - 1 < 8;
}

HOT static const char *message_parse_notify(struct message *message, struct json_object *params)
{
	struct message_notify *notify = &message->notify;
	struct json_object *branches = message_param(params, 4);
	struct json_object *clean = message_param(params, 8);

	if (!message_text(&notify->id, message_param(params, 0), 0, JOB_ID_MAX))
		return "mining.notify: the job id is no text of at most 128 characters";
	if (!message_text(&notify->prevhash, message_param(params, 1), 64, 64))
		return "mining.notify: prevhash is no text of 64 digits";
	if (!message_text(&notify->coinb1, message_param(params, 2), 0, 2 * JOB_COINBASE_MAX) ||
	    !message_text(&notify->coinb2, message_param(params, 3), 0, 2 * JOB_COINBASE_MAX))
		return "mining.notify: a part of the coinbase is no text of at most 512 kB";
	if (!json_object_is_type(branches, json_type_array))
		return "mining.notify: the merkle branches are no list";
	notify->n_branches = json_object_array_length(branches);
	if (notify->n_branches > JOB_BRANCHES_MAX)
		return "mining.notify: more than 32 merkle branches";
	for (size_t i = 0; i < notify->n_branches; i++)
		if (!message_text(&notify->branches[i], json_object_array_get_idx(branches, i), 64,
				  64))
			return "mining.notify: a merkle branch is no text of 64 digits";
	if (!message_text(&notify->version, message_param(params, 5), 1, 8) ||
	    !message_text(&notify->nbits, message_param(params, 6), 1, 8) ||
	    !message_text(&notify->ntime, message_param(params, 7), 1, 8))
		return "mining.notify: version, nbits or ntime is no text of 1 to 8 digits";
	/* Some servers leave the flag out: then the change of prevhash tells. */
	notify->clean = clean && json_object_get_boolean(clean);
	return NULL;
}

static const char *message_parse_difficulty(struct message *message, struct json_object *params)
{
	struct json_object *value = message_param(params, 0);
	double difficulty;

	if (!json_object_is_type(value, json_type_double) &&
	    !json_object_is_type(value, json_type_int))
		return "mining.set_difficulty: the difficulty is no number";
	difficulty = json_object_get_double(value);
	if (!isfinite(difficulty) || difficulty <= 0)
		return "mining.set_difficulty: the difficulty is not above 0";
	message->difficulty = difficulty;
	return NULL;
}

static const char *message_parse_extranonce(struct message *message, struct json_object *params)
{
	struct json_object *size = message_param(params, 1);

	if (!message_text(&message->extranonce.extranonce1, message_param(params, 0), 0,
			  2 * JOB_EXTRANONCE1_MAX))
		return "mining.set_extranonce: extranonce1 is no text of at most 64 digits";
	if (!json_object_is_type(size, json_type_int))
		return "mining.set_extranonce: the size of extranonce2 is no number";
	message->extranonce.extranonce2_size = json_object_get_int64(size);
	return NULL;
}

static const char *message_parse_mask(struct message *message, struct json_object *params)
{
	struct message_text mask;

	if (!message_text(&mask, message_param(params, 0), 1, 8) ||
	    !hex_u32(&message->version_mask, mask.data, mask.size))
		return "mining.set_version_mask: the mask is no text of 1 to 8 digits";
	return NULL;
}

/* A number, or a text that is one: 0 .. max. */
static bool message_number(unsigned *ret, struct json_object *value, unsigned max)
{
	int64_t number;

	if (json_object_is_type(value, json_type_string)) {
		const char *text = json_object_get_string(value);
		char *end;

		errno = 0;
		number = strtoll(text, &end, 10);
		if (errno || end == text || *end)
			return false;
	} else if (json_object_is_type(value, json_type_int)) {
		number = json_object_get_int64(value);
	} else {
		return false;
	}
	if (number < 0 || number > max)
		return false;
	*ret = (unsigned)number;
	return true;
}

static const char *message_parse_reconnect(struct message *message, struct json_object *params)
{
	struct json_object *host = message_param(params, 0), *port = message_param(params, 1);
	struct json_object *wait = message_param(params, 2);

	message->reconnect.host = (struct message_text){.data = ""};
	message->reconnect.port = message->reconnect.wait = 0;
	if (host && !message_text(&message->reconnect.host, host, 0, MESSAGE_HOST_MAX))
		return "client.reconnect: the host is no text of at most 255 characters";
	if (port && !message_number(&message->reconnect.port, port, 65535))
		return "client.reconnect: the port is no number up to 65535";
	if (wait && !message_number(&message->reconnect.wait, wait, INT32_MAX))
		return "client.reconnect: the time to wait is no number of seconds";
	return NULL;
}

static const char *message_parse_show(struct message *message, struct json_object *params)
{
	if (!message_text(&message->text, message_param(params, 0), 0, SIZE_MAX))
		return "client.show_message: the message is no text";
	return NULL;
}

static const char *message_parse_nothing(struct message *message, struct json_object *params)
{
	return NULL;
}

static const struct {
	const char *method;
	enum message_kind kind;
	message_parse_fn *parse;
} message_methods[] = {
	{"mining.notify", MESSAGE_NOTIFY, message_parse_notify},
	{"mining.set_difficulty", MESSAGE_SET_DIFFICULTY, message_parse_difficulty},
	{"mining.set_extranonce", MESSAGE_SET_EXTRANONCE, message_parse_extranonce},
	{"mining.set_version_mask", MESSAGE_SET_VERSION_MASK, message_parse_mask},
	{"mining.ping", MESSAGE_PING, message_parse_nothing},
	{"client.reconnect", MESSAGE_RECONNECT, message_parse_reconnect},
	{"client.get_version", MESSAGE_GET_VERSION, message_parse_nothing},
	{"client.show_message", MESSAGE_SHOW_MESSAGE, message_parse_show},
};

static const char *message_parse_method(struct message *message, struct json_object *method,
					struct json_object *params)
{
	if (!json_object_is_type(method, json_type_string))
		return "the method is no text";
	message->kind = MESSAGE_UNKNOWN;
	message->method = json_object_get_string(method);
	for (size_t i = 0; i < ARRAY_SIZE(message_methods); i++) {
		if (strcmp(message->method, message_methods[i].method) != 0)
			continue;
		if (params && !json_object_is_type(params, json_type_array))
			return "the params are no list";
		message->kind = message_methods[i].kind;
		return message_methods[i].parse(message, params);
	}
	return NULL;
}

/* [code, "text", x], [code, "text"], {"code":, "message":}, "text", or a sibling "reject-reason".
 */
static void message_parse_error(struct message *message, struct json_object *error)
{
	struct message_error *ret = &message->reply.error;
	struct json_object *code = NULL, *text = NULL, *result = message->reply.result;

	*ret = (struct message_error){.text = ""};
	if (json_object_is_type(error, json_type_array)) {
		code = message_param(error, 0);
		text = message_param(error, 1);
	} else if (json_object_is_type(error, json_type_object)) {
		json_object_object_get_ex(error, "code", &code);
		json_object_object_get_ex(error, "message", &text);
	} else if (json_object_is_type(error, json_type_string)) {
		text = error;
	}
	ret->present = (error && !(json_object_is_type(error, json_type_boolean) &&
				   !json_object_get_boolean(error))) ||
		       !result ||
		       (json_object_is_type(result, json_type_boolean) &&
			!json_object_get_boolean(result));
	if (!text)
		json_object_object_get_ex(message->root, "reject-reason", &text);
	if (json_object_is_type(code, json_type_int))
		ret->code = json_object_get_int64(code);
	if (json_object_is_type(text, json_type_string))
		ret->text = json_object_get_string(text);
}

/* Our ids are numbers; a server may give them back as text. */
static int64_t message_parse_id(struct json_object *id)
{
	unsigned number;

	return message_number(&number, id, UINT32_MAX) ? (int64_t)number : -1;
}

static const char *message_parse_root(struct message *message)
{
	struct json_object *id = NULL, *method = NULL, *params = NULL, *error = NULL;
	const char *id_text;

	if (!json_object_is_type(message->root, json_type_object))
		return "no JSON object";
	json_object_object_get_ex(message->root, "id", &id);
	id_text = id ? json_object_to_json_string_ext(id, JSON_C_TO_STRING_PLAIN) : "null";
	if (!id_text || strlen(id_text) > MESSAGE_PING_ID_MAX)
		return "an id longer than 128 characters";
	message->id_text = id_text;
	if (json_object_object_get_ex(message->root, "method", &method) && method) {
		json_object_object_get_ex(message->root, "params", &params);
		return message_parse_method(message, method, params);
	}
	message->kind = MESSAGE_REPLY;
	message->id = message_parse_id(id);
	json_object_object_get_ex(message->root, "result", &message->reply.result);
	json_object_object_get_ex(message->root, "error", &error);
	message_parse_error(message, error);
	return NULL;
}

static void message_tokener_free(struct json_tokener **tokener)
{
	if (*tokener)
		json_tokener_free(*tokener);
}

static int message_parse_json(struct message *ret, const char *line, size_t n,
			      const char **ret_reason)
{
	CLEANUP(message_tokener_free)
	struct json_tokener *tokener = json_tokener_new_ex(MESSAGE_DEPTH_MAX);
	CLEANUP(message_deinit) struct message message = {.id = -1};
	const char *reason;
	size_t end;

	if (!tokener)
		return -ENOMEM;
	if (n > INT32_MAX - 1) {
		*ret_reason = "longer than 2 GiB";
		return MESSAGE_INVALID;
	}
	/* With the NUL after it, so that the parser knows that no more will come. */
	message.root = json_tokener_parse_ex(tokener, line, (int)n + 1);
	if (json_tokener_get_error(tokener) != json_tokener_success) {
		*ret_reason = json_tokener_error_desc(json_tokener_get_error(tokener));
		return MESSAGE_INVALID;
	}
	end = json_tokener_get_parse_end(tokener);
	while (end < n && strchr(" \t\r", line[end]) && line[end])
		end++;
	if (end < n) {
		*ret_reason = "something stands behind the JSON object";
		return MESSAGE_INVALID;
	}
	reason = message_parse_root(&message);
	if (reason) {
		*ret_reason = reason;
		return MESSAGE_INVALID;
	}
	*ret = message;
	message.root = NULL;
	return MESSAGE_OK;
}

HOT int message_parse(struct message *ret, const char *line, size_t n, const char **ret_reason)
{
	struct message quick = {.kind = MESSAGE_NOTIFY, .id_text = "null", .id = -1};

	/* New work is what has to be quick; everything else comes rarely. */
	if (scan_notify(&quick.notify, line, n) && message_check_notify(&quick.notify)) {
		*ret = quick;
		return MESSAGE_OK;
	}
	return message_parse_json(ret, line, n, ret_reason);
}

void message_deinit(struct message *message)
{
	if (message->root)
		json_object_put(message->root);
	*message = MESSAGE_NULL;
}

/* The id in ["mining.notify","ID"]. */
static bool message_subscription(struct message_text *ret, struct json_object *pair)
{
	struct message_text name;

	return json_object_is_type(pair, json_type_array) &&
	       message_text(&name, message_param(pair, 0), 0, SIZE_MAX) &&
	       strcmp(name.data, "mining.notify") == 0 &&
	       message_text(ret, message_param(pair, 1), 0, SIZE_MAX);
}

/* From a list of such pairs, or from one by itself. */
static void message_subscription_id(struct message_text *ret, struct json_object *list)
{
	*ret = (struct message_text){.data = ""};
	if (!json_object_is_type(list, json_type_array) || message_subscription(ret, list))
		return;
	for (size_t i = 0; i < json_object_array_length(list); i++)
		if (message_subscription(ret, json_object_array_get_idx(list, i)))
			return;
}

bool message_subscribed(const struct message *reply, struct message_text *ret_id,
			struct message_text *ret_extranonce1, int64_t *ret_extranonce2_size)
{
	struct json_object *result = reply->reply.result, *size;

	if (reply->reply.error.present || !json_object_is_type(result, json_type_array))
		return false;
	size = message_param(result, 2);
	if (!json_object_is_type(size, json_type_int) ||
	    !message_text(ret_extranonce1, message_param(result, 1), 0, 2 * JOB_EXTRANONCE1_MAX))
		return false;
	*ret_extranonce2_size = json_object_get_int64(size);
	message_subscription_id(ret_id, message_param(result, 0));
	return true;
}

bool message_configured(const struct message *reply, uint32_t *ret_mask)
{
	struct json_object *result = reply->reply.result, *rolling = NULL, *mask = NULL;
	struct message_text text;
	uint32_t value;

	*ret_mask = 0;
	if (reply->reply.error.present || !json_object_is_type(result, json_type_object))
		return false;
	json_object_object_get_ex(result, "version-rolling", &rolling);
	json_object_object_get_ex(result, "version-rolling.mask", &mask);
	if (!json_object_is_type(rolling, json_type_boolean) || !json_object_get_boolean(rolling))
		return false;
	if (message_text(&text, mask, 1, 8) && hex_u32(&value, text.data, text.size))
		*ret_mask = value;
	return true;
}

bool message_is_true(const struct message *reply)
{
	struct json_object *result = reply->reply.result;

	return !reply->reply.error.present && json_object_is_type(result, json_type_boolean) &&
	       json_object_get_boolean(result);
}
