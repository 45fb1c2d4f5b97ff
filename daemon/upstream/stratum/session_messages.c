/* SPDX-License-Identifier: MIT */
/*
 * What a pool says in a session. Invariant: a message changes the session or it is counted as
 * invalid and changes nothing; only what would void later shares ends the session.
 */
#include <string.h>

#include "bitcoin/reject.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/container.h"
#include "common/escape.h"
#include "common/hot.h"
#include "common/log.h"
#include "systemd/ids.h"
#include "upstream/stratum/compose.h"
#include "upstream/stratum/reconnect.h"
#include "upstream/stratum/session_parts.h"

void session_ignore(struct session *session, const char *why, const char *line, size_t n)
{
	struct invalid_lines *invalid = &session->invalid;
	bool few;

	if (session->line_ignored)
		return;
	session->line_ignored = true;
	few = invalid_lines_add(invalid, why, line, n, session->stream.received_ns);

	log_event(LOG_LEVEL_NOTICE,
		  LOG_FIELDS({"MESSAGE_ID", ID_POOL_INVALID_LINE},
			     {"MINERD_POOL", session->conf->name},
			     {"MINERD_REASON", invalid->last}),
		  "pool %s: ignoring an invalid line: %s", session->conf->name, invalid->last);
	if (!few)
		session_fail(session,
			     "%u invalid lines without a valid message between, the last: %s",
			     invalid->run, invalid->last);
}

HOT const char *session_on_notify(struct session *session, const struct message_notify *notify,
				  uint64_t parsed_ns)
{
	CLEANUP(job_unrefp) struct job *job = NULL;
	const char *reason;
	int r = work_from_notify(&job, notify, &session->terms, &reason);

	if (r < 0) {
		session_fail(session, "mining.notify: %s", strerror(-r));
		return NULL;
	}
	if (r != WORK_OK)
		return reason;
	/* A new block makes older work stale, whether the pool says so or not. */
	if (memcmp(session->prevhash, job->prevhash, sizeof(session->prevhash)) != 0)
		job->clean = true;
	memcpy(session->prevhash, job->prevhash, sizeof(session->prevhash));
	job->packet_ns = session->stream.received_ns;
	job->parsed_ns = parsed_ns;
	session->job_ns = job->packet_ns;
	session->difficulty_unbound = false;
	session->handler->job(session, TAKE(job));
	if (session->state == SESSION_READY) {
		session_suggest_again(session);
		session_suggest_if_due(session);
	}
	return NULL;
}

/*
 * What crosses new work or a new difficulty is no fault, and neither is a block that the pool does
 * not take for a share; but a pool that takes nothing else is.
 */
static void session_count_rejects(struct session *session, const struct submit *submit,
				  const struct share_answer *answer)
{
	const struct share *share = submit->share;

	if (!answer->rejected) {
		session->rejects = session->rejects_any = session->rejects_login = 0;
		return;
	}
	if (!target_met(&share->job->target, &share->hash))
		return;
	if (answer->reason == REJECT_UNAUTHORIZED || answer->reason == REJECT_NOT_SUBSCRIBED)
		session->rejects_login++;
	else
		session->rejects_login = 0;
	/* Of one that was sent again it says that it was taken the first time, perhaps. */
	if (submit->again)
		return;
	session->rejects += share->job->sequence == session->newest_job &&
			    target_met(&session->terms.target, &share->hash);
	if (session->rejects_any++ == 0)
		session->rejects_ns = answer->received_ns;
}

static bool session_rejects_all(const struct session *session)
{
	const struct conf_failover *limits = session->limits;

	return session->rejects >= limits->max_rejects ||
	       (session->rejects_any >= limits->max_rejects &&
		session->stream.received_ns - session->rejects_ns >=
			limits->reply_timeout * CLOCK_S);
}

/* The pool takes nothing any more, or does not know who we are. */
static void session_check_rejects(struct session *session, const char *said)
{
	char text[MESSAGE_TEXT_MAX];

	escape_text(text, sizeof(text), said, strlen(said));
	if (session->rejects_login >= SESSION_LOST_LOGIN)
		session_fail(session,
			     "the pool has lost the login: it rejected %u shares in a row with "
			     "\"%s\"",
			     session->rejects_login, text);
	else if (session_rejects_all(session))
		session_fail(session, "rejected %u shares in a row, the last with \"%s\"",
			     session->rejects_any, text);
}

