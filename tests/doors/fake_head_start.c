/* SPDX-License-Identifier: MIT */
/* The head start of a job in the place of daemon/miner/head_start.c: one hash, on any machine. */
#include <string.h>

#include "bitcoin/header.h"
#include "bitcoin/merkle.h"
#include "common/clock.h"
#include "fake_inside.h"
#include "fake_worker.h"
#include "miner/head_start.h"
#include "miner/search_space.h"

int head_start_init(struct head_start *head)
{
	*head = (struct head_start){.sha256 = sha256_best()};
	return 0;
}

void head_start_deinit(struct head_start *head)
{
	while (head->n_shares)
		job_unref(head->share[--head->n_shares].job);
	*head = HEAD_START_NULL;
}

bool head_start_pop(struct head_start *head, struct share *ret)
{
	if (!head->n_shares)
		return false;
	*ret = head->share[--head->n_shares];
	return true;
}

void head_start_run(struct head_start *head, const struct kernel *kernel, struct job *job)
{
	struct header header = {.nbits = job->nbits};
	struct merkle_prefix prefix;
	struct search_step step;
	struct share share = {.job = job};

	head->hashes = head->first_hash_ns = 0;
	if (head->n_shares || !search_space_head(job, clock_now(), &step))
		return;
	merkle_prefix_init(&prefix, job, head->sha256);
	merkle_root(job, &prefix, step.extranonce2, head->sha256, header.merkle_root);
	memcpy(header.prevhash, job->prevhash, sizeof(job->prevhash));
	header.ntime = share.ntime = step.ntime;
	header.version = share.version = step.version[0];
	memcpy(share.extranonce2, step.extranonce2, sizeof(share.extranonce2));
	fake_inside_leave();
	fake_worker_hash(NULL, job, &header, &share.hash);
	fake_inside_enter();
	head->hashes = 1;
	head->first_hash_ns = clock_now();
	if (!target_met(&job->target, &share.hash) &&
	    !target_met(&job->network_target, &share.hash))
		return;
	job_ref(job);
	fake_inside_leave();
	fake_worker_found(&share);
	fake_inside_enter();
	head->share[head->n_shares++] = share;
}
