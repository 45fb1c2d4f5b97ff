/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The work of one pool: its current job, which older jobs are stale by now, and what of it the
 * workers were given before. Io thread.
 */
#include "bitcoin/job.h"
#include "pool/work_history.h"

struct pool_work {
	struct job *job;       /* the current one, with a reference; NULL: there is none */
	uint64_t stale_before; /* shares of jobs with a lower sequence are late */
	uint64_t given;	       /* sequence of the job that the workers were given last */
	uint64_t packet_ns;    /* clock_now() when the last job came, a repeated one too; 0: none */
	uint64_t used_up_ns;   /* when the workers had no headers left of a job; 0: never */
	struct work_history history;
};

/* s within which no second job may be used up */
enum { POOL_WORK_USED_UP = 10 };

/*
 * Whether a job of this pool that came says nothing new: some pools send the last one over and
 * over. It changes nothing but that older jobs are stale, where it says so now.
 */
bool pool_work_repeats(struct pool_work *work, const struct job *job);

/*
 * Puts job, whose reference it takes, in the place of the current one, which is returned with its
 * reference (NULL: there was none). sequence is above those of all jobs before. resumed is the last
 * job of the login that this one goes on with, if job is the first one since, or NULL: the first
 * job of any login is clean, so only its block tells whether that one's shares are late.
 */
struct job *pool_work_take(struct pool_work *work, struct job *job, uint64_t sequence,
			   const struct job *resumed);

/* Whether the workers were given the current job already: only a copy leads to other headers. */
bool pool_work_is_given(const struct pool_work *work);

/* Puts such a copy in its place; false: there is no memory for it. Only when there is a job. */
bool pool_work_renew(struct pool_work *work, uint64_t sequence);

/* The workers are given the current job now. Only when there is one. */
void pool_work_given(struct pool_work *work);

/*
 * The workers have no headers left of the current job, as reason says. Whether that was so not long
 * ago already. Only when there is one.
 */
bool pool_work_used_up(struct pool_work *work, char *reason, size_t size);

/* There is no work any more; the history stays. Idempotent. */
void pool_work_drop(struct pool_work *work);
