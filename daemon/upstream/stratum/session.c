/* SPDX-License-Identifier: MIT */
/*
 * Invariant: at most one handshake request is out at a time (`request`), and a reply counts only
 * for the request that its id names. Whatever ends the login goes through session_fail() once.
 */
#include "upstream/stratum/session.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/assert.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/container.h"
#include "common/hot.h"
#include "common/log.h"
#include "upstream/stratum/compose.h"
#include "upstream/stratum/session_parts.h"

HOT bool session_live(const struct session *session)
{
	return session->state != SESSION_CLOSED && session->state != SESSION_CLOSING;
}

void session_fail(struct session *session, const char *format, ...)
{
	char reason[STREAM_REASON_MAX + MESSAGE_TEXT_MAX];
	va_list args;

	if (!session_live(session))
		return;
	va_start(args, format);
	vsnprintf(reason, sizeof(reason), format, args);
	va_end(args);
	session_close(session);
	session->handler->lost(session, reason);
}

void session_close(struct session *session)
{
	if (!session_live(session))
		return;
	session->state = SESSION_CLOSING;
	ring_timer_stop(session->stream.ring, &session->timer);
	submit_ids_clear(&session->submit_ids);
	session_connect_close(session);
	stream_close(&session->stream);
}

uint32_t session_next_id(struct session *session)
{
	if (++session->next_id == 0)
		session->next_id = 1;
	return session->next_id;
}

void session_send(struct session *session, const char *method, const char *line, size_t n)
{
	session->last_sent = method;
	if (n == 0 || !stream_send(&session->stream, line, n))
		session_fail(session, "cannot send: the pool does not read what it is sent");
}

/* Whether the server has said nothing, as it did in earlier logins: it is down, more likely. */
static bool session_away(const struct session *session)
{
	return session->ever_heard && !session->heard_ns;
}

/* The request that is left out of the next logins as the peer ended the connection over it. */
static enum optional_request session_blame(struct session *session)
{
	bool early = session->state < SESSION_READY;
	uint64_t now = clock_now();
	enum optional_request request;

	/* This login was one without those that were left out before it. */
	if (!early && now - session->ready_ns >= OPTIONAL_REQUESTS_SETTLE * CLOCK_S)
		optional_proven(&session->optional, session->ready_ns);
	request = optional_blame(&session->optional, early, session_away(session), now);
	if (request == OPTIONAL_RESUME)
		session_forget(session);
	return request;
}

/* A server that expects TLS says so in its own way before it goes away. */
static bool session_speaks_tls(const struct session *session)
{
	const char *bytes;
	size_t n = line_rest(&session->stream.in, &bytes);

	return !session->stream.context && !session->heard_ns && n > 1 && tls_looks_like(bytes, n);
}

/* What the server may expect, where it went away before it ever said anything. */
static const char *session_hint(const struct session *session)
{
	if (session->ever_heard || session->heard_ns)
		return "";
	return session->stream.context ? ": is it stratum+tcp://?" : ": is it stratum+tls://?";
}

/* The end of the connection, and what was sent last where it may be over that. */
static void session_on_lost(struct stream *stream, const char *reason)
{
	struct session *session = container_of(stream, struct session, stream);
	uint64_t now = clock_now();
	bool fresh = session->state < SESSION_READY ||
		     now - session->ready_ns < OPTIONAL_REQUESTS_SETTLE * CLOCK_S;
	const char *last = fresh ? session->last_sent : NULL;
	enum optional_request blamed = OPTIONAL_N;

	if (stream->context && stream->tls.state != TLS_FAILED)
		log_debug("pool %s: TLS ended %s close_notify", session->conf->name,
			  stream->tls.state == TLS_CLOSED ? "with a" : "without a");
	if (session->state == SESSION_SECURING) {
		if (stream->tls.state == TLS_FAILED)
			session_fail(session, "%s", reason);
		else
			session_fail(session, "%s during the TLS handshake%s", reason,
				     stream->tls.heard ? "" : session_hint(session));
		return;
	}
	if (session_speaks_tls(session)) {
		session_fail(session, "the peer speaks TLS on this port; is it stratum+tls://?");
		return;
	}
	if (!stream->ended_by_peer) {
		session_fail(session, "%s", reason);
		return;
	}
	if (session_live(session))
		blamed = session_blame(session);
	if (blamed != OPTIONAL_N)
		session_fail(session, "%s after %s, which is left out of the next logins%s", reason,
			     optional_name(blamed), session_hint(session));
	else if (last)
		session_fail(session, "%s after %s%s", reason, last, session_hint(session));
	else
		session_fail(session, "%s", reason);
}

