/* SPDX-License-Identifier: MIT */
/*
 * Invariant: a struct message that leaves here has only texts of bounded size and numbers in range,
 * each checked for its JSON type. A line with a method is a notification or a request, any other a
 * reply: what a reply means, only who asked can say.
 */
#include "upstream/stratum/message.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/container.h"
#include "common/hot.h"
#include "upstream/stratum/fast_parser.h"
#include "upstream/stratum/json_value.h"

/* Each parser takes the params array and returns NULL, or what is wrong. */
typedef const char *message_parse_fn(struct message *message, struct json_object *params);

/* What the fast parser took, as far as json-c would have taken it too. */
HOT static bool message_check_notify(const struct message_notify *notify)
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
	struct json_object *branches = json_value_at(params, 4);
	struct json_object *clean = json_value_at(params, 8);

	if (!json_value_text(&notify->id, json_value_at(params, 0), 0, JOB_ID_MAX))
		return "mining.notify: job id must be a string of at most 128 characters";
	if (!json_value_text(&notify->prevhash, json_value_at(params, 1), 64, 64))
		return "mining.notify: prevhash must be a string of 64 digits";
	if (!json_value_text(&notify->coinb1, json_value_at(params, 2), 0, 2 * JOB_COINBASE_MAX) ||
	    !json_value_text(&notify->coinb2, json_value_at(params, 3), 0, 2 * JOB_COINBASE_MAX))
		return "mining.notify: a coinbase part must be a string of at most 512 KiB";
	if (!json_object_is_type(branches, json_type_array))
		return "mining.notify: merkle branches must be an array";
	notify->n_branches = json_object_array_length(branches);
	if (notify->n_branches > JOB_BRANCHES_MAX)
		return "mining.notify: more than 32 merkle branches";
	for (size_t i = 0; i < notify->n_branches; i++)
		if (!json_value_text(&notify->branches[i], json_object_array_get_idx(branches, i),
				     64, 64))
			return "mining.notify: a merkle branch must be a string of 64 digits";
	if (!json_value_text(&notify->version, json_value_at(params, 5), 1, 8) ||
	    !json_value_text(&notify->nbits, json_value_at(params, 6), 1, 8) ||
	    !json_value_text(&notify->ntime, json_value_at(params, 7), 1, 8))
		return "mining.notify: version, nbits and ntime must be strings of 1 to 8 "
		       "digits";
	/* Some servers leave the flag out: then the change of prevhash tells. */
	notify->clean = json_value_true(clean);
	return NULL;
}

static const char *message_parse_difficulty(struct message *message, struct json_object *params)
{
	double difficulty;

	if (!json_value_real(&difficulty, json_value_at(params, 0)))
		return "mining.set_difficulty: difficulty must be a number";
	if (!isfinite(difficulty) || difficulty <= 0)
		return "mining.set_difficulty: difficulty must be above 0";
	message->difficulty = difficulty;
	return NULL;
}

static const char *message_parse_extranonce(struct message *message, struct json_object *params)
{
	struct json_object *size = json_value_at(params, 1);
	unsigned number;

	if (!json_value_text(&message->extranonce.extranonce1, json_value_at(params, 0), 0,
			     2 * JOB_EXTRANONCE1_MAX))
		return "mining.set_extranonce: extranonce1 must be a string of at most 64 digits";
	message->extranonce.extranonce2_size = -1;
	if (!size)
		return NULL;
	if (!json_value_number(&number, size, JOB_EXTRANONCE2_MAX))
		return "mining.set_extranonce: extranonce2_size must be a number from 1 to 16";
	message->extranonce.extranonce2_size = number;
	return NULL;
}

static const char *message_parse_mask(struct message *message, struct json_object *params)
{
	if (!json_value_mask(&message->version_mask, json_value_at(params, 0)))
		return "mining.set_version_mask: mask must be a string of 1 to 8 hexadecimal "
		       "digits";
	return NULL;
}

static const char *message_parse_reconnect(struct message *message, struct json_object *params)
{
	struct json_object *host = json_value_at(params, 0), *port = json_value_at(params, 1);
	struct json_object *wait = json_value_at(params, 2);

	message->reconnect.host = (struct message_text){.data = ""};
	message->reconnect.port = message->reconnect.wait = 0;
	if (host && !json_value_text(&message->reconnect.host, host, 0, MESSAGE_HOST_MAX))
		return "client.reconnect: host must be a string of at most 255 characters";
	if (port && !json_value_number(&message->reconnect.port, port, 65535))
		return "client.reconnect: port must be a number up to 65535";
	if (wait && !json_value_number(&message->reconnect.wait, wait, INT32_MAX))
		return "client.reconnect: wait must be a number of seconds";
	return NULL;
}

