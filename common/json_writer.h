/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Writes one JSON text (RFC 8259) into memory. json-c's own writer leaves out what it has no memory
 * for and goes on, so that a text may lack a part and still be valid; this one is whole or has
 * failed. A call after a failure does nothing: it is enough to look at json_writer_text() at the
 * end. Memory of a text is used again for the next one. Any one thread.
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
	bool inside; /* an object or list that has no member yet: the next one needs no comma */
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

/* Twelve digits, and a fraction in any case; what is not finite: null. */
void json_writer_number(struct json_writer *writer, const char *name, double value);
void json_writer_boolean(struct json_writer *writer, const char *name, bool value);
void json_writer_null(struct json_writer *writer, const char *name);

/* A value that is JSON already. */
void json_writer_raw(struct json_writer *writer, const char *name, const char *text, size_t n);

/* The text, which has *ret_size bytes and a NUL behind them; NULL when the memory did not do. */
const char *json_writer_text(struct json_writer *writer, size_t *ret_size);
