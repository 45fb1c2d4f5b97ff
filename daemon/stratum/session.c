/* SPDX-License-Identifier: MIT */
/*
 * Invariant: at most one handshake request is out at a time (`request`), and a reply counts only
 * for the request that its id names. Whatever ends the login goes through session_fail() once.
 */
#include "stratum/session.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/container.h"
#include "common/escape.h"
#include "common/hot.h"
#include "common/log.h"
#include "stratum/compose.h"
#include "stratum/reconnect.h"
#include "stratum/session_parts.h"
#include "systemd/ids.h"

bool session_live(const struct session *session)
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
	if ((session->state == SESSION_SUBSCRIBING || session->state == SESSION_AUTHORIZING) &&
	    !session->skip_proven)
		session->skip_configure = false; /* without it it fares no better */
	if (session->state >= SESSION_CONFIGURING && session->state <= SESSION_AUTHORIZING)
		session_forget(session);
	session_close(session);
	session->handler->lost(session, reason);
}

void session_close(struct session *session)
{
	if (!session_live(session))
		return;
	session->state = SESSION_CLOSING;
	ring_timer_stop(session->stream.ring, &session->timer);
	session_connect_close(session);
	stream_close(&session->stream);
}

uint32_t session_next_id(struct session *session)
{
	if (++session->next_id == 0)
		session->next_id = 1;
	return session->next_id;
}

void session_send(struct session *session, const char *line, size_t n)
{
	if (n == 0 || !stream_send(&session->stream, line, n))
		session_fail(session, "cannot send: the pool takes nothing any more");
}

HOT void session_on_notify(struct session *session, const struct message_notify *notify,
			   uint64_t parsed_ns)
{
	CLEANUP(job_unrefp) struct job *job = NULL;
	const char *reason;
	int r = work_from_notify(&job, notify, &session->terms, &reason);

	if (r < 0) {
		session_fail(session, "job: %s", strerror(-r));
		return;
	}
	if (r != WORK_OK) {
		session_fail(session, "it sent a bad job: %s", reason);
		return;
	}
	/* A new block makes older work stale, whether the pool says so or not. */
	if (memcmp(session->prevhash, job->prevhash, sizeof(session->prevhash)) != 0)
		job->clean = true;
	memcpy(session->prevhash, job->prevhash, sizeof(session->prevhash));
	job->packet_ns = session->stream.received_ns;
	job->parsed_ns = parsed_ns;
	session->job_ns = job->packet_ns;
	session->handler->job(session, TAKE(job));
}

/* What crosses new work or a new difficulty is no fault, but a pool that takes nothing else is. */
static void session_count_rejects(struct session *session, const struct submit *submit,
				  bool rejected)
{
	if (!rejected) {
		session->rejects = session->rejects_any = 0;
		return;
	}
	session->rejects += submit->share.job->sequence == session->newest_job &&
			    target_met(&session->terms.target, &submit->share.hash);
	if (session->rejects_any++ == 0)
		session->rejects_ns = session->stream.received_ns;
}

static bool session_rejects_all(const struct session *session)
{
	const struct conf_failover *limits = session->limits;

	return session->rejects >= limits->max_rejects ||
	       (session->rejects_any >= limits->max_rejects &&
		session->stream.received_ns - session->rejects_ns >=
			limits->reply_timeout * CLOCK_S);
}

static void session_on_answer(struct session *session, const struct message *reply)
{
	const struct message_error *error = &reply->reply.error;
	CLEANUP(job_unrefp) struct job *job = NULL;
	struct submit submit;

	if (!submits_take(&session->submits, reply->id, &submit))
		return; /* the reply to a request that nobody waits for */
	job = submit.share.job;
	session_count_rejects(session, &submit, error->present);
	session->handler->answered(session, &submit, error);
	if (session_rejects_all(session)) {
		char text[MESSAGE_TEXT_MAX];

		session_fail(session, "it rejected %u shares in a row, the last one with \"%s\"",
			     session->rejects_any,
			     escape_text(text, sizeof(text), error->text, strlen(error->text)));
	}
}

static void session_on_reply(struct session *session, const struct message *reply)
{
	if (reply->id < 0)
		return;
	if (session->state == SESSION_READY) {
		session_on_answer(session, reply);
		return;
	}
	session_handshake_reply(session, reply);
}

