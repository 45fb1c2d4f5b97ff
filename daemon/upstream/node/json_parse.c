/* SPDX-License-Identifier: MIT */
/*
 * Invariant: each value is put into its container as soon as it exists, so that the root owns all.
 * Strings without escapes and whole numbers are read here; json-c reads everything else, one token
 * at a time.
 */
#include "upstream/node/json_parse.h"

#include <stdbool.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/find.h"

struct json_parse {
	const char *at, *end;
	struct json_object *root;
	struct json_object *stack[JSON_PARSE_DEPTH]; /* borrowed; the innermost is the last */
	unsigned depth;
	size_t values, containers;	    /* that may still come */
	char name[JSON_PARSE_NAME_MAX + 1]; /* of the next member */
	struct json_tokener *tokener;
	const char *wrong;
};

static bool json_parse_fail(struct json_parse *parse, const char *wrong)
{
	parse->wrong = wrong;
	return false;
}

static bool json_parse_not(struct json_parse *parse)
{
	return json_parse_fail(parse, "it is not valid JSON");
}

static bool json_parse_no_memory(struct json_parse *parse)
{
	return json_parse_fail(parse, "there is no memory for it");
}

/* The next character that is no space; NUL at the end. */
static char json_parse_peek(struct json_parse *parse)
{
	while (parse->at < parse->end && (*parse->at == ' ' || *parse->at == '\t' ||
					  *parse->at == '\r' || *parse->at == '\n'))
		parse->at++;
	if (parse->at == parse->end)
		return '\0';
	return *parse->at;
}

static bool json_parse_is_innermost(const struct json_parse *parse, json_type type)
{
	return parse->depth && json_object_is_type(parse->stack[parse->depth - 1], type);
}

/* Gives the value to its container, or makes it the root; also when that fails. */
static bool json_parse_put(struct json_parse *parse, struct json_object *value)
{
	struct json_object *container = parse->depth ? parse->stack[parse->depth - 1] : NULL;
	int failed;

	if (!container) {
		parse->root = value;
		return true;
	}
	failed = json_object_is_type(container, json_type_array)
			 ? json_object_array_add(container, value)
			 : json_object_object_add(container, parse->name, value);
	if (failed) {
		json_object_put(value);
		return json_parse_no_memory(parse);
	}
	return true;
}

/* One token of n bytes, read by json-c; with a NUL, where a number ends. */
static bool json_parse_token(struct json_parse *parse, const char *token, size_t n,
			     struct json_object **ret)
{
	json_tokener_reset(parse->tokener);
	*ret = json_tokener_parse_ex(parse->tokener, token, (int)n);
	if (json_tokener_get_error(parse->tokener) == json_tokener_success)
		return true;
	return json_parse_not(parse);
}

/* Past the string at the cursor. *plain: it has no escapes. NULL: it has no end, or a NUL. */
static const char *json_parse_find_end(struct json_parse *parse, bool *plain)
{
	const char *at = parse->at + 1;

	*plain = true;
	for (;;) {
		at = find_any(at, parse->end, '"', '\\', '\0');
		if (at == parse->end || !*at)
			return NULL;
		if (*at == '"')
			return at + 1;
		*plain = false;
		if (parse->end - at < 2)
			return NULL;
		at += 2;
	}
}

static bool json_parse_string(struct json_parse *parse, struct json_object **ret)
{
	bool plain;
	const char *begin = parse->at, *end = json_parse_find_end(parse, &plain);

	if (!end || end - begin > INT32_MAX)
		return json_parse_not(parse);
	parse->at = end;
	if (!plain)
		return json_parse_token(parse, begin, (size_t)(end - begin), ret);
	*ret = json_object_new_string_len(begin + 1, (int)(end - begin - 2));
	return *ret || json_parse_no_memory(parse);
}

/* The name of a member and its colon. */
static bool json_parse_name(struct json_parse *parse)
{
	struct json_object *name = NULL;
	bool ok;

	if (json_parse_peek(parse) != '"')
		return json_parse_not(parse);
	if (!json_parse_string(parse, &name))
		return false;
	ok = json_object_get_string_len(name) <= JSON_PARSE_NAME_MAX &&
	     !memchr(json_object_get_string(name), '\0', (size_t)json_object_get_string_len(name));
	if (ok)
		strcpy(parse->name, json_object_get_string(name));
	json_object_put(name);
	if (!ok)
		return json_parse_fail(parse, "a name in it is longer than 255 bytes or has a NUL");
	if (json_parse_peek(parse) != ':')
		return json_parse_not(parse);
	parse->at++;
	return true;
}

