/* SPDX-License-Identifier: MIT */
/* Invariant: no byte of a peer moves a cursor, ends a log line, or looks like a field of minerd. */
#include "common/escape.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/assert.h"

static size_t escape_width(unsigned char c)
{
	return c == '\\' ? 2 : c >= 0x20 && c < 0x7f ? 1 : 4;
}

char *escape_text(char *ret, size_t size, const char *text, size_t n)
{
	size_t room = size - 1, used = 0;
	bool whole;

	assert(size >= 8);
	for (size_t i = 0; i < n && used <= room; i++)
		used += escape_width((unsigned char)text[i]);
	whole = used <= room;
	if (!whole)
		room -= 3;
	used = 0;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text[i];
		size_t width = escape_width(c);

		if (used + width > room)
			break;
		if (width == 1)
			ret[used] = (char)c;
		else
			snprintf(ret + used, width + 1, width == 2 ? "\\\\" : "\\x%02x", c);
		used += width;
	}
	strcpy(ret + used, whole ? "" : "...");
	return ret;
}
