/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Lines of a pool that make no sense: other miners ignore them, and pools rely on that without
 * knowing. They are counted and ignored, and only a pool that says nothing else is left. Io thread.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	INVALID_LINES_MAX = 10, /* in a row, within .. */
	INVALID_LINES_S = 60,	/* .. so many seconds: the pool is left */
	INVALID_LINES_TEXT_MAX = 160,
};

struct invalid_lines {
	uint64_t count;			   /* of all logins */
	char last[INVALID_LINES_TEXT_MAX]; /* why, and how the line begins, escaped; "": none yet */
	unsigned run;			   /* since the last valid message of this login */
	uint64_t ns[INVALID_LINES_MAX];	   /* when the last ones of the run came; a ring */
};

/* A new login. */
void invalid_lines_begin(struct invalid_lines *lines);

/* Counts a line that came at now. false: they were too many in a row. */
bool invalid_lines_add(struct invalid_lines *lines, const char *why, const char *line, size_t n,
		       uint64_t now);

/* A job, a change of its terms, or a reply that was waited for. */
void invalid_lines_end_run(struct invalid_lines *lines);
