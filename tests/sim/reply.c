/* SPDX-License-Identifier: MIT */
#include "reply.h"

#include "violation.h"

struct json_object *reply_get(struct json_object *object, const char *key)
{
	struct json_object *value;

	VIOLATION_IF(!json_object_object_get_ex(object, key, &value), "a reply has no %s: %.300s",
		     key, json_object_to_json_string(object));
	return value;
}

int64_t reply_number(struct json_object *object, const char *key)
{
	return json_object_get_int64(reply_get(object, key));
}

const char *reply_text(struct json_object *object, const char *key)
{
	struct json_object *value = reply_get(object, key);

	return value ? json_object_get_string(value) : "";
}
