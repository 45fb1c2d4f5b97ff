/* SPDX-License-Identifier: MIT */
#include "common/json_writer.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	JSON_WRITER_FIRST = 1024, /* bytes a text starts with */
	JSON_WRITER_VALUE = 32,	  /* characters of a number */
};

void json_writer_deinit(struct json_writer *writer)
{
	free(writer->text);
	*writer = JSON_WRITER_NULL;
}

void json_writer_reset(struct json_writer *writer)
{
	writer->size = 0;
	writer->inside = true;
	writer->failed = false;
}

/* Makes space for n more bytes and a NUL. */
static bool writer_grow(struct json_writer *writer, size_t n)
{
	size_t room = writer->room ? writer->room : JSON_WRITER_FIRST;
	char *text;

	while (room < writer->size + n + 1)
		room *= 2;
	if (room == writer->room)
		return true;
	text = realloc(writer->text, room);
	if (!text) {
		writer->failed = true;
		return false;
	}
	writer->text = text;
	writer->room = room;
	return true;
}

static void writer_add(struct json_writer *writer, const char *text, size_t n)
{
	if (writer->failed || !writer_grow(writer, n))
		return;
	memcpy(writer->text + writer->size, text, n);
	writer->size += n;
}

/* The escape of a character in a string, RFC 8259, section 7; NULL: it needs none. */
static const char *writer_escape(char ret[8], unsigned char c)
{
	if (c == '"' || c == '\\')
		snprintf(ret, 8, "\\%c", c);
	else if (c == '\n')
		return "\\n";
	else if (c < 0x20)
		snprintf(ret, 8, "\\u%04x", c);
	else
		return NULL;
	return ret;
}

static void writer_quote(struct json_writer *writer, const char *text)
{
	const char *escape, *begin = text;
	char buffer[8];

	writer_add(writer, "\"", 1);
	for (; *text; text++) {
		escape = writer_escape(buffer, (unsigned char)*text);
		if (!escape)
			continue;
		writer_add(writer, begin, (size_t)(text - begin));
		writer_add(writer, escape, strlen(escape));
		begin = text + 1;
	}
	writer_add(writer, begin, (size_t)(text - begin));
	writer_add(writer, "\"", 1);
}

/* Writes the comma and the name before a value. */
static void writer_begin(struct json_writer *writer, const char *name)
{
	if (!writer->inside)
		writer_add(writer, ",", 1);
	writer->inside = false;
	if (!name)
		return;
	writer_quote(writer, name);
	writer_add(writer, ":", 1);
}

void json_writer_raw(struct json_writer *writer, const char *name, const char *text, size_t n)
{
	writer_begin(writer, name);
	writer_add(writer, text, n);
}

void json_writer_open(struct json_writer *writer, const char *name)
{
	json_writer_raw(writer, name, "{", 1);
	writer->inside = true;
}

void json_writer_close(struct json_writer *writer)
{
	writer_add(writer, "}", 1);
	writer->inside = false;
}

void json_writer_open_list(struct json_writer *writer, const char *name)
{
	json_writer_raw(writer, name, "[", 1);
	writer->inside = true;
}

void json_writer_close_list(struct json_writer *writer)
{
	writer_add(writer, "]", 1);
	writer->inside = false;
}

void json_writer_string(struct json_writer *writer, const char *name, const char *value)
{
	if (!value) {
		json_writer_null(writer, name);
		return;
	}
	writer_begin(writer, name);
	writer_quote(writer, value);
}

void json_writer_count(struct json_writer *writer, const char *name, uint64_t value)
{
	char text[JSON_WRITER_VALUE];
	int n = snprintf(text, sizeof(text), "%" PRIu64, value);

	json_writer_raw(writer, name, text, (size_t)n);
}

void json_writer_integer(struct json_writer *writer, const char *name, int64_t value)
{
	char text[JSON_WRITER_VALUE];
	int n = snprintf(text, sizeof(text), "%" PRId64, value);

	json_writer_raw(writer, name, text, (size_t)n);
}

void json_writer_number(struct json_writer *writer, const char *name, double value)
{
	char text[JSON_WRITER_VALUE];
	int n;

	if (!isfinite(value)) {
		json_writer_null(writer, name);
		return;
	}
	n = snprintf(text, sizeof(text), "%.12g", value);
	/* So that a reader that looks at the form of a number sees that it is not an integer. */
	if (!strpbrk(text, ".e"))
		n = snprintf(text, sizeof(text), "%.12g.0", value);
	json_writer_raw(writer, name, text, (size_t)n);
}

void json_writer_boolean(struct json_writer *writer, const char *name, bool value)
{
	json_writer_raw(writer, name, value ? "true" : "false", value ? 4 : 5);
}

void json_writer_null(struct json_writer *writer, const char *name)
{
	json_writer_raw(writer, name, "null", 4);
}

const char *json_writer_text(struct json_writer *writer, size_t *ret_size)
{
	if (writer->failed || !writer_grow(writer, 0))
		return NULL;
	writer->text[writer->size] = '\0';
	*ret_size = writer->size;
	return writer->text;
}
