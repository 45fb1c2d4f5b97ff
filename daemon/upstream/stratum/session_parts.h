/* SPDX-License-Identifier: MIT */
#pragma once

/* What the files of a session share. Internal to it; io thread only. */
#include "upstream/stratum/session.h"

/* Neither closed nor closing. */
bool session_live(const struct session *session);

/* Ends the login for a reason that its owner is told, once. */
void session_fail(struct session *session, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The same where the server has said nothing for too long: also blames what was sent last. */
void session_fail_silent(struct session *session, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The next id of a request. */
uint32_t session_next_id(struct session *session);

/*
 * Sends a line of that method, a constant text; n is what compose_*() returned: 0 fails the login
 * as much as a full stream.
 */
void session_send(struct session *session, const char *method, const char *line, size_t n);

/* A whole line came. */
void session_on_message(struct stream *stream, char *line, size_t n);

/* Counts and logs a line that makes no sense; too many in a row end the login. */
void session_ignore(struct session *session, const char *why, const char *line, size_t n);

/* A job for the owner; or why it is none, and then the last one stays. */
const char *session_on_notify(struct session *session, const struct message_notify *notify,
			      uint64_t parsed_ns);

/*
 * Sends the suggestion: before the login is authorised; after it, and with the first job of it, if
 * the pool does not follow; or once nothing speaks against it any more.
 */
void session_suggest_early(struct session *session);
void session_suggest_again(struct session *session);
void session_suggest_if_due(struct session *session);

/* Dial and tunnel; the stream's opening goes on with session_handshake_begin(). */
void session_connect_init(struct session *session, struct ring *ring, struct resolver *resolver);
void session_connect_begin(struct session *session, const char *host, unsigned port);
void session_connect_close(struct session *session);

/* Tells the owner, once closing and nothing of it belongs to the kernel any more. */
void session_settle(struct session *session);

/* The stream is open. */
void session_handshake_begin(struct session *session);

/* The reply that is waited for has not come in time. */
void session_handshake_late(struct session *session);

/* A reply that is not to a share. false: nobody waits for it. */
bool session_handshake_reply(struct session *session, const struct message *reply);

/*
 * A job that comes before the reply to subscribe waits for it: only then extranonce1 is known.
 * NULL, or what is wrong with it; then the one before still waits.
 */
const char *session_handshake_hold(struct session *session, const struct message_notify *notify,
				   const char *line, size_t n);
