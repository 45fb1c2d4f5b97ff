/* SPDX-License-Identifier: MIT */
/*
 * Invariant: data[start .. start + used) is received and not returned, and its first `scanned`
 * bytes hold no delimiter, so that each byte is scanned once, however a peer splits its lines.
 */
#include "common/line.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/assert.h"
#include "common/container.h"
#include "common/find.h"
#include "common/hot.h"

void line_deinit(struct line_buffer *buffer)
{
	size_t max = buffer->max;

	free(buffer->data);
	*buffer = LINE_BUFFER_NULL(buffer->delimiter);
	buffer->max = max;
}

static int line_grow(struct line_buffer *buffer)
{
	size_t size = MIN(buffer->size ? buffer->size * 2 : LINE_FIRST_SIZE, buffer->max);
	char *data;

	if (buffer->size >= buffer->max)
		return -EMSGSIZE;
	data = realloc(buffer->data, size);
	if (!data)
		return -ENOMEM;
	buffer->data = data;
	buffer->size = size;
	return 0;
}

HOT int line_space(struct line_buffer *buffer, char **ret_space, size_t *ret_size)
{
	int r;

	if (buffer->start) {
		/* What is left is the beginning of a line, most often nothing. */
		memmove(buffer->data, buffer->data + buffer->start, buffer->used);
		buffer->start = 0;
	}
	if (buffer->used == buffer->size) {
		r = line_grow(buffer);
		if (r < 0)
			return r;
	}
	*ret_space = buffer->data + buffer->used;
	*ret_size = buffer->size - buffer->used;
	return 0;
}

HOT void line_received(struct line_buffer *buffer, size_t n)
{
	assert(n <= buffer->size - buffer->start - buffer->used);
	buffer->used += n;
}

size_t line_rest(const struct line_buffer *buffer, const char **ret)
{
	*ret = buffer->data + buffer->start;
	return buffer->used;
}

HOT bool line_next(struct line_buffer *buffer, char **ret_line, size_t *ret_size)
{
	const char delimiter = buffer->delimiter;
	char *line;
	size_t n;

	if (buffer->scanned == buffer->used)
		return false;
	line = buffer->data + buffer->start;
	n = (size_t)(find_any(line + buffer->scanned, line + buffer->used, delimiter, delimiter,
			      delimiter) -
		     line);
	if (n == buffer->used) {
		buffer->scanned = buffer->used;
		return false;
	}
	buffer->start += n + 1;
	buffer->used -= n + 1;
	buffer->scanned = 0;
	if (delimiter == '\n' && n && line[n - 1] == '\r')
		n--;
	line[n] = '\0';
	*ret_line = line;
	*ret_size = n;
	return true;
}

bool line_waits(struct line_buffer *buffer)
{
	const char *from = buffer->data + buffer->start + buffer->scanned, *end;

	if (buffer->scanned == buffer->used)
		return false;
	end = memchr(from, buffer->delimiter, buffer->used - buffer->scanned);
	buffer->scanned = end ? buffer->scanned + (size_t)(end - from) : buffer->used;
	return end != NULL;
}

bool line_full(const struct line_buffer *buffer)
{
	return buffer->used == buffer->max && buffer->scanned == buffer->used;
}
