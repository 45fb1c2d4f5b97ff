/* SPDX-License-Identifier: MIT */
#include "upstream/stratum/dispatch.h"

#include <string.h>

#include "common/assert.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/container.h"
#include "common/escape.h"
#include "common/hot.h"
#include "common/log.h"
#include "systemd/ids.h"
#include "upstream/stratum/encode.h"
#include "upstream/stratum/reconnect.h"
#include "upstream/stratum/reject_reason.h"

static struct share_answer dispatch_answer(const struct dispatch *dispatch,
					   const struct submit *submit,
					   const struct message_error *error)
{
	uint64_t now = login_received_ns(dispatch->login);
	struct share_answer answer = {
		.rejected = error->rejected,
		.code = error->code,
		.text = error->text,
		.received_ns = now,
		/* A reply may be in the packet that woke the loop in which the share was sent. */
		.reply_ns = now > submit->sent_ns ? now - submit->sent_ns : 0,
	};

	if (error->rejected)
		answer.reason = reject_reason(error->code, error->text);
	return answer;
}

static void dispatch_count_reject(struct dispatch *dispatch, const struct submit *submit,
				  const struct share_answer *answer)
{
	const struct login *login = dispatch->login;
	const struct share *share = submit->share;

	rejects_count(&dispatch->rejects, answer,
		      &(struct rejects_share){
			      .meets_job = target_met(&share->job->target, &share->hash),
			      .newest = share->job->sequence == login->newest_job &&
					target_met(&login->terms.target, &share->hash),
			      .again = submit->again,
		      });
}

/* The pool takes nothing any more, or does not know who we are. */
static void dispatch_judge_rejects(struct dispatch *dispatch, const struct share_answer *answer)
{
	struct login *login = dispatch->login;
	const struct rejects *rejects = &dispatch->rejects;
	char text[MESSAGE_TEXT_MAX];

	escape_text(text, sizeof(text), answer->text, strlen(answer->text));
	switch (rejects_judge(rejects, login->limits)) {
	case REJECTS_TOLERATED:
		break;
	case REJECTS_LOGIN_LOST:
		login_fail(login,
			   "the pool has lost the login: it rejected %u shares in a row with "
			   "\"%s\"",
			   rejects->login, text);
		break;
	case REJECTS_TOO_MANY:
		login_fail(login, "rejected %u shares in a row, the last with \"%s\"", rejects->any,
			   text);
		break;
	}
}

/* false: nobody waits for that reply. */
static bool dispatch_on_answer(struct dispatch *dispatch, const struct message *reply)
{
	struct login *login = dispatch->login;
	struct share_answer answer;
	struct submit submit;

	if (!submit_ids_take(&dispatch->submit_ids, reply->id, &submit))
		return false;
	answer = dispatch_answer(dispatch, &submit, &reply->reply.error);
	optional_settle(&login->optional, answer.received_ns);
	optional_proven(&login->optional, login->ready_ns);
	dispatch_count_reject(dispatch, &submit, &answer);
	dispatch->handler->answered(dispatch, submit.share, &answer);
	dispatch_judge_rejects(dispatch, &answer);
	return true;
}

static const char *dispatch_on_reply(struct dispatch *dispatch, const struct message *reply)
{
	if (reply->id > 0 &&
	    ((dispatch->login->state == SESSION_READY && dispatch_on_answer(dispatch, reply)) ||
	     handshake_on_reply(dispatch->handshake, reply)))
		return NULL;
	return "a reply that nothing waits for";
}

/* What cannot be understood ends the session: its shares would be void. */
static void dispatch_on_extranonce(struct dispatch *dispatch, const struct message *message)
{
	int64_t size = message->extranonce.extranonce2_size;
	const char *reason;

	if (size < 0)
		size = (int64_t)dispatch->login->terms.extranonce2_size;
	if (work_set_extranonce(&dispatch->login->terms, &message->extranonce.extranonce1, size,
				&reason) != WORK_OK)
		login_fail(dispatch->login, "mining.set_extranonce: %s", reason);
}

