/* SPDX-License-Identifier: MIT */
/*
 * Invariant: at most one handshake request is out at a time (`request`), and a reply counts only
 * for the request that its id names.
 */
#include "upstream/stratum/handshake.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/assert.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/container.h"
#include "common/escape.h"
#include "common/log.h"
#include "upstream/stratum/encode.h"

void handshake_reset(struct handshake *handshake)
{
	handshake->request = 0;
	handshake->short_deadline = false;
	free(TAKE(handshake->held_notify));
}

/* Sends a handshake request and waits for its reply for so many seconds. */
static void handshake_step(struct handshake *handshake, enum session_state state,
			   const char *method, const char *line, size_t n, unsigned timeout)
{
	struct login *login = handshake->login;

	login->state = state;
	handshake->request = login->next_id;
	ring_timer_in(login->transport.stream.ring, &login->timer, timeout * CLOCK_S);
	login_send(login, method, line, n);
}

static unsigned handshake_configure_timeout(const struct handshake *handshake)
{
	const struct login *login = handshake->login;

	return MIN((unsigned)HANDSHAKE_CONFIGURE_TIMEOUT, login->limits->handshake_timeout);
}

/* Whether the server says nothing in this login, for which mining.configure may be the reason. */
static bool handshake_is_silent(const struct handshake *handshake)
{
	const struct login *login = handshake->login;

	return login->optional.state[OPTIONAL_CONFIGURE].id && !login->heard_ns;
}

static void handshake_subscribe(struct handshake *handshake)
{
	struct login *login = handshake->login;
	char line[MESSAGE_SIZE_MAX];
	uint32_t id = login_next_id(login);
	size_t n =
		encode_subscribe(line, sizeof(line), id, login->conf->user_agent, login->past.id);

	if (login->past.id[0])
		optional_sent(&login->optional, OPTIONAL_RESUME, id, clock_now());
	handshake->short_deadline = handshake_is_silent(handshake);
	handshake_step(handshake, SESSION_SUBSCRIBING, "mining.subscribe", line, n,
		       handshake->short_deadline ? handshake_configure_timeout(handshake)
						 : login->limits->handshake_timeout);
}

static void handshake_authorize(struct handshake *handshake)
{
	struct login *login = handshake->login;
	char line[MESSAGE_SIZE_MAX];
	size_t n = encode_authorize(line, sizeof(line), login_next_id(login), login->conf->user,
				    login->conf->password);

	handshake_step(handshake, SESSION_AUTHORIZING, "mining.authorize", line, n,
		       login->limits->handshake_timeout);
}

static size_t handshake_encode_configure(struct handshake *handshake, char line[MESSAGE_SIZE_MAX])
{
	struct login *login = handshake->login;
	uint32_t id = login_next_id(login);

	optional_sent(&login->optional, OPTIONAL_CONFIGURE, id, clock_now());
	return encode_configure(line, MESSAGE_SIZE_MAX, id);
}

void handshake_begin(struct handshake *handshake)
{
	struct login *login = handshake->login;
	uint64_t now = login->transport.stream.ring->now;
	char line[MESSAGE_SIZE_MAX];
	size_t n;

	/* Servers are replaced by newer ones. */
	if (optional_begin(&login->optional, login->past.id[0] != '\0', now))
		log_event(LOG_LEVEL_INFO, LOG_FIELDS({"MINERD_POOL", login->conf->name}),
			  "pool %s: retrying the requests that were left out for %d minutes",
			  login->conf->name, OPTIONAL_REQUESTS_AGAIN / 60);
	if (!login->conf->session_resume || !optional_wanted(&login->optional, OPTIONAL_RESUME))
		login_forget(login);
	if (!login_wants_configure(login) || login->optional.configure_late) {
		handshake_subscribe(handshake);
		return;
	}
	n = handshake_encode_configure(handshake, line);
	handshake_step(handshake, SESSION_CONFIGURING, "mining.configure", line, n,
		       handshake_configure_timeout(handshake));
}

/*
 * mining.subscribe has no reply. After a short deadline, a server that has said something, and so
 * is just slow, gets the rest of handshake_timeout.
 */
static void handshake_subscribe_late(struct handshake *handshake)
{
	struct login *login = handshake->login;
	unsigned timeout = login->limits->handshake_timeout;
	unsigned waited = handshake_configure_timeout(handshake);

	if (handshake->short_deadline && !handshake_is_silent(handshake) && timeout > waited) {
		handshake->short_deadline = false;
		ring_timer_in(login->transport.stream.ring, &login->timer,
			      (timeout - waited) * CLOCK_S);
	} else if (login->optional.state[OPTIONAL_CONFIGURE].id) {
		login->optional.configure_late = true;
		login_fail(login,
			   "no reply to mining.configure and mining.subscribe; the next attempt "
			   "sends mining.configure after the login");
	} else {
		login_fail_silent(login, "no reply to mining.subscribe within %u s", timeout);
	}
}

