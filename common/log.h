/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The log of a program: one line an event, with fields for machines beside it. Lines go to stderr
 * until log_set_sink() puts another writer in place (the journal's is in systemd/journal.c). Any
 * thread may log; level and sink are set once, before other threads start, or by the thread that
 * started them.
 */
#include <stdbool.h>

/* The numbers are those of syslog(3). */
enum log_level {
	LOG_LEVEL_ERROR = 3,
	LOG_LEVEL_WARNING = 4,
	LOG_LEVEL_NOTICE = 5,
	LOG_LEVEL_INFO = 6,
	LOG_LEVEL_DEBUG = 7,
};

enum {
	LOG_FIELDS_MAX = 16,
	LOG_TEXT_MAX = 1024, /* characters of a line; a longer one is cut */
};

/* A structured field: NAME in capitals, as in systemd.journal-fields(7). Borrowed for the call. */
struct log_field {
	const char *name;
	const char *value;
};

/* A list for log_event(): LOG_FIELDS({"MINERD_POOL", name}, {"MINERD_JOB", id}) */
#define LOG_FIELDS(...) ((const struct log_field[]){__VA_ARGS__, {}})

/* text is one line without its end; fields end with an empty one, or are NULL. */
typedef void log_sink_fn(enum log_level level, const char *text, const struct log_field *fields);

void log_set_sink(log_sink_fn *sink);
void log_set_level(enum log_level level);
bool log_enabled(enum log_level level);

void log_event(enum log_level level, const struct log_field *fields, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#define log_error(...)	 log_event(LOG_LEVEL_ERROR, (const struct log_field *)0, __VA_ARGS__)
#define log_warning(...) log_event(LOG_LEVEL_WARNING, (const struct log_field *)0, __VA_ARGS__)
#define log_notice(...)	 log_event(LOG_LEVEL_NOTICE, (const struct log_field *)0, __VA_ARGS__)
#define log_info(...)	 log_event(LOG_LEVEL_INFO, (const struct log_field *)0, __VA_ARGS__)
#define log_debug(...)	 log_event(LOG_LEVEL_DEBUG, (const struct log_field *)0, __VA_ARGS__)
