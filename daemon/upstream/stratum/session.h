/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * One login at one pool: connect, configure, subscribe, authorize, then jobs in and shares out.
 * Each step follows the reply to the last; replies are matched by id alone. It judges the pool by
 * progress: a deadline for connection, proxy, TLS and each handshake reply, for the next job and
 * for the replies to shares, and a limit of rejects in a row. Io thread only.
 */
#include <stdbool.h>
#include <stdint.h>

#include "bitcoin/share.h"
#include "bitcoin/share_answer.h"
#include "upstream/stratum/dispatch.h"
#include "upstream/stratum/handshake.h"
#include "upstream/stratum/job_intake.h"
#include "upstream/stratum/login.h"
#include "upstream/stratum/suggestion.h"

struct session;

struct session_handler {
	/* Authorised; a job may have come before. */
	void (*ready)(struct session *session);
	/*
	 * New work; the job's only reference goes to the callee, which fills in its sequence and
	 * calls session_newest_job().
	 */
	void (*job)(struct session *session, struct job *job);
	/* The bits that may be rolled changed (terms), at once: also for the present job. */
	void (*version_mask)(struct session *session);
	/* The reply to a share, the one that was given to session_submit(). */
	void (*answered)(struct session *session, const struct share *share,
			 const struct share_answer *answer);
	/* The pool asks to come back at host:port, which are always given, in wait seconds. */
	void (*reconnect)(struct session *session, const char *host, unsigned port, unsigned wait);
	/* Lost, with the reason; closed() follows. Not called after session_close(). */
	void (*lost)(struct session *session, const char *reason);
	void (*closed)(struct session *session);
};

/* All borrowed; what they point at must outlive the session. */
struct session_settings {
	struct ring *ring;
	struct resolver *resolver;
	const struct conf_pool *conf;
	const struct conf_failover *limits;
	struct tls_context *tls; /* verifies the host of each connection; NULL: without TLS */
	struct job_stock *stock; /* memory for its jobs, or NULL */
};

struct session {
	const struct session_handler *handler;
	struct tls_context *tls; /* borrowed; NULL: without TLS */
	struct login login;
	struct suggestion suggestion;
	struct job_intake intake;
	struct handshake handshake;
	struct dispatch dispatch;
};

void session_init(struct session *session, const struct session_settings *settings,
		  const struct session_handler *handler);

/* When closed, or once the ring has gone. */
void session_deinit(struct session *session);

/* Begins a login of that number, only when closed: the handler reports all else, later. */
void session_connect(struct session *session, uint64_t number, const char *host, unsigned port);

/* Ends it without lost(); closed() follows in a later iteration. Nothing when closed or closing. */
void session_close(struct session *session);

/*
 * limits have changed. When ready, the deadlines of the next job and of replies to shares are
 * measured anew, and lost() may be called from within; a login under way keeps the deadline that
 * runs.
 */
void session_limits_changed(struct session *session);

/*
 * The difficulty to ask the pool for from now on, when suggestion.h says; 0: none. When ready,
 * lost() may be called from within.
 */
void session_suggest(struct session *session, double difficulty);

/* The job of this login that the workers have, or will have next, by its sequence. */
void session_newest_job(struct session *session, uint64_t sequence);

/* Whether shares of a job of this login are still good: the pool may have changed extranonce1. */
bool session_takes_job(const struct session *session, const struct job *job);

/* Whether a share can be sent now: authorised, and room for its reply. */
bool session_can_submit(const struct session *session);

/*
 * Sends a share of a job of this login, for the second time if `again`. The share is borrowed until
 * answered(), or until the login is over. false: it cannot be sent now.
 */
bool session_submit(struct session *session, const struct share *share, bool again);