void handshake_late(struct handshake *handshake)
{
	struct login *login = handshake->login;

	switch (login->state) {
	case SESSION_CONFIGURING:
		/* Its reply is taken whenever it comes. */
		log_debug("pool %s: no reply to mining.configure yet", login->conf->name);
		handshake_subscribe(handshake);
		break;
	case SESSION_SUBSCRIBING:
		handshake_subscribe_late(handshake);
		break;
	default:
		assert(login->state == SESSION_AUTHORIZING);
		login_fail_silent(login, "no reply to mining.authorize within %u s",
				  login->limits->handshake_timeout);
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

const char *handshake_hold(struct handshake *handshake, const struct message_notify *notify,
			   const char *line, size_t n)
{
	struct login *login = handshake->login;
	const char *wrong = handshake_check_job(notify);
	char *copy = wrong ? NULL : malloc(n + 1);

	if (wrong)
		return wrong;
	if (!copy) {
		login_fail(login, "job: %s", strerror(ENOMEM));
		return NULL;
	}
	/* There may be NUL bytes in it. */
	memcpy(copy, line, n);
	copy[n] = '\0';
	free(handshake->held_notify);
	handshake->held_notify = copy;
	handshake->held_size = n;
	handshake->held_difficulty = login->difficulty_set ? login->terms.difficulty : 0;
	return NULL;
}

static void handshake_release(struct handshake *handshake)
{
	struct login *login = handshake->login;

	CLEANUP(cleanup_free) char *line = TAKE(handshake->held_notify);
	CLEANUP(message_deinit) struct message message = MESSAGE_NULL;
	double difficulty = login->terms.difficulty;
	const char *wrong;
	size_t used;

	if (!line ||
	    message_parse(&message, line, handshake->held_size, &used, &wrong) != MESSAGE_OK)
		return;
	/* It has the difficulty of when it came: one that was set after it binds with the next. */
	if (handshake->held_difficulty > 0)
		work_set_difficulty(&login->terms, handshake->held_difficulty);
	wrong = job_intake_notify(handshake->intake, &message.notify, clock_now());
	if (wrong)
		login_ignore(login, wrong, line, handshake->held_size);
	if (fabs(difficulty - login->terms.difficulty) > 0) {
		work_set_difficulty(&login->terms, difficulty);
		suggestion_set_unbound(handshake->suggestion, true);
	}
}

/* The reply may come late, when there is a job: then the mask holds for that one too. */
static void handshake_configured(struct handshake *handshake, const struct message *reply)
{
	struct login *login = handshake->login;
	bool late = login->state != SESSION_CONFIGURING;
	uint32_t mask;

	login->rolling = message_configured(reply, &mask);
	/* Once, not with each login of a pool that comes and goes. */
	if (!login->rolling && !handshake->no_rolling_logged)
		log_event(LOG_LEVEL_INFO, LOG_FIELDS({"MINERD_POOL", login->conf->name}),
			  "pool %s does not grant version rolling", login->conf->name);
	handshake->no_rolling_logged = !login->rolling;
	login->terms.version_mask = mask & ENCODE_VERSION_MASK;
	if (!late)
		handshake_subscribe(handshake);
	else if (login->rolling)
		handshake->handler->version_mask(handshake);
}

/* What a server says instead of what was asked for: its error, or a text for a result. */
static void handshake_refused(struct handshake *handshake, const char *what,
			      const struct message *reply)
{
	struct login *login = handshake->login;
	const char *said = reply->reply.error.text;
	char text[MESSAGE_TEXT_MAX];

	if (!*said && json_object_is_type(reply->reply.result, json_type_string))
		said = json_object_get_string(reply->reply.result);
	optional_not_helped(&login->optional);
	if (*said)
		login_fail(login, "%s refused: \"%s\"", what,
			   escape_text(text, sizeof(text), said, strlen(said)));
	else
		login_fail(login, "%s refused without a reason", what);
}

/* Whether the mask is not known yet: mining.configure is still to be answered, or to be sent. */
static bool handshake_awaits_mask(const struct handshake *handshake)
{
	const struct login *login = handshake->login;

	return login_wants_configure(login) && (login->optional.configure_late ||
						login->optional.state[OPTIONAL_CONFIGURE].id != 0);
}

/*
 * The extranonces say whether the pool goes on with the past login; then it is that one again. It
 * stays the past one until its shares were sent again: this connection may be lost before.
 */
static void handshake_resume(struct handshake *handshake)
{
	struct login *login = handshake->login;
	struct work_terms *terms = &login->terms;
	const struct work_terms *past = &login->past.terms;

	login->resumed =
		login->past.id[0] && terms->extranonce1_size == past->extranonce1_size &&
		terms->extranonce2_size == past->extranonce2_size &&
		(terms->version_mask == past->version_mask || handshake_awaits_mask(handshake)) &&
		memcmp(terms->extranonce1, past->extranonce1, past->extranonce1_size) == 0;
	if (!login->resumed) {
		login_forget(login);
		return;
	}
	if (login->id[0])
		memcpy(login->past.id, login->id, sizeof(login->past.id));
	terms->session = past->session;
	if (!login->difficulty_set)
		work_set_difficulty(terms, past->difficulty);
}

static void handshake_subscribed(struct handshake *handshake, const struct message *reply)
{
	struct login *login = handshake->login;
	struct message_text extranonce1, id;
	const char *reason, *wrong;
	int64_t size;

	wrong = message_subscribed(reply, &id, &extranonce1, &size);
	if (wrong && *wrong) {
		login_fail(login, "mining.subscribe: %s", wrong);
		return;
	}
	if (wrong) {
		if (login->past.id[0]) {
			optional_leave_out(&login->optional, OPTIONAL_RESUME);
			login_forget(login);
		}
		handshake_refused(handshake, "mining.subscribe", reply);
		return;
	}
	if (work_set_extranonce(&login->terms, &extranonce1, size, &reason) != WORK_OK) {
		login_fail(login, "mining.subscribe: %s", reason);
		return;
	}
	if (id.size <= LOGIN_ID_MAX)
		memcpy(login->id, id.data, id.size);
	login->id[id.size <= LOGIN_ID_MAX ? id.size : 0] = '\0';
	handshake_resume(handshake);
	suggestion_send_early(handshake->suggestion);
	if (login_is_live(login))
		handshake_authorize(handshake);
	if (login_is_live(login))
		handshake_release(handshake);
}

/* What nobody waits for: many servers never answer these. */
static void handshake_send_rest(struct handshake *handshake)
{
	struct login *login = handshake->login;
	char line[MESSAGE_SIZE_MAX];
	uint32_t id;

	suggestion_check(handshake->suggestion);
	if (login_is_live(login) && login->conf->extranonce_subscribe &&
	    optional_wanted(&login->optional, OPTIONAL_EXTRANONCE)) {
		id = login_next_id(login);
		optional_sent(&login->optional, OPTIONAL_EXTRANONCE, id, clock_now());
		login_send(login, "mining.extranonce.subscribe", line,
			   encode_extranonce_subscribe(line, sizeof(line), id));
	}
	if (login_is_live(login) && login->optional.configure_late &&
	    login_wants_configure(login) && !login->optional.state[OPTIONAL_CONFIGURE].id)
		login_send(login, "mining.configure", line,
			   handshake_encode_configure(handshake, line));
}

static void handshake_authorized(struct handshake *handshake, const struct message *reply)
{
	struct login *login = handshake->login;
	char what[CONF_TEXT_MAX + 32];

	if (!message_authorized(reply)) {
		login->refused = true;
		snprintf(what, sizeof(what), "login of user \"%s\"", login->conf->user);
		handshake_refused(handshake, what, reply);
		return;
	}
	login->state = SESSION_READY;
	handshake->request = 0;
	login->job_ns = login->ready_ns = clock_now();
	/* The server answers, but not mining.configure: the next login does not wait for it. */
	login->optional.configure_late =
		login->optional.state[OPTIONAL_CONFIGURE].id != 0 || login->optional.configure_late;
	ring_timer_at(login->transport.stream.ring, &login->timer,
		      login->job_ns + login->limits->job_timeout * CLOCK_S);
	handshake_send_rest(handshake);
	if (login_is_live(login))
		handshake->handler->ready(handshake);
}

static void handshake_reply(struct handshake *handshake, const struct message *reply)
{
	struct login *login = handshake->login;

	if (login->state == SESSION_SUBSCRIBING)
		handshake_subscribed(handshake, reply);
	else if (login->state == SESSION_AUTHORIZING)
		handshake_authorized(handshake, reply);
}

bool handshake_on_reply(struct handshake *handshake, const struct message *reply)
{
	struct login *login = handshake->login;
	uint32_t id = (uint32_t)reply->id;
	enum optional_request answered =
		optional_answered(&login->optional, id, reply->reply.error.given);

	if (answered == OPTIONAL_CONFIGURE) {
		handshake_configured(handshake, reply);
		return true;
	}
	if (handshake->request && id == handshake->request) {
		handshake_reply(handshake, reply);
		return true;
	}
	return answered != OPTIONAL_N;
}
