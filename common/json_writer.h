/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Writes one JSON text (RFC 8259) into memory. On allocation failure json-c's own writer leaves a
 * part out and goes on, and the text may still be valid; the text of this one is complete or NULL.
 * A call after a failure does nothing, so only the result of json_writer_text() has to be checked.
 * The memory of a text is used again for the next one. Any one thread.
 *
 *	json_writer_open(&writer, NULL);
 *	json_writer_string(&writer, "name", name);	or NULL for name: an element of a list
 *	json_writer_close(&writer);
 *	text = json_writer_text(&writer, &n);
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_writer {
	char *text;
	size_t size; /* bytes written */
	size_t room; /* bytes allocated */
	bool inside; /* an object or list without a member yet: the next one needs no comma */
	bool failed; /* on allocation failure */
};

/* So that the first value has no comma before it. */
#define JSON_WRITER_NULL ((struct json_writer){.inside = true})

void json_writer_deinit(struct json_writer *writer);

/* Begins another text. */
void json_writer_reset(struct json_writer *writer);

/* An object; name: of the member that it is, NULL for an element of a list or the text itself. */
void json_writer_open(struct json_writer *writer, const char *name);
void json_writer_close(struct json_writer *writer);

void json_writer_open_list(struct json_writer *writer, const char *name);
void json_writer_close_list(struct json_writer *writer);

/* value is UTF-8; NULL: null. */
void json_writer_string(struct json_writer *writer, const char *name, const char *value);
void json_writer_count(struct json_writer *writer, const char *name, uint64_t value);
void json_writer_integer(struct json_writer *writer, const char *name, int64_t value);

/* Twelve digits, always with a fraction; a number that is not finite becomes null. */
void json_writer_number(struct json_writer *writer, const char *name, double value);
void json_writer_boolean(struct json_writer *writer, const char *name, bool value);
void json_writer_null(struct json_writer *writer, const char *name);

/* A value of n bytes of JSON. */
void json_writer_raw(struct json_writer *writer, const char *name, const char *text, size_t n);

/* The text of *ret_size bytes and a NUL, valid until the next call; NULL on allocation failure. */
const char *json_writer_text(struct json_writer *writer, size_t *ret_size);
