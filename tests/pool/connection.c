/* SPDX-License-Identifier: MIT */
/*
 * Invariant: the queue `ready` goes out in order and whole; a line that is held back waits in
 * `delayed` and joins the end of `ready` when it is due, so that no line ever cuts another.
 */
#include "connection.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/container.h"
#include "observer.h"
#include "protocol.h"
#include "testpool.h"
#include "wire.h"

static void queue_init(struct outgoing_queue *queue)
{
	queue->first = NULL;
	queue->last = &queue->first;
}

static void queue_add(struct outgoing_queue *queue, struct outgoing *out)
{
	out->next = NULL;
	*queue->last = out;
	queue->last = &out->next;
}

static struct outgoing *queue_take(struct outgoing_queue *queue)
{
	struct outgoing *out = queue->first;

	queue->first = out->next;
	if (!queue->first)
		queue->last = &queue->first;
	return out;
}

static void queue_clear(struct outgoing_queue *queue)
{
	while (queue->first)
		free(queue_take(queue));
}

void issued_free(struct issued *issued)
{
	while (issued) {
		struct issued *older = issued->older;

		work_unref(issued->work);
		free(issued);
		issued = older;
	}
}

struct connection *connection_new(struct testpool *pool, int fd, unsigned number)
{
	struct connection *connection = calloc(1, sizeof(*connection));

	if (!connection)
		return NULL;
	connection->pool = pool;
	connection->fd = fd;
	connection->number = number;
	connection->in = LINE_BUFFER_NULL('\n');
	queue_init(&connection->ready);
	queue_init(&connection->delayed);
	return connection;
}

void connection_free(struct connection *connection)
{
	wire_close(connection->fd);
	line_deinit(&connection->in);
	queue_clear(&connection->ready);
	queue_clear(&connection->delayed);
	issued_free(connection->issued);
	for (unsigned i = 0; i < connection->n_users; i++)
		free(connection->users[i]);
	free(connection->last_submit_id);
	free(connection);
}

void connection_close(struct connection *connection, const char *format, ...)
{
	va_list arguments;

	if (connection->closing)
		return;
	va_start(arguments, format);
	vsnprintf(connection->reason, sizeof(connection->reason), format, arguments);
	va_end(arguments);
	connection->closing = true;
}

void connection_violation(struct connection *connection, const char *what)
{
	const struct testpool_observer *observer = connection->pool->observer;
	struct json_object *event = event_begin(&connection->pool->events, "violation");

	event_int(event, "conn", connection->number);
	event_text(event, "what", what);
	event_end(&connection->pool->events, event);
	connection->pool->tally.violations++;
	if (observer && observer->violation)
		observer->violation(connection, what);
}

bool connection_is_silenced(const struct connection *connection, enum send_kind kind)
{
	switch (connection->pool->script.silence) {
	case SILENCE_ALL:
		return true;
	case SILENCE_JOBS:
		return kind == SEND_JOB;
	case SILENCE_REPLIES:
		return kind == SEND_REPLY || kind == SEND_VERDICT;
	case SILENCE_VERDICTS:
		return kind == SEND_VERDICT;
	case SILENCE_NONE:
	default:
		return false;
	}
}

static void connection_trace(struct connection *connection, const char *name, const char *line)
{
	struct json_object *event;

	if (!connection->pool->options.trace)
		return;
	event = event_begin(&connection->pool->events, name);
	event_int(event, "conn", connection->number);
	event_text(event, "line", line);
	event_end(&connection->pool->events, event);
}

void connection_send(struct connection *connection, enum send_kind kind, const char *line, size_t n,
		     uint64_t sequence)
{
	const struct testpool *pool = connection->pool;
	struct outgoing *out;
	uint64_t wait_ms;

	if (connection->closing || connection_is_silenced(connection, kind))
		return;
	out = malloc(sizeof(*out) + n + 2);
	if (!out || connection->unsent + n > CONNECTION_UNSENT_MAX) {
		free(out);
		connection_close(connection, "does not read what it is sent");
		return;
	}
	connection_trace(connection, "sent", line);
	memcpy(out->data, line, n);
	if (pool->options.crlf)
		out->data[n++] = '\r';
	out->data[n++] = '\n';
	out->size = n;
	out->sent = 0;
	out->sequence = sequence;
	out->reply = kind == SEND_REPLY || kind == SEND_VERDICT;
	out->due = 0;
	connection->unsent += n;
	wait_ms = pool->script.lag_ms + (out->reply ? pool->script.delay_ms : 0);
	if (wait_ms) {
		out->due = clock_now() + wait_ms * CLOCK_MS;
		connection->replies_held += out->reply;
		queue_add(&connection->delayed, out);
	} else {
		queue_add(&connection->ready, out);
	}
}

void connection_sendf(struct connection *connection, const char *format, ...)
{
	va_list arguments;
	char *line = NULL;
	int n;

	va_start(arguments, format);
	n = vasprintf(&line, format, arguments);
	va_end(arguments);
	if (n < 0)
		return;
	connection_send(connection, SEND_OTHER, line, (size_t)n, 0);
	free(line);
}

static void connection_forget(struct connection *connection)
{
	struct issued *issued = connection->issued;

	if (connection->n_issued < CONNECTION_ISSUED_MAX)
		return;
	for (unsigned i = 0; i < CONNECTION_ISSUED_MAX / 2 && issued; i++)
		issued = issued->older;
	if (!issued)
		return;
	issued_free(issued->older);
	issued->older = NULL;
	connection->n_issued = CONNECTION_ISSUED_MAX / 2 + 1;
}

