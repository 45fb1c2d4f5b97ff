/* SPDX-License-Identifier: MIT */
/*
 * The log is the only global state: passed as an argument, it would be missing where it is needed
 * most. The mutex is between threads that log, and is held only while a message is written into
 * memory; the thread that delivers never takes it.
 */
#include "common/log.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/assert.h"
#include "common/clock.h"
#include "common/container.h"
#include "common/hot.h"
#include "common/log_limit.h"
#include "common/outbox.h"
#include "common/thread.h"

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

/* A message in the queue. Behind it lie the text, then name and value of each field, with NULs. */
struct log_record {
	uint64_t wall_ns; /* clock_wall() when it was logged */
	enum log_level level;
	unsigned n_fields;
	char strings[];
};

enum { LOG_RECORD_MAX = sizeof(struct log_record) + LOG_TEXT_MAX + LOG_ENTRY_MAX };

static struct {
	log_sink_fn *sink; /* NULL: stderr */
	_Atomic int threshold;
	pthread_mutex_t mutex; /* of the two below */
	struct log_limit limit;
	struct outbox outbox;
} log_state = {.threshold = LOG_LEVEL_INFO, .mutex = PTHREAD_MUTEX_INITIALIZER};

void log_set_sink(log_sink_fn *sink)
{
	log_state.sink = sink;
}

void log_set_level(enum log_level level)
{
	atomic_store_explicit(&log_state.threshold, level, memory_order_relaxed);
}

HOT bool log_enabled(enum log_level level)
{
	return (int)level <= atomic_load_explicit(&log_state.threshold, memory_order_relaxed);
}

/* A closed stderr is ignored. One that another process has made non-blocking is waited for. */
static void log_write(const char *line, size_t n)
{
	struct pollfd wait = {.fd = STDERR_FILENO, .events = POLLOUT};

	while (n) {
		ssize_t written = write(STDERR_FILENO, line, n);

		if (written < 0 && errno == EAGAIN && log_state.outbox.running)
			poll(&wait, 1, -1);
		else if (written < 0 && errno != EINTR)
			return;
		line += MAX(written, 0);
		n -= (size_t)MAX(written, 0);
	}
}

static void log_to_stderr(enum log_level level, uint64_t wall_ns, const char *text)
{
	const time_t seconds = (time_t)(wall_ns / CLOCK_S);
	bool colour = isatty(STDERR_FILENO);
	char line[LOG_TEXT_MAX + 64], stamp[16];
	struct tm local;
	int n;

	localtime_r(&seconds, &local);
	strftime(stamp, sizeof(stamp), "%H:%M:%S", &local);
	n = snprintf(line, sizeof(line), "%s%s.%03u %-7s %s%s\n",
		     colour ? log_levels[level].colour : "", stamp,
		     (unsigned)(wall_ns % CLOCK_S / CLOCK_MS), log_levels[level].name, text,
		     colour ? "\033[0m" : "");
	/* One write per line, so that lines of several programs do not mix. */
	log_write(line, MIN((size_t)n, sizeof(line) - 1));
}

static void log_deliver(enum log_level level, uint64_t wall_ns, const char *text,
			const struct log_field *fields)
{
	if (log_state.sink)
		log_state.sink(level, text, fields);
	else
		log_to_stderr(level, wall_ns, text);
}

static void log_on_record(void *context, const void *data, size_t size)
{
	const struct log_record *record = data;
	struct log_field fields[LOG_FIELDS_MAX + 1] = {};
	const char *at = record->strings + strlen(record->strings) + 1;

	for (unsigned i = 0; i < record->n_fields; i++) {
		fields[i].name = at;
		fields[i].value = at + strlen(at) + 1;
		at = fields[i].value + strlen(fields[i].value) + 1;
	}
	log_deliver(record->level, record->wall_ns, record->strings, fields);
}

static void log_on_lost(void *context, uint64_t n, uint64_t longest_ns)
{
	const double seconds = (double)longest_ns / (double)CLOCK_S;
	char text[LOG_TEXT_MAX];

	if (longest_ns >= CLOCK_S)
		snprintf(text, sizeof(text),
			 "log: %" PRIu64 " message%s lost: the reader of the log accepted none "
			 "for %.1f s",
			 n, n == 1 ? "" : "s", seconds);
	else
		snprintf(text, sizeof(text),
			 "log: %" PRIu64 " message%s lost: the reader of the log is too slow", n,
			 n == 1 ? "" : "s");
	log_deliver(LOG_LEVEL_WARNING, clock_wall(), text, (const struct log_field[]){{}});
}

static const struct outbox_handler log_outbox_handler = {
	.thread_name = "minerd/log",
	.size = LOG_QUEUE_SIZE,
	.deliver = log_on_record,
	.lost = log_on_lost,
};

/* Appends a string and a NUL, cut so that `spare` bytes are left; NULL: there is no space. */
static char *log_append(char *to, const char *end, size_t spare, const char *text)
{
	size_t room = (size_t)(end - to), n = strlen(text);

	if (room < spare + 1)
		return NULL;
	n = MIN(n, room - spare - 1);
	memcpy(to, text, n);
	to[n] = '\0';
	return to + n + 1;
}

