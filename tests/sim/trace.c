/* SPDX-License-Identifier: MIT */
#include "trace.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "common/clock.h"
#include "common/container.h"

static char lines[TRACE_LINES][TRACE_LINE_MAX];
static uint64_t n_lines, begun_ns;
static bool is_loud;

void trace_begin(bool loud)
{
	n_lines = 0;
	begun_ns = clock_now();
	is_loud = loud;
	/* A crash loses no line. */
	if (loud)
		setvbuf(stdout, NULL, _IOLBF, 0);
}

const char *trace_time(char ret[32])
{
	uint64_t ms = (clock_now() - begun_ns) / CLOCK_MS, minutes = ms / 60000;

	snprintf(ret, 32, "%" PRIu64 "h%02" PRIu64 "m%02" PRIu64 ".%03" PRIu64 "s", minutes / 60,
		 minutes % 60, ms / 1000 % 60, ms % 1000);
	return ret;
}

void trace_line(const char *who, const char *format, ...)
{
	char *line = lines[n_lines % TRACE_LINES], when[32];
	va_list arguments;
	int n = snprintf(line, TRACE_LINE_MAX, "%15s %-8s ", trace_time(when), who);

	va_start(arguments, format);
	vsnprintf(line + n, TRACE_LINE_MAX - (size_t)n, format, arguments);
	va_end(arguments);
	n_lines++;
	if (is_loud)
		puts(line);
}

void trace_print(void)
{
	uint64_t n = is_loud ? 0 : MIN(n_lines, (uint64_t)TRACE_LINES);

	fflush(stdout);
	for (uint64_t i = n_lines - n; i < n_lines; i++)
		fprintf(stderr, "%s\n", lines[i % TRACE_LINES]);
}
