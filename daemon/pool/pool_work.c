/* SPDX-License-Identifier: MIT */
#include "pool/pool_work.h"

#include <stdio.h>
#include <string.h>

#include "common/assert.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/hot.h"

HOT bool pool_work_repeats(struct pool_work *work, const struct job *job)
{
	const struct job *last = work->job;

	if (!last || !job_repeats(last, job))
		return false;
	if (job->clean && !last->clean)
		work->stale_before = last->sequence;
	work->packet_ns = job->packet_ns;
	return true;
}

/* Whether shares of the jobs before this one are late. */
HOT static bool work_makes_stale(const struct job *last, const struct job *job,
				 const struct job *resumed)
{
	if (last)
		return job->clean;
	return !resumed || memcmp(job->prevhash, resumed->prevhash, sizeof(job->prevhash)) != 0;
}

HOT struct job *pool_work_take(struct pool_work *work, struct job *job, uint64_t sequence,
			       const struct job *resumed)
{
	struct job *last = work->job;

	assert(!last || sequence > last->sequence);
	work_history_place(&work->history, job);
	job->sequence = sequence;
	if (work_makes_stale(last, job, resumed))
		work->stale_before = sequence;
	work->job = job;
	work->packet_ns = job->packet_ns;
	return last;
}

HOT bool pool_work_is_given(const struct pool_work *work)
{
	return work->job && work->given == work->job->sequence;
}

bool pool_work_renew(struct pool_work *work, uint64_t sequence)
{
	struct job *copy;

	assert(work->job);
	copy = job_copy(work->job);
	if (!copy)
		return false;
	work_history_place(&work->history, copy);
	copy->sequence = sequence;
	job_unref(work->job);
	work->job = copy;
	return true;
}

HOT void pool_work_given(struct pool_work *work)
{
	assert(work->job);
	work->given = work->job->sequence;
	work_history_given(&work->history, work->job);
}

bool pool_work_used_up(struct pool_work *work, char *reason, size_t size)
{
	const struct job *job = work->job;
	uint64_t now = clock_now();
	bool again = work->used_up_ns && now - work->used_up_ns < POOL_WORK_USED_UP * CLOCK_S;

	assert(job);
	work->used_up_ns = now;
	snprintf(reason, size,
		 "no headers left to hash in job \"%s\" (extranonce2 of %zu byte%s, %u s of ntime)",
		 job->id, job->extranonce2_size, job->extranonce2_size == 1 ? "" : "s",
		 job->ntime_roll);
	return again;
}

void pool_work_drop(struct pool_work *work)
{
	job_unref(TAKE(work->job));
}