/* Digits of a number that surely fits; 0: something else. */
static size_t json_parse_digits(const char *token, size_t n, int64_t *ret)
{
	*ret = 0;
	if (n > 18 || (n > 1 && token[0] == '0'))
		return 0;
	for (size_t i = 0; i < n; i++) {
		if (token[i] < '0' || token[i] > '9')
			return 0;
		*ret = 10 * *ret + (token[i] - '0');
	}
	return n;
}

/* Numbers, true, false, null. */
static bool json_parse_word(struct json_parse *parse, struct json_object **ret)
{
	char token[JSON_PARSE_TOKEN_MAX + 1];
	size_t n = 0, left = (size_t)(parse->end - parse->at);
	int64_t number;

	while (n < left && n < sizeof(token) && parse->at[n] && !strchr(",]} \t\r\n", parse->at[n]))
		n++;
	if (n == sizeof(token))
		return json_parse_fail(parse, "a number in it is longer than 64 characters");
	/* No NaN nor Infinity, which json-c takes for numbers. */
	if (!n || !strchr("-0123456789tfn", *parse->at) || memchr(parse->at, 'I', n))
		return json_parse_not(parse);
	if (json_parse_digits(parse->at, n, &number)) {
		*ret = json_object_new_int64(number);
		parse->at += n;
		return *ret || json_parse_no_memory(parse);
	}
	memcpy(token, parse->at, n);
	token[n] = '\0';
	parse->at += n;
	if (!json_parse_token(parse, token, n + 1, ret))
		return false;
	/* json-c may have read less, and a word of it may be no number or constant. */
	if (json_tokener_get_parse_end(parse->tokener) < n)
		return json_parse_not(parse);
	return true;
}

static bool json_parse_open(struct json_parse *parse, bool array)
{
	struct json_object *container;

	if (parse->depth == JSON_PARSE_DEPTH)
		return json_parse_fail(parse, "it is nested deeper than 32 levels");
	if (!parse->containers)
		return json_parse_fail(parse, "it has too many small arrays and objects");
	parse->containers--;
	container = array ? json_object_new_array_ext(1) : json_object_new_object();
	if (!container)
		return json_parse_no_memory(parse);
	if (!json_parse_put(parse, container))
		return false;
	parse->stack[parse->depth++] = container;
	parse->at++;
	return true;
}

/* What follows a value or an opened container: *more: another value; else the text has ended. */
static bool json_parse_next(struct json_parse *parse, bool opened, bool *more)
{
	*more = true;
	while (parse->depth) {
		bool object = json_parse_is_innermost(parse, json_type_object);
		char c = json_parse_peek(parse);

		if (c == (object ? '}' : ']')) {
			parse->depth--;
			parse->at++;
			opened = false;
			continue;
		}
		if (!opened) {
			if (c != ',')
				return json_parse_not(parse);
			parse->at++;
		}
		return !object || json_parse_name(parse);
	}
	*more = false;
	return json_parse_peek(parse) == '\0' && parse->at == parse->end ? true
									 : json_parse_not(parse);
}

static bool json_parse_all(struct json_parse *parse)
{
	struct json_object *value = NULL;
	bool more = true;

	while (more) {
		char c = json_parse_peek(parse);
		bool opened = c == '[' || c == '{';

		if (!parse->values)
			return json_parse_fail(parse, "it has too many small values");
		parse->values--;
		if (opened ? !json_parse_open(parse, c == '[')
			   : !(c == '"' ? json_parse_string : json_parse_word)(parse, &value) ||
				     !json_parse_put(parse, value))
			return false;
		if (!json_parse_next(parse, opened, &more))
			return false;
	}
	return true;
}

static void json_parse_free(struct json_tokener **tokener)
{
	if (*tokener)
		json_tokener_free(*tokener);
}

const char *json_parse(struct json_object **ret, const char *text, size_t size)
{
	CLEANUP(json_parse_free) struct json_tokener *tokener = json_tokener_new_ex(2);
	struct json_parse parse = {
		.at = text,
		.end = text + size,
		.values = JSON_PARSE_VALUES + size / JSON_PARSE_VALUE_BYTES,
		.containers = JSON_PARSE_CONTAINERS + size / JSON_PARSE_CONTAINER_BYTES,
		.tokener = tokener,
	};

	*ret = NULL;
	if (!tokener)
		return "there is no memory for it";
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	if (!json_parse_all(&parse)) {
		json_object_put(parse.root);
		return parse.wrong;
	}
	*ret = parse.root;
	return NULL;
}
