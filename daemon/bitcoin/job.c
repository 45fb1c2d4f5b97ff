/* SPDX-License-Identifier: MIT */
#include "bitcoin/job.h"

#include <stdlib.h>
#include <string.h>

#include "common/container.h"
#include "common/hot.h"

void job_stock_deinit(struct job_stock *stock)
{
	free(atomic_exchange(&stock->job, NULL));
}

/* Zeroed, with at least so much room behind it. */
HOT static struct job *job_memory(struct job_stock *stock, size_t need)
{
	struct job *job = stock ? atomic_exchange(&stock->job, NULL) : NULL;
	size_t room = MAX(need, (size_t)JOB_ROOM_MIN);

	if (job && job->room >= need) {
		room = job->room;
		memset(job, 0, sizeof(*job) + need);
	} else {
		free(job);
		job = calloc(1, sizeof(*job) + room);
		if (!job)
			return NULL;
	}
	job->stock = stock;
	job->room = room;
	return job;
}

HOT struct job *job_new(struct job_stock *stock, size_t coinbase_size, size_t n_branches)
{
	struct job *job = job_memory(stock, n_branches * 32 + coinbase_size);

	if (!job)
		return NULL;
	atomic_init(&job->references, 1);
	job->n_branches = n_branches;
	job->branches = (uint8_t(*)[32])(job + 1);
	job->coinbase_size = coinbase_size;
	job->coinbase = (uint8_t *)(job->branches + n_branches);
	return job;
}

HOT struct job *job_ref(struct job *job)
{
	atomic_fetch_add_explicit(&job->references, 1, memory_order_relaxed);
	return job;
}

HOT bool job_same_headers(const struct job *a, const struct job *b)
{
	return a->version == b->version && a->nbits == b->nbits && a->ntime == b->ntime &&
	       memcmp(a->prevhash, b->prevhash, sizeof(a->prevhash)) == 0 &&
	       a->extranonce2_size == b->extranonce2_size &&
	       a->extranonce2_offset == b->extranonce2_offset &&
	       a->coinbase_size == b->coinbase_size &&
	       memcmp(a->coinbase, b->coinbase, a->coinbase_size) == 0 &&
	       a->n_branches == b->n_branches &&
	       memcmp(a->branches, b->branches, a->n_branches * sizeof(*a->branches)) == 0;
}

HOT void job_unref(struct job *job)
{
	if (!job || atomic_fetch_sub_explicit(&job->references, 1, memory_order_acq_rel) > 1)
		return;
	free(job->stock ? atomic_exchange(&job->stock->job, job) : job);
}

HOT void job_unrefp(struct job **job)
{
	job_unref(*job);
}
