/* SPDX-License-Identifier: MIT */
/* Folder daemon/miner/: the first hashes of a job, which the io thread makes. */
#include <check.h>
#include <string.h>

#include "bitcoin/header.h"
#include "common/clock.h"
#include "common/container.h"
#include "common/cpu.h"
#include "fake_kernel.h"
#include "miner/head_start.h"
#include "miner/search_space.h"
#include "miner_fixture.h"
#include "suite_main.h"

static struct head_start head;

static struct miner_fixture_job shape;

static void setup(void)
{
	shape = (struct miner_fixture_job){
		.extranonce2_size = 4,
		.n_branches = 3,
		.coinbase_size = 250,
		.version_mask = 0x1fffe000,
		.difficulty = 1e-8, /* one hash in 43 is a share */
	};
	ck_assert_int_eq(head_start_init(&head), 0);
}

static void teardown(void)
{
	head_start_deinit(&head);
	head_start_deinit(&head);
}

static struct job *make_job(void)
{
	struct job *job = miner_fixture_job_new(&shape);

	job->packet_ns = clock_now();
	return job;
}

/* Each kernel of this machine finds what is there, and nobody else hashes it. */
START_TEST(shares_are_good)
{
	static const uint32_t masks[] = {0, 0x2000, 0x00006000, 0x1fffe000};
	const struct kernel *const *kernel = kernel_table();
	struct miner_fixture_shares shares = {};
	struct search_step step;
	struct share share;

	for (; *kernel; kernel++) {
		if (!kernel_supported(*kernel))
			continue;
		for (unsigned i = 0; i < ARRAY_SIZE(masks); i++) {
			struct job *job;
			unsigned found = 0;

			shape.version_mask = masks[i];
			job = make_job();
			head_start_run(&head, *kernel, job);
			ck_assert(search_space_head(job, clock_now(), &step));
			ck_assert_uint_ge(head.first_hash_ns, job->packet_ns);
			ck_assert_uint_gt(head.hashes, 0);
			while (head_start_pop(&head, &share)) {
				ck_assert_ptr_eq(share.job, job);
				ck_assert_mem_eq(share.extranonce2, step.extranonce2,
						 sizeof(share.extranonce2));
				miner_fixture_verify(&share);
				miner_fixture_collect(&shares, &share);
				job_unref(share.job);
				found++;
			}
			ck_assert_uint_ge(found, 1); /* but for one job in 10^7 */
			ck_assert_uint_le(found, HEAD_START_SHARES);
			ck_assert_uint_eq(job->references, 1);
			miner_fixture_assert_unique(&shares);
			job_unref(job);
		}
	}
}
END_TEST

/* It costs a job that nobody can meet so soon an iteration, and no more. */
START_TEST(a_hard_job_costs_one_iteration)
{
	struct share share;
	struct job *job;

	shape.difficulty = 1e6;
	job = make_job();
	job->network_target = job->target;
	head_start_run(&head, kernel_find("generic"), job);
	ck_assert_uint_gt(head.hashes, 0);
	ck_assert_uint_le(head.hashes, 64);
	ck_assert(!head_start_pop(&head, &share));
	job_unref(job);
}
END_TEST

/* As on regtest: nearly each hash is a block, and nobody wants hundreds of the same height. */
START_TEST(blocks_are_shares)
{
	struct share share;
	struct job *job;
	unsigned n = 0;

	shape.difficulty = 1e6;
	job = make_job();
	memset(&job->network_target, 0x7f, sizeof(job->network_target));
	head_start_run(&head, &fake_kernel_whole, job);
	/* While they wait there are no others. */
	head_start_run(&head, &fake_kernel_whole, job);
	ck_assert_uint_eq(head.hashes, 0);
	ck_assert_uint_eq(head.first_hash_ns, 0);
	for (; head_start_pop(&head, &share); n++) {
		ck_assert(target_met(&job->network_target, &share.hash));
		job_unref(share.job);
	}
	ck_assert_uint_ge(n, 1);
	ck_assert_uint_le(n, HEAD_START_SHARES);
	ck_assert_uint_eq(job->references, 1);
	job_unref(job);
}
END_TEST

START_TEST(what_was_not_popped_is_dropped)
{
	struct job *job = make_job();

	head_start_run(&head, &fake_kernel_whole, job);
	ck_assert_uint_ge(job->references, 2);
	head_start_deinit(&head);
	ck_assert_uint_eq(job->references, 1);
	job_unref(job);
}
END_TEST

START_TEST(the_oracle_decides)
{
	struct share share;
	struct job *job;

	shape.difficulty = 1e-4; /* one in 430,000: so few are looked at */
	job = make_job();
	job->network_target = job->target;
	for (unsigned i = 0; i < FAKE_KERNEL_LIARS; i++) {
		head_start_run(&head, fake_kernel_liars[i], job);
		while (head_start_pop(&head, &share)) {
			miner_fixture_verify(&share);
			job_unref(share.job);
		}
	}
	job_unref(job);
}
END_TEST

/* Of one byte, no value of extranonce2 can be spared. */
START_TEST(none_where_extranonce2_is_short)
{
	struct job *job;

	shape.extranonce2_size = 1;
	job = make_job();
	head_start_run(&head, &fake_kernel_whole, job);
	ck_assert_uint_eq(head.hashes, 0);
	ck_assert_uint_eq(head.n_shares, 0);
	job_unref(job);
}
END_TEST

/* Nor where the io thread would take long for the merkle root. */
START_TEST(none_of_a_long_coinbase)
{
	struct job *job;

	shape.coinbase_size = HEAD_START_COINBASE + 1;
	job = make_job();
	head_start_run(&head, &fake_kernel_whole, job);
	ck_assert_uint_eq(head.hashes, 0);
	job_unref(job);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("head_start");
	TCase *tests = tcase_create("head_start");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, shares_are_good);
	tcase_add_test(tests, a_hard_job_costs_one_iteration);
	tcase_add_test(tests, blocks_are_shares);
	tcase_add_test(tests, what_was_not_popped_is_dropped);
	tcase_add_test(tests, the_oracle_decides);
	tcase_add_test(tests, none_where_extranonce2_is_short);
	tcase_add_test(tests, none_of_a_long_coinbase);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
