/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Members of a node's objects, checked for type and range. Every function takes NULL and any type
 * for a value. Pure; any thread.
 */
#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Not NUL-terminated; valid while its value is. */
struct json_text {
	const char *data;
	size_t size;
};

/* NULL: there is none, or it is null. Borrowed. */
struct json_object *json_field(struct json_object *object, const char *name);

/* A whole number, min .. max. */
bool json_field_integer(int64_t *ret, struct json_object *value, int64_t min, int64_t max);

/* A string of min to max bytes. */
bool json_field_text(struct json_text *ret, struct json_object *value, size_t min, size_t max);

/* A string of exactly 2 * n hexadecimal digits. */
bool json_field_bytes(uint8_t *ret, size_t n, struct json_object *value);

/* A hash as explorers show it, 64 digits, into the order in which it is hashed. */
bool json_field_hash(uint8_t ret[32], struct json_object *value);
