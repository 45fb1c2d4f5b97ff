/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * One pool: its settings, its connection and what it came to. It connects when it is wanted and
 * comes back after a loss as its backoff says; which pool the workers hash for is decided above, in
 * pools.h. Io thread only.
 */
#include "bitcoin/share.h"
#include "config/conf.h"
#include "pool/backoff.h"
#include "pool/held_blocks.h"
#include "pool/inflight.h"
#include "pool/ledger.h"
#include "pool/payout.h"
#include "pool/pending.h"
#include "pool/pool_trust.h"
#include "pool/pool_work.h"
#include "pool/suggest.h"
#include "upstream/upstream.h"

enum {
	POOL_ERROR_MAX = 256,
	POOL_REJECT_MAX = 200,	 /* characters kept of why a share was rejected */
	POOL_PROGRESS = 10,	 /* s that it has to work with an accepted share .. */
	POOL_PROGRESS_IDLE = 60, /* .. or without any share sent, for a failure to be the first */
	POOL_STEADY = 600,	 /* s mined on, after which a loss is none of a flapping pool */
	POOL_FLAPS_MAX = 6,	 /* doublings of failback_after, and one */
	POOL_RAISE_REJECTS = 2,	 /* in a row, until a raise of the difficulty binds at once */
	POOL_RAISE_PROBE = 60, /* s between two shares that are sent to see whether it still does */
	POOL_KEEP = 60,	       /* s after a loss that shares are kept for the next login */
	POOL_USED_UP = 10,     /* s within which a job that is used up again costs the login */
};

enum pool_state {
	POOL_OFF,	 /* not wanted */
	POOL_CONNECTING, /* from the look-up to authorised with a job */
	POOL_USABLE,	 /* authorised, and there is a job */
	POOL_WAITING,	 /* for the next attempt */
};

/* What has happened, and is told in the log once the workers have what they need. */
enum pool_news {
	POOL_NEWS_NONE,
	POOL_NEWS_CONNECTED,
	POOL_NEWS_LOST,	  /* it was usable */
	POOL_NEWS_FAILED, /* it was on its way there */
	POOL_NEWS_REDIRECTED,
};

struct pool;

struct pool_handler {
	/* It has become usable, or has another job: pool->work.job. */
	void (*job)(struct pool *pool);
	/* It was usable, or on its way there, and is not any more. */
	void (*lost)(struct pool *pool);
	/* A share was answered: there is room for more. */
	void (*answered)(struct pool *pool);
	/* pool_remove() is done: nothing of it belongs to the kernel any more. */
	void (*removed)(struct pool *pool);
	/* A number that no job or login of this process has. */
	uint64_t (*number)(struct pool *pool);
};

/* The last share that the pool rejected, in its own words. */
struct pool_reject {
	char text[POOL_REJECT_MAX + 1]; /* escaped */
	int64_t code;			/* 0: it gave none */
	enum reject reason;
	uint64_t ns; /* clock_now() of the reply; 0: there was none */
};

/* From the first failure to real progress, and what the log was told of it (pool_events.h). */
struct pool_outage {
	uint64_t since_ns; /* 0: there is none */
	unsigned failures; /* losses and attempts that came to nothing */
	unsigned logins;   /* that came to nothing, or not yet to anything */
	unsigned warnings, summaries, silent;
	uint64_t told_ns;
	char reason[POOL_ERROR_MAX]; /* told last */
};

struct pool {
	const struct pool_handler *handler;
	struct ring *ring;
	const struct conf_failover *limits;
	struct ledger *total;  /* the program's books, kept beside the pool's own */
	struct conf_pool conf; /* owned */
	enum pool_state state;
	bool wanted;
	bool removing;
	bool ever_lost; /* while usable, since it was last chosen by hand: has to prove itself */
	unsigned flaps; /* losses in a row, each soon after it was mined on */
	enum pool_news news;
	bool stands_by; /* as the log was told */

	/* For those who watch; times are clock_now(). */
	uint64_t state_ns;	  /* since when it is in its state, or no longer the active one */
	uint64_t down_ns;	  /* since when it is wanted but not usable; 0: it is not so */
	uint64_t active_since_ns; /* 0: it is not; kept by pools.c */
	uint64_t active_ns;	  /* how long it was the active one, up to active_since_ns */
	uint64_t attempts;	  /* connections begun */
	uint64_t losses;	  /* times that it was usable, and then not any more */
	uint64_t last_loss_ns;
	char last_loss[POOL_ERROR_MAX]; /* why it was left, or could not be reached */

