/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What happened in a run, as text that one can read: the daemon's log and what the world did to it,
 * with the simulated time. The last lines are kept for a violation, all are printed on request.
 */
#include <stdbool.h>
#include <stdint.h>

enum { TRACE_LINES = 400, TRACE_LINE_MAX = 400 };

/* A new run from now, clock_now(), on. loud: every line goes to stdout at once. */
void trace_begin(bool loud);

/* who: "world", "daemon" .. */
void trace_line(const char *who, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The lines that are kept, on stderr, unless all were printed. */
void trace_print(void);

/* "2h03m11.123s" since the beginning of the run. */
const char *trace_time(char ret[32]);
