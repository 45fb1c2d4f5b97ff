/* SPDX-License-Identifier: MIT */
#pragma once

/* Members of a status, with a default for one that is missing: versions may differ. */
#include <json-c/json.h>
#include <stdbool.h>

/* NULL: it is missing, or null. */
struct json_object *field(struct json_object *object, const char *name);

/* NAN: it is missing, or not a number. */
double field_number(struct json_object *object, const char *name);

/* 0: it is missing, or not a whole number. */
unsigned long long field_count(struct json_object *object, const char *name);

/* otherwise: it is missing, or not a string. */
const char *field_text(struct json_object *object, const char *name, const char *otherwise);

/* Elements of a list; 0: it is not a list. */
size_t field_length(struct json_object *list);

/*
 * The latencies "NAME_last_hour_us" of object; of a daemon that does not have them "NAME_us", those
 * since its start.
 */
struct json_object *field_last_hour(struct json_object *object, const char *name);
