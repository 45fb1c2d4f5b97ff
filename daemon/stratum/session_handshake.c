/* SPDX-License-Identifier: MIT */
/*
 * From connected to authorised: configure, subscribe, authorize, one after the other, as some
 * servers answer a burst with errors of their own.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/container.h"
#include "common/escape.h"
#include "common/log.h"
#include "stratum/compose.h"
#include "stratum/session_parts.h"

/* Sends a handshake request and waits for its reply for so many seconds. */
static void handshake_step(struct session *session, enum session_state state, const char *line,
			   size_t n, unsigned timeout)
{
	session->state = state;
	session->request = session->next_id;
	ring_timer_in(session->stream.ring, &session->timer, timeout * CLOCK_S);
	session_send(session, line, n);
}

static void handshake_subscribe(struct session *session)
{
	char line[MESSAGE_SIZE_MAX];
	size_t n = compose_subscribe(line, sizeof(line), session_next_id(session),
				     session->conf->user_agent, session->past.id);

	handshake_step(session, SESSION_SUBSCRIBING, line, n, session->limits->handshake_timeout);
}

static void handshake_authorize(struct session *session)
{
	char line[MESSAGE_SIZE_MAX];
	size_t n = compose_authorize(line, sizeof(line), session_next_id(session),
				     session->conf->user, session->conf->password);

	handshake_step(session, SESSION_AUTHORIZING, line, n, session->limits->handshake_timeout);
}

unsigned session_configure_timeout(const struct conf_failover *limits)
{
	return MIN((unsigned)SESSION_CONFIGURE_TIMEOUT, limits->handshake_timeout);
}

/* Servers are replaced by newer ones. Not while there is something to go on with: it may end it. */
static void handshake_reconsider(struct session *session)
{
	if (!session->skip_proven || session->past.id[0] ||
	    clock_now() - session->skip_ns < SESSION_CONFIGURE_AGAIN * CLOCK_S)
		return;
	session->skip_configure = session->skip_proven = false;
	log_event(LOG_LEVEL_INFO, LOG_FIELDS({"MINERD_POOL", session->conf->name}),
		  "pool %s did not bear mining.configure %d minutes ago or more: it is tried again",
		  session->conf->name, SESSION_CONFIGURE_AGAIN / 60);
}

void session_handshake_begin(struct session *session)
{
	char line[MESSAGE_SIZE_MAX];

	handshake_reconsider(session);
	if (session->conf->version_rolling && !session->skip_configure)
		handshake_step(session, SESSION_CONFIGURING, line,
			       compose_configure(line, sizeof(line), session_next_id(session)),
			       session_configure_timeout(session->limits));
	else
		handshake_subscribe(session);
}

/* Jobs that come before the reply to subscribe wait for it: only then extranonce1 is known. */
void session_handshake_hold(struct session *session, const char *line, size_t n)
{
	char *copy = strndup(line, n);

	if (!copy) {
		session_fail(session, "job: %s", strerror(ENOMEM));
		return;
	}
	free(session->held_notify);
	session->held_notify = copy;
	session->held_size = n;
}

static void handshake_release(struct session *session)
{
	CLEANUP(cleanup_free) char *line = TAKE(session->held_notify);
	CLEANUP(message_deinit) struct message message = MESSAGE_NULL;
	const char *reason;

	if (line && message_parse(&message, line, session->held_size, &reason) == MESSAGE_OK)
		session_on_notify(session, &message.notify, clock_now());
}

static void handshake_configured(struct session *session, const struct message *reply)
{
	uint32_t mask;

	session->rolling = message_configured(reply, &mask);
	/* Once, not with each login of a pool that comes and goes. */
	if (!session->rolling && !session->configure_answered)
		log_event(LOG_LEVEL_INFO, LOG_FIELDS({"MINERD_POOL", session->conf->name}),
			  "pool %s does not grant version rolling", session->conf->name);
	session->configure_answered = true;
	session->configure_losses = 0;
	session->terms.version_mask = mask & COMPOSE_VERSION_MASK;
	handshake_subscribe(session);
}

/* What a server says instead of what was asked for: its error, or a text for a result. */
static void handshake_refused(struct session *session, const char *what,
			      const struct message *reply)
{
	const char *said = reply->reply.error.text;
	char text[MESSAGE_TEXT_MAX];

	if (!*said && json_object_is_type(reply->reply.result, json_type_string))
		said = json_object_get_string(reply->reply.result);
	if (!*said)
		said = "no reason given";
	session_fail(session, "it refused %s: %s", what,
		     escape_text(text, sizeof(text), said, strlen(said)));
}

/* The extranonces say whether the pool goes on with the past login; then it is that one again. */
static void handshake_resume(struct session *session)
{
	struct work_terms *terms = &session->terms;
	const struct work_terms *past = &session->past.terms;

	session->resumed =
		session->past.id[0] && terms->extranonce1_size == past->extranonce1_size &&
		terms->extranonce2_size == past->extranonce2_size &&
		terms->version_mask == past->version_mask &&
		memcmp(terms->extranonce1, past->extranonce1, past->extranonce1_size) == 0;
	session_forget(session);
	if (!session->resumed)
		return;
	terms->session = past->session;
	if (!session->difficulty_told)
		work_set_difficulty(terms, past->difficulty);
}

static void handshake_subscribed(struct session *session, const struct message *reply)
{
	struct message_text extranonce1, id;
	const char *reason;
	int64_t size;

	if (!message_subscribed(reply, &id, &extranonce1, &size)) {
		handshake_refused(session, "mining.subscribe", reply);
		return;
	}
	if (work_set_extranonce(&session->terms, &extranonce1, size, &reason) != WORK_OK) {
		session_fail(session, "mining.subscribe: %s", reason);
		return;
	}
	if (id.size <= SESSION_ID_MAX)
		memcpy(session->id, id.data, id.size);
	session->id[id.size <= SESSION_ID_MAX ? id.size : 0] = '\0';
	handshake_resume(session);
	handshake_authorize(session);
	if (session_live(session))
		handshake_release(session);
}

static void handshake_authorized(struct session *session, const struct message *reply)
{
	char line[MESSAGE_SIZE_MAX];
	size_t n;

	if (!message_is_true(reply)) {
		handshake_refused(session, "user and password", reply);
		return;
	}
	session->state = SESSION_READY;
	session->request = 0;
	session->job_ns = clock_now();
	if (session->skip_configure && !session->skip_proven) {
		session->skip_proven = true;
		session->skip_ns = session->job_ns;
	}
	ring_timer_at(session->stream.ring, &session->timer,
		      session->job_ns + session->limits->job_timeout * CLOCK_S);
	/* Many servers never answer these two: nobody waits for it. */
	n = compose_extranonce_subscribe(line, sizeof(line), session_next_id(session));
	session_send(session, line, n);
	if (session->conf->suggest_difficulty > 0 && session_live(session))
		session_suggest(session, session->conf->suggest_difficulty);
	if (session_live(session))
		session->handler->ready(session);
}

void session_handshake_reply(struct session *session, const struct message *reply)
{
	if ((uint32_t)reply->id != session->request)
		return;
	if (session->state == SESSION_CONFIGURING)
		handshake_configured(session, reply);
	else if (session->state == SESSION_SUBSCRIBING)
		handshake_subscribed(session, reply);
	else if (session->state == SESSION_AUTHORIZING)
		handshake_authorized(session, reply);
}