static void session_on_extranonce(struct session *session, const struct message *message)
{
	const char *reason;

	if (work_set_extranonce(&session->terms, &message->extranonce.extranonce1,
				message->extranonce.extranonce2_size, &reason) != WORK_OK)
		session_fail(session, "mining.set_extranonce: %s", reason);
}

/* BIP 310: it narrows what was granted, and grants nothing by itself. */
static void session_on_version_mask(struct session *session, uint32_t mask)
{
	if (!session->rolling)
		return;
	session->terms.version_mask = mask & COMPOSE_VERSION_MASK;
	session->handler->version_mask(session, session->terms.version_mask);
}

static void session_on_reconnect(struct session *session, const struct message *message)
{
	const struct message_text *host = &message->reconnect.host;
	char text[MESSAGE_HOST_MAX + 1];

	if (host->size && !reconnect_allowed(session->conf->host, host->data)) {
		escape_text(text, sizeof(text), host->data, host->size);
		log_event(LOG_LEVEL_WARNING,
			  LOG_FIELDS({"MESSAGE_ID", ID_POOL_REDIRECT_REFUSED},
				     {"MINERD_POOL", session->conf->name}, {"MINERD_REASON", text}),
			  "pool %s asks to reconnect to %s, which is another domain: not obeyed",
			  session->conf->name, text);
		return;
	}
	session->handler->reconnect(
		session, host->data, message->reconnect.port,
		MIN(message->reconnect.wait, (unsigned)SESSION_RECONNECT_WAIT_MAX));
}

static void session_on_request(struct session *session, const struct message *message)
{
	char line[MESSAGE_SIZE_MAX], text[MESSAGE_TEXT_MAX];
	size_t n;

	switch (message->kind) {
	case MESSAGE_PING:
		n = compose_pong(line, sizeof(line), message->id_text);
		session_send(session, line, n);
		break;
	case MESSAGE_GET_VERSION:
		n = compose_version(line, sizeof(line), message->id_text,
				    session->conf->user_agent);
		session_send(session, line, n);
		break;
	case MESSAGE_SHOW_MESSAGE:
		log_event(LOG_LEVEL_NOTICE, LOG_FIELDS({"MINERD_POOL", session->conf->name}),
			  "pool %s says: %s", session->conf->name,
			  escape_text(text, sizeof(text), message->text.data, message->text.size));
		break;
	default:
		log_debug(
			"pool %s: unknown method %s", session->conf->name,
			escape_text(text, sizeof(text), message->method, strlen(message->method)));
	}
}

HOT static void session_dispatch(struct session *session, const struct message *message,
				 uint64_t parsed_ns)
{
	switch (message->kind) {
	case MESSAGE_REPLY:
		session_on_reply(session, message);
		break;
	case MESSAGE_NOTIFY:
		session_on_notify(session, &message->notify, parsed_ns);
		break;
	case MESSAGE_SET_DIFFICULTY:
		work_set_difficulty(&session->terms, message->difficulty);
		session->difficulty_told = true;
		break;
	case MESSAGE_SET_EXTRANONCE:
		session_on_extranonce(session, message);
		break;
	case MESSAGE_SET_VERSION_MASK:
		session_on_version_mask(session, message->version_mask);
		break;
	case MESSAGE_RECONNECT:
		session_on_reconnect(session, message);
		break;
	default:
		session_on_request(session, message);
	}
}

HOT static void session_on_message(struct stream *stream, char *line, size_t n)
{
	struct session *session = container_of(stream, struct session, stream);
	CLEANUP(message_deinit) struct message message = MESSAGE_NULL;
	const char *reason;
	char text[96];
	int r;

	if (n == 0)
		return;
	r = message_parse(&message, line, n, &reason);
	if (r < 0)
		session_fail(session, "message: %s", strerror(-r));
	else if (r != MESSAGE_OK)
		session_fail(session, "it sent what is no Stratum message (%s): %s", reason,
			     escape_text(text, sizeof(text), line, n));
	else if (message.kind == MESSAGE_NOTIFY && !session->terms.extranonce2_size)
		session_handshake_hold(session, line, n);
	else
		session_dispatch(session, &message, clock_now());
}

