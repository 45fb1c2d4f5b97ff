/* SPDX-License-Identifier: MIT */
#include "ctl/field.h"

#include <math.h>
#include <stdio.h>

struct json_object *field(struct json_object *object, const char *name)
{
	struct json_object *member = NULL;

	if (!json_object_is_type(object, json_type_object))
		return NULL;
	json_object_object_get_ex(object, name, &member);
	return member;
}

double field_number(struct json_object *object, const char *name)
{
	struct json_object *member = field(object, name);

	if (!json_object_is_type(member, json_type_int) &&
	    !json_object_is_type(member, json_type_double))
		return NAN;
	return json_object_get_double(member);
}

unsigned long long field_count(struct json_object *object, const char *name)
{
	struct json_object *member = field(object, name);

	return json_object_is_type(member, json_type_int) ? json_object_get_uint64(member) : 0;
}

const char *field_text(struct json_object *object, const char *name, const char *otherwise)
{
	struct json_object *member = field(object, name);

	return json_object_is_type(member, json_type_string) ? json_object_get_string(member)
							     : otherwise;
}

size_t field_length(struct json_object *list)
{
	return json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
}

struct json_object *field_last_hour(struct json_object *object, const char *name)
{
	char member[64];
	struct json_object *last_hour;

	snprintf(member, sizeof(member), "%s_last_hour_us", name);
	last_hour = field(object, member);
	if (last_hour)
		return last_hour;
	snprintf(member, sizeof(member), "%s_us", name);
	return field(object, member);
}