static void session_on_closed(struct stream *stream)
{
	session_settle(container_of(stream, struct session, stream));
}

static void session_on_secured(struct stream *stream)
{
	session_handshake_begin(container_of(stream, struct session, stream));
}

static const struct stream_handler session_stream_handler = {
	.secured = session_on_secured,
	.message = session_on_message,
	.lost = session_on_lost,
	.closed = session_on_closed,
};

void session_fail_silent(struct session *session, const char *format, ...)
{
	enum optional_request blamed = optional_blame_silence(&session->optional, session->heard_ns,
							      session_away(session));
	char what[STREAM_REASON_MAX];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(what, sizeof(what), format, arguments);
	va_end(arguments);
	if (blamed == OPTIONAL_RESUME)
		session_forget(session);
	if (blamed != OPTIONAL_N)
		session_fail(session,
			     "%s; the last request was %s, which is left out of the next logins",
			     what, optional_name(blamed));
	else
		session_fail(session, "%s", what);
}

/* Deadlines move with every job and reply; the timer is looked at only when it runs out. */
static void session_check_progress(struct session *session)
{
	const struct conf_failover *limits = session->limits;
	uint64_t now = clock_now(), oldest = submit_ids_oldest(&session->submit_ids);
	uint64_t job_deadline = session->job_ns + limits->job_timeout * CLOCK_S;
	uint64_t reply_deadline =
		oldest == UINT64_MAX ? UINT64_MAX : oldest + limits->reply_timeout * CLOCK_S;

	if (now >= job_deadline)
		session_fail_silent(session, "no mining.notify for %u s", limits->job_timeout);
	else if (now >= reply_deadline)
		session_fail(session, "no reply to a share for %u s", limits->reply_timeout);
	else
		ring_timer_at(session->stream.ring, &session->timer,
			      MIN(job_deadline, reply_deadline));
}

static void session_on_timer(struct ring_timer *timer)
{
	struct session *session = container_of(timer, struct session, timer);

	switch (session->state) {
	case SESSION_SECURING:
		session_fail(session, "no TLS handshake within %u s%s",
			     session->limits->tls_timeout,
			     session->stream.tls.heard
				     ? ""
				     : ": the peer says nothing; is it stratum+tcp://?");
		break;
	case SESSION_CONFIGURING:
	case SESSION_SUBSCRIBING:
	case SESSION_AUTHORIZING:
		session_handshake_late(session);
		break;
	case SESSION_READY:
		session_check_progress(session);
		break;
	case SESSION_CONNECTING: /* dial and tunnel have deadlines of their own */
	case SESSION_CLOSED:
	case SESSION_CLOSING:
		break;
	}
}

void session_init(struct session *session, struct ring *ring, struct resolver *resolver,
		  const struct conf_pool *conf, const struct conf_failover *limits,
		  const struct session_handler *handler)
{
	*session = (struct session){
		.conf = conf, .limits = limits, .handler = handler, .timer.fn = session_on_timer};
	session_connect_init(session, ring, resolver);
	stream_init(&session->stream, ring, &session_stream_handler, '\n');
}

void session_secure(struct session *session, struct tls_context *context)
{
	session->tls = context;
}

void session_deinit(struct session *session)
{
	free(TAKE(session->held_notify));
	stream_deinit(&session->stream);
}