/* The login ended over mining.configure; what follows from that, for the reason. */
static const char *session_blame_configure(struct session *session)
{
	session->configure_losses++;
	session->skip_configure = !session->configure_answered ||
				  session->configure_losses >= SESSION_CONFIGURE_LOSSES;
	return session->skip_configure ? ": it will be left out" : "";
}

static void session_on_lost(struct stream *stream, const char *reason)
{
	struct session *session = container_of(stream, struct session, stream);

	if (stream->context && stream->tls.state != TLS_FAILED)
		log_debug("pool %s: TLS ended %s close_notify", session->conf->name,
			  stream->tls.state == TLS_CLOSED ? "with a" : "without a");
	if (session->state == SESSION_CONFIGURING) {
		session_fail(session, "%s, after mining.configure%s", reason,
			     session_blame_configure(session));
	} else {
		session_fail(session, "%s", reason);
	}
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

/* Deadlines move with every job and reply; the timer is looked at only when it runs out. */
static void session_check_progress(struct session *session)
{
	const struct conf_failover *limits = session->limits;
	uint64_t now = clock_now(), oldest = submits_oldest(&session->submits);
	uint64_t job_deadline = session->job_ns + limits->job_timeout * CLOCK_S;
	uint64_t reply_deadline =
		oldest == UINT64_MAX ? UINT64_MAX : oldest + limits->reply_timeout * CLOCK_S;

	if (now >= job_deadline)
		session_fail(session, "no job for %u s", limits->job_timeout);
	else if (now >= reply_deadline)
		session_fail(session, "no reply to a share for %u s", limits->reply_timeout);
	else
		ring_timer_at(session->stream.ring, &session->timer,
			      MIN(job_deadline, reply_deadline));
}

static void session_on_timer(struct ring_timer *timer)
{
	struct session *session = container_of(timer, struct session, timer);
	const struct conf_failover *limits = session->limits;

	switch (session->state) {
	case SESSION_SECURING:
		session_fail(session, "no TLS handshake within %u s", limits->tls_timeout);
		break;
	case SESSION_CONFIGURING:
		session_fail(session, "no reply to mining.configure within %u s%s",
			     session_configure_timeout(limits), session_blame_configure(session));
		break;
	case SESSION_SUBSCRIBING:
		session_fail(session, "no reply to mining.subscribe within %u s",
			     limits->handshake_timeout);
		break;
	case SESSION_AUTHORIZING:
		session_fail(session, "no reply to mining.authorize within %u s",
			     limits->handshake_timeout);
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
	submits_clear(&session->submits);
	stream_deinit(&session->stream);
}

void session_connect(struct session *session, uint64_t number, const char *host, unsigned port)
{
	session->state = SESSION_CONNECTING;
	/* Difficulty 1 is what a pool means that never says another. */
	session->terms = (struct work_terms){.session = number, .stock = session->terms.stock};
	work_set_difficulty(&session->terms, 1);
	memset(session->prevhash, 0, sizeof(session->prevhash));
	submits_clear(&session->submits);
	session->rejects = session->rejects_any = 0;
	session->newest_job = 0;
	session->id[0] = '\0';
	session->rolling = session->resumed = session->difficulty_told = false;
	session->request = session->next_id = 0;
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

void session_suggest(struct session *session, double difficulty)
{
	char line[MESSAGE_SIZE_MAX];

	session_send(session, line,
		     compose_suggest_difficulty(line, sizeof(line), session_next_id(session),
						difficulty));
}

bool session_can_submit(const struct session *session)
{
	return session->state == SESSION_READY &&
	       submits_has_room(&session->submits, session->next_id + 1) &&
	       stream_unsent(&session->stream) < STREAM_SEND_MAX / 2;
}

bool session_submit(struct session *session, const struct share *share, bool block, bool again)
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
	submits_add(&session->submits, &(struct submit){
					       .id = id,
					       .block = block,
					       .again = again,
					       .sent_ns = now,
					       .share = *share,
				       });
	job_ref(share->job);
	if (session->timer.deadline > deadline)
		ring_timer_at(session->stream.ring, &session->timer, deadline);
	return true;
}
