/* SPDX-License-Identifier: MIT */
#include "common/varlink.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "common/cleanup.h"

void varlink_putp(struct json_object **object)
{
	json_object_put(*object);
}

static void varlink_freep(struct json_tokener **tokener)
{
	if (*tokener)
		json_tokener_free(*tokener);
}

/* Parses exactly one JSON object. */
static int varlink_parse(struct json_object **ret, const char *text, size_t n)
{
	CLEANUP(varlink_freep) struct json_tokener *tokener = NULL;
	CLEANUP(varlink_putp) struct json_object *object = NULL;

	if (!n || n >= INT_MAX)
		return VARLINK_INVALID;
	tokener = json_tokener_new_ex(VARLINK_DEPTH_MAX);
	if (!tokener)
		return -ENOMEM;
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	object = json_tokener_parse_ex(tokener, text, (int)n);
	if (json_tokener_get_error(tokener) != json_tokener_success ||
	    json_tokener_get_parse_end(tokener) != n ||
	    !json_object_is_type(object, json_type_object))
		return VARLINK_INVALID;
	*ret = TAKE(object);
	return VARLINK_OK;
}

/* A member that must have this type if it exists; null counts as missing. */
static bool varlink_member(struct json_object *object, const char *name, enum json_type type,
			   struct json_object **ret)
{
	struct json_object *member = NULL;

	*ret = NULL;
	if (!json_object_object_get_ex(object, name, &member) || !member)
		return true;
	if (!json_object_is_type(member, type))
		return false;
	*ret = member;
	return true;
}

static bool varlink_flag(struct json_object *object, const char *name, bool *ret)
{
	struct json_object *member;

	if (!varlink_member(object, name, json_type_boolean, &member))
		return false;
	*ret = member && json_object_get_boolean(member);
	return true;
}

const char *varlink_get_text(struct json_object *parameters, const char *name)
{
	struct json_object *member;

	if (!parameters || !varlink_member(parameters, name, json_type_string, &member) || !member)
		return NULL;
	if (strlen(json_object_get_string(member)) != (size_t)json_object_get_string_len(member))
		return NULL;
	return json_object_get_string(member);
}

static bool varlink_absent(struct json_object *object, const char *name)
{
	return json_object_object_get(object, name) == NULL;
}

int varlink_call_parse(struct varlink_call *ret, const char *text, size_t n)
{
	CLEANUP(varlink_call_deinit) struct varlink_call call = VARLINK_CALL_NULL;
	int r;

	r = varlink_parse(&call.message, text, n);
	if (r != VARLINK_OK)
		return r;
	call.method = varlink_get_text(call.message, "method");
	if (!call.method ||
	    !varlink_member(call.message, "parameters", json_type_object, &call.parameters) ||
	    !varlink_flag(call.message, "more", &call.more) ||
	    !varlink_flag(call.message, "oneway", &call.oneway) ||
	    !varlink_flag(call.message, "upgrade", &call.upgrade))
		return VARLINK_INVALID;
	*ret = call;
	call = VARLINK_CALL_NULL;
	return VARLINK_OK;
}

int varlink_reply_parse(struct varlink_reply *ret, const char *text, size_t n)
{
	CLEANUP(varlink_reply_deinit) struct varlink_reply reply = VARLINK_REPLY_NULL;
	int r;

	r = varlink_parse(&reply.message, text, n);
	if (r != VARLINK_OK)
		return r;
	reply.error = varlink_get_text(reply.message, "error");
	if ((!reply.error && !varlink_absent(reply.message, "error")) ||
	    !varlink_member(reply.message, "parameters", json_type_object, &reply.parameters) ||
	    !varlink_flag(reply.message, "continues", &reply.continues))
		return VARLINK_INVALID;
	*ret = reply;
	reply = VARLINK_REPLY_NULL;
	return VARLINK_OK;
}

void varlink_call_deinit(struct varlink_call *call)
{
	json_object_put(call->message);
	*call = VARLINK_CALL_NULL;
}

void varlink_reply_deinit(struct varlink_reply *reply)
{
	json_object_put(reply->message);
	*reply = VARLINK_REPLY_NULL;
}

/* Adds a member; takes value over, also on failure. */
static bool varlink_add(struct json_object *object, const char *name, struct json_object *value)
{
	if (!value)
		return false;
	if (object && json_object_object_add(object, name, value) == 0)
		return true;
	json_object_put(value);
	return false;
}

struct json_object *varlink_call_new(const char *method, struct json_object *parameters, bool more)
{
	CLEANUP(varlink_putp) struct json_object *call = json_object_new_object();

	/* parameters first, so that they are taken over also when the rest fails. */
	if (!varlink_add(call, "parameters", parameters ? parameters : json_object_new_object()))
		return NULL;
	if (!varlink_add(call, "method", json_object_new_string(method)))
		return NULL;
	if (more && !varlink_add(call, "more", json_object_new_boolean(true)))
		return NULL;
	return TAKE(call);
}

const char *varlink_text(struct json_object *message, size_t *ret_size)
{
	const char *text = json_object_to_json_string_length(
		message, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, ret_size);

	if (text)
		*ret_size += 1;
	return text;
}

struct json_object *varlink_parameter(const char *name, const char *value)
{
	CLEANUP(varlink_putp) struct json_object *object = json_object_new_object();

	if (!varlink_add(object, name, json_object_new_string(value)))
		return NULL;
	return TAKE(object);
}
