/* SPDX-License-Identifier: MIT */
#include "upstream/stratum/invalid_lines.h"

#include <stdio.h>

#include "common/clock.h"
#include "common/escape.h"
#include "common/hot.h"

enum { INVALID_LINES_SHOWN = 96 /* characters of a line, escaped */ };

void invalid_lines_begin(struct invalid_lines *lines)
{
	lines->run = 0;
}

HOT void invalid_lines_end_run(struct invalid_lines *lines)
{
	lines->run = 0;
}

bool invalid_lines_add(struct invalid_lines *lines, const char *why, const char *line, size_t n,
		       uint64_t now)
{
	uint64_t *slot = &lines->ns[lines->run++ % INVALID_LINES_MAX];
	char shown[INVALID_LINES_SHOWN];
	uint64_t first;

	lines->count++;
	snprintf(lines->last, sizeof(lines->last), "%s: \"%s\"", why,
		 escape_text(shown, sizeof(shown), line, n));
	*slot = now;
	if (lines->run < INVALID_LINES_MAX)
		return true;
	/* The oldest of the last INVALID_LINES_MAX is the one that is overwritten next. */
	first = lines->ns[lines->run % INVALID_LINES_MAX];
	return now - first > INVALID_LINES_S * CLOCK_S;
}
