/* SPDX-License-Identifier: MIT */
#include "upstream/node/json_field.h"

#include "common/hex.h"

struct json_object *json_field(struct json_object *object, const char *name)
{
	struct json_object *value = NULL;

	if (!json_object_is_type(object, json_type_object))
		return NULL;
	json_object_object_get_ex(object, name, &value);
	return value;
}

bool json_field_integer(int64_t *ret, struct json_object *value, int64_t min, int64_t max)
{
	int64_t number;

	if (!json_object_is_type(value, json_type_int))
		return false;
	number = json_object_get_int64(value);
	if (number < min || number > max)
		return false;
	*ret = number;
	return true;
}

bool json_field_text(struct json_text *ret, struct json_object *value, size_t min, size_t max)
{
	size_t n;

	if (!json_object_is_type(value, json_type_string))
		return false;
	n = (size_t)json_object_get_string_len(value);
	if (n < min || n > max)
		return false;
	*ret = (struct json_text){json_object_get_string(value), n};
	return true;
}

bool json_field_bytes(uint8_t *ret, size_t n, struct json_object *value)
{
	struct json_text text;

	return json_field_text(&text, value, 2 * n, 2 * n) && hex_decode(ret, n, text.data);
}

bool json_field_hash(uint8_t ret[32], struct json_object *value)
{
	uint8_t shown[32];

	if (!json_field_bytes(shown, sizeof(shown), value))
		return false;
	for (unsigned i = 0; i < 32; i++)
		ret[i] = shown[31 - i];
	return true;
}
