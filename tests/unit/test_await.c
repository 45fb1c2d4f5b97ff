/* SPDX-License-Identifier: MIT */
/* Room daemon/miner/: a crew whose next share is waited for awake. */
#include <check.h>
#include <sched.h>

#include "common/clock.h"
#include "fake_kernel.h"
#include "miner/crew.h"
#include "miner_kit.h"
#include "suite_kit.h"

static const struct kit_job easy = {
	.extranonce2_size = 4, .coinbase_size = 100, .difficulty = 1e-6};
static const struct kit_job hard = {.extranonce2_size = 4, .coinbase_size = 100, .difficulty = 1e9};

static void start(struct crew *crew, unsigned n)
{
	struct crew_seat seats[2];

	for (unsigned i = 0; i < n; i++)
		seats[i] = (struct crew_seat){.cpu = kit_cpu(i), .kernel = &fake_kernel_whole};
	ck_assert_int_eq(crew_init(crew, seats, n, CREW_PRIORITY_NORMAL), 0);
}

START_TEST(awaited_awake)
{
	struct job *jobs[] = {kit_job_new(&hard), kit_job_new(&easy)};
	struct crew crew = CREW_NULL;
	struct share share;
	uint64_t deadline;

	start(&crew, 2);
	ck_assert(!crew_await_share(&crew, 0));
	crew_dispatch(&crew, jobs[0]);
	deadline = clock_now() + 20 * CLOCK_MS;
	ck_assert(!crew_await_share(&crew, deadline));
	ck_assert_uint_ge(clock_now(), deadline);
	for (unsigned round = 0; round < 20; round++) {
		crew_dispatch(&crew, jobs[1]);
		ck_assert(crew_await_share(&crew, clock_now() + 10 * CLOCK_S));
		ck_assert(crew_pop(&crew, &share));
		kit_verify(&share);
		job_unref(share.job);
		crew_dispatch(&crew, jobs[0]);
		while (crew_pop(&crew, &share))
			job_unref(share.job);
	}
	crew_deinit(&crew);
	for (unsigned i = 0; i < 2; i++)
		job_unref(jobs[i]);
}
END_TEST

/* Who waits awake keeps the only worker from its CPU: no share can come. */
START_TEST(not_awaited_in_the_way)
{
	struct crew crew = CREW_NULL;
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(kit_cpu(0), &cpus);
	ck_assert_int_eq(sched_setaffinity(0, sizeof(cpus), &cpus), 0);
	start(&crew, 1);
	ck_assert(!crew_await_share(&crew, UINT64_MAX));
	crew_deinit(&crew);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("await");
	TCase *await = tcase_create("await");

	tcase_set_timeout(await, 60);
	tcase_add_test(await, awaited_awake);
	tcase_add_test(await, not_awaited_in_the_way);
	suite_add_tcase(suite, await);
	return suite_kit_run(suite);
}