static void connection_tell_job(struct connection *connection, const struct issued *issued,
				bool clean)
{
	struct json_object *event = event_begin(&connection->pool->events, "job");
	const struct work *work = issued->work;

	event_int(event, "conn", connection->number);
	event_text(event, "job", work->id);
	event_flag(event, "clean", clean);
	event_int(event, "height", work->height);
	event_real(event, "difficulty", issued->terms.difficulty);
	event_int(event, "branches", work->n_branches);
	event_int(event, "coinbase",
		  (int64_t)(work->before_size + issued->terms.extranonce1_size +
			    issued->terms.extranonce2_size + work->after_size));
	event_int(event, "extranonce2_size", (int64_t)issued->terms.extranonce2_size);
	event_int(event, "ntime", work->ntime);
	event_end(&connection->pool->events, event);
}

void connection_issue(struct connection *connection, struct work *work, bool clean)
{
	bool odd = connection->pool->options.odd;
	const char *head = odd ? " { \"x\" : [1e5,{\"]}\":\"\\\"[{\"}], \"params\" : "
			       : "{\"id\":null,\"method\":\"mining.notify\",\"params\":";
	const char *tail =
		odd ? " ] , \"method\" :\t\"mining\\u002enotify\" , \"id\":null } " : "]}";
	struct issued *issued = calloc(1, sizeof(*issued));
	uint64_t now = clock_now();
	char *line = NULL;
	int n = asprintf(&line, "%s%.*s%s%s", head, (int)work->params_size, work->params,
			 clean ? "true" : "false", tail);

	if (!issued || n < 0 || connection->closing) {
		free(issued);
		free(n < 0 ? NULL : line);
		return;
	}
	/* The first job of every session is clean, which says nothing about those gone on with. */
	if (connection->issued &&
	    ((clean && !connection->resumed) ||
	     memcmp(connection->issued->work->prevhash, work->prevhash, 32))) {
		for (struct issued *i = connection->issued; i && !i->stale_ns; i = i->older)
			i->stale_ns = now;
	}
	connection->resumed = false;
	connection_forget(connection);
	issued->work = work_ref(work);
	issued->terms = connection->terms;
	issued->sequence = ++connection->pool->issued_count;
	issued->older = connection->issued;
	connection->issued = issued;
	connection->n_issued++;
	if (connection->pool->options.odd_line)
		connection_send(connection, SEND_OTHER, connection->pool->options.odd_line,
				strlen(connection->pool->options.odd_line), 0);
	connection_send(connection, SEND_JOB, line, (size_t)n, issued->sequence);
	connection_flush(connection, now);
	free(line);
	connection_tell_job(connection, issued, clean);
}

struct issued *connection_find(struct connection *connection, const char *id, struct issued *after)
{
	struct issued *issued = after ? after->older : connection->issued;

	while (issued && strcmp(issued->work->id, id))
		issued = issued->older;
	return issued;
}

static void connection_set_sent_time(struct connection *connection, uint64_t sequence, uint64_t now)
{
	struct issued *issued = connection->issued;

	while (issued && issued->sequence > sequence)
		issued = issued->older;
	if (issued && issued->sequence == sequence)
		issued->sent_ns = now;
}

/* One write of the first line's rest; false: no more for now. */
static bool connection_write(struct connection *connection)
{
	struct outgoing *out = connection->ready.first;
	unsigned split = connection->pool->options.split;
	size_t n = out->size - out->sent;
	uint64_t before = clock_now();
	ssize_t written;

	if (split)
		n = MIN(n, (size_t)split);
	written = wire_write(connection->fd, out->data + out->sent, n, out->next && !split);
	if (written < 0) {
		if (written != -EAGAIN)
			connection_close(connection, "send: %s", strerror((int)-written));
		return false;
	}
	out->sent += (size_t)written;
	connection->unsent -= (size_t)written;
	if (out->sent == out->size) {
		if (out->sequence)
			connection_set_sent_time(connection, out->sequence, before);
		free(queue_take(&connection->ready));
	}
	return !split && (size_t)written == n;
}

void connection_flush(struct connection *connection, uint64_t now)
{
	while (connection->delayed.first && connection->delayed.first->due <= now) {
		connection->replies_held -= connection->delayed.first->reply;
		queue_add(&connection->ready, queue_take(&connection->delayed));
	}
	if (connection->pool->corked)
		return;
	while (connection->ready.first && connection_write(connection))
		;
}

void connection_receive(struct connection *connection)
{
	char *space, *line;
	size_t room, n;
	ssize_t got;

	if (line_space(&connection->in, &space, &room) < 0) {
		connection_close(connection, "line too long");
		return;
	}
	got = wire_read(connection->fd, space, room);
	connection->received_ns = clock_now();
	if (got == 0) {
		connection_close(connection, "closed by the miner");
		return;
	}
	if (got < 0) {
		if (got != -EAGAIN)
			connection_close(connection, "recv: %s", strerror((int)-got));
		return;
	}
	line_received(&connection->in, (size_t)got);
	while (!connection->closing && line_next(&connection->in, &line, &n)) {
		connection_trace(connection, "received", line);
		protocol_line(connection, line, n);
	}
}

uint64_t connection_deadline(const struct connection *connection)
{
	return connection->delayed.first ? connection->delayed.first->due : UINT64_MAX;
}

bool connection_wants_write(const struct connection *connection)
{
	return connection->ready.first != NULL;
}
