/* SPDX-License-Identifier: MIT */
#include "miner/head_start.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bitcoin/header.h"
#include "bitcoin/merkle.h"
#include "common/clock.h"
#include "common/container.h"
#include "common/hot.h"
#include "miner/search_space.h"

enum { HEAD_START_NONCES = 192 /* as many as HEAD_START_HASHES takes with few versions */ };

int head_start_init(struct head_start *head)
{
	*head = (struct head_start){.sha256 = sha256_best()};
	head->state = aligned_alloc(_Alignof(struct kernel_state), sizeof(*head->state));
	return head->state ? 0 : -ENOMEM;
}

void head_start_deinit(struct head_start *head)
{
	while (head->n_shares)
		job_unref(head->share[--head->n_shares].job);
	free(head->state);
	*head = HEAD_START_NULL;
}

HOT_SHARE bool head_start_pop(struct head_start *head, struct share *ret)
{
	if (!head->n_shares)
		return false;
	*ret = head->share[--head->n_shares];
	return true;
}

/* The easier one: a block is worth a share where its target is the larger number. */
HOT static const struct target *head_start_target(const struct job *job)
{
	return target_met(&job->target, &job->network_target) ? &job->target : &job->network_target;
}

/* How many hashes to make: more than one iteration only where a share is likely among them. */
HOT static uint64_t head_start_wanted(const struct target *target)
{
	return target->word[7] >= UINT32_MAX / HEAD_START_HASHES ? HEAD_START_HASHES : 1;
}

HOT static void head_start_prepare(struct head_start *head, const struct kernel *kernel,
				   const struct job *job, const struct search_step *step,
				   struct header *header)
{
	struct merkle_prefix prefix;
	struct kernel_work work = {
		.n_versions = step->n_versions,
		.top_mask = target_top_mask(head_start_target(job)),
		.n_nonces = HEAD_START_NONCES,
	};

	merkle_prefix_init(&prefix, job, head->sha256);
	*header = (struct header){.nbits = job->nbits, .ntime = step->ntime};
	memcpy(header->prevhash, job->prevhash, sizeof(job->prevhash));
	merkle_root(job, &prefix, step->extranonce2, head->sha256, header->merkle_root);
	header_encode(header, work.header);
	memcpy(work.version, step->version, step->n_versions * sizeof(work.version[0]));
	kernel->prepare(head->state, &work);
}

/*
 * Keeps a candidate that the oracle confirms. One that it does not is left to the worker of this
 * CPU, whose kernel is checked.
 */
HOT_SHARE static void head_start_check(struct head_start *head, struct job *job,
				       const struct search_step *step, struct header *header,
				       const struct kernel_hit *hit)
{
	struct share share = {.ntime = step->ntime, .nonce = hit->nonce, .version = hit->version};

	if (head->n_shares == HEAD_START_SHARES)
		return;
	header->version = hit->version;
	header->nonce = hit->nonce;
	header_hash(sha256_compress_scalar, header, &share.hash);
	if (!target_met(&job->target, &share.hash) &&
	    !target_met(&job->network_target, &share.hash))
		return;
	memcpy(share.extranonce2, step->extranonce2, sizeof(share.extranonce2));
	share.job = job_ref(job);
	head->share[head->n_shares++] = share;
}

/* Scans once. false: that was all. */
HOT static bool head_start_scan(struct head_start *head, const struct kernel *kernel,
				uint64_t wanted)
{
	static const _Atomic uintptr_t go_on = 0;
	uint64_t max = head->hashes ? wanted - head->hashes : 1;
	enum kernel_result result = kernel->scan(head->state, max, &go_on, &head->found);

	if (!head->hashes)
		head->first_hash_ns = clock_now();
	head->hashes += head->found.hashes;
	return result != KERNEL_DONE && head->hashes < wanted;
}

HOT void head_start_run(struct head_start *head, const struct kernel *kernel, struct job *job)
{
	uint64_t wanted = head_start_wanted(head_start_target(job));
	struct search_step step;
	struct header header;
	bool more = true;

	head->hashes = head->first_hash_ns = 0;
	if (wanted > 1)
		hot_fetch(hot_share_begin, hot_share_end);
	if (head->n_shares || job->coinbase_size > HEAD_START_COINBASE ||
	    !search_space_head(job, clock_now(), &step))
		return;
	head_start_prepare(head, kernel, job, &step, &header);
	while (more && !head->n_shares) {
		more = head_start_scan(head, kernel, wanted);
		for (unsigned i = 0; i < head->found.n_hits; i++)
			head_start_check(head, job, &step, &header, &head->found.hit[i]);
	}
}
