/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A growing receive buffer that is split into lines (or messages) where it lies: nothing is copied
 * on the way from the kernel to the parser. The io thread owns it.
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
	LINE_MAX_SIZE = 1024 * 1024, /* bytes: a longer line is an error of the peer */
};

struct line_buffer {
	char *data;
	size_t size;	/* bytes allocated */
	size_t used;	/* bytes received and not yet given out, from start on */
	size_t start;	/* first byte not yet given out */
	size_t scanned; /* bytes from start on that hold no delimiter */
	char delimiter;
};

#define LINE_BUFFER_NULL(delimiter_) ((struct line_buffer){.delimiter = (delimiter_)})

void line_deinit(struct line_buffer *buffer);

/* Forgets what was received. */
void line_reset(struct line_buffer *buffer);

/*
 * Where to receive into; *ret_size > 0 bytes. -EMSGSIZE: the line in the buffer is longer than
 * LINE_MAX_SIZE; -ENOMEM.
 */
int line_space(struct line_buffer *buffer, char **ret_space, size_t *ret_size);

void line_received(struct line_buffer *buffer, size_t n);

/* The next whole line, without delimiter (and, for '\n', without a '\r' before it). */
bool line_next(struct line_buffer *buffer, char **ret_line, size_t *ret_size);