static struct share_answer session_answer(const struct session *session,
					  const struct submit *submit,
					  const struct message_error *error)
{
	uint64_t now = session->stream.received_ns;
	struct share_answer answer = {
		.rejected = error->rejected,
		.code = error->code,
		.text = error->text,
		.received_ns = now,
		/* A reply may be in the packet that woke the loop in which the share was sent. */
		.reply_ns = now > submit->sent_ns ? now - submit->sent_ns : 0,
	};

	if (error->rejected)
		answer.reason = reject_from_error(error->code, error->text);
	return answer;
}

/* false: nobody waits for that reply. */
static bool session_on_answer(struct session *session, const struct message *reply)
{
	struct share_answer answer;
	struct submit submit;

	if (!submit_ids_take(&session->submit_ids, reply->id, &submit))
		return false;
	answer = session_answer(session, &submit, &reply->reply.error);
	optional_settle(&session->optional, answer.received_ns);
	optional_proven(&session->optional, session->ready_ns);
	session_count_rejects(session, &submit, &answer);
	session->handler->answered(session, submit.share, &answer);
	session_check_rejects(session, answer.text);
	return true;
}

static const char *session_on_reply(struct session *session, const struct message *reply)
{
	if (reply->id > 0 &&
	    ((session->state == SESSION_READY && session_on_answer(session, reply)) ||
	     session_handshake_reply(session, reply)))
		return NULL;
	return "a reply that nothing waits for";
}

/* What cannot be understood ends the session: its shares would be void. */
static void session_on_extranonce(struct session *session, const struct message *message)
{
	int64_t size = message->extranonce.extranonce2_size;
	const char *reason;

	if (size < 0)
		size = (int64_t)session->terms.extranonce2_size;
	if (work_set_extranonce(&session->terms, &message->extranonce.extranonce1, size, &reason) !=
	    WORK_OK)
		session_fail(session, "mining.set_extranonce: %s", reason);
}

/* BIP 310: it narrows what was granted, and grants nothing by itself. */
static void session_on_version_mask(struct session *session, uint32_t mask)
{
	if (!session->rolling)
		return;
	session->terms.version_mask = mask & COMPOSE_VERSION_MASK;
	session->terms.mask_unknown = false;
	session->handler->version_mask(session);
}

/* Of a mask that nobody knows no bit is sure: none is rolled, and shares say so. */
static void session_on_unknown_mask(struct session *session)
{
	if (!session->rolling)
		return;
	session->terms.mask_unknown = true;
	session->handler->version_mask(session);
}

static void session_on_reconnect(struct session *session, const struct message *message)
{
	const struct message_text *host = &message->reconnect.host;
	unsigned port = message->reconnect.port;
	char text[MESSAGE_HOST_MAX + 1];

	if (host->size && !reconnect_allowed(session->conf->host, host->data)) {
		escape_text(text, sizeof(text), host->data, host->size);
		log_event(LOG_LEVEL_WARNING,
			  LOG_FIELDS({"MESSAGE_ID", ID_POOL_REDIRECT_REFUSED},
				     {"MINERD_POOL", session->conf->name}, {"MINERD_REASON", text}),
			  "pool %s: refusing to reconnect to %s: it is another domain than %s",
			  session->conf->name, text, session->conf->host);
		return;
	}
	/* No host, or no port, is that of this login, wherever it was led to. */
	session->handler->reconnect(
		session, host->size ? host->data : session->host, port ? port : session->port,
		MIN(message->reconnect.wait, (unsigned)SESSION_RECONNECT_WAIT_MAX));
}

static const char *session_on_request(struct session *session, const struct message *message)
{
	char line[MESSAGE_SIZE_MAX], text[MESSAGE_TEXT_MAX];

	switch (message->kind) {
	case MESSAGE_PING:
		session_send(session, "a pong", line,
			     compose_pong(line, sizeof(line), message->id_text));
		return NULL;
	case MESSAGE_GET_VERSION:
		session_send(session, "client.get_version", line,
			     compose_version(line, sizeof(line), message->id_text,
					     session->conf->user_agent));
		return NULL;
	case MESSAGE_SHOW_MESSAGE:
		log_event(LOG_LEVEL_NOTICE, LOG_FIELDS({"MINERD_POOL", session->conf->name}),
			  "pool %s: message from the pool: %s", session->conf->name,
			  escape_text(text, sizeof(text), message->text.data, message->text.size));
		return NULL;
	default:
		return "unknown method";
	}
}

