/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The log of a program: one line a message, with fields for machines beside it. Messages go to
 * stderr until log_set_sink() puts another writer in place (the journal's is in systemd/journal.c).
 * Any thread but those of idle priority may log; level and sink are set once, before other threads
 * start, or by the thread that started them.
 *
 * Nobody waits for whoever reads the log: after log_start() a thread of its own delivers the
 * messages, and those that do not fit its queue are dropped and counted. Before it, and in programs
 * without it, a message is written at once.
 *
 * The rate of messages that a peer can cause is limited: each place in the source logs
 * LOG_LIMIT_MESSAGES messages a minute about each subject, which is the pool of field MINERD_POOL
 * or the client of field MINERD_PEER. The others are suppressed and counted: the next message of
 * that place and subject, or a summary when the minute is over, ends with "(N more suppressed)".
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
	LOG_TEXT_MAX = 1024,  /* characters of a message; a longer one is cut */
	LOG_ENTRY_MAX = 4096, /* bytes of its fields, names and all; what does not fit is cut */
	LOG_QUEUE_SIZE = 512 * 1024, /* bytes of messages that wait for the reader of the log */
	LOG_FLUSH_MS = 1000,	     /* how long the reader is waited for at the end */
};

/* A structured field: NAME in capitals, as in systemd.journal-fields(7). Borrowed for the call. */
struct log_field {
	const char *name; /* with static lifetime */
	const char *value;
};

/* A list for log_event(): LOG_FIELDS({"MINERD_POOL", name}, {"MINERD_URL", url}) */
#define LOG_FIELDS(...) ((const struct log_field[]){__VA_ARGS__, {}})

/*
 * text is one line without its end; fields end with an empty one. Called in the log's thread, or
 * where there is none by whoever logs; it may block, and must not log.
 */
typedef void log_sink_fn(enum log_level level, const char *text, const struct log_field *fields);

/* NULL: stderr, as at the start. */
void log_set_sink(log_sink_fn *sink);
void log_set_level(enum log_level level);
bool log_enabled(enum log_level level);

/*
 * From now on a thread delivers. Where none can be started this is logged, and messages are written
 * by whoever logs as before. SIGABRT, that is a failed assertion, flushes the log first.
 */
void log_start(void);

/* Summaries that are due: to be called about once a second. */
void log_tick(void);

/* Logs summaries, and waits at most LOG_FLUSH_MS for the thread. false: it was not done by then. */
bool log_flush(void);

/* The same, and ends the thread: not while another thread may log. Idempotent. */
bool log_stop(void);

/* A site for log_message(): this place in the source. */
#define LOG_SITE                            \
	({                                  \
		static const char log_site; \
		(const void *)&log_site;    \
	})

/* site NULL: not limited. fields may be NULL. */
void log_message(const void *site, enum log_level level, const struct log_field *fields,
		 const char *format, ...) __attribute__((format(printf, 4, 5)));

#define log_event(level, fields, ...) log_message(LOG_SITE, level, fields, __VA_ARGS__)

/* Not limited: for what no peer can cause, such as the errors of a file, one by one. */
#define log_unlimited(level, ...) \
	log_message((const void *)0, level, (const struct log_field *)0, __VA_ARGS__)

#define log_error(...)	 log_event(LOG_LEVEL_ERROR, (const struct log_field *)0, __VA_ARGS__)
#define log_warning(...) log_event(LOG_LEVEL_WARNING, (const struct log_field *)0, __VA_ARGS__)
#define log_info(...)	 log_event(LOG_LEVEL_INFO, (const struct log_field *)0, __VA_ARGS__)
#define log_debug(...)	 log_event(LOG_LEVEL_DEBUG, (const struct log_field *)0, __VA_ARGS__)
