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
	job->ntime_roll = JOB_NTIME_ROLL_MAX;
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

struct job *job_copy(const struct job *job)
{
	struct job *copy = job_new(job->stock, job->coinbase_size, job->n_branches);
	uint8_t(*branches)[32];
	uint8_t *coinbase;
	size_t room;

	if (!copy)
		return NULL;
	branches = copy->branches;
	coinbase = copy->coinbase;
	room = copy->room;
	memcpy(branches, job->branches, job->n_branches * sizeof(*branches));
	memcpy(coinbase, job->coinbase, job->coinbase_size);
	/* All but the count of references, which is first, and what is about the memory. */
	memcpy((char *)copy + offsetof(struct job, stock),
	       (const char *)job + offsetof(struct job, stock),
	       sizeof(*job) - offsetof(struct job, stock));
	copy->branches = branches;
	copy->coinbase = coinbase;
	copy->room = room;
	return copy;
}

HOT static bool job_same_work(const struct job *a, const struct job *b)
{
	return a->extranonce2_size == b->extranonce2_size &&
	       a->extranonce2_offset == b->extranonce2_offset &&
	       a->coinbase_size == b->coinbase_size &&
	       memcmp(a->coinbase, b->coinbase, a->coinbase_size) == 0 &&
	       a->n_branches == b->n_branches &&
	       memcmp(a->branches, b->branches, a->n_branches * sizeof(*a->branches)) == 0;
}

HOT bool job_repeats(const struct job *a, const struct job *b)
{
	return a->session == b->session && a->version == b->version &&
	       a->version_mask == b->version_mask && a->nbits == b->nbits && a->ntime == b->ntime &&
	       a->ntime_roll == b->ntime_roll &&
	       memcmp(&a->target, &b->target, sizeof(a->target)) == 0 &&
	       strcmp(a->id, b->id) == 0 &&
	       memcmp(a->prevhash, b->prevhash, sizeof(a->prevhash)) == 0 && job_same_work(a, b);
}

HOT static uint64_t job_mix(uint64_t hash, const void *bytes, size_t n)
{
	const uint8_t *at = bytes;
	uint64_t word;

	for (; n; n -= MIN(n, sizeof(word))) {
		word = 0;
		memcpy(&word, at, MIN(n, sizeof(word)));
		at += sizeof(word);
		hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		hash ^= hash >> 32;
	}
	return hash;
}

HOT uint64_t job_fingerprint(const struct job *job)
{
	const uint64_t numbers[] = {
		(uint64_t)job->version << 32 | job->nbits,
		(uint64_t)job->extranonce2_offset << 32 | job->extranonce2_size,
		(uint64_t)job->coinbase_size << 32 | job->n_branches,
	};
	uint64_t hash = job_mix(0, numbers, sizeof(numbers));

	hash = job_mix(hash, job->prevhash, sizeof(job->prevhash));
	hash = job_mix(hash, job->coinbase, job->coinbase_size);
	return job_mix(hash, job->branches, job->n_branches * sizeof(*job->branches));
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
