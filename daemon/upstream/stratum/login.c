/* SPDX-License-Identifier: MIT */
#include "upstream/stratum/login.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/assert.h"
#include "common/clock.h"
#include "common/hot.h"
#include "common/log.h"
#include "io/protocol_log.h"
#include "systemd/ids.h"
#include "upstream/stratum/encode.h"
#include "upstream/stratum/message.h"

void login_begin(struct login *login, uint64_t number, const char *host, unsigned port)
{
	assert(login->state == SESSION_CLOSED);
	login->state = SESSION_CONNECTING;
	snprintf(login->host, sizeof(login->host), "%s", host);
	login->port = port;
	/* Difficulty 1 is what a pool means that never says another. */
	login->terms = (struct work_terms){.session = number, .stock = login->terms.stock};
	work_set_difficulty(&login->terms, 1);
	login->id[0] = '\0';
	login->rolling = login->resumed = false;
	login->difficulty_set = login->refused = false;
	login->last_sent = NULL;
	login->next_id = 0;
	login->ever_heard |= login->heard_ns != 0;
	login->ready_ns = login->heard_ns = 0;
	login->newest_job = 0;
	invalid_lines_begin(&login->invalid);
}

void login_open(struct login *login)
{
	uint64_t now = login->transport.stream.ring->now;

	token_bucket_init(&login->lines, LOGIN_LINES_RATE, LOGIN_LINES_BURST, now);
	token_bucket_init(&login->bytes, LOGIN_BYTES_RATE, LOGIN_BYTES_BURST, now);
}

HOT bool login_is_live(const struct login *login)
{
	return login->state != SESSION_CLOSED && login->state != SESSION_CLOSING;
}

void login_fail(struct login *login, const char *format, ...)
{
	char reason[STREAM_REASON_MAX + MESSAGE_TEXT_MAX];
	va_list arguments;

	if (!login_is_live(login))
		return;
	va_start(arguments, format);
	vsnprintf(reason, sizeof(reason), format, arguments);
	va_end(arguments);
	login->failed(login, reason);
	assert(!login_is_live(login));
}

HOT uint32_t login_coming_id(const struct login *login)
{
	return login->next_id == UINT32_MAX ? 1 : login->next_id + 1;
}

uint32_t login_next_id(struct login *login)
{
	login->next_id = login_coming_id(login);
	return login->next_id;
}

/* mining.authorize has a password: it is encoded again, without. */
static void login_log_sent(const struct login *login, const char *method, const char *line,
			   size_t n)
{
	char masked[MESSAGE_SIZE_MAX];

	if (strcmp(method, "mining.authorize") == 0) {
		n = encode_authorize(masked, sizeof(masked), login->next_id, login->conf->user,
				     PROTOCOL_LOG_MASK);
		line = masked;
	}
	protocol_log(PROTOCOL_LOG_SENT, login->conf->name, line, n);
}

void login_send(struct login *login, const char *method, const char *line, size_t n)
{
	login->last_sent = method;
	if (login->conf->log_lines)
		login_log_sent(login, method, line, n);
	if (n == 0 || !stream_send(&login->transport.stream, line, n))
		login_fail(login, "cannot send: the pool does not read what it is sent");
}

/* Whether the server has said nothing, as it did in earlier logins: it is down, more likely. */
static bool login_is_away(const struct login *login)
{
	return login->ever_heard && !login->heard_ns;
}

/* The requests that are left out of the next logins as the peer ended the connection over one. */
static unsigned login_blame(struct login *login)
{
	bool early = login->state < SESSION_READY;
	uint64_t now = clock_now();
	unsigned blamed;

	/* This login was one without those that were left out before it. */
	if (!early && now - login->ready_ns >= OPTIONAL_REQUESTS_SETTLE * CLOCK_S)
		optional_proven(&login->optional, login->ready_ns);
	blamed = optional_blame(&login->optional, early, login_is_away(login), now);
	if (blamed & 1u << OPTIONAL_RESUME)
		login_forget(login);
	return blamed;
}

