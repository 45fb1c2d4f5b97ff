/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * JSON (RFC 8259) to json-c's objects. A template is 8 MB of long strings, which json-c's own
 * tokener reads byte by byte in 20 ms; this takes 4. And it is bounded: json-c makes up to 700
 * bytes of two. Pure; any thread.
 */
#include <json-c/json.h>
#include <stddef.h>

enum {
	JSON_PARSE_DEPTH = 32,	   /* arrays and objects within each other */
	JSON_PARSE_NAME_MAX = 255, /* bytes of a member's name */
	JSON_PARSE_TOKEN_MAX = 64, /* characters of a number */

	/* So many values and containers may be in any text, and one more for each so many bytes. */
	JSON_PARSE_VALUES = 1024,
	JSON_PARSE_VALUE_BYTES = 16,
	JSON_PARSE_CONTAINERS = 256,
	JSON_PARSE_CONTAINER_BYTES = 128,
};

/* NULL, and in ret what it is, owned (NULL: null); or what is wrong with the text. */
const char *json_parse(struct json_object **ret, const char *text, size_t size);
