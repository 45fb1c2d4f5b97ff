/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What the parts of a session have in common: the settings, the connection, and what the present
 * login and those before it have shown. The parts (handshake, job_intake, suggestion) know the
 * login; the login knows none of them. Io thread only.
 */
#include <stdbool.h>
#include <stdint.h>

#include "common/token_bucket.h"
#include "config/conf.h"
#include "io/transport.h"
#include "upstream/stratum/invalid_lines.h"
#include "upstream/stratum/message.h"
#include "upstream/stratum/optional_requests.h"
#include "upstream/stratum/work.h"

enum {
	LOGIN_ID_MAX = 128, /* characters of a subscription's id */

	/* What a pool may say, replies to shares apart: beyond it the connection is closed. */
	LOGIN_LINES_RATE = 1000,	    /* lines a second */
	LOGIN_LINES_BURST = 5000,	    /* lines at once */
	LOGIN_BYTES_RATE = 4 * 1024 * 1024, /* bytes a second */
	LOGIN_BYTES_BURST = 16 * 1024 * 1024,
};

enum session_state {
	SESSION_CLOSED,
	SESSION_CONNECTING,
	SESSION_SECURING, /* the TLS handshake */
	SESSION_CONFIGURING,
	SESSION_SUBSCRIBING,
	SESSION_AUTHORIZING,
	SESSION_READY,	 /* authorised: shares may be submitted */
	SESSION_CLOSING, /* until closed() */
};

struct login;

/*
 * A login that is over, and that the pool may resume: mining.subscribe names it, and when
 * extranonce1 and the size of extranonce2 come back as they were, the pool knows its jobs still.
 */
struct login_past {
	char id[LOGIN_ID_MAX + 1]; /* of the subscription; empty: there is none */
	struct work_terms terms;
};

struct login {
	const struct conf_pool *conf;
	const struct conf_failover *limits;
	/* The login has failed, for the reason given, once: the callee closes it. */
	void (*failed)(struct login *login, const char *reason);

	/* What each line touches lies side by side: on the way of a job few cache lines count. */
	enum session_state state;
	bool line_ignored;   /* the line that is read now is counted as invalid */
	uint64_t heard_ns;   /* when the last message came; 0: none yet in this login */
	uint64_t job_ns;     /* when the last job came, or when authorised */
	uint64_t newest_job; /* sequence of the workers' newest job; 0: none came yet */
	struct token_bucket lines, bytes;

	struct ring_timer timer; /* of the deadline of the present state */
	struct transport transport;

	/* Kept over logins. */
	struct optional_requests optional;
	struct invalid_lines invalid;
	bool ever_heard;	/* a message came in an earlier login */
	struct login_past past; /* what the next login asks to resume */

	/* Of this login. */
	char host[CONF_HOST_MAX + 1]; /* of the server */
	unsigned port;
	struct work_terms terms;   /* terms.extranonce2_size is 0 before subscribe was answered */
	char id[LOGIN_ID_MAX + 1]; /* of its subscription; empty: the pool gave none */
	bool rolling;		   /* version rolling was granted: the mask may change */
	bool resumed;		   /* the pool resumes the past login, whose number this one has */
	bool difficulty_set;	   /* the pool has set one in this login */
	bool refused;		   /* the pool refused user and password */
	const char *last_sent;	   /* method of the last request; NULL: none yet */
	uint32_t next_id;	   /* of a request */
	uint64_t ready_ns;	   /* when authorised; 0: not yet */
};

/* A new login at host:port, numbered by the caller; only when closed. */
void login_begin(struct login *login, uint64_t number, const char *host, unsigned port);

/* The connection is open: the peer may speak from now on. */
void login_open(struct login *login);

/* Neither closed nor closing. */
bool login_is_live(const struct login *login);

/* Ends a live login: its owner gets the reason, once. */
void login_fail(struct login *login, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same where the server has said nothing for too long: also blames what was sent last. */
void login_fail_silent(struct login *login, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The same for a stream that was lost: adds which request the server may not tolerate. */
void login_fail_lost(struct login *login, const char *reason);

/* The id that the next request will have. */
uint32_t login_coming_id(const struct login *login);

/* The id of a request that is made now. Never 0. */
uint32_t login_next_id(struct login *login);

/*
 * Sends a line of that method, a constant text; n is what encode_*() returned: 0 fails the login
 * as much as a full stream.
 */
void login_send(struct login *login, const char *method, const char *line, size_t n);

/* Counts and logs a line that makes no sense; too many in a row end the login. */
void login_ignore(struct login *login, const char *why, const char *line, size_t n);

/* When the last line was received, by the ring's clock. */
uint64_t login_received_ns(const struct login *login);

/* Whether mining.configure is a part of logins now. */
bool login_wants_configure(const struct login *login);

/* The next login asks for this one, false: the pool gave no id for it; or for none. */
bool login_keep(struct login *login);
void login_forget(struct login *login);
