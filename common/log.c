/* SPDX-License-Identifier: MIT */
/*
 * The one piece of state that every file may reach: a log that had to be handed down as an argument
 * would be left out where it is needed most.
 */
#include "common/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "common/container.h"

static const struct {
	const char *name;
	const char *colour; /* ECMA-48 SGR */
} log_levels[] = {
	[LOG_LEVEL_ERROR] = {"error", "\033[1;31m"},
	[LOG_LEVEL_WARNING] = {"warning", "\033[1;33m"},
	[LOG_LEVEL_NOTICE] = {"notice", "\033[1m"},
	[LOG_LEVEL_INFO] = {"info", ""},
	[LOG_LEVEL_DEBUG] = {"debug", "\033[2m"},
};

static void log_to_stderr(enum log_level level, const char *text, const struct log_field *fields)
{
	bool colour = isatty(STDERR_FILENO);
	char line[LOG_TEXT_MAX + 64], stamp[16];
	struct timespec now;
	struct tm local;
	int n;

	clock_gettime(CLOCK_REALTIME, &now);
	localtime_r(&now.tv_sec, &local);
	strftime(stamp, sizeof(stamp), "%H:%M:%S", &local);
	n = snprintf(line, sizeof(line), "%s%s.%03ld %-7s %s%s\n",
		     colour ? log_levels[level].colour : "", stamp, now.tv_nsec / 1000000,
		     log_levels[level].name, text, colour ? "\033[0m" : "");
	/* One write a line keeps lines of several threads apart; a closed stderr is no reason to
	 * stop. */
	if (write(STDERR_FILENO, line, MIN((size_t)n, sizeof(line) - 1)) < 0)
		return;
}

static log_sink_fn *log_sink = log_to_stderr;
static _Atomic int log_threshold = LOG_LEVEL_INFO;

void log_set_sink(log_sink_fn *sink)
{
	log_sink = sink;
}

void log_set_level(enum log_level level)
{
	atomic_store_explicit(&log_threshold, level, memory_order_relaxed);
}

bool log_enabled(enum log_level level)
{
	return (int)level <= atomic_load_explicit(&log_threshold, memory_order_relaxed);
}

void log_event(enum log_level level, const struct log_field *fields, const char *format, ...)
{
	static const struct log_field none = {};
	char text[LOG_TEXT_MAX];
	va_list args;

	if (!log_enabled(level))
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	log_sink(level, text, fields ? fields : &none);
}
