/* SPDX-License-Identifier: MIT */
/*
 * From connected to authorised: configure, subscribe, authorize, one after the other, as some
 * servers answer a burst with errors of their own.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/container.h"
#include "common/escape.h"
#include "common/log.h"
#include "upstream/stratum/compose.h"
#include "upstream/stratum/session_parts.h"

/* Sends a handshake request and waits for its reply for so many seconds. */
static void handshake_step(struct session *session, enum session_state state, const char *method,
			   const char *line, size_t n, unsigned timeout)
{
	session->state = state;
	session->request = session->next_id;
	ring_timer_in(session->stream.ring, &session->timer, timeout * CLOCK_S);
	session_send(session, method, line, n);
}

static unsigned handshake_configure_timeout(const struct session *session)
{
	return MIN((unsigned)SESSION_CONFIGURE_TIMEOUT, session->limits->handshake_timeout);
}

/* Whether the server has said nothing in this login, and perhaps as mining.configure stunned it. */
static bool handshake_stunned(const struct session *session)
{
	return session->optional.state[OPTIONAL_CONFIGURE].id && !session->heard_ns;
}

static void handshake_subscribe(struct session *session)
{
	char line[MESSAGE_SIZE_MAX];
	uint32_t id = session_next_id(session);
	size_t n = compose_subscribe(line, sizeof(line), id, session->conf->user_agent,
				     session->past.id);

	if (session->past.id[0])
		optional_sent(&session->optional, OPTIONAL_RESUME, id, clock_now());
	session->hurried = handshake_stunned(session);
	handshake_step(session, SESSION_SUBSCRIBING, "mining.subscribe", line, n,
		       session->hurried ? handshake_configure_timeout(session)
					: session->limits->handshake_timeout);
}

static void handshake_authorize(struct session *session)
{
	char line[MESSAGE_SIZE_MAX];
	size_t n = compose_authorize(line, sizeof(line), session_next_id(session),
				     session->conf->user, session->conf->password);

	handshake_step(session, SESSION_AUTHORIZING, "mining.authorize", line, n,
		       session->limits->handshake_timeout);
}

static bool handshake_wants_configure(const struct session *session)
{
	return session->conf->version_rolling &&
	       optional_wanted(&session->optional, OPTIONAL_CONFIGURE);
}

static size_t handshake_compose_configure(struct session *session, char line[MESSAGE_SIZE_MAX])
{
	uint32_t id = session_next_id(session);

	optional_sent(&session->optional, OPTIONAL_CONFIGURE, id, clock_now());
	return compose_configure(line, MESSAGE_SIZE_MAX, id);
}

void session_handshake_begin(struct session *session)
{
	uint64_t now = session->stream.ring->now;
	char line[MESSAGE_SIZE_MAX];
	size_t n;

	token_bucket_init(&session->lines, SESSION_LINES_RATE, SESSION_LINES_BURST, now);
	token_bucket_init(&session->bytes, SESSION_BYTES_RATE, SESSION_BYTES_BURST, now);
	/* Servers are replaced by newer ones. */
	if (optional_begin(&session->optional, session->past.id[0] != '\0', now))
		log_event(LOG_LEVEL_INFO, LOG_FIELDS({"MINERD_POOL", session->conf->name}),
			  "pool %s: retrying the requests that were left out for %d minutes",
			  session->conf->name, OPTIONAL_REQUESTS_AGAIN / 60);
	if (!session->conf->session_resume || !optional_wanted(&session->optional, OPTIONAL_RESUME))
		session_forget(session);
	if (!handshake_wants_configure(session) || session->optional.configure_late) {
		handshake_subscribe(session);
		return;
	}
	n = handshake_compose_configure(session, line);
	handshake_step(session, SESSION_CONFIGURING, "mining.configure", line, n,
		       handshake_configure_timeout(session));
}

/* Within less than its due: one that is just slow gets the rest of the time. */
static void handshake_subscribe_late(struct session *session)
{
	unsigned timeout = session->limits->handshake_timeout;
	unsigned waited = handshake_configure_timeout(session);

	if (handshake_stunned(session)) {
		session->optional.configure_late = true;
		session_fail(session,
			     "no reply to mining.configure and mining.subscribe; mining.configure "
			     "is sent after the next login");
	} else if (session->hurried && timeout > waited) {
		session->hurried = false;
		ring_timer_in(session->stream.ring, &session->timer, (timeout - waited) * CLOCK_S);
	} else {
		session_fail_silent(session, "no reply to mining.subscribe within %u s", timeout);
	}
}