	struct upstream upstream;
	struct pool_trust trust;
	/* Where client.reconnect leads, for one attempt; empty and 0: to the configured server. */
	char redirect_host[CONF_HOST_MAX + 1];
	unsigned redirect_port;
	bool elsewhere;	  /* the last attempt was not to the configured host and port */
	bool unresumable; /* this login is left for good: the next one shall not go on with it */

	struct pool_work work;
	uint64_t used_up_ns; /* when the workers had no headers left of a job; 0: never */
	struct payout payout;

	/*
	 * A raise of the difficulty binds from the next job on, but for pools that judge the shares
	 * of older jobs by it too. How this one does is learnt from what it rejects, and unlearnt
	 * from what it accepts, for each login.
	 */
	unsigned raise_rejects;	 /* shares of older jobs that were too easy for it, in a row */
	bool raise_binds;	 /* at once */
	uint64_t raise_probe_ns; /* when a share was sent last that should be too easy */

	struct inflight inflight; /* sent, and not answered yet */

	/* Open from the loss of a login until the next one is ready, or POOL_KEEP has passed. */
	struct pending pending;
	struct ring_timer give_up;
	uint64_t kept_since_ns; /* the loss since which no share was answered; 0: some was */

	double rate; /* hashes a second; 0: not known yet */
	struct suggest suggest;

	struct backoff backoff;
	struct pool_outage outage;
	struct ring_timer retry;
	uint64_t not_before_ns; /* no attempt is made sooner */
	/* Of this login: shares sent, those sent again with them, and those that were accepted. */
	uint64_t login_sent, login_accepted;
	uint64_t usable_ns; /* since when; 0 when it is not */
	char last_error[POOL_ERROR_MAX];
	struct pool_reject last_reject;
	struct ledger ledger;
	struct held_blocks held_blocks;
};

/* What all pools share; must outlive them. */
struct pool_context {
	struct ring *ring;
	struct resolver *resolver;
	const struct conf_failover *limits;
	struct ledger *total;
	struct job_stock *stock;
	const struct pool_handler *handler;
};

/*
 * Takes over the texts of conf, and trust, which was made of it, and leaves both empty. -ENOMEM:
 * both are untouched, and there is no pool.
 */
int pool_init(struct pool *pool, const struct pool_context *context, struct conf_pool *conf,
	      struct pool_trust *trust);

/* Only after removed(). */
void pool_deinit(struct pool *pool);

/* Whether it shall be connected. */
void pool_want(struct pool *pool, bool wanted);

/* Ends it for good; removed() follows, in a later turn. */
void pool_remove(struct pool *pool);

bool pool_usable(const struct pool *pool);

/* The next attempt is made now, with its past forgotten: somebody asked for it by name. */
void pool_hurry(struct pool *pool);

/*
 * Takes over settings that differ from its own in nothing, or in such alone as a connection can
 * take over (CONF_POOL_TUNED); leaves conf empty.
 */
void pool_tune(struct pool *pool, struct conf_pool *conf);

/* limits have changed. */
void pool_limits_changed(struct pool *pool);

/*
 * The current job for the workers, borrowed; NULL: there is none. One that they were given before
 * is replaced by a copy, which leads to other headers.
 */
struct job *pool_give_job(struct pool *pool);

/*
 * The workers have no headers left of its job. true: it can be given to them again, for others;
 * else the pool was left.
 */
bool pool_job_used_up(struct pool *pool);

/*
 * When a usable pool has been healthy for long enough to take over from one that works: after
 * failback_after if it was lost before, and after twice that for each time more that it was lost
 * within POOL_STEADY of being mined on. UINT64_MAX: not before it has answered the shares that it
 * was sent.
 */
uint64_t pool_proven_ns(const struct pool *pool);

/* Hashes a second that the workers do: what share_interval goes by. To be told every now and then.
 */
void pool_set_rate(struct pool *pool, double rate);

/* Whether a share of this job may be given to it: the login that issued it is there or awaited. */
bool pool_issued(const struct pool *pool, const struct job *job);

/* Whether a share can be sent to it now. */
bool pool_has_room(const struct pool *pool);

/* It becomes the active pool, or is not any more; only at a change. */
void pool_set_active(struct pool *pool, bool active);

/* Shares that are on their way to it, or wait for a login to be gone on with. */
unsigned pool_waiting(const struct pool *pool);

/*
 * Books a share of a job that this pool issued, and sends it unless it is late or was found
 * before. A late one that is a block is sent all the same. During a break it waits for the login.
 */
void pool_share(struct pool *pool, const struct share *share);
