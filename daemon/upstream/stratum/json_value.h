/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Values of JSON as pool servers write them: numbers as strings, masks with and without 0x, errors
 * that say nothing. Every function takes NULL and any type for a value. Pure; any thread.
 */
#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "upstream/stratum/message.h"

/* Element i of an array; NULL: there is none, or it is null. */
struct json_object *json_value_at(struct json_object *array, size_t i);

/* A string of min to max bytes without a NUL in it; *ret is valid while the value is. */
bool json_value_text(struct message_text *ret, struct json_object *value, size_t min, size_t max);

/* A number, or a string that is one; may be infinite or NaN. */
bool json_value_real(double *ret, struct json_object *value);

/* A whole number, or a string that is one: 0 .. max. */
bool json_value_number(unsigned *ret, struct json_object *value, unsigned max);

/* A string of 1 to 8 hexadecimal digits, with 0x before them or without. */
bool json_value_mask(uint32_t *ret, struct json_object *value);

/* Whether an error says anything: null, false, 0, "", [], {} and lists of those do not. */
bool json_value_given(struct json_object *error);

bool json_value_false(struct json_object *value);

/* As json-c reads a boolean, but that a text says what it says: "false", "no", "0" are not true. */
bool json_value_true(struct json_object *value);