/* Puts a message in the queue. The mutex is held. */
static void log_queue(enum log_level level, const struct log_field *fields, const char *text)
{
	struct log_record *record = outbox_reserve(&log_state.outbox, LOG_RECORD_MAX);
	const char *end;
	char *to, *value;

	if (!record)
		return;
	end = (const char *)record + LOG_RECORD_MAX;
	*record = (struct log_record){.wall_ns = clock_wall(), .level = level};
	to = log_append(record->strings, end, 0, text);
	assert(to);
	for (; fields->name && record->n_fields < LOG_FIELDS_MAX; fields++, record->n_fields++) {
		/* A name is never cut. */
		value = log_append(to, end, 1, fields->name);
		if (!value || strcmp(to, fields->name) != 0)
			break;
		/* The space that was spared is enough for an empty value. */
		to = log_append(value, end, 0, fields->value);
		assert(to);
	}
	outbox_commit(&log_state.outbox, (size_t)(to - (char *)record));
}

/* The mutex is held. */
static void log_emit(enum log_level level, const struct log_field *fields, const char *text)
{
	if (log_state.outbox.running)
		log_queue(level, fields, text);
	else
		log_deliver(level, clock_wall(), text, fields);
}

/* The subject of a message: its pool, else its client. */
static struct log_limit_subject log_subject(const struct log_field *fields)
{
	struct log_limit_subject subject = {};

	for (; fields->name; fields++) {
		if (strcmp(fields->name, "MINERD_POOL") == 0)
			return (struct log_limit_subject){"MINERD_POOL", fields->value};
		if (strcmp(fields->name, "MINERD_PEER") == 0)
			subject = (struct log_limit_subject){"MINERD_PEER", fields->value};
	}
	return subject;
}

/* Formats a message, with room for a suffix. */
static void __attribute__((format(printf, 3, 0)))
log_format(char text[LOG_TEXT_MAX], uint64_t suppressed, const char *format, va_list args)
{
	char suffix[LOG_LIMIT_SUFFIX_MAX];
	size_t room = LOG_TEXT_MAX - strlen(log_limit_suffix(suffix, suppressed));

	vsnprintf(text, room, format, args);
	strcat(text, suffix);
}

void log_message(const void *site, enum log_level level, const struct log_field *fields,
		 const char *format, ...)
{
	static const struct log_field none = {};
	const unsigned max = log_enabled(LOG_LEVEL_DEBUG) ? LOG_LIMIT_DEBUG : LOG_LIMIT_MESSAGES;
	struct log_limit_entry *entry = NULL;
	struct log_limit_subject subject;
	uint64_t suppressed = 0;
	char text[LOG_TEXT_MAX];
	va_list args;

	if (!log_enabled(level))
		return;
	fields = fields ? fields : &none;
	subject = log_subject(fields);
	va_start(args, format);
	pthread_mutex_lock(&log_state.mutex);
	if (!site || log_limit_take(&log_state.limit, site, &subject, max, clock_now(), &entry,
				    &suppressed)) {
		log_format(text, suppressed, format, args);
		log_emit(level, fields, text);
	} else if (!entry->text[0]) {
		log_format(text, 0, format, args);
		log_limit_keep(entry, level, text);
	}
	pthread_mutex_unlock(&log_state.mutex);
	va_end(args);
}

/* The first of the messages that were suppressed, and how many more there were. */
static void log_summaries(bool all)
{
	struct log_limit_entry *entry;
	size_t at = 0;

	pthread_mutex_lock(&log_state.mutex);
	while ((entry = log_limit_due(&log_state.limit, clock_now(), all, &at))) {
		const struct log_field fields[] = {{entry->subject_name, entry->subject}, {}};
		char text[LOG_LIMIT_TEXT_MAX + LOG_LIMIT_SUFFIX_MAX], suffix[LOG_LIMIT_SUFFIX_MAX];

		snprintf(text, sizeof(text), "%s%s", entry->text,
			 log_limit_suffix(suffix, entry->suppressed - 1));
		log_emit((enum log_level)entry->level, fields, text);
		log_limit_clear(&log_state.limit, entry);
	}
	pthread_mutex_unlock(&log_state.mutex);
}

void log_tick(void)
{
	log_summaries(false);
}

/* Delivers the messages that led to a failed assertion, or to a watchdog timeout. */
static void log_on_abort(int number)
{
	if (!pthread_equal(pthread_self(), log_state.outbox.thread))
		outbox_flush(&log_state.outbox, LOG_FLUSH_MS * CLOCK_MS);
	/* SA_RESETHAND has removed this handler: now the process ends. */
	raise(number);
}

void log_start(void)
{
	struct sigaction action = {.sa_handler = log_on_abort, .sa_flags = (int)SA_RESETHAND};
	int r = outbox_start(&log_state.outbox, &log_outbox_handler, NULL);

	if (r == 0)
		sigaction(SIGABRT, &action, NULL);
	else
		log_warning("log: %s; a slow reader of the log will delay mining",
			    thread_refusal(r));
}

bool log_flush(void)
{
	log_summaries(true);
	return !log_state.outbox.running ||
	       outbox_flush(&log_state.outbox, LOG_FLUSH_MS * CLOCK_MS);
}

bool log_stop(void)
{
	log_summaries(true);
	return outbox_stop(&log_state.outbox, LOG_FLUSH_MS * CLOCK_MS);
}
