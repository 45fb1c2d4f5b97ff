/* SPDX-License-Identifier: MIT */
#include "upstream/stratum/json_value.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/container.h"
#include "common/hex.h"

struct json_object *json_value_at(struct json_object *array, size_t i)
{
	return array && i < json_object_array_length(array) ? json_object_array_get_idx(array, i)
							    : NULL;
}

bool json_value_text(struct message_text *ret, struct json_object *value, size_t min, size_t max)
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

/* A number, or a string that is one. */
bool json_value_real(double *ret, struct json_object *value)
{
	const char *text;
	char *end;

	if (json_object_is_type(value, json_type_double) ||
	    json_object_is_type(value, json_type_int)) {
		*ret = json_object_get_double(value);
		return true;
	}
	if (!json_object_is_type(value, json_type_string))
		return false;
	text = json_object_get_string(value);
	*ret = strtod(text, &end);
	return end != text && !*end;
}

/* A whole number, or a string that is one: 0 .. max. */
bool json_value_number(unsigned *ret, struct json_object *value, unsigned max)
{
	double number;

	/* Exact below 2^53, and max is an unsigned. Written so that a NaN is out of range. */
	if (!json_value_real(&number, value) || !(number >= 0 && number <= max) ||
	    number > floor(number))
		return false;
	*ret = (unsigned)number;
	return true;
}

/* "1fffe000", "0x1fffe000" */
bool json_value_mask(uint32_t *ret, struct json_object *value)
{
	struct message_text text;

	if (!json_value_text(&text, value, 1, sizeof("0x1fffe000") - 1))
		return false;
	if (text.size > 2 && text.data[0] == '0' && (text.data[1] | 0x20) == 'x') {
		text.data += 2;
		text.size -= 2;
	}
	return text.size <= 8 && hex_u32(ret, text.data, text.size);
}

/* Some servers write [], {}, "" or 0 for no error. */
bool json_value_given(struct json_object *error)
{
	switch (json_object_get_type(error)) {
	case json_type_null:
		return false;
	case json_type_array:
		for (size_t i = 0; i < json_object_array_length(error); i++)
			if (json_value_given(json_object_array_get_idx(error, i)))
				return true;
		return false;
	case json_type_object: {
		json_object_object_foreach(error, key, value)
		{
			if (*key && json_value_given(value))
				return true;
		}
		return false;
	}
	case json_type_string:
		return json_object_get_string_len(error) > 0;
	default:
		return json_object_get_boolean(error);
	}
}

bool json_value_false(struct json_object *value)
{
	return json_object_is_type(value, json_type_boolean) && !json_object_get_boolean(value);
}

bool json_value_true(struct json_object *value)
{
	static const char *const no[] = {"", "0", "false", "no", "off", "null"};

	if (json_object_is_type(value, json_type_string))
		for (size_t i = 0; i < ARRAY_SIZE(no); i++)
			if (strcasecmp(json_object_get_string(value), no[i]) == 0)
				return false;
	return value && json_object_get_boolean(value);
}
