/* SPDX-License-Identifier: MIT */
/* Folder daemon/miner/: the queue of shares. */
#include <check.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "common/container.h"
#include "miner/share.h"
#include "suite_main.h"

enum { STRESS = 2000000 };

/* A share whose every field comes from n, so that a torn one is seen. */
static struct share numbered(struct job *job, uint32_t n)
{
	struct share share = {
		.job = job,
		.ntime = n,
		.nonce = ~n,
		.version = n * 2654435761u,
	};

	for (unsigned i = 0; i < sizeof(share.extranonce2); i++)
		share.extranonce2[i] = (uint8_t)(n >> i % 4 * 8);
	for (unsigned i = 0; i < 8; i++)
		share.hash.word[i] = n + i;
	return share;
}

static bool is_numbered(const struct share *share, uint32_t n)
{
	bool ok = share->ntime == n && share->nonce == ~n && share->version == n * 2654435761u;

	for (unsigned i = 0; i < sizeof(share->extranonce2); i++)
		ok = ok && share->extranonce2[i] == (uint8_t)(n >> i % 4 * 8);
	for (unsigned i = 0; i < 8; i++)
		ok = ok && share->hash.word[i] == n + i;
	return ok;
}

static struct share_queue *queue_new(uint32_t start)
{
	struct share_queue *queue = aligned_alloc(64, sizeof(*queue));

	ck_assert_ptr_nonnull(queue);
	atomic_init(&queue->head, start);
	atomic_init(&queue->tail, start);
	atomic_init(&queue->overflows, 0);
	return queue;
}

/* Begins anywhere, at the end of the indices too. */
static const uint32_t starts[] = {0, 1, UINT32_MAX - 100, UINT32_MAX};

START_TEST(in_order_and_bounded)
{
	struct share_queue *queue = queue_new(starts[_i]);
	struct share share;

	ck_assert(!share_queue_pop(queue, &share));
	for (uint32_t round = 0; round < 3; round++) {
		for (uint32_t i = 0; i < SHARE_QUEUE_SIZE; i++) {
			share = numbered(NULL, i);
			ck_assert(share_queue_push(queue, &share));
		}
		ck_assert(!share_queue_push(queue, &share));
		ck_assert(!share_queue_push(queue, &share));
		ck_assert_uint_eq(queue->overflows, 2 * (round + 1));
		for (uint32_t i = 0; i < SHARE_QUEUE_SIZE; i++) {
			ck_assert(share_queue_pop(queue, &share));
			ck_assert(is_numbered(&share, i));
		}
		ck_assert(!share_queue_pop(queue, &share));
		/* So that rounds begin at different slots. */
		ck_assert(share_queue_push(queue, &share));
		ck_assert(share_queue_pop(queue, &share));
	}
	free(queue);
}
END_TEST

struct stress {
	struct share_queue *queue;
	struct job *job;
	uint32_t pushed;
	_Atomic bool done;
};

static void *push_all(void *argument)
{
	struct stress *stress = argument;

	for (uint32_t n = 0; n < STRESS; n++) {
		struct share share = numbered(job_ref(stress->job), n);

		if (share_queue_push(stress->queue, &share))
			stress->pushed++;
		else
			job_unref(share.job);
		if (n % 1024 == 1023)
			sched_yield();
	}
	atomic_store(&stress->done, true);
	return NULL;
}

START_TEST(two_threads)
{
	struct stress stress = {.queue = queue_new(starts[_i]), .job = job_new(NULL, 0, 0)};
	uint32_t popped = 0, next = 0;
	struct share share;
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, push_all, &stress), 0);
	for (bool done = false;;) {
		while (share_queue_pop(stress.queue, &share)) {
			if (share.ntime < next || !is_numbered(&share, share.ntime))
				ck_abort_msg("share %u after %u", share.ntime, next);
			next = share.ntime + 1;
			popped++;
			job_unref(share.job);
		}
		if (done)
			break;
		done = atomic_load(&stress.done);
	}
	pthread_join(thread, NULL);
	ck_assert_uint_eq(popped, stress.pushed);
	ck_assert_uint_eq(stress.pushed + stress.queue->overflows, STRESS);
	ck_assert_uint_gt(popped, SHARE_QUEUE_SIZE);
	ck_assert_uint_eq(stress.job->references, 1);
	job_unref(stress.job);
	free(stress.queue);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("share");
	TCase *queue = tcase_create("queue");
	const int n_starts = ARRAY_SIZE(starts);

	tcase_set_timeout(queue, 60);
	tcase_add_loop_test(queue, in_order_and_bounded, 0, n_starts);
	tcase_add_loop_test(queue, two_threads, 0, n_starts);
	suite_add_tcase(suite, queue);
	return suite_main(suite);
}
