/* SPDX-License-Identifier: MIT */
/*
 * What a worker does from a new job to its first hash, step by step: each is run on its own, right
 * after it has hashed for a while, so that its code comes from where it comes from in earnest. The
 * median of many, in ns.
 *
 *	job_steps [--cold] [KERNEL]	without a name: the fastest
 *
 * --cold makes the caches cold (evict.h) before it hashes for a while.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bitcoin/merkle.h"
#include "common/clock.h"
#include "common/container.h"
#include "common/hot.h"
#include "evict.h"
#include "miner/probe_kernels.h"
#include "miner/search_space.h"

enum {
	TIMES = 501,
	TIMES_COLD = 51,
	BRANCHES = 12,
	COINBASE = 250,
	ITERATIONS = 40, /* of hashing, before each step */
	FIRST = 12,	 /* versions that are made ready first, as in worker.c */
	SLICE_MS = 5,	 /* of choosing a kernel */
};

struct bench {
	struct kernel_state state; /* first, as it is aligned to pages: no holes before it */
	const struct kernel *kernel;
	const struct sha256_code *sha256;
	bool cold;
	struct job *job;
	struct job *bare; /* without branches */
	unsigned sum;
	struct merkle_prefix prefix;
	struct search_space search_space;
	struct search_step step;
	struct kernel_work work;
	struct kernel_scan scan;
	uint8_t root[32];
};

static const _Atomic uintptr_t go_on = 0;

/* As a worker does before it uses any of it. */
static void step_read(struct bench *bench)
{
	const uint8_t *byte = (const uint8_t *)bench->job, *end = (const uint8_t *)(bench->job + 1);

	for (end += BRANCHES * 32 + COINBASE; byte < end; byte += HOT_LINE)
		bench->sum += *(const volatile uint8_t *)byte;
}

static void step_space(struct bench *bench)
{
	search_space_init(&bench->search_space, bench->job, 0, 2);
	search_space_next(&bench->search_space, 0, &bench->step);
}

static void make_root(struct bench *bench, const struct job *job)
{
	merkle_prefix_init(&bench->prefix, job, bench->sha256);
	merkle_root(job, &bench->prefix, bench->step.extranonce2, bench->sha256, bench->root);
}

static void step_coinbase(struct bench *bench)
{
	make_root(bench, bench->bare);
}

static void step_root(struct bench *bench)
{
	make_root(bench, bench->job);
}

static void step_prepare(struct bench *bench)
{
	bench->kernel->prepare(&bench->state, &bench->work);
}

/* The least that a call of the kernel does: one iteration, and before the first one the schedule.
 */
static void step_scan(struct bench *bench)
{
	bench->kernel->scan(&bench->state, 1, &go_on, &bench->scan);
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void measure(struct bench *bench, const char *name, void (*before)(struct bench *bench),
		    void (*step)(struct bench *bench))
{
	static uint64_t ns[TIMES];
	unsigned times = bench->cold ? TIMES_COLD : TIMES;

	for (unsigned i = 0; i < times; i++) {
		uint64_t begin;

		if (bench->cold && !evict_all())
			exit(1);
		for (unsigned n = 0; n < ITERATIONS; n++)
			step_scan(bench);
		if (before)
			before(bench);
		begin = clock_now();
		step(bench);
		ns[i] = clock_now() - begin;
	}
	qsort(ns, times, sizeof(ns[0]), compare);
	printf("%-44s %6llu\n", name, (unsigned long long)ns[times / 2]);
}

static struct job *make_job(size_t branches)
{
	struct job *job = job_new(NULL, COINBASE, branches);

	if (!job)
		return NULL;
	job->version = 0x20000000;
	job->version_mask = 0x1fffe000;
	job->extranonce2_size = 4;
	job->extranonce2_offset = COINBASE / 2;
	for (unsigned i = 0; i < COINBASE; i++)
		job->coinbase[i] = (uint8_t)i;
	for (unsigned i = 0; i < branches; i++)
		memset(job->branches[i], (int)i, sizeof(job->branches[i]));
	return job;
}

int main(int argc, char **argv)
{
	static struct bench bench;
	static struct probe_kernels kernels;

	probe_kernels_run(&kernels, SLICE_MS * CLOCK_MS, false);
	bench.cold = argc > 1 && strcmp(argv[1], "--cold") == 0;
	argv += bench.cold;
	argc -= bench.cold;
	bench.kernel = argc > 1 ? kernel_find(argv[1]) : kernels.best;
	bench.sha256 = sha256_best();
	bench.job = make_job(BRANCHES);
	bench.bare = make_job(0);
	if (!bench.kernel || !kernel_supported(bench.kernel) || !bench.job || !bench.bare) {
		fputs("job_steps: no such kernel here\n", stderr);
		return 1;
	}
	bench.work = (struct kernel_work){
		.n_versions = FIRST, .top_mask = UINT32_MAX, .n_nonces = UINT64_C(1) << 32};
	for (unsigned i = 0; i < FIRST; i++)
		bench.work.version[i] = bench.job->version | i << 13;
	step_prepare(&bench);
	printf("%-44s %6s\n", bench.kernel->name, "ns");
	measure(&bench, "an iteration, whose end a new job waits for", NULL, step_scan);
	measure(&bench, "the job, read", NULL, step_read);
	measure(&bench, "search space", NULL, step_space);
	measure(&bench, "coinbase of 250 bytes", NULL, step_coinbase);
	measure(&bench, "coinbase of 250 bytes and 12 branches", NULL, step_root);
	measure(&bench, "midstates of 12 versions", NULL, step_prepare);
	measure(&bench, "schedule and first iteration", step_prepare, step_scan);
	job_unref(bench.job);
	job_unref(bench.bare);
	return 0;
}
