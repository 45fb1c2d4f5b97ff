/* SPDX-License-Identifier: MIT */
#include "upstream/node/node_work.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bitcoin/address.h"
#include "bitcoin/merkle.h"
#include "common/assert.h"
#include "common/cleanup.h"
#include "common/clock.h"

struct job *node_work_job(const struct template *template, const struct node_work *work,
			  char reason[NODE_WORK_REASON_MAX])
{
	struct coinbase_built coinbase;
	struct address address;
	const char *wrong = address_parse(&address, work->conf->payout.address);
	struct job *job;

	assert(!wrong);
	wrong = template_coinbase(&coinbase, template, address.script, address.script_size,
				  work->conf->coinbase_text);
	if (wrong) {
		snprintf(reason, NODE_WORK_REASON_MAX, "%s", wrong);
		return NULL;
	}
	job = job_new(work->stock, coinbase.size, template->n_branches);
	if (!job) {
		snprintf(reason, NODE_WORK_REASON_MAX, "no memory for a job");
		return NULL;
	}
	snprintf(job->id, sizeof(job->id), "%" PRIu64, work->number);
	job->session = work->session;
	job->clean = work->clean;
	job->version = template->version;
	job->version_mask = work->conf->version_rolling ? template->version_mask : 0;
	job->nbits = template->nbits;
	job->ntime = template->curtime;
	if (work->fixed_time || !template->may_roll_time)
		job->ntime_roll = 0;
	memcpy(job->prevhash, template->prevhash, sizeof(job->prevhash));
	job->difficulty = work->difficulty;
	target_from_difficulty(&job->target, work->difficulty);
	job->network_target = template->target;
	job->packet_ns = work->received_ns;
	job->parsed_ns = clock_now();
	memcpy(job->coinbase, coinbase.bytes, coinbase.size);
	memcpy(job->coinbase + coinbase.extranonce_offset, &work->salt, sizeof(work->salt));
	job->extranonce2_size = NODE_WORK_EXTRANONCE2;
	job->extranonce2_offset = coinbase.extranonce_offset + sizeof(work->salt);
	memcpy(job->branches, template->branches, template->n_branches * sizeof(*job->branches));
	return job;
}

uint64_t node_work_number(const struct job *job)
{
	return strtoull(job->id, NULL, 10);
}

struct block *node_work_block(const struct template *template, const struct share *share)
{
	const struct job *job = share->job;
	CLEANUP(cleanup_free) uint8_t *coinbase = malloc(job->coinbase_size);
	struct merkle_prefix prefix;
	struct block_parts parts = {
		.header = {.version = share->version,
			   .ntime = share->ntime,
			   .nbits = job->nbits,
			   .nonce = share->nonce},
		.hash = share->hash,
		.height = template->height,
		.value = template->value,
		.coinbase = coinbase,
		.coinbase_size = job->coinbase_size,
		.witness = template->witness,
		.n_transactions = template->n_transactions,
		.transactions = template->transactions,
		.transactions_size = template->transactions_size,
	};

	if (!coinbase)
		return NULL;
	memcpy(coinbase, job->coinbase, job->coinbase_size);
	memcpy(coinbase + job->extranonce2_offset, share->extranonce2, job->extranonce2_size);
	memcpy(parts.header.prevhash, job->prevhash, sizeof(job->prevhash));
	merkle_prefix_init(&prefix, job, &sha256_scalar);
	merkle_root(job, &prefix, share->extranonce2, &sha256_scalar, parts.header.merkle_root);
	return block_new(&parts);
}