/* A server that expects TLS says so in its own way before it goes away. */
static bool login_speaks_tls(const struct login *login)
{
	const struct stream *stream = &login->transport.stream;
	const char *bytes;
	size_t n = line_rest(&stream->in, &bytes);

	return !stream->context && !login->heard_ns && n > 1 && tls_looks_like(bytes, n);
}

/* What the server may expect, where it went away before it ever said anything. */
static const char *login_hint(const struct login *login)
{
	if (login->ever_heard || login->heard_ns)
		return "";
	return login->transport.stream.context ? ": is it stratum+tcp://?"
					       : ": is it stratum+tls://?";
}

/* The end of the connection by the peer, and what was sent last where it may be over that. */
static void login_fail_ended(struct login *login, const char *reason)
{
	bool fresh = login->state < SESSION_READY ||
		     clock_now() - login->ready_ns < OPTIONAL_REQUESTS_SETTLE * CLOCK_S;
	const char *last = fresh ? login->last_sent : NULL;
	unsigned blamed = login_is_live(login) ? login_blame(login) : 0;
	char names[OPTIONAL_NAMES_MAX];

	optional_names(names, blamed);
	if (blamed)
		login_fail(login, "%s after %s, which %s left out of the next logins%s", reason,
			   names, blamed & (blamed - 1) ? "are" : "is", login_hint(login));
	else if (last)
		login_fail(login, "%s after %s%s", reason, last, login_hint(login));
	else
		login_fail(login, "%s", reason);
}

void login_fail_lost(struct login *login, const char *reason)
{
	const struct stream *stream = &login->transport.stream;
	bool securing = login->state == SESSION_SECURING && stream->context;

	if (stream->context && stream->tls.state != TLS_FAILED)
		log_debug("pool %s: TLS ended %s close_notify", login->conf->name,
			  stream->tls.state == TLS_CLOSED ? "with a" : "without a");
	if (securing && stream->tls.state != TLS_FAILED)
		login_fail(login, "%s during the TLS handshake%s", reason,
			   stream->tls.heard ? "" : login_hint(login));
	else if (!securing && login_speaks_tls(login))
		login_fail(login, "the peer speaks TLS on this port; is it stratum+tls://?");
	else if (securing || !stream->ended_by_peer)
		login_fail(login, "%s", reason);
	else
		login_fail_ended(login, reason);
}

void login_fail_silent(struct login *login, const char *format, ...)
{
	enum optional_request blamed =
		optional_blame_silence(&login->optional, login->heard_ns, login_is_away(login));
	char what[STREAM_REASON_MAX];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(what, sizeof(what), format, arguments);
	va_end(arguments);
	if (blamed == OPTIONAL_RESUME)
		login_forget(login);
	if (blamed != OPTIONAL_N)
		login_fail(login,
			   "%s; the last request was %s, which is left out of the next logins",
			   what, optional_name(blamed));
	else
		login_fail(login, "%s", what);
}

void login_ignore(struct login *login, const char *why, const char *line, size_t n)
{
	struct invalid_lines *invalid = &login->invalid;
	bool few;

	if (login->line_ignored)
		return;
	login->line_ignored = true;
	few = invalid_lines_add(invalid, why, line, n, login_received_ns(login));

	log_event(LOG_LEVEL_NOTICE,
		  LOG_FIELDS({"MESSAGE_ID", ID_POOL_INVALID_LINE},
			     {"MINERD_POOL", login->conf->name}, {"MINERD_REASON", invalid->last}),
		  "pool %s: ignoring an invalid line: %s", login->conf->name, invalid->last);
	if (!few)
		login_fail(login, "%u invalid lines without a valid message between, the last: %s",
			   invalid->run, invalid->last);
}

HOT uint64_t login_received_ns(const struct login *login)
{
	return login->transport.stream.received_ns;
}

bool login_wants_configure(const struct login *login)
{
	return login->conf->version_rolling &&
	       optional_wanted(&login->optional, OPTIONAL_CONFIGURE);
}

bool login_keep(struct login *login)
{
	login->past.terms = login->terms;
	memcpy(login->past.id, login->id, sizeof(login->past.id));
	return login->past.id[0];
}

void login_forget(struct login *login)
{
	login->past.id[0] = '\0';
}
