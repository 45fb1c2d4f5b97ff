/* SPDX-License-Identifier: MIT */
#pragma once

/* From a template to a job, and from a share of it to a block. Pure; any thread. */
#include "bitcoin/job.h"
#include "bitcoin/share.h"
#include "config/conf.h"
#include "upstream/node/template.h"

/* What a job is made of besides its template; all borrowed. */
struct node_work {
	const struct conf_pool *conf; /* payout.address, coinbase_text, version_rolling */
	struct job_stock *stock;      /* or NULL */
	uint64_t number;	      /* of the template: the job's id */
	uint64_t session;
	uint32_t salt; /* begins the extranonce: another one for each process on the same node */
	double difficulty; /* of shares */
	bool clean;	   /* it is on another block than the job before */
	bool fixed_time;   /* ntime is not rolled */
	uint64_t received_ns;
};

enum {
	NODE_WORK_REASON_MAX = 200,
	NODE_WORK_EXTRANONCE2 = COINBASE_BUILD_EXTRANONCE - sizeof(uint32_t), /* bytes */
};

/* One reference. NULL, with the reason: the coinbase cannot be built, or there is no memory. */
struct job *node_work_job(const struct template *template, const struct node_work *work,
			  char reason[NODE_WORK_REASON_MAX]);

/* The number of the template that a job is of. */
uint64_t node_work_number(const struct job *job);

/* The block that the share is, of its job's template; one reference. NULL on allocation failure. */
struct block *node_work_block(const struct template *template, const struct share *share);
