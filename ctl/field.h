/* SPDX-License-Identifier: MIT */
#pragma once

/* Members of a status, with what is right for one that is not there: versions may differ. */
#include <json-c/json.h>
#include <stdbool.h>

/* NULL when there is none, or it is null. */
struct json_object *field(struct json_object *object, const char *name);

/* NAN when it is not there or no number. */
double field_number(struct json_object *object, const char *name);

/* 0 when it is not there. */
unsigned long long field_count(struct json_object *object, const char *name);

/* otherwise when it is not there or no text. */
const char *field_text(struct json_object *object, const char *name, const char *otherwise);

/* Elements of a list; 0 when it is none. */
size_t field_length(struct json_object *list);

/*
 * The latencies "NAME_last_hour_us" of object; of a daemon that does not have them "NAME_us", those
 * since its start.
 */
struct json_object *field_last_hour(struct json_object *object, const char *name);
