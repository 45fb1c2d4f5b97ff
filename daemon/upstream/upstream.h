/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Where jobs come from and shares go to: one connection to one server, whatever it speaks. This is
 * all that a pool knows of a protocol. Which kinds there are, upstream.c alone knows; what a kind
 * has to provide is in upstream_kind.h. Io thread only.
 *
 *	upstream_init -> upstream_connect -> ready -> .. lost or upstream_close .. -> closed
 *
 * job() may come before ready(). After closed() it may connect again, or be deinitialised.
 *
 * A job is immutable and complete: how its header gets a merkle root is between the job and the
 * workers, so that a kind may issue jobs with a coinbase or with a fixed root.
 *
 * Ownership of shares: upstream_submit() borrows the share until the upstream answers it, or until
 * the connection is over (lost(), reconnect() or upstream_close()). An upstream counts nothing.
 */
#include "upstream/upstream_base.h"

/* Of the kind that settings->conf asks for. -ENOMEM. */
int upstream_init(struct upstream *upstream, const struct upstream_settings *settings,
		  const struct upstream_handler *handler);

/* When closed, or once the ring has gone. Idempotent, and for zeroed memory. */
void upstream_deinit(struct upstream *upstream);

/*
 * Begins a login at host:port, only when closed: the handler reports all else, later. host is
 * copied. number is the login's, unique in this process: its jobs have it as job->session.
 */
void upstream_connect(struct upstream *upstream, uint64_t number, const char *host, unsigned port);

/* Ends it without lost(); closed() follows in a later iteration. Nothing when closed or closing. */
void upstream_close(struct upstream *upstream);

enum upstream_state upstream_state(const struct upstream *upstream);
void upstream_snapshot(struct upstream_snapshot *ret, const struct upstream *upstream);

/*
 * settings->limits have changed. When ready, the deadlines of the next job and of replies to shares
 * are measured anew, and lost() may be called from within; a login under way keeps the deadline
 * that runs.
 */
void upstream_limits_changed(struct upstream *upstream);

/*
 * settings->conf has changed in what needs no new login, and its texts lie elsewhere now: before
 * the old ones are freed.
 */
void upstream_conf_changed(struct upstream *upstream);

/* Whether its peer is served before those of other upstreams. */
void upstream_serve_first(struct upstream *upstream, bool first);

/*
 * The difficulty to ask the server for from now on (0: none), when the protocol allows it. In any
 * state; when ready, lost() may be called from within.
 */
void upstream_suggest_difficulty(struct upstream *upstream, double difficulty);

/* What a share submitted now has to meet; only when ready. */
struct target upstream_target(const struct upstream *upstream);

/* The workers' newest job has this sequence: shares of older ones may be rejected as late. */
void upstream_newest_job(struct upstream *upstream, uint64_t sequence);

/* The same job with the version mask of now; NULL on allocation failure. */
struct job *upstream_remask(const struct upstream *upstream, const struct job *job);

/* Whether a share can be sent now: ready, and there is room for its reply. */
bool upstream_can_submit(const struct upstream *upstream);

/*
 * Sends a share of a job of this login; again: for the second time, as the past login it goes on
 * with may not have got it. The share is borrowed, see above. false: it cannot be sent now.
 */
bool upstream_submit(struct upstream *upstream, const struct share *share, bool again);

/*
 * A worker found a share that meets the network target: an upstream whose blocks minerd builds
 * itself calls block() from within, in any state and for a job of any login. The share may be
 * submitted afterwards. false: it does not, or no more, or the job is none of its own.
 */
bool upstream_found_block(struct upstream *upstream, const struct share *share);

/*
 * Gives a block to the server, whoever found it; block_answered() follows, or lost() first. false:
 * it cannot be sent now, or the server takes no blocks.
 */
bool upstream_submit_block(struct upstream *upstream, struct block *block);

/* Whether a block was given to the server that it has not answered yet. */
bool upstream_awaits_block(const struct upstream *upstream);

/* Asks how deep a block lies; block_seen() follows, unless the connection is lost. false: as above.
 */
bool upstream_ask_block(struct upstream *upstream, const struct target *hash);

/*
 * Resumption. upstream_keep() is called from lost() or reconnect() of a login that was ready: the
 * next login asks the server to go on with it. false: the server does not offer that. A login that
 * is kept is forgotten by upstream_forget(), or by itself where the asking may be what the server
 * does not tolerate.
 */
bool upstream_keep(struct upstream *upstream);
void upstream_forget(struct upstream *upstream);

/* Whether a login is kept. */
bool upstream_is_kept(const struct upstream *upstream);

/* Whether this login resumes the kept one, and has its number; false until the server says so. */
bool upstream_is_resumed(const struct upstream *upstream);

/* The number of this login, or of the one that it resumes; only when ready. */
uint64_t upstream_login(const struct upstream *upstream);

/* Whether shares of a job of this login are still good: what they are made of may have changed. */
bool upstream_takes_job(const struct upstream *upstream, const struct job *job);
