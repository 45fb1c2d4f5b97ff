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
#include "common/token_bucket.h"
#include "config/conf.h"
#include "io/dial.h"
#include "io/stream.h"
#include "io/tunnel.h"
#include "upstream/stratum/invalid_lines.h"
#include "upstream/stratum/message.h"
#include "upstream/stratum/optional_requests.h"
#include "upstream/stratum/submit_ids.h"
#include "upstream/stratum/work.h"

enum {
	/* s until the login goes on without the reply to mining.configure, which is taken later */
	SESSION_CONFIGURE_TIMEOUT = 5,
	SESSION_LINE_MESSAGES = 8, /* that are read of one line */
	SESSION_LOST_LOGIN = 2, /* rejects in a row that say "unauthorized" or "not subscribed" */
	SESSION_ID_MAX = 128,	/* characters of a subscription's id */
	SESSION_RECONNECT_WAIT_MAX = 600, /* s that client.reconnect may ask to wait */

	/* What a pool may say, replies to shares apart: beyond it the connection is closed. */
	SESSION_LINES_RATE = 1000,	      /* lines a second */
	SESSION_LINES_BURST = 5000,	      /* lines at once */
	SESSION_BYTES_RATE = 4 * 1024 * 1024, /* bytes a second */
	SESSION_BYTES_BURST = 16 * 1024 * 1024,
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

struct session;

struct session_handler {
	/* Authorised; a job may have come before. */
	void (*ready)(struct session *session);
	/* New work; the job's only reference goes to the callee, which fills in its sequence and
	 * tells session_newest_job(). */
	void (*job)(struct session *session, struct job *job);
	/* The bits that may be rolled changed, at once: also for the job that is worked on (terms).
	 */
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

/*
 * A login that is over, and that the pool may go on with: mining.subscribe names it, and when
 * extranonce1 and the size of extranonce2 come back as they were, the pool knows its jobs still.
 */
struct session_past {
	char id[SESSION_ID_MAX + 1]; /* of the subscription; empty: there is none */
	struct work_terms terms;
};

struct session {
	const struct conf_pool *conf;
	const struct conf_failover *limits;
	const struct session_handler *handler;
	struct dial dial;
	struct tunnel tunnel;
	struct stream stream;
	struct tls_context *tls; /* borrowed; NULL: without TLS */
	enum session_state state;
	struct ring_timer timer;

	/* Kept over logins. */
	struct optional_requests optional;
	struct invalid_lines invalid;
	bool line_ignored; /* the line that is read now is counted there */
	bool told_no_rolling;
	bool ever_heard;   /* a message came in an earlier login */
	double suggestion; /* the difficulty to ask for; 0: none */

	struct session_past past; /* what the next login asks to go on with */

	/* Of this login. */
	char host[CONF_HOST_MAX + 1]; /* where it leads */
	unsigned port;
	struct work_terms terms;     /* terms.extranonce2_size is 0 before subscribe was answered */
	char id[SESSION_ID_MAX + 1]; /* of its subscription; empty: the pool gave none */
	bool rolling;		     /* version rolling was granted: the mask may change */
	bool resumed;	     /* the pool goes on with the past login, whose number this one has */
	bool difficulty_set; /* the pool has set one in this login */
	bool difficulty_unbound; /* and no job has come since */
	bool suggest_due;	 /* the suggestion waits for that */
	bool suggest_checked;	 /* whether the first job follows it */
	bool hurried;		 /* the reply to mining.subscribe has less than its due time */
	bool refused;		 /* the pool refused user and password */
	const char *last_sent;	 /* method of the last request; NULL: none yet */
	uint64_t ready_ns;	 /* when authorised */
	uint64_t heard_ns;	 /* when the last message came; 0: none yet in this login */
	struct token_bucket lines, bytes;
	char *held_notify; /* came before the reply to subscribe; owned */
	size_t held_size;
	double held_difficulty; /* of when it came; 0: none was set by then */
	uint8_t prevhash[32];	/* of the last job */
	uint32_t request;	/* id of the handshake request that is waited for */
	uint32_t next_id;
	uint64_t job_ns;	/* when the last job came, or when authorised */
	uint64_t newest_job;	/* the sequence that session_newest_job() told; 0: none came yet */
	unsigned rejects;	/* in a row, of shares of the newest job that meet its difficulty */
	unsigned rejects_any;	/* in a row, of whatever share */
	unsigned rejects_login; /* in a row, that say that the pool does not know the login */
	uint64_t rejects_ns;	/* when the first of rejects_any came */

	struct submit_ids submit_ids;
};

/* conf and limits stay the caller's and must outlive the session. */
void session_init(struct session *session, struct ring *ring, struct resolver *resolver,
		  const struct conf_pool *conf, const struct conf_failover *limits,
		  const struct session_handler *handler);

/* From the next connection on: TLS, with the host that each leads to. context must outlive it. */
void session_secure(struct session *session, struct tls_context *context);

/* Only when closed. */
void session_deinit(struct session *session);

/* Begins a login, numbered by the caller, when closed: all else is told by the handler, later. */
void session_connect(struct session *session, uint64_t number, const char *host, unsigned port);

/* Ends it without lost(); closed() follows in a later turn. Nothing when closed or closing. */
void session_close(struct session *session);

/* limits have changed: deadlines that run are measured anew. */
void session_limits_changed(struct session *session);

/*
 * Called when it is lost: the next login asks the pool to go on with this one. false: the pool gave
 * no id for it. One that ends before it is ready forgets it by itself: it may have been the asking
 * that the pool did not bear.
 */
bool session_keep(struct session *session);
void session_forget(struct session *session);

/*
 * The difficulty to ask the pool for from now on (0: none): at once in a login that is ready, and
 * with each later one as early as the pool takes it. Not between set_difficulty and the job that it
 * binds with: ckpool would forget what held before. Most pools answer with set_difficulty at most.
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