static void session_on_difficulty(struct session *session, double difficulty)
{
	work_set_difficulty(&session->terms, difficulty);
	session->difficulty_set = true;
	session->difficulty_unbound = session->newest_job != 0 || session->resumed;
}

/* NULL, or why the message is ignored. */
HOT static const char *session_dispatch(struct session *session, const struct message *message,
					uint64_t parsed_ns)
{
	switch (message->kind) {
	case MESSAGE_REPLY:
		return session_on_reply(session, message);
	case MESSAGE_NOTIFY:
		return session_on_notify(session, &message->notify, parsed_ns);
	case MESSAGE_SET_DIFFICULTY:
		session_on_difficulty(session, message->difficulty);
		return NULL;
	case MESSAGE_SET_EXTRANONCE:
		session_on_extranonce(session, message);
		return NULL;
	case MESSAGE_SET_VERSION_MASK:
		session_on_version_mask(session, message->version_mask);
		return NULL;
	case MESSAGE_RECONNECT:
		session_on_reconnect(session, message);
		return NULL;
	default:
		return session_on_request(session, message);
	}
}

/* Whether it changes what is worked on, or was waited for: a pool that sends such is sane. */
static bool session_is_progress(const struct message *message)
{
	switch (message->kind) {
	case MESSAGE_REPLY:
	case MESSAGE_NOTIFY:
	case MESSAGE_SET_DIFFICULTY:
	case MESSAGE_SET_EXTRANONCE:
	case MESSAGE_SET_VERSION_MASK:
		return true;
	default:
		return false;
	}
}

/* A line that is a message of that kind by its method, but makes no sense. */
static void session_on_invalid(struct session *session, enum message_kind kind, const char *why,
			       const char *line, size_t n)
{
	switch (kind) {
	case MESSAGE_SET_EXTRANONCE:
		session_fail(session, "%s", why);
		break;
	case MESSAGE_SET_VERSION_MASK:
		session_on_unknown_mask(session);
		session_ignore(session, why, line, n);
		break;
	default:
		session_ignore(session, why, line, n);
	}
}

HOT static void session_on_one(struct session *session, const struct message *message,
			       const char *line, size_t n)
{
	const char *why = NULL;

	if (message->kind == MESSAGE_NOTIFY && session->state <= SESSION_SUBSCRIBING)
		why = session_handshake_hold(session, &message->notify, line, n);
	else
		why = session_dispatch(session, message, clock_now());
	if (why)
		session_on_invalid(session, message->kind, why, line, n);
	else if (session_is_progress(message))
		invalid_lines_end_run(&session->invalid);
}

/* Replies to shares are as many as the shares; all else that a pool says is up to the pool. */
HOT static bool session_within_budget(struct session *session, const struct message *message,
				      size_t n)
{
	uint64_t now = session->stream.received_ns;

	if (message->kind == MESSAGE_REPLY && submit_ids_has(&session->submit_ids, message->id))
		return true;
	if (token_bucket_take(&session->lines, 1, now) &&
	    token_bucket_take(&session->bytes, n, now))
		return true;
	session_fail(session, "flood: more than %d messages or %d MiB a second", SESSION_LINES_RATE,
		     SESSION_BYTES_RATE / (1024 * 1024));
	return false;
}

/* Most often one message. Some servers put two on a line; what is more than a few is ignored. */
HOT void session_on_message(struct stream *stream, char *line, size_t n)
{
	struct session *session = container_of(stream, struct session, stream);
	size_t at = 0, used = 0;
	unsigned messages = 0;

	session->heard_ns = stream->received_ns;
	session->line_ignored = false;
	do {
		CLEANUP(message_deinit) struct message message = MESSAGE_NULL;
		const char *note;
		int r = message_parse(&message, line + at, n - at, &used, &note);

		if (r < 0) {
			session_fail(session, "message: %s", strerror(-r));
			return;
		}
		if (!session_within_budget(session, &message, used))
			return;
		if (r == MESSAGE_OK)
			session_on_one(session, &message, line + at, used);
		else
			session_on_invalid(session, message.kind, note, line + at, used);
		if (r == MESSAGE_OK && session_live(session) && (note || (at == 0 && used < n)))
			session_ignore(session, note ? note : "more than one message on a line",
				       line + at, n - at);
		at += used;
	} while (at < n && session_live(session) && ++messages < SESSION_LINE_MESSAGES);
}