/* BIP 310: it narrows what was granted, and grants nothing by itself. */
static void dispatch_on_version_mask(struct dispatch *dispatch, uint32_t mask)
{
	if (!dispatch->login->rolling)
		return;
	dispatch->login->terms.version_mask = mask & ENCODE_VERSION_MASK;
	dispatch->login->terms.mask_unknown = false;
	dispatch->handler->version_mask(dispatch);
}

/* Of a mask that nobody knows no bit is sure: none is rolled, and shares say so. */
static void dispatch_on_unknown_mask(struct dispatch *dispatch)
{
	if (!dispatch->login->rolling)
		return;
	dispatch->login->terms.mask_unknown = true;
	dispatch->handler->version_mask(dispatch);
}

static void dispatch_on_reconnect(struct dispatch *dispatch, const struct message *message)
{
	const struct message_text *host = &message->reconnect.host;
	unsigned port = message->reconnect.port;
	char text[MESSAGE_HOST_MAX + 1];

	if (host->size && !reconnect_allowed(dispatch->login->conf->host, host->data)) {
		escape_text(text, sizeof(text), host->data, host->size);
		log_event(LOG_LEVEL_WARNING,
			  LOG_FIELDS({"MESSAGE_ID", ID_POOL_REDIRECT_REFUSED},
				     {"MINERD_POOL", dispatch->login->conf->name},
				     {"MINERD_REASON", text}),
			  "pool %s: refusing to reconnect to %s: it is another domain than %s",
			  dispatch->login->conf->name, text, dispatch->login->conf->host);
		return;
	}
	/* No host, or no port, is that of this login, wherever it was led to. */
	dispatch->handler->reconnect(
		dispatch, host->size ? host->data : dispatch->login->host,
		port ? port : dispatch->login->port,
		MIN(message->reconnect.wait, (unsigned)DISPATCH_RECONNECT_WAIT_MAX));
}

static const char *dispatch_on_request(struct dispatch *dispatch, const struct message *message)
{
	char line[MESSAGE_SIZE_MAX], text[MESSAGE_TEXT_MAX];

	switch (message->kind) {
	case MESSAGE_PING:
		login_send(dispatch->login, "a pong", line,
			   encode_pong(line, sizeof(line), message->id_text));
		return NULL;
	case MESSAGE_GET_VERSION:
		login_send(dispatch->login, "client.get_version", line,
			   encode_version(line, sizeof(line), message->id_text,
					  dispatch->login->conf->user_agent));
		return NULL;
	case MESSAGE_SHOW_MESSAGE:
		log_event(LOG_LEVEL_NOTICE,
			  LOG_FIELDS({"MINERD_POOL", dispatch->login->conf->name}),
			  "pool %s: message from the pool: %s", dispatch->login->conf->name,
			  escape_text(text, sizeof(text), message->text.data, message->text.size));
		return NULL;
	default:
		return "unknown method";
	}
}

static void dispatch_on_difficulty(struct dispatch *dispatch, double difficulty)
{
	work_set_difficulty(&dispatch->login->terms, difficulty);
	dispatch->login->difficulty_set = true;
	suggestion_on_difficulty(dispatch->suggestion);
}

/* NULL, or why the message is ignored. */
HOT static const char *dispatch_one(struct dispatch *dispatch, const struct message *message,
				    uint64_t parsed_ns)
{
	switch (message->kind) {
	case MESSAGE_REPLY:
		return dispatch_on_reply(dispatch, message);
	case MESSAGE_NOTIFY:
		return job_intake_notify(dispatch->intake, &message->notify, parsed_ns);
	case MESSAGE_SET_DIFFICULTY:
		dispatch_on_difficulty(dispatch, message->difficulty);
		return NULL;
	case MESSAGE_SET_EXTRANONCE:
		dispatch_on_extranonce(dispatch, message);
		return NULL;
	case MESSAGE_SET_VERSION_MASK:
		dispatch_on_version_mask(dispatch, message->version_mask);
		return NULL;
	case MESSAGE_RECONNECT:
		dispatch_on_reconnect(dispatch, message);
		return NULL;
	default:
		return dispatch_on_request(dispatch, message);
	}
}