void session_connect(struct session *session, uint64_t number, const char *host, unsigned port)
{
	assert(session->state == SESSION_CLOSED);
	session->state = SESSION_CONNECTING;
	/* Difficulty 1 is what a pool means that never says another. */
	session->terms = (struct work_terms){.session = number, .stock = session->terms.stock};
	work_set_difficulty(&session->terms, 1);
	memset(session->prevhash, 0, sizeof(session->prevhash));
	session->rejects = session->rejects_any = session->rejects_login = 0;
	session->newest_job = 0;
	session->id[0] = '\0';
	session->rolling = session->resumed = false;
	session->difficulty_set = session->difficulty_unbound = session->suggest_due = false;
	session->suggest_checked = false;
	session->request = session->next_id = 0;
	session->hurried = session->refused = false;
	session->last_sent = NULL;
	session->ever_heard |= session->heard_ns != 0;
	session->ready_ns = session->heard_ns = 0;
	invalid_lines_begin(&session->invalid);
	session_connect_begin(session, host, port);
}

void session_limits_changed(struct session *session)
{
	if (session->state == SESSION_READY)
		session_check_progress(session);
}

bool session_keep(struct session *session)
{
	session->past.terms = session->terms;
	memcpy(session->past.id, session->id, sizeof(session->past.id));
	return session->past.id[0];
}

void session_forget(struct session *session)
{
	session->past.id[0] = '\0';
}

static void session_send_suggestion(struct session *session, enum optional_request request)
{
	char line[MESSAGE_SIZE_MAX];
	uint32_t id = session_next_id(session);

	session->suggest_due = false;
	optional_sent(&session->optional, request, id, clock_now());
	session_send(session, "mining.suggest_difficulty", line,
		     compose_suggest_difficulty(line, sizeof(line), id, session->suggestion));
}

void session_suggest_early(struct session *session)
{
	if (session->suggestion > 0 && !session->resumed &&
	    optional_wanted(&session->optional, OPTIONAL_SUGGEST_EARLY))
		session_send_suggestion(session, OPTIONAL_SUGGEST_EARLY);
}

void session_suggest_again(struct session *session)
{
	double wanted = session->suggestion;
	bool differs = wanted > 0 && fabs(session->terms.difficulty - wanted) > wanted / 1000;

	if (session->suggest_checked)
		return;
	/* Once: what the pool does after that is its choice. */
	session->suggest_checked = differs || session->newest_job != 0;
	if (differs)
		session_suggest(session, wanted);
}

void session_suggest_if_due(struct session *session)
{
	if (!session->suggest_due || session->state != SESSION_READY || session->difficulty_unbound)
		return;
	session_send_suggestion(session, OPTIONAL_SUGGEST);
}

void session_suggest(struct session *session, double difficulty)
{
	session->suggestion = difficulty;
	session->suggest_due =
		difficulty > 0 && optional_wanted(&session->optional, OPTIONAL_SUGGEST);
	session_suggest_if_due(session);
}

HOT void session_newest_job(struct session *session, uint64_t sequence)
{
	assert(session_live(session));
	session->newest_job = sequence;
}

bool session_takes_job(const struct session *session, const struct job *job)
{
	const struct work_terms *terms = &session->terms;

	return job->extranonce2_size == terms->extranonce2_size &&
	       job->extranonce2_offset >= terms->extranonce1_size &&
	       memcmp(job->coinbase + job->extranonce2_offset - terms->extranonce1_size,
		      terms->extranonce1, terms->extranonce1_size) == 0;
}

bool session_can_submit(const struct session *session)
{
	return session->state == SESSION_READY &&
	       submit_ids_has_room(&session->submit_ids, session->next_id + 1) &&
	       stream_unsent(&session->stream) < STREAM_SEND_MAX / 2;
}

bool session_submit(struct session *session, const struct share *share, bool again)
{
	uint64_t now = clock_now(), deadline = now + session->limits->reply_timeout * CLOCK_S;
	char *line;
	uint32_t id;
	size_t n;

	if (!session_can_submit(session))
		return false;
	line = stream_reserve(&session->stream, MESSAGE_SIZE_MAX);
	if (!line)
		return false;
	id = session_next_id(session);
	n = compose_submit(line, MESSAGE_SIZE_MAX, id, session->conf->user, share);
	if (n == 0 || !stream_commit(&session->stream, n))
		return false;
	session->last_sent = "mining.submit";
	submit_ids_add(&session->submit_ids,
		       &(struct submit){.id = id, .again = again, .sent_ns = now, .share = share});
	if (session->timer.deadline > deadline)
		ring_timer_at(session->stream.ring, &session->timer, deadline);
	return true;
}