void session_handshake_late(struct session *session)
{
	switch (session->state) {
	case SESSION_CONFIGURING:
		/* Its reply is taken whenever it comes. */
		log_debug("pool %s: no reply to mining.configure yet", session->conf->name);
		handshake_subscribe(session);
		break;
	case SESSION_SUBSCRIBING:
		handshake_subscribe_late(session);
		break;
	default:
		session_fail_silent(session, "no reply to mining.authorize within %u s",
				    session->limits->handshake_timeout);
	}
}

/* What is wrong with a job whatever the extranonces will be, or NULL. */
static const char *handshake_check_job(const struct message_notify *notify)
{
	const struct work_terms any = {.extranonce1_size = 4, .extranonce2_size = 4};
	CLEANUP(job_unrefp) struct job *job = NULL;
	const char *reason = NULL;

	return work_from_notify(&job, notify, &any, &reason) == WORK_OK ? NULL : reason;
}

const char *session_handshake_hold(struct session *session, const struct message_notify *notify,
				   const char *line, size_t n)
{
	const char *wrong = handshake_check_job(notify);
	char *copy = wrong ? NULL : malloc(n + 1);

	if (wrong)
		return wrong;
	if (!copy) {
		session_fail(session, "job: %s", strerror(ENOMEM));
		return NULL;
	}
	/* There may be NUL bytes in it. */
	memcpy(copy, line, n);
	copy[n] = '\0';
	free(session->held_notify);
	session->held_notify = copy;
	session->held_size = n;
	session->held_difficulty = session->difficulty_set ? session->terms.difficulty : 0;
	return NULL;
}

static void handshake_release(struct session *session)
{
	CLEANUP(cleanup_free) char *line = TAKE(session->held_notify);
	CLEANUP(message_deinit) struct message message = MESSAGE_NULL;
	double difficulty = session->terms.difficulty;
	const char *wrong;
	size_t used;

	if (!line || message_parse(&message, line, session->held_size, &used, &wrong) != MESSAGE_OK)
		return;
	/* It has the difficulty of when it came: one that was set after it binds with the next. */
	if (session->held_difficulty > 0)
		work_set_difficulty(&session->terms, session->held_difficulty);
	wrong = session_on_notify(session, &message.notify, clock_now());
	if (wrong)
		session_ignore(session, wrong, line, session->held_size);
	if (fabs(difficulty - session->terms.difficulty) > 0) {
		work_set_difficulty(&session->terms, difficulty);
		session->difficulty_unbound = true;
	}
}

/* Also when it comes later than it was waited for: then the mask holds for the job that is there.
 */
static void handshake_configured(struct session *session, const struct message *reply)
{
	bool late = session->state != SESSION_CONFIGURING;
	uint32_t mask;

	session->rolling = message_configured(reply, &mask);
	/* Once, not with each login of a pool that comes and goes. */
	if (!session->rolling && !session->told_no_rolling)
		log_event(LOG_LEVEL_INFO, LOG_FIELDS({"MINERD_POOL", session->conf->name}),
			  "pool %s does not grant version rolling", session->conf->name);
	session->told_no_rolling = !session->rolling;
	session->terms.version_mask = mask & COMPOSE_VERSION_MASK;
	if (!late)
		handshake_subscribe(session);
	else if (session->rolling)
		session->handler->version_mask(session);
}

/* What a server says instead of what was asked for: its error, or a text for a result. */
static void handshake_refused(struct session *session, const char *what,
			      const struct message *reply)
{
	const char *said = reply->reply.error.text;
	char text[MESSAGE_TEXT_MAX];

	if (!*said && json_object_is_type(reply->reply.result, json_type_string))
		said = json_object_get_string(reply->reply.result);
	optional_not_helped(&session->optional);
	if (*said)
		session_fail(session, "%s refused: \"%s\"", what,
			     escape_text(text, sizeof(text), said, strlen(said)));
	else
		session_fail(session, "%s refused without a reason", what);
}