/* Whether it changes what is worked on, or was waited for: a pool that sends such is sane. */
static bool dispatch_is_progress(const struct message *message)
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
static void dispatch_on_invalid(struct dispatch *dispatch, enum message_kind kind, const char *why,
				const char *line, size_t n)
{
	switch (kind) {
	case MESSAGE_SET_EXTRANONCE:
		login_fail(dispatch->login, "%s", why);
		break;
	case MESSAGE_SET_VERSION_MASK:
		dispatch_on_unknown_mask(dispatch);
		login_ignore(dispatch->login, why, line, n);
		break;
	default:
		login_ignore(dispatch->login, why, line, n);
	}
}

HOT static void dispatch_on_one(struct dispatch *dispatch, const struct message *message,
				const char *line, size_t n)
{
	const char *why = NULL;

	if (message->kind == MESSAGE_NOTIFY && dispatch->login->state <= SESSION_SUBSCRIBING)
		why = handshake_hold(dispatch->handshake, &message->notify, line, n);
	else
		why = dispatch_one(dispatch, message, clock_now());
	if (why)
		dispatch_on_invalid(dispatch, message->kind, why, line, n);
	else if (dispatch_is_progress(message))
		invalid_lines_end_run(&dispatch->login->invalid);
}

/* Replies to shares are as many as the shares; all else that a pool says is up to the pool. */
HOT static bool dispatch_within_budget(struct dispatch *dispatch, const struct message *message,
				       size_t n)
{
	uint64_t now = login_received_ns(dispatch->login);

	if (message->kind == MESSAGE_REPLY && submit_ids_has(&dispatch->submit_ids, message->id))
		return true;
	if (token_bucket_take(&dispatch->login->lines, 1, now) &&
	    token_bucket_take(&dispatch->login->bytes, n, now))
		return true;
	login_fail(dispatch->login, "flood: more than %d messages or %d MiB a second",
		   LOGIN_LINES_RATE, LOGIN_BYTES_RATE / (1024 * 1024));
	return false;
}

/* Most often one message. Some servers put two on a line; what is more than a few is ignored. */
HOT void dispatch_line(struct dispatch *dispatch, char *line, size_t n)
{
	size_t at = 0, used = 0;
	unsigned messages = 0;

	dispatch->login->heard_ns = login_received_ns(dispatch->login);
	dispatch->login->line_ignored = false;
	do {
		CLEANUP(message_deinit) struct message message = MESSAGE_NULL;
		const char *note;
		int r = message_parse(&message, line + at, n - at, &used, &note);

		if (r < 0) {
			login_fail(dispatch->login, "message: %s", strerror(-r));
			return;
		}
		if (!dispatch_within_budget(dispatch, &message, used))
			return;
		if (r == MESSAGE_OK)
			dispatch_on_one(dispatch, &message, line + at, used);
		else
			dispatch_on_invalid(dispatch, message.kind, note, line + at, used);
		if (r == MESSAGE_OK && login_is_live(dispatch->login) &&
		    (note || (at == 0 && used < n)))
			login_ignore(dispatch->login,
				     note ? note : "more than one message on a line", line + at,
				     n - at);
		at += used;
	} while (at < n && login_is_live(dispatch->login) && ++messages < DISPATCH_LINE_MESSAGES);
}

void dispatch_begin(struct dispatch *dispatch)
{
	assert(!dispatch->submit_ids.n);
	dispatch->rejects = (struct rejects){};
}
