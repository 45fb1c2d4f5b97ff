/* SPDX-License-Identifier: MIT */
/* Folder daemon/miner/: the search space, walked whole where it is small. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/container.h"
#include "miner/search_space.h"
#include "suite_main.h"

enum {
	VALUES = 256, /* of an extranonce2 of one byte */
	OFFSETS = JOB_NTIME_ROLL_MAX + 1,
};

/* Which (extranonce2, ntime, version) were given out. */
struct seen {
	uint8_t *bit;
	uint64_t n_versions;
	uint64_t size;
	uint64_t count;
};

static void seen_init(struct seen *seen, uint32_t mask)
{
	seen->n_versions = UINT64_C(1) << __builtin_popcount(mask);
	seen->size = VALUES * OFFSETS * seen->n_versions;
	seen->bit = calloc(1, seen->size / 8 + 1);
	seen->count = 0;
	ck_assert_ptr_nonnull(seen->bit);
}

/* The bits of version at the mask's places, put together. */
static uint64_t extract(uint32_t version, uint32_t mask)
{
	uint64_t value = 0;

	for (unsigned place = 0; mask; mask &= mask - 1, place++)
		if (version & mask & -mask)
			value |= UINT64_C(1) << place;
	return value;
}

/* Where a test looks at every one of millions of steps, check's own assertion is too slow. */
#define EXPECT(condition)                               \
	do {                                            \
		if (!(condition))                       \
			ck_abort_msg("%s", #condition); \
	} while (0)

static void seen_step(struct seen *seen, const struct job *job, const struct search_step *step)
{
	uint32_t offset = step->ntime - job->ntime;

	EXPECT(offset < OFFSETS);
	for (unsigned i = 0; i < step->n_versions; i++) {
		uint64_t version = extract(step->version[i], job->version_mask);
		uint64_t at =
			((uint64_t)step->extranonce2[0] * OFFSETS + offset) * seen->n_versions +
			version;

		EXPECT((step->version[i] & ~job->version_mask) == job->version);
		EXPECT(!(seen->bit[at / 8] & 1 << at % 8));
		seen->bit[at / 8] |= (uint8_t)(1 << at % 8);
		seen->count++;
	}
}

static struct job small_job(uint32_t mask)
{
	return (struct job){
		.version = 0x20000000,
		.version_mask = mask,
		.ntime = 1700000000,
		.ntime_roll = JOB_NTIME_ROLL_MAX,
		.extranonce2_size = 1,
	};
}

static const unsigned worker_counts[] = {1, 2, 7, 255, 256, 257, 300, 512, 1000};
static const uint32_t small_masks[] = {0, 0x2000, 0x00802000};

/* With a clock that stands still every header there is comes exactly once. */
START_TEST(nothing_twice_nothing_left_out)
{
	unsigned n_workers = worker_counts[_i];

	for (size_t m = 0; m < ARRAY_SIZE(small_masks); m++) {
		struct job job = small_job(small_masks[m]);
		struct seen seen;

		seen_init(&seen, job.version_mask);
		for (unsigned worker = 0; worker < n_workers; worker++) {
			struct search_step step;
			struct search_space space;

			search_space_init(&space, &job, worker, n_workers);
			while (search_space_next(&space, 0, &step))
				seen_step(&seen, &job, &step);
			EXPECT(!search_space_next(&space, 0, &step));
		}
		ck_assert_uint_eq(seen.count, seen.size);
		free(seen.bit);
	}
}
END_TEST

/* Seven bits are three groups, the last one a small one; to be quick, only the last ntimes. */
START_TEST(groups_nothing_twice_nothing_left_out)
{
	struct job job = small_job(0x0070f000);
	struct seen seen;

	seen_init(&seen, job.version_mask);
	for (unsigned worker = 0; worker < 3; worker++) {
		struct search_step step;
		struct search_space space;

		search_space_init(&space, &job, worker, 3);
		space.floor = OFFSETS - 50;
		while (search_space_next(&space, 0, &step)) {
			EXPECT(step.n_versions == KERNEL_VERSIONS_MAX ||
			       step.n_versions == 128 % KERNEL_VERSIONS_MAX);
			seen_step(&seen, &job, &step);
		}
	}
	ck_assert_uint_eq(seen.count, VALUES * 50 * 128);
	free(seen.bit);
}
END_TEST

/* A job that comes back, to as many or other workers, is hashed on other headers. */
START_TEST(a_job_that_comes_back)
{
	struct job job = small_job(0x2000);
	struct seen seen;

	seen_init(&seen, job.version_mask);
	for (unsigned round = 0; round < 40; round++) {
		unsigned n_workers = worker_counts[round % ARRAY_SIZE(worker_counts)];
		uint32_t used = 0;

		job.round = round;
		for (unsigned worker = 0; worker < n_workers; worker++) {
			struct search_step step;
			struct search_space space;

			search_space_init(&space, &job, worker, n_workers);
			for (unsigned i = 0; i < 1 + (round + worker) % 5; i++) {
				if (!search_space_next(&space, round / 4, &step))
					continue;
				seen_step(&seen, &job, &step);
				used = MAX(used, step.ntime - job.ntime);
			}
		}
		job.ntime_floor = used + 1;
	}
	ck_assert_uint_gt(seen.count, 1000);
	free(seen.bit);
}
END_TEST

/* The part of extranonce2 that a worker begins in; the number is at the end of it. */
static uint64_t first_value(struct job *job, unsigned round, unsigned n_workers)
{
	struct search_step step;
	struct search_space space;
	uint64_t value = 0;

	job->round = round;
	search_space_init(&space, job, n_workers - 1, n_workers);
	ck_assert(search_space_next(&space, 0, &step));
	ck_assert_uint_eq(step.ntime, job->ntime);
	for (size_t i = 0; i < job->extranonce2_size; i++)
		value = value << 8 | step.extranonce2[i];
	return value;
}

/* Where extranonce2 is longer, rounds differ in it alone: nothing is said of the time. */
START_TEST(rounds_have_their_parts)
{
	struct job job = small_job(0);
	struct search_step step;
	struct search_space space;

	job.ntime_floor = OFFSETS;
	for (unsigned size = 2; size <= 16; size++) {
		uint64_t before = 0;
		unsigned rounds = size == 2 ? 64 : size == 3 ? 16384 : SEARCH_SPACE_PARTS_MAX;

		job.extranonce2_size = size;
		for (unsigned round = 1; round < rounds; round = round * 2 + 1) {
			/* As many workers as there are values beside the head start's. */
			uint64_t value = first_value(&job, round, SEARCH_SPACE_PART_MIN - 1);

			ck_assert_uint_ge(value - before, SEARCH_SPACE_PART_MIN - 1);
			/* Whatever the number of workers, they stay within the part. */
			ck_assert_uint_lt(value - first_value(&job, round, 3),
					  SEARCH_SPACE_PART_MIN);
			before = value;
		}
		/* And when all parts are taken, only times above the floor are left: none. */
		job.round = rounds;
		search_space_init(&space, &job, 0, 1);
		ck_assert(!search_space_next(&space, 0, &step));
	}
}
END_TEST

/* The header of the head start is in the round's part, and no worker's. */
START_TEST(head_is_nobodys)
{
	struct job job = small_job(0x6000);
	struct search_step head, step;
	struct search_space space;

	ck_assert(!search_space_head(&job, 0, &head));
	job.extranonce2_size = 2;
	for (job.round = 0; job.round < 64; job.round++) {
		unsigned worker = 0, n_workers = 1 + job.round % 7;

		ck_assert(search_space_head(&job, 0, &head));
		ck_assert_uint_eq(head.ntime, job.ntime);
		ck_assert_uint_eq(head.n_versions, 4);
		ck_assert_uint_eq(head.extranonce2[0] << 8 | head.extranonce2[1],
				  (job.round + 1) * SEARCH_SPACE_PART_MIN - 1);
		for (; worker < n_workers; worker++) {
			search_space_init(&space, &job, worker, n_workers);
			for (unsigned n = 0; n < 2 * SEARCH_SPACE_PART_MIN / n_workers; n++) {
				EXPECT(search_space_next(&space, 0, &step));
				EXPECT(memcmp(step.extranonce2, head.extranonce2, 2) != 0);
			}
		}
	}
	/* Late, as one of a pool that was a standby is, it has the time of the clock .. */
	job.round = 3;
	job.packet_ns = CLOCK_S;
	ck_assert(search_space_head(&job, 31 * CLOCK_S, &head));
	ck_assert_uint_eq(head.ntime, job.ntime + 30);
	ck_assert(search_space_head(&job, 9000 * CLOCK_S, &head));
	ck_assert_uint_eq(head.ntime, job.ntime + JOB_NTIME_ROLL_MAX);
	/* .. and where rounds have used all parts, none that they had. */
	job.round = 64;
	job.ntime_floor = 100;
	ck_assert(search_space_head(&job, 31 * CLOCK_S, &head));
	ck_assert_uint_eq(head.ntime, job.ntime + 100);
	job.ntime_floor = JOB_NTIME_ROLL_MAX + 1;
	ck_assert(!search_space_head(&job, 31 * CLOCK_S, &head));
}
END_TEST

/* A clock that goes on, evenly or in leaps, makes nothing come twice, and ntime follows it. */
START_TEST(ntime_follows_the_clock)
{
	static const uint32_t passed[] = {1, 3, 40, 700};
	unsigned n_workers = worker_counts[_i];

	for (size_t p = 0; p < ARRAY_SIZE(passed); p++) {
		struct job job = small_job(0x2000);
		struct seen seen;

		seen_init(&seen, job.version_mask);
		for (unsigned worker = 0; worker < n_workers; worker++) {
			uint32_t elapsed = 0, last = 0, steps = 0;
			struct search_step step;
			struct search_space space;

			search_space_init(&space, &job, worker, n_workers);
			while (search_space_next(&space, elapsed, &step)) {
				uint32_t offset = step.ntime - job.ntime;

				seen_step(&seen, &job, &step);
				EXPECT(offset >= last);
				EXPECT(offset + space.n_stripes > elapsed ||
				       elapsed >= OFFSETS - 1);
				/* In the first pass nothing but the clock moves it. */
				if (++steps <= (VALUES + n_workers - 1 - worker) / n_workers)
					EXPECT(offset < elapsed + space.n_stripes);
				last = offset;
				if (steps % 3 == 0)
					elapsed += passed[p];
			}
			EXPECT(last + space.n_stripes > OFFSETS - 1);
		}
		ck_assert_uint_gt(seen.count, 0);
		free(seen.bit);
	}
}
END_TEST

START_TEST(late_start)
{
	struct job job = small_job(0);
	struct search_step step;
	struct search_space space;
	unsigned n = 0;

	search_space_init(&space, &job, 0, 1);
	while (search_space_next(&space, 100000, &step)) {
		ck_assert_uint_eq(step.ntime, job.ntime + JOB_NTIME_ROLL_MAX);
		n++;
	}
	ck_assert_uint_eq(n, VALUES);

	/* Two of a pair of stripes end on the two last ntimes. */
	for (unsigned worker = 0; worker < 512; worker++) {
		search_space_init(&space, &job, worker, 512);
		ck_assert(search_space_next(&space, 1u << 31, &step));
		ck_assert_uint_eq(step.ntime - job.ntime,
				  JOB_NTIME_ROLL_MAX - (worker < 256 ? 0 : 1));
		ck_assert(!search_space_next(&space, 1u << 31, &step));
	}
}
END_TEST

START_TEST(extranonce2_is_a_big_endian_counter)
{
	const uint32_t part = 4096; /* 2^32 values in SEARCH_SPACE_PARTS_MAX */
	struct job job = {.version = 2, .extranonce2_size = 4, .ntime = 5, .round = 0x89abc};
	struct search_step step;
	struct search_space space;

	search_space_init(&space, &job, 1, 3);
	for (uint32_t k = 0; k < part / 3; k++) {
		uint32_t value = job.round * part + 1 + 3 * k;
		const uint8_t want[JOB_EXTRANONCE2_MAX] = {value >> 24, value >> 16, value >> 8,
							   value};

		EXPECT(search_space_next(&space, 0, &step));
		EXPECT(step.new_extranonce2);
		EXPECT(memcmp(step.extranonce2, want, sizeof(want)) == 0);
		EXPECT(step.n_versions == 1 && step.version[0] == 2 && step.ntime == 5);
	}
}
END_TEST

START_TEST(extranonce2_of_every_size)
{
	for (size_t size = 1; size <= JOB_EXTRANONCE2_MAX; size++) {
		struct job job = {.extranonce2_size = size, .ntime_roll = 1};
		uint8_t want[JOB_EXTRANONCE2_MAX] = {};
		struct search_step step;
		struct search_space space;

		search_space_init(&space, &job, 2, 5);
		want[size - 1] = 2;
		ck_assert(search_space_next(&space, 0, &step));
		ck_assert_mem_eq(step.extranonce2, want, sizeof(want));
		want[size - 1] = 7;
		ck_assert(search_space_next(&space, 0, &step));
		ck_assert_mem_eq(step.extranonce2, want, sizeof(want));

		/* The last one of this worker's; then it begins again with the next ntime. */
		space.extranonce2 = space.end - 1 - (space.end - 1 - 2) % 5;
		if (size < 3)
			continue;
		ck_assert(search_space_next(&space, 0, &step));
		ck_assert_uint_eq(step.ntime, 1);
		memset(want, 0, sizeof(want));
		want[size - 1] = 2;
		ck_assert_mem_eq(step.extranonce2, want, sizeof(want));
	}
}
END_TEST

START_TEST(one_value_is_one_merkle_root)
{
	struct job job = small_job(0x00ffe000); /* 2^11 versions */
	const unsigned groups = (2048 + KERNEL_VERSIONS_MAX - 1) / KERNEL_VERSIONS_MAX;
	struct search_step step;
	struct search_space space;

	search_space_init(&space, &job, 9, 256);
	for (unsigned i = 0; i < 100; i++) {
		ck_assert(search_space_next(&space, 0, &step));
		ck_assert_int_eq(step.new_extranonce2, i == 0);
		ck_assert_uint_eq(step.ntime - job.ntime, i / groups);
	}
	search_space_init(&space, &job, 9, 128);
	for (unsigned i = 0; i < 100; i++) {
		ck_assert(search_space_next(&space, 0, &step));
		ck_assert_int_eq(step.new_extranonce2, i % groups == 0);
	}
}
END_TEST

START_TEST(sixteen_bits_of_version)
{
	struct job job = small_job(0x1fffe000);
	static uint8_t seen[65536];
	struct search_step step;
	struct search_space space;

	search_space_init(&space, &job, 0, 1);
	for (unsigned first = 0; first < 65536; first += step.n_versions) {
		ck_assert(search_space_next(&space, 0, &step));
		ck_assert_uint_eq(step.n_versions,
				  MIN(65536 - first, (unsigned)KERNEL_VERSIONS_MAX));
		ck_assert_uint_eq(step.extranonce2[0], 0);
		for (unsigned i = 0; i < step.n_versions; i++) {
			EXPECT((step.version[i] & ~0x1fffe000u) == 0x20000000);
			EXPECT(step.version[i] == (0x20000000 | (first + i) << 13));
			seen[(step.version[i] & 0x1fffe000) >> 13]++;
		}
	}
	for (unsigned i = 0; i < 65536; i++)
		EXPECT(seen[i] == 1);
	ck_assert(search_space_next(&space, 0, &step));
	ck_assert_uint_eq(step.extranonce2[0], 1);
	ck_assert_uint_eq(step.version[0], 0x20000000);
}
END_TEST

START_TEST(all_bits_of_version)
{
	struct job job = {.version_mask = 0xffffffff, .extranonce2_size = 1, .ntime_roll = 1};
	uint64_t next = 0;
	struct search_step step;
	struct search_space space;

	search_space_init(&space, &job, 0, 256);
	for (unsigned k = 0; k < 10000; k++) {
		ck_assert(search_space_next(&space, 0, &step));
		for (unsigned i = 0; i < step.n_versions; i++)
			EXPECT(step.version[i] == next++);
	}
	space.group = space.n_groups - 2;
	ck_assert(search_space_next(&space, 0, &step));
	ck_assert_uint_eq(step.version[0], 0u - step.n_versions);
	ck_assert_uint_eq(step.version[step.n_versions - 1], 0xffffffff);
	ck_assert_uint_eq(step.ntime, 0);
	ck_assert(search_space_next(&space, 0, &step));
	ck_assert_uint_eq(step.version[0], 0);
	ck_assert_uint_eq(step.ntime, 1);
}
END_TEST

START_TEST(set_bits_are_not_rolled)
{
	struct job job = small_job(0x1fffe000);
	struct search_step step;
	struct search_space space;

	job.version = 0x20002000;
	search_space_init(&space, &job, 0, 1);
	ck_assert(search_space_next(&space, 0, &step));
	ck_assert_uint_eq(step.n_versions, 1);
	ck_assert_uint_eq(step.version[0], 0x20002000);
	ck_assert(search_space_next(&space, 0, &step));
	ck_assert_uint_eq(step.extranonce2[0], 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("search_space");
	TCase *small = tcase_create("small"), *large = tcase_create("large");
	const int n_sizes = ARRAY_SIZE(worker_counts);

	tcase_set_timeout(small, 300);
	tcase_add_loop_test(small, nothing_twice_nothing_left_out, 0, n_sizes);
	tcase_add_test(small, groups_nothing_twice_nothing_left_out);
	tcase_add_loop_test(small, ntime_follows_the_clock, 0, n_sizes);
	tcase_add_test(small, a_job_that_comes_back);
	tcase_add_test(small, rounds_have_their_parts);
	tcase_add_test(small, head_is_nobodys);
	tcase_add_test(small, late_start);
	suite_add_tcase(suite, small);
	tcase_add_test(large, extranonce2_is_a_big_endian_counter);
	tcase_add_test(large, extranonce2_of_every_size);
	tcase_add_test(large, one_value_is_one_merkle_root);
	tcase_add_test(large, sixteen_bits_of_version);
	tcase_add_test(large, all_bits_of_version);
	tcase_add_test(large, set_bits_are_not_rolled);
	suite_add_tcase(suite, large);
	return suite_main(suite);
}
