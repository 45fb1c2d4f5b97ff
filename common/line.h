/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A growing receive buffer that is split into lines (or messages) in place: nothing is copied
 * between the kernel and the parser. Any one thread.
 *
 *	space = line_space(&buffer, &n);	give this to recv
 *	line_received(&buffer, count);
 *	while (line_next(&buffer, &line, &n))	line[n] is a NUL in place of the delimiter
 *		...				line is valid until the next line_space()
 */
#include <stdbool.h>
#include <stddef.h>

enum {
	LINE_FIRST_SIZE = 8 * 1024,  /* bytes a buffer starts with */
	LINE_MAX_SIZE = 1024 * 1024, /* bytes: the limit of a line unless another one is set */
};

struct line_buffer {
	char *data;
	size_t size;	/* bytes allocated */
	size_t used;	/* bytes received and not yet returned, from start on */
	size_t start;	/* first byte not yet returned */
	size_t scanned; /* bytes from start on that hold no delimiter */
	size_t max;	/* bytes of a line with its delimiter */
	char delimiter;
};

#define LINE_BUFFER_NULL(delimiter_) \
	((struct line_buffer){.max = LINE_MAX_SIZE, .delimiter = (delimiter_)})

/* Discards what was received and frees the memory; the delimiter and the limit stay. */
void line_deinit(struct line_buffer *buffer);

/*
 * Space to receive into, of *ret_size > 0 bytes. -EMSGSIZE: the line in the buffer is longer than
 * buffer->max; -ENOMEM.
 */
int line_space(struct line_buffer *buffer, char **ret_space, size_t *ret_size);

/* n bytes were received into that space. */
void line_received(struct line_buffer *buffer, size_t n);

/* What was received and not yet returned, valid until the next line_space(). */
size_t line_rest(const struct line_buffer *buffer, const char **ret);

/* The next whole line, without delimiter (and, for '\n', without a '\r' before it). */
bool line_next(struct line_buffer *buffer, char **ret_line, size_t *ret_size);

/* Whether line_next() would return a line. */
bool line_waits(struct line_buffer *buffer);

/* Whether an incomplete line has as many bytes as a line may have. */
bool line_full(const struct line_buffer *buffer);
