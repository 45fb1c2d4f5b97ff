/* SPDX-License-Identifier: MIT */
/* Folder daemon/miner/: a job's own limit of how far its time is rolled. */
#include <check.h>
#include <string.h>

#include "common/clock.h"
#include "common/container.h"
#include "miner/search_space.h"
#include "suite_main.h"

enum {
	VALUES = 256,	/* of an extranonce2 of one byte */
	VERSIONS = 2,	/* of a mask with one bit */
	ROLL_MAX = 100, /* s, of the jobs here */
};

static const unsigned worker_counts[] = {1, 2, 7, 255, 256, 257, 300, 512, 1000};
static const uint32_t rolls[] = {0, 1, 2, 3, 5, 59, ROLL_MAX};

/* How often a worker was given each header. */
static unsigned seen[VALUES][ROLL_MAX + 1][VERSIONS];

static struct job job_new_small(uint32_t ntime_roll)
{
	return (struct job){
		.version = 0x20000000,
		.version_mask = 0x2000,
		.ntime = 1700000000,
		.ntime_roll = ntime_roll,
		.extranonce2_size = 1,
	};
}

/* All steps of a worker. Returns their number. */
static unsigned walk(const struct job *job, unsigned worker, unsigned n_workers, uint32_t elapsed)
{
	struct search_space space;
	struct search_step step;
	unsigned steps = 0;

	search_space_init(&space, job, worker, n_workers);
	for (; search_space_next(&space, elapsed, &step); steps++) {
		uint32_t offset = step.ntime - job->ntime;

		ck_assert_uint_le(offset, job->ntime_roll);
		ck_assert_uint_eq(step.n_versions, VERSIONS);
		for (unsigned i = 0; i < VERSIONS; i++)
			seen[step.extranonce2[0]][offset][step.version[i] >> 13 & 1]++;
	}
	ck_assert(!search_space_next(&space, 0, &step));
	/* A worker that never had a header has not used the job up. */
	ck_assert_int_eq(search_space_is_empty(&space), steps == 0);
	return steps;
}

/* Every header up to the limit is given out exactly once, and none above it. */
START_TEST(as_far_as_the_job_allows)
{
	unsigned n_workers = worker_counts[_i];

	for (size_t r = 0; r < ARRAY_SIZE(rolls); r++) {
		struct job job = job_new_small(rolls[r]);
		unsigned steps = 0;

		memset(seen, 0, sizeof(seen));
		for (unsigned worker = 0; worker < n_workers; worker++)
			steps += walk(&job, worker, n_workers, 0);
		ck_assert_uint_eq(steps, VALUES * (rolls[r] + 1));
		for (unsigned value = 0; value < VALUES; value++)
			for (uint32_t offset = 0; offset <= rolls[r]; offset++)
				for (unsigned i = 0; i < VERSIONS; i++)
					if (seen[value][offset][i] != 1)
						ck_abort_msg("%u %u %u: %u times", value, offset, i,
							     seen[value][offset][i]);
	}
}
END_TEST

/* A clock that is far above the limit leaves each worker its last time, but no header twice. */
START_TEST(a_clock_above_the_limit)
{
	unsigned n_workers = worker_counts[_i];

	for (size_t r = 0; r < ARRAY_SIZE(rolls); r++) {
		struct job job = job_new_small(rolls[r]);
		unsigned steps = 0;

		memset(seen, 0, sizeof(seen));
		for (unsigned worker = 0; worker < n_workers; worker++)
			steps += walk(&job, worker, n_workers, r % 2 ? 7000 : UINT32_MAX);
		/* Each value with one time for each worker that has it, as far as there are. */
		ck_assert_uint_ge(steps, VALUES);
		ck_assert_uint_le(steps, VALUES * JOB_NTIME_STRIPES_MAX);
		for (unsigned value = 0; value < VALUES; value++)
			for (uint32_t offset = 0; offset <= rolls[r]; offset++)
				ck_assert_uint_le(seen[value][offset][0], 1);
	}
}
END_TEST

/* Where the time is fixed, neither the clock nor earlier rounds move it. */
START_TEST(fixed_time)
{
	struct job job = job_new_small(0);
	struct search_step step;
	struct search_space space;

	job.extranonce2_size = 8;
	job.packet_ns = CLOCK_S;
	for (job.round = 0; job.round < 10; job.round++) {
		job.ntime_floor = job.round * 10;
		ck_assert(search_space_head(&job, 500 * CLOCK_S, &step));
		ck_assert_uint_eq(step.ntime, job.ntime);
		search_space_init(&space, &job, 2, 3);
		for (uint32_t i = 0; i < 1000; i++) {
			ck_assert(search_space_next(&space, 10 * i, &step));
			ck_assert_uint_eq(step.ntime, job.ntime);
		}
	}
}
END_TEST

/* Where an earlier round has had the only time, the job is used up: for all, and at once. */
START_TEST(fixed_time_in_a_later_round)
{
	struct job job = job_new_small(0);
	struct search_step step;
	struct search_space space;

	job.round = 1;
	job.ntime_floor = 1;
	for (unsigned worker = 0; worker < VALUES; worker++) {
		search_space_init(&space, &job, worker, VALUES);
		ck_assert(!search_space_next(&space, 0, &step));
		ck_assert(!search_space_is_empty(&space));
	}
	job.extranonce2_size = 8;
	job.round = SEARCH_SPACE_PARTS_MAX;
	ck_assert(!search_space_head(&job, 0, &step));
	search_space_init(&space, &job, 0, 1);
	ck_assert(!search_space_next(&space, 0, &step));
}
END_TEST

/* The head start holds the limit as well. */
START_TEST(head_start)
{
	struct job job = job_new_small(59);
	struct search_step step;

	job.extranonce2_size = 8;
	ck_assert(search_space_head(&job, 30 * CLOCK_S, &step));
	ck_assert_uint_eq(step.ntime, job.ntime + 30);
	ck_assert(search_space_head(&job, 3000 * CLOCK_S, &step));
	ck_assert_uint_eq(step.ntime, job.ntime + 59);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ntime_roll");
	TCase *tests = tcase_create("ntime_roll");
	const int n_counts = ARRAY_SIZE(worker_counts);

	tcase_set_timeout(tests, 300);
	tcase_add_loop_test(tests, as_far_as_the_job_allows, 0, n_counts);
	tcase_add_loop_test(tests, a_clock_above_the_limit, 0, n_counts);
	tcase_add_test(tests, fixed_time);
	tcase_add_test(tests, fixed_time_in_a_later_round);
	tcase_add_test(tests, head_start);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