static const char *message_parse_show(struct message *message, struct json_object *params)
{
	if (!json_value_text(&message->text, json_value_at(params, 0), 0, SIZE_MAX))
		return "client.show_message: the message must be a string";
	return NULL;
}

static const char *message_parse_nothing(struct message *message, struct json_object *params)
{
	return NULL;
}

#define MESSAGE_METHOD(name, kind, parse)                           \
	{                                                           \
		name, kind, parse, name ": params must be an array" \
	}

static const struct {
	const char *method;
	enum message_kind kind;
	message_parse_fn *parse;
	const char *no_array;
} message_methods[] = {
	MESSAGE_METHOD("mining.notify", MESSAGE_NOTIFY, message_parse_notify),
	MESSAGE_METHOD("mining.set_difficulty", MESSAGE_SET_DIFFICULTY, message_parse_difficulty),
	MESSAGE_METHOD("mining.set_extranonce", MESSAGE_SET_EXTRANONCE, message_parse_extranonce),
	MESSAGE_METHOD("mining.set_version_mask", MESSAGE_SET_VERSION_MASK, message_parse_mask),
	MESSAGE_METHOD("mining.ping", MESSAGE_PING, message_parse_nothing),
	MESSAGE_METHOD("client.reconnect", MESSAGE_RECONNECT, message_parse_reconnect),
	MESSAGE_METHOD("client.get_version", MESSAGE_GET_VERSION, message_parse_nothing),
	MESSAGE_METHOD("client.show_message", MESSAGE_SHOW_MESSAGE, message_parse_show),
};

static const char *message_parse_method(struct message *message, struct json_object *method,
					struct json_object *params)
{
	if (!json_object_is_type(method, json_type_string))
		return "method must be a string";
	message->method = json_object_get_string(method);
	for (size_t i = 0; i < ARRAY_SIZE(message_methods); i++) {
		if (strcmp(message->method, message_methods[i].method) != 0)
			continue;
		message->kind = message_methods[i].kind;
		if (params && !json_object_is_type(params, json_type_array))
			return message_methods[i].no_array;
		return message_methods[i].parse(message, params);
	}
	return NULL;
}

/*
 * [code, "text", x], [code, "text"], {"code":, "message":}, "text", code, or a sibling
 * "reject-reason".
 */
static void message_parse_error(struct message *message, struct json_object *error)
{
	struct message_error *ret = &message->reply.error;
	struct json_object *code = NULL, *text = NULL, *result = message->reply.result;

	*ret = (struct message_error){.text = ""};
	if (json_object_is_type(error, json_type_array)) {
		code = json_value_at(error, 0);
		text = json_value_at(error, 1);
	} else if (json_object_is_type(error, json_type_object)) {
		json_object_object_get_ex(error, "code", &code);
		json_object_object_get_ex(error, "message", &text);
	} else if (json_object_is_type(error, json_type_string)) {
		text = error;
	} else {
		code = error;
	}
	ret->given = json_value_given(error);
	ret->rejected = ret->given || !result || json_value_false(result);
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

	return json_value_number(&number, id, UINT32_MAX) ? (int64_t)number : -1;
}

/* Some servers name the method of the request in their reply to it. */
static bool message_replies(struct json_object *root)
{
	return json_object_object_get_ex(root, "result", NULL) ||
	       json_object_object_get_ex(root, "error", NULL);
}

