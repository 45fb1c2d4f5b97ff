/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What is logged about pools: one event, with a MESSAGE_ID that the catalog explains, for each
 * change of state. It knows no pool, but what it is given of one. Io thread.
 */
#include "bitcoin/share_answer.h"
#include "bitcoin/target.h"
#include "config/conf.h"
#include "pool/pool_outage.h"
#include "upstream/upstream.h"

/* Whenever an attempt begins; at level debug. redirected: to where the pool asked for. */
void pool_events_connecting(const struct conf_pool *conf, const char *host, unsigned port,
			    bool redirected);

/* Its certificate is not looked at. */
void pool_events_unverified(const struct conf_pool *conf);

/* Logged in and usable. */
void pool_events_connected(const struct conf_pool *conf, const struct pool_outage *outage,
			   double difficulty, const struct upstream_snapshot *login);

/*
 * It was usable and is lost, or failed on its way there; the next attempt is made in wait_ns. A
 * warning, or at level debug, as the outage says, which counts it.
 */
void pool_events_lost(const struct conf_pool *conf, struct pool_outage *outage, const char *reason,
		      uint64_t wait_ns);
void pool_events_failed(const struct conf_pool *conf, struct pool_outage *outage,
			const char *reason, uint64_t wait_ns);

/* It asked to reconnect, as reason says. */
void pool_events_redirected(const struct conf_pool *conf, const struct pool_outage *outage,
			    const char *reason, uint64_t wait_ns);

/*
 * It has become ready while another one is mined on. takeover_ns: in how long it may take over, if
 * it is a better one that is held down; or 0.
 */
void pool_events_standby(const struct conf_pool *conf, const struct pool_outage *outage,
			 uint64_t takeover_ns);

/*
 * It could not be made of these settings. changed: those in which they differ from the former ones,
 * with which the pool of that name goes on; or "", if there was none.
 */
void pool_events_not_made(const struct conf_pool *conf, const char *reason, const char *changed);

/* From now on the workers hash for it, and why. */
void pool_events_active(const struct conf_pool *conf, const char *reason);

/* A better one, healthy for so many ns, takes over from the pool of that name. */
void pool_events_failback(const struct conf_pool *conf, uint64_t healthy_ns, const char *before);

/* The workers have no headers left of its job, as reason says, and go on from another place. */
void pool_events_used_up(const struct conf_pool *conf, const char *reason);

/* The end of an outage. */
void pool_events_recovered(const struct conf_pool *conf, const struct pool_outage *outage);

/* The pool resumes the past login, for which n shares are kept; before any is sent. */
void pool_events_resumed(const struct conf_pool *conf, unsigned n);

/* A share was rejected; text is what the pool said, escaped. */
void pool_events_rejected(const struct conf_pool *conf, const struct target *hash,
			  const struct share_answer *answer, const char *text);

/* Whether a raise of the difficulty binds at once; then one share every probe_s tests that. */
void pool_events_raise(const struct conf_pool *conf, bool at_once, unsigned probe_s);

/* The first hash on its parent that meets the network target; the first that a pool accepted. */
void pool_events_block_found(const char *pool, const struct target *hash);
void pool_events_block_accepted(const struct conf_pool *conf, const struct target *hash);

/* A share that meets the network target, and that pool (its name) did not say to have accepted. */
void pool_events_block_lost(const char *pool, const struct target *hash, const char *why);

/* The server set another difficulty; and minerd asks for one, for a share every interval s. */
void pool_events_difficulty(const struct conf_pool *conf, double before, double after);
void pool_events_suggesting(const struct conf_pool *conf, double difficulty, double interval);

/* Disconnected, as it is not needed as a standby. */
void pool_events_not_needed(const struct conf_pool *conf);

/* It is new in the configuration; or it has to connect anew, as these of its keys have changed. */
void pool_events_added(const struct conf_pool *conf, const char *changed);

/* These keys have changed, and it has the new name now; it stays connected. */
void pool_events_tuned(const struct conf_pool *conf, const char *name, const char *changed);
void pool_events_removed(const struct conf_pool *conf);
void pool_events_chosen(const struct conf_pool *conf);

/* No pool can be mined on, and the end of that after so many ns. */
void pool_events_none(void);
void pool_events_some(uint64_t ns);