/* Whether the mask is not known yet: mining.configure is still to be answered, or to be sent. */
static bool handshake_awaits_mask(const struct session *session)
{
	return handshake_wants_configure(session) &&
	       (session->optional.configure_late ||
		session->optional.state[OPTIONAL_CONFIGURE].id != 0);
}

/*
 * The extranonces say whether the pool goes on with the past login; then it is that one again. It
 * stays the past one until its shares were sent again: this connection may be lost before.
 */
static void handshake_resume(struct session *session)
{
	struct work_terms *terms = &session->terms;
	const struct work_terms *past = &session->past.terms;

	session->resumed =
		session->past.id[0] && terms->extranonce1_size == past->extranonce1_size &&
		terms->extranonce2_size == past->extranonce2_size &&
		(terms->version_mask == past->version_mask || handshake_awaits_mask(session)) &&
		memcmp(terms->extranonce1, past->extranonce1, past->extranonce1_size) == 0;
	if (!session->resumed) {
		session_forget(session);
		return;
	}
	if (session->id[0])
		memcpy(session->past.id, session->id, sizeof(session->past.id));
	terms->session = past->session;
	if (!session->difficulty_set)
		work_set_difficulty(terms, past->difficulty);
}

static void handshake_subscribed(struct session *session, const struct message *reply)
{
	struct message_text extranonce1, id;
	const char *reason, *wrong;
	int64_t size;

	wrong = message_subscribed(reply, &id, &extranonce1, &size);
	if (wrong && *wrong) {
		session_fail(session, "mining.subscribe: %s", wrong);
		return;
	}
	if (wrong) {
		if (session->past.id[0]) {
			optional_leave_out(&session->optional, OPTIONAL_RESUME);
			session_forget(session);
		}
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
	session_suggest_early(session);
	if (session_live(session))
		handshake_authorize(session);
	if (session_live(session))
		handshake_release(session);
}

/* What nobody waits for: many servers never answer these. */
static void handshake_send_rest(struct session *session)
{
	char line[MESSAGE_SIZE_MAX];
	uint32_t id;

	session_suggest_again(session);
	if (session_live(session) && session->conf->extranonce_subscribe &&
	    optional_wanted(&session->optional, OPTIONAL_EXTRANONCE)) {
		id = session_next_id(session);
		optional_sent(&session->optional, OPTIONAL_EXTRANONCE, id, clock_now());
		session_send(session, "mining.extranonce.subscribe", line,
			     compose_extranonce_subscribe(line, sizeof(line), id));
	}
	if (session_live(session) && session->optional.configure_late &&
	    handshake_wants_configure(session) && !session->optional.state[OPTIONAL_CONFIGURE].id)
		session_send(session, "mining.configure", line,
			     handshake_compose_configure(session, line));
}

static void handshake_authorized(struct session *session, const struct message *reply)
{
	char what[CONF_TEXT_MAX + 32];

	if (!message_authorized(reply)) {
		session->refused = true;
		snprintf(what, sizeof(what), "login of user \"%s\"", session->conf->user);
		handshake_refused(session, what, reply);
		return;
	}
	session->state = SESSION_READY;
	session->request = 0;
	session->job_ns = session->ready_ns = clock_now();
	/* The server answers, but not mining.configure: the next login does not wait for it. */
	session->optional.configure_late = session->optional.state[OPTIONAL_CONFIGURE].id != 0 ||
					   session->optional.configure_late;
	ring_timer_at(session->stream.ring, &session->timer,
		      session->job_ns + session->limits->job_timeout * CLOCK_S);
	handshake_send_rest(session);
	if (session_live(session))
		session->handler->ready(session);
}

static void handshake_reply(struct session *session, const struct message *reply)
{
	if (session->state == SESSION_SUBSCRIBING)
		handshake_subscribed(session, reply);
	else if (session->state == SESSION_AUTHORIZING)
		handshake_authorized(session, reply);
}

bool session_handshake_reply(struct session *session, const struct message *reply)
{
	uint32_t id = (uint32_t)reply->id;
	enum optional_request answered =
		optional_answered(&session->optional, id, reply->reply.error.given);

	if (answered == OPTIONAL_CONFIGURE) {
		handshake_configured(session, reply);
		return true;
	}
	if (session->request && id == session->request) {
		handshake_reply(session, reply);
		return true;
	}
	return answered != OPTIONAL_N;
}