static const char *message_parse_root(struct message *message)
{
	struct json_object *id = NULL, *method = NULL, *params = NULL, *error = NULL;
	const char *id_text, *wrong;

	if (!json_object_is_type(message->root, json_type_object))
		return "not a JSON object";
	json_object_object_get_ex(message->root, "id", &id);
	id_text = id ? json_object_to_json_string_ext(id, JSON_C_TO_STRING_PLAIN) : "null";
	if (!id_text || strlen(id_text) > MESSAGE_PING_ID_MAX)
		return "id must be at most 128 characters";
	message->id_text = id_text;
	if (json_object_object_get_ex(message->root, "method", &method) && method) {
		json_object_object_get_ex(message->root, "params", &params);
		wrong = message_parse_method(message, method, params);
		if (message->kind != MESSAGE_UNKNOWN || !message_replies(message->root))
			return wrong;
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

/* What stands in the way of a JSON text without being a part of it. */
static bool message_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\0';
}

static size_t message_blanks(const char *line, size_t n)
{
	size_t blanks = 0;

	while (blanks < n && message_is_blank(line[blanks]))
		blanks++;
	return blanks;
}

/* Bytes before the message that are skipped, and what they are. */
static size_t message_lead(const char *line, size_t n, const char **ret_note)
{
	static const char mark[] = "\xef\xbb\xbf"; /* of UTF-8 */
	size_t lead = message_blanks(line, n);

	if (n - lead >= strlen(mark) && memcmp(line + lead, mark, strlen(mark)) == 0) {
		*ret_note = "a byte order mark before the message";
		lead += strlen(mark);
		lead += message_blanks(line + lead, n - lead);
	} else if (memchr(line, '\0', lead)) {
		*ret_note = "a NUL byte before the message";
	}
	return lead;
}

static const char *message_json_error(enum json_tokener_error error)
{
	switch (error) {
	case json_tokener_continue:
	case json_tokener_error_parse_eof:
		return "not JSON: it ends too early";
	case json_tokener_error_depth:
		return "not JSON: nested too deeply";
	default:
		return "not JSON";
	}
}

static int message_parse_json(struct message *ret, const char *line, size_t n, size_t *ret_used,
			      const char **ret_note)
{
	CLEANUP(message_tokener_free)
	struct json_tokener *tokener = json_tokener_new_ex(MESSAGE_DEPTH_MAX);
	CLEANUP(message_deinit) struct message message = {.id = -1, .kind = MESSAGE_UNKNOWN};
	const char *wrong;

	if (!tokener)
		return -ENOMEM;
	/* With the NUL after it, so that the parser knows that no more will come. */
	message.root = json_tokener_parse_ex(tokener, line, (int)n + 1);
	if (json_tokener_get_error(tokener) == json_tokener_success) {
		*ret_used = MIN(json_tokener_get_parse_end(tokener), n);
		wrong = message_parse_root(&message);
	} else {
		*ret_used = n;
		wrong = message_json_error(json_tokener_get_error(tokener));
	}
	if (wrong) {
		*ret_note = wrong;
		*ret = (struct message){.id = -1, .kind = message.kind};
		return MESSAGE_INVALID;
	}
	*ret = message;
	message.root = NULL;
	return MESSAGE_OK;
}

HOT int message_parse(struct message *ret, const char *line, size_t n, size_t *ret_used,
		      const char **ret_note)
{
	size_t lead;
	int r;

	*ret_note = NULL;
	/* New work is what has to be quick; everything else comes rarely. */
	if (fast_parser_notify(&ret->notify, line, n) && message_check_notify(&ret->notify)) {
		ret->root = NULL;
		ret->kind = MESSAGE_NOTIFY;
		ret->id_text = "null";
		ret->id = -1;
		*ret_used = n;
		return MESSAGE_OK;
	}
	lead = message_lead(line, n, ret_note);
	if (lead == n) {
		*ret = (struct message){.id = -1, .kind = MESSAGE_UNKNOWN};
		*ret_note = "an empty line";
		*ret_used = n;
		return MESSAGE_INVALID;
	}
	r = message_parse_json(ret, line + lead, n - lead, ret_used, ret_note);
	if (r >= 0) {
		*ret_used += lead;
		*ret_used += message_blanks(line + *ret_used, n - *ret_used);
	}
	return r;
}

HOT void message_deinit(struct message *message)
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
	       json_value_text(&name, json_value_at(pair, 0), 0, SIZE_MAX) &&
	       strcmp(name.data, "mining.notify") == 0 &&
	       json_value_text(ret, json_value_at(pair, 1), 0, SIZE_MAX);
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

const char *message_subscribed(const struct message *reply, struct message_text *ret_id,
			       struct message_text *ret_extranonce1, int64_t *ret_extranonce2_size)
{
	struct json_object *result = reply->reply.result;
	unsigned size;

	if (reply->reply.error.given || !json_object_is_type(result, json_type_array))
		return "";
	if (!json_value_text(ret_extranonce1, json_value_at(result, 1), 0, 2 * JOB_EXTRANONCE1_MAX))
		return "extranonce1 must be a string of at most 64 digits";
	if (!json_value_number(&size, json_value_at(result, 2), INT32_MAX))
		return "extranonce2_size must be a number from 1 to 16";
	*ret_extranonce2_size = size;
	message_subscription_id(ret_id, json_value_at(result, 0));
	return NULL;
}

bool message_configured(const struct message *reply, uint32_t *ret_mask)
{
	struct json_object *result = reply->reply.result, *rolling = NULL, *mask = NULL;
	uint32_t value;

	*ret_mask = 0;
	if (reply->reply.error.given || !json_object_is_type(result, json_type_object))
		return false;
	json_object_object_get_ex(result, "version-rolling", &rolling);
	json_object_object_get_ex(result, "version-rolling.mask", &mask);
	if (!json_object_is_type(rolling, json_type_boolean) || !json_object_get_boolean(rolling))
		return false;
	if (json_value_mask(&value, mask))
		*ret_mask = value;
	return true;
}

bool message_authorized(const struct message *reply)
{
	return !reply->reply.error.given && !json_value_false(reply->reply.result);
}
